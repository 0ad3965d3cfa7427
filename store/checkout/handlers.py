"""What follows from carts at checkout."""

from store.cart.events import CartReopened
from store.core.events import subscribe
from store.core.faults import point
from store.orders.queries import find_order_of_cart
from store.payments.services import expire_order


@subscribe(CartReopened, name="checkout.give_up_order")
def give_up_order(event: CartReopened) -> None:
    """Close the unpaid order of a cart that its shopper went on with, silently; if it was paid meanwhile, it stays."""
    order = find_order_of_cart(event.cart_id)
    if order is None or order.status != "pending":
        return
    point("checkout.give_up_order.before_close")
    expire_order(order.id, given_up=True)
