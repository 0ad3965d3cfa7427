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


def mark_placed(order_id: int, *, actor: str = "system") -> None:
    """Place an order: its number, its stock allocated, its event; a second call does nothing.

    `payments` calls it when the money has arrived or is promised, when nothing is owed, and when it is to be paid by
    hand. An order that expired gets its stock reserved anew; raises `OutOfStock` when that is gone, and `IllegalMove`
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
    order.placed_at = now()
    order.expires_at = order.closed_at = None
    session.flush()
    add_event(order_id, "placed", actor=actor, late=late)
    emit(OrderPlaced(order_id))


def record_refund(order_id: int, *, refund_id: int, amount_minor: int, credit_minor: int, actor: str) -> None:
    """Note that money of the order has gone back, of which `credit_minor` lowers what its customer owes."""
    order = lock_order(order_id)
    order.credited_minor += credit_minor
    session.flush()
    add_event(order_id, "refunded", actor=actor, refund_id=refund_id, refunded_minor=amount_minor)
    emit(OrderRefunded(order_id, refund_id))


def credit(order_id: int, amount_minor: int, *, actor: str, reason: str, **data: object) -> None:
    """Lower what the customer owes for an order without money going back, because it has not come yet.

    `data` says in the timeline what it is for.
    """
    order = lock_order(order_id)
    order.credited_minor += amount_minor
    session.flush()
    add_event(order_id, "credited", actor=actor, amount_minor=amount_minor, reason=reason, **data)


def _needs(order_id: int) -> dict[int, int]:
    rows = session.execute(
        select(OrderLine.variant_id, func.sum(OrderLine.quantity))
        .where(OrderLine.order_id == order_id)
        .group_by(OrderLine.variant_id)
    )
    return {variant_id: int(quantity) for variant_id, quantity in rows}
