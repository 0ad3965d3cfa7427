"""What a cart can't do, in words for shoppers."""

from store.core.errors import Conflict, Invalid, NotFound


class UnknownChoice(Invalid):
    """The product is not made in what was chosen; facts: `field`."""


class LineGone(NotFound):
    """The line is not in this cart."""


class TooFewLeft(Conflict):
    """Fewer are left than are wanted; facts: `left`, `in_cart`, `line_id`."""
