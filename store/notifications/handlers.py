"""A mail for each thing that happens to an order. Each handler may run twice and writes one mail."""

from store.core import i18n
from store.core.db import session, transaction
from store.core.errors import NotFound
from store.core.events import subscribe
from store.core.i18n import gettext as _
from store.core.money import Money
from store.notifications import emails, services
from store.orders.events import OrderCancelled, OrderExpired, OrderPlaced, OrderReady, OrderRefunded, OrderShipped
from store.orders.queries import get_order
from store.payments.events import PaymentMissed
from store.payments.models import Refund
from store.payments.offline.awaited import find_awaited


@subscribe(OrderPlaced, name="notifications.send_receipt")
def send_receipt(event: OrderPlaced) -> None:
    """Confirm the order and its payment."""
    with transaction():
        order = get_order(event.order_id)
        email = emails.write("receipt", order)
        services.write_once("receipt", f"receipt:order:{order.id}", order, email)


@subscribe(OrderShipped, name="notifications.send_shipped")
def send_shipped(event: OrderShipped) -> None:
    """Say that a parcel has left, unless it was taken back; raises `NotFound` for a parcel of another order.

    Who has fetched it knows.
    """
    with transaction():
        order = get_order(event.order_id)
        if order.kind == "pickup":
            return
        parcel = next((one for one in order.fulfilments if one.id == event.fulfilment_id), None)
        if parcel is None:
            raise NotFound(_("This parcel is not here any more."), fulfilment_id=event.fulfilment_id)
        if not parcel.has_left or parcel.attempt != event.attempt:
            return
        email = emails.done(order) if order.kind == "none" else emails.write("shipped", order, fulfilment=parcel)
        services.write_once("shipped", f"shipped:order:{order.id}:{parcel.id}", order, email)


@subscribe(OrderReady, name="notifications.send_ready")
def send_ready(event: OrderReady) -> None:
    """Say where and when a parcel can be fetched; not when it was called off or fetched in the meantime."""
    with transaction():
        order = get_order(event.order_id)
        parcel = next((one for one in order.fulfilments if one.id == event.fulfilment_id), None)
        if parcel is None or not parcel.is_ready:
            return
        services.write_once("ready", f"ready:order:{order.id}:{parcel.id}", order, emails.ready(order, parcel))


@subscribe(OrderExpired, name="notifications.send_expired")
def send_expired(event: OrderExpired) -> None:
    """Say that nothing was paid in time and nothing is owed; not when the money has arrived in the meantime."""
    with transaction():
        order = get_order(event.order_id)
        if order.status != "expired":
            return
        email = emails.write("expired", order)
        services.write_once("expired", f"expired:order:{order.id}", order, email)


@subscribe(OrderCancelled, name="notifications.send_cancelled")
def send_cancelled(event: OrderCancelled) -> None:
    """Say that the order will not come."""
    with transaction():
        order = get_order(event.order_id)
        email = emails.write("cancelled", order)
        services.write_once("cancelled", f"cancelled:order:{order.id}", order, email)


@subscribe(OrderRefunded, name="notifications.send_refunded")
def send_refunded(event: OrderRefunded) -> None:
    """Say how much money has gone back; raises `NotFound` when there is no such refund."""
    with transaction():
        order = get_order(event.order_id)
        refund = session.get(Refund, event.refund_id)
        if refund is None:
            raise NotFound(_("This refund is not here any more."), refund_id=event.refund_id)
        email = emails.write("refunded", order, refunded=Money(refund.amount_minor, refund.currency))
        services.write_once("refunded", f"refunded:order:{order.id}:{refund.id}", order, email)


@subscribe(PaymentMissed, name="notifications.send_payment_reminder")
def send_payment_reminder(event: PaymentMissed) -> None:
    """Say once more where to transfer the money; not when it has come in the meantime."""
    with transaction():
        order = get_order(event.order_id)
        with i18n.use_locale(order.locale):
            awaited = find_awaited(order)
            if awaited is None:
                return
            paragraphs = [_("We have not received your transfer yet. If it is on its way, there is nothing to do.")]
            paragraphs += [one for one in (awaited.sentence, awaited.words) if one]
            day = emails.day(awaited.until) if awaited.until else ""
            email = emails.letter(
                order,
                subject=_("Your order %(number)s waits for its payment", number=order.number),
                title=_("Still to pay: %(amount)s", amount=awaited.due.format(order.locale)),
                paragraphs=paragraphs,
                rows=[*awaited.rows, *([(_("Please pay by"), day)] if day else [])],
            )
        services.write_once("reminder", f"reminder:order:{order.id}", order, email)
