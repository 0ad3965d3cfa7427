"""Why an order can't be changed by its shopper."""

from store.core.errors import Conflict, Invalid


class TooLate(Conflict):
    """The order has been packed, has left or is closed."""


class ElsewhereCostsMore(Invalid):
    """The way of delivery that was chosen does not serve the new address, or at another price."""
