"""Why a checkout can't go on."""

from store.core.errors import Conflict


class QuoteChanged(Conflict):
    """A price, tax or delivery is not what the shopper agreed to."""


class CartNotReady(Conflict):
    """The cart holds something that can't be bought, or nothing at all; facts: `problems` by line id."""


class OrderClosed(Conflict):
    """The order of this cart came to nothing; the cart is still there."""
