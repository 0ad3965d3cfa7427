"""An order is cancelled: first nothing may come or everything is back, then the order is closed."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from store.core.db import retrying, session, transaction
from store.core.errors import Conflict
from store.core.faults import point
from store.core.i18n import gettext as _
from store.core.queue import enqueue
from store.orders import services as orders
from store.orders.models import Order
from store.payments.errors import AlreadyRefunded, RefundFailed, Unsettled
from store.payments.models import Payment, Refund
from store.payments.queries import list_stoppable_payments
from store.payments.services import statuses
from store.payments.services.lock import lock_order_payments
from store.payments.services.refund import attempt_refund, request_refund, settle_refund
from store.payments.services.void import void_payment
from store.payments.states import OPEN

# By then whoever pressed the button has long been answered, or their process is gone.
_FINISH_AFTER = timedelta(seconds=15)


def cancel_order(
    order_id: int,
    *,
    request_id: str,
    actor: str,
    reason: str,
    restock: bool,
    check: Callable[[Order], None] | None = None,
) -> None:
    """Cancel an order: what is open or promised is called off at its provider, what was paid goes back in full.

    A second call does nothing. `check` may raise a `Conflict` of its own under the order's lock. Raises `Conflict` when
    something has left already or money is on its way that can't be stopped, `RefundFailed` when the provider refuses
    the refund (the order stays as it is), and `Unsettled` when it has not answered: then the order is cancelled without
    further ado as soon as it does.
    """
    with transaction():
        _check(orders.lock_order(order_id), check)
        opened = list_stoppable_payments(order_id)
    for payment in opened:
        void_payment(payment.id)
    point("payments.cancel.after_void")
    refund_ids = retrying(
        lambda: _prepare(order_id, check, request_id=request_id, actor=actor, reason=reason, restock=restock)
    )
    if refund_ids:
        for refund_id in refund_ids:
            attempt_refund(refund_id)
        point("payments.cancel.after_refund")
        _finish(order_id, refund_ids, actor=actor, reason=reason, restock=restock)


def finish_cancellation(order_id: int, refund_ids: list[int], *, actor: str, reason: str, restock: bool) -> None:
    """Settle the refunds of a cancellation and close the order; raises `Unsettled` until the provider answers.

    A refund that was refused ends the matter: the order stays, and staff have been called to it.
    """
    for refund_id in _at_providers(refund_ids):
        settle_refund(refund_id)
    try:
        _finish(order_id, refund_ids, actor=actor, reason=reason, restock=restock)
    except RefundFailed:
        return


def _check(order: Order, check: Callable[[Order], None] | None) -> None:
    """Raise `Conflict` for an order that can't come to nothing any more; the caller holds its lock."""
    if order.status == "cancelled":
        return
    if check is not None:
        check(order)
    if order.fulfilment_status not in ("unfulfilled", "cancelled"):
        raise Conflict(_("Something of this order has left already, so it can't be cancelled as a whole."))


def _prepare(
    order_id: int,
    check: Callable[[Order], None] | None,
    *,
    request_id: str,
    actor: str,
    reason: str,
    restock: bool,
) -> list[int]:
    """Close an order that holds no money at once; else write down what has to go back and that it is cancelled then."""
    order, payments = lock_order_payments(order_id)
    if order.status == "cancelled":
        return []
    # Once more: a parcel may have been packed or sent while the provider was asked.
    _check(order, check)
    if any(payment.status in (*OPEN, "authorized") for payment in payments):
        raise Conflict(_("The payment of this order is being processed. It can be cancelled when that is over."))
    holds_money = any(payment.captured_minor > payment.refunded_minor for payment in payments)
    if not holds_money:
        orders.mark_cancelled(order_id, actor=actor, reason=reason, restock=restock)
        statuses.write(order, payments)
        return []
    try:
        made = request_refund(order_id, request_id=request_id, actor=actor, reason=reason, restock=restock)
    except AlreadyRefunded:
        # Another refund is on its way; the cancellation waits for that one.
        made = _requested(order_id)
    refund_ids = sorted(refund.id for refund in made)
    enqueue(
        "payments.finish_cancellation",
        dedupe=f"payments.finish_cancellation:{refund_ids[0]}",
        delay=_FINISH_AFTER,
        order_id=order_id,
        refund_ids=refund_ids,
        actor=actor,
        reason=reason,
        restock=restock,
    )
    return refund_ids


def _finish(order_id: int, refund_ids: list[int], *, actor: str, reason: str, restock: bool) -> None:
    def work() -> list[str]:
        order, payments = lock_order_payments(order_id)
        rows = session.execute(
            select(Refund.status, Payment.offline)
            .join(Payment, Payment.id == Refund.payment_id)
            .where(Refund.id.in_(refund_ids))
        ).all()
        # What staff pay out themselves is theirs to do; the order and its goods need not wait for it.
        states = ["succeeded" if by_hand and status == "requested" else status for status, by_hand in rows]
        if order.status == "placed" and set(states) == {"succeeded"}:
            orders.mark_cancelled(order_id, actor=actor, reason=reason, restock=restock)
            statuses.write(order, payments)
        return states

    states = retrying(work)
    if "failed" in states:
        raise RefundFailed(_("The payment provider refused the refund, so the order was not cancelled."))
    if "requested" in states:
        raise Unsettled(
            _("The payment provider has not confirmed the refund yet. The order is cancelled as soon as it does.")
        )


def _at_providers(refund_ids: list[int]) -> list[int]:
    """Leave out what staff pay out themselves: there is nobody to ask about it."""
    with transaction():
        by_hand = select(Refund.id).join(Payment, Payment.id == Refund.payment_id).where(Payment.offline)
        found = session.execute(select(Refund.id).where(Refund.id.in_(refund_ids), Refund.id.not_in(by_hand)))
        return sorted(found.scalars())


def _requested(order_id: int) -> list[Refund]:
    return list(
        session.execute(
            select(Refund)
            .join(Payment, Payment.id == Refund.payment_id)
            .where(Payment.order_id == order_id, Refund.status == "requested")
        ).scalars()
    )
