"""What can go wrong with staff accounts."""

from store.core.errors import Conflict


class LastOwner(Conflict):
    """The shop would be left without anybody who may manage its staff."""
