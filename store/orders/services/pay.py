"""What money does to an order. `payments` alone calls these, with the provider's word in hand."""

from sqlalchemy import func, select, text

from store.core.clock import now
from store.core.db import session
from store.core.events import emit
from store.core.faults import point
from store.inventory import services as inventory
from store.orders import states
from store.orders.events import OrderPlaced, OrderRefunded
from store.orders.models import OrderLine
from store.orders.services.lock import add_event, hold_reference, lock_order

_NEXT_NUMBER = text(
    "UPDATE number_series SET next_number = next_number + 1 WHERE name = 'orders' RETURNING next_number - 1"
)


def mark_paid(order_id: int, *, actor: str = "system") -> None:
    """Place an order whose money has arrived: its number, its stock allocated, its event; a second call does nothing.

    An order that expired gets its stock reserved anew; raises `OutOfStock` when that is gone, and `IllegalMove`
    when the order was cancelled: then the money has to go back.
    """
    order = lock_order(order_id)
    if order.status == "placed":
        return
    late = order.status == "expired"
    status = states.after(order.status, "place")
    if late:
        inventory.hold(hold_reference(order_id), _needs(order_id))
    inventory.allocate(hold_reference(order_id), actor=actor)
    point("orders.pay.after_allocate")
    # Every placement waits for this row, so it is taken as late as can be.
    number = session.execute(_NEXT_NUMBER).scalar_one()
    order.number = number
    order.status = status
    order.payment_status = "paid"
    order.placed_at = now()
    order.expires_at = order.closed_at = None
    session.flush()
    add_event(order_id, "placed", actor=actor, late=late)
    emit(OrderPlaced(order_id))


def record_refund(order_id: int, *, refund_id: int, refunded_minor: int, actor: str) -> None:
    """Note that `refunded_minor` of the order's money has gone back in all."""
    order = lock_order(order_id)
    order.payment_status = "refunded" if refunded_minor >= order.total_minor else "partially_refunded"
    session.flush()
    add_event(order_id, "refunded", actor=actor, refund_id=refund_id, refunded_minor=refunded_minor)
    emit(OrderRefunded(order_id, refund_id))


def _needs(order_id: int) -> dict[int, int]:
    rows = session.execute(
        select(OrderLine.variant_id, func.sum(OrderLine.quantity))
        .where(OrderLine.order_id == order_id)
        .group_by(OrderLine.variant_id)
    )
    return {variant_id: int(quantity) for variant_id, quantity in rows}
