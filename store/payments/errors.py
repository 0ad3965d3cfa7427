"""What can go wrong with money, for shoppers and staff."""

from store.core.errors import Conflict, Unavailable


class NotPayable(Conflict):
    """The order takes no payment: it is closed, or too many attempts have been made."""


class AlreadyRefunded(Conflict):
    """All of it has gone back, or is on its way."""


class NothingPaid(Conflict):
    """There is no money of this order to give back."""


class RefundFailed(Conflict):
    """The provider refuses the refund; no money has moved."""


class Unsettled(Unavailable):
    """The provider has not answered yet. What was asked goes on by itself; nobody has to ask again."""
