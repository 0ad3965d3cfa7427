"""What happens to carts that others must follow up."""

from dataclasses import dataclass

from store.core.events import Event


@dataclass(frozen=True)
class CartReopened(Event):
    """A shopper went on with a cart whose order waits for payment: that order is not wanted any more."""

    cart_id: int
