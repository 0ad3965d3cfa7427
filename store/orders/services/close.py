"""Orders that come to nothing. `payments` calls these once the provider can't take money for them any more."""

from store.core.clock import now
from store.core.db import session
from store.core.events import emit
from store.core.faults import point
from store.inventory import services as inventory
from store.orders import states
from store.orders.events import OrderCancelled, OrderExpired
from store.orders.services.lock import add_event, hold_reference, lock_order
from store.orders.services.units import call_off_parcels


def mark_expired(order_id: int, *, given_up: bool = False) -> None:
    """Close an order that was not paid in time and free its stock; a second call does nothing.

    When its shopper has `given_up` on it by going on with the cart, nobody needs to be told.
    """
    order = lock_order(order_id)
    if order.status == "expired":
        return
    order.status = states.after(order.status, "expire")
    order.payment_status = "none"
    order.expires_at = None
    order.closed_at = now()
    session.flush()
    inventory.release(hold_reference(order_id))
    point("orders.expire.after_release")
    if given_up:
        add_event(order_id, "expired", given_up=True)
        return
    add_event(order_id, "expired")
    emit(OrderExpired(order_id))


def mark_cancelled(order_id: int, *, actor: str, reason: str, restock: bool = True) -> None:
    """Close an order that will not be fulfilled; a second call does nothing.

    Stock that has not been shipped is always freed; what was shipped goes back on the shelf with `restock`.
    Raises `IllegalMove` when the order can't be cancelled.
    """
    order = lock_order(order_id)
    if order.status == "cancelled":
        return
    never_placed = order.status != "placed"
    order.status = states.after(order.status, "cancel")
    if never_placed:
        order.payment_status = "none"
    if order.fulfilment_status == "unfulfilled":
        order.fulfilment_status = "cancelled"
    order.expires_at = None
    order.closed_at = now()
    session.flush()
    call_off_parcels(order_id, actor=actor)
    inventory.release(hold_reference(order_id), actor=actor)
    if restock:
        inventory.restock(hold_reference(order_id), actor=actor)
    point("orders.cancel.after_release")
    add_event(order_id, "cancelled", actor=actor, reason=reason, restock=restock)
    emit(OrderCancelled(order_id))
