"""What arithmetic refuses."""

from store.core.errors import Invalid


class MoreThanLeft(Invalid):
    """More is to go back than is left; facts: `part` (a line's key, "shipping" or "goodwill"), `asked`, `left`."""
