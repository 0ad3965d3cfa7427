"""The steps of a checkout as a list of what is still missing, computed from the cart; nothing else remembers them."""

from typing import Literal

from store.cart.queries import CartView
from store.checkout.quote import Quote

Step = Literal["contact", "delivery", "payment"]
STEPS: tuple[Step, ...] = ("contact", "delivery", "payment")


def reached(cart: CartView, priced: Quote) -> Step:
    """Return the first step that is not done; `payment` when only the money is missing."""
    if not cart.email or not cart.shipping_address or not priced.reaches_address:
        return "contact"
    if priced.method is None:
        return "delivery"
    return "payment"


def allowed(step: Step, cart: CartView, priced: Quote) -> Step:
    """Return the step itself when everything before it is done, else the one to do first."""
    first_missing = reached(cart, priced)
    return step if STEPS.index(step) <= STEPS.index(first_missing) else first_missing
