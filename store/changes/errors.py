"""What can go wrong when an order is made or changed by staff."""

from store.core.errors import Conflict, Invalid


class NotEditable(Conflict):
    """The order takes no changes any more: it is closed."""


class AnotherChange(Conflict):
    """A change of this order is open already; facts: `change_id`."""


class HasLeft(Invalid):
    """A line of which something has left keeps its price and at least that many pieces; facts: `field`, `left`."""


class NothingLeft(Invalid):
    """An order with nothing in it is cancelled, not changed."""


class NothingChanged(Invalid):
    """What is wanted is what is there."""


class ReasonMissing(Invalid):
    """A price that is not the catalogue's needs a reason; facts: `field`."""


class Outdated(Conflict):
    """What was agreed to is not what would happen now."""


class CantGoBack(Conflict):
    """The change can't be taken back: what it took out of the order was sold meanwhile."""


class DraftIncomplete(Invalid):
    """The draft can't become an order yet; facts: `field`."""


class DraftClosed(Conflict):
    """The draft has become an order, or was put away."""
