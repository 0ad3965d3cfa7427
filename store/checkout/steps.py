"""The steps of a checkout as a list of what is still missing, computed from the cart; nothing else remembers them."""

from typing import Literal

from store.cart.queries import CartView
from store.checkout.quote import Quote

Step = Literal["contact", "delivery", "payment"]
STEPS: tuple[Step, ...] = ("contact", "delivery", "payment")


def steps_of(priced: Quote) -> tuple[Step, ...]:
    """Return the steps that a cart takes: nobody is asked how to deliver what is not sent."""
    return STEPS if priced.needs_delivery else ("contact", "payment")


def reached(cart: CartView, priced: Quote) -> Step:
    """Return the first step that is not done; `payment` when only the money is missing."""
    if not cart.email or not cart.has_buyer or not priced.reaches_address:
        return "contact"
    if priced.method is None and priced.needs_delivery:
        return "delivery"
    return "payment"


def allowed(step: Step, cart: CartView, priced: Quote) -> Step:
    """Return the step itself when everything before it is done, else the one to do first."""
    first_missing = reached(cart, priced)
    if step in steps_of(priced) and STEPS.index(step) <= STEPS.index(first_missing):
        return step
    return first_missing
