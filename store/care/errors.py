"""Why an order can't be changed by its shopper."""

from store.core.errors import Conflict


class TooLate(Conflict):
    """The order has been packed, has left or is closed."""
