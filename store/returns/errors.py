"""Why something can't be sent back, or not like this."""

from store.core.errors import Conflict, Invalid


class NotReturnable(Conflict):
    """What was asked for can't come back: it is too late, too many, or of a kind that doesn't; facts: `line_id`."""


class NothingChosen(Invalid):
    """Nothing was ticked, or something that has to be said with it is missing."""


class NotDecided(Conflict):
    """The goods have to arrive, or a shopper to decide, before this can be done."""
