"""Orders that leave before their money."""

from store.core.db import session
from store.orders import services as orders
from store.payments.services import statuses
from store.payments.services.lock import lock_order_payments


def place_on_terms(order_id: int, *, actor: str) -> None:
    """Place an order that is paid later, in the transaction in progress: it may leave at once."""
    order, payments = lock_order_payments(order_id)
    order.ship_unpaid = True
    session.flush()
    orders.mark_placed(order_id, actor=actor)
    statuses.write(order, payments)
