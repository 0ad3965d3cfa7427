"""Money that comes without a provider: a transfer on the bank statement, cash at the door. Staff write it down."""

from datetime import date

from sqlalchemy import select

from store.core.db import retrying, session
from store.core.errors import Conflict, Invalid
from store.core.i18n import gettext as _
from store.core.money import MAX_MINOR
from store.orders import services as orders
from store.payments.models import Capture, Payment
from store.payments.services import statuses
from store.payments.services.awaiting import call_off_the_rest
from store.payments.services.lock import lock_order_payments
from store.payments.states import OPEN


def receive(
    order_id: int,
    *,
    amount_minor: int,
    request_id: str,
    actor: str,
    provider: str = "bank_transfer",
    reference: str = "",
    received_on: date | None = None,
) -> Capture:
    """Note that money of an order has come, be it a part, all, or more than was asked for, and return the note.

    One `request_id` is noted once, however often it is sent. `provider` is the way it came where the order names none
    yet. An order that waited for its money is placed when enough has come. Raises `Invalid` for no amount and
    `Conflict` for an order that is closed.
    """
    return retrying(
        lambda: _receive(
            order_id,
            amount_minor,
            Capture(request_id=request_id, actor=actor, reference=reference),
            provider,
            received_on,
        )
    )


def _receive(order_id: int, amount_minor: int, note: Capture, provider: str, received_on: date | None) -> Capture:
    order, payments = lock_order_payments(order_id)
    known = session.execute(
        select(Capture, Payment.order_id)
        .join(Payment, Payment.id == Capture.payment_id)
        .where(Capture.request_id == note.request_id)
    ).one_or_none()
    if known is not None:
        if known[1] != order_id:
            raise Conflict(_("This form was used for another order. Please reload the page."))
        return known[0]
    if not 0 < amount_minor <= MAX_MINOR:
        raise Invalid(_("Please enter how much has come."), field="amount")
    if order.status not in ("pending", "placed"):
        raise Conflict(_("This order is closed. Money that came for it has to go back by hand."))
    payment = next((one for one in payments if one.offline and one.status in OPEN), None)
    if payment is None:
        number = max((one.attempt for one in payments), default=0) + 1
        payment = Payment(
            order_id=order_id,
            attempt=number,
            provider=provider,
            idempotency_key=f"pay:{order.token}:{number}",
            currency=order.currency,
            amount_minor=max(statuses.due(order, payments), amount_minor),
            offline=True,
        )
        session.add(payment)
        session.flush()
        payments = (*payments, payment)
    payment.captured_minor += amount_minor
    if payment.captured_minor >= payment.amount_minor:
        payment.status = "captured"
    session.flush()
    payment.external_id = payment.external_id or f"by-hand:{payment.id}"
    made = Capture(
        payment_id=payment.id,
        request_id=note.request_id,
        amount_minor=amount_minor,
        status="succeeded",
        reference=note.reference,
        received_on=received_on,
        actor=note.actor,
    )
    session.add(made)
    session.flush()
    orders.add_event(order_id, "received", actor=note.actor, payment_id=payment.id, amount_minor=amount_minor)
    if order.status == "pending" and statuses.due(order, payments) <= 0:
        orders.mark_placed(order_id, actor=note.actor)
    statuses.write(order, payments)
    call_off_the_rest(order, payments)
    return made
