"""What can go wrong with stock."""

from dataclasses import dataclass

from store.core.errors import Conflict
from store.core.i18n import gettext as _


@dataclass(frozen=True)
class Shortage:
    """A variant of which fewer are left than are wanted."""

    variant_id: int
    wanted: int
    left: int


class OutOfStock(Conflict):
    """Not everything that was asked for is there; facts: `short`, a tuple of `Shortage`."""

    def __init__(self, short: tuple[Shortage, ...]) -> None:
        super().__init__(_("Some of these items have just sold out."), short=short)
        self.short = short
