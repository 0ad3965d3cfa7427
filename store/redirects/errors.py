"""What can be wrong with an address, or with where it is said to lead."""

from store.core.errors import Conflict, Invalid
from store.core.i18n import gettext as _


class BadAddress(Invalid):
    """A text that is no address of the shop, or nothing to lead to; `facts["field"]` is `path` or `target`."""


class RedirectLoop(Conflict):
    """The address would lead back to itself; facts: `path`, `target`."""

    def __init__(self, path: str, target: str) -> None:
        super().__init__(
            _("%(target)s leads to %(path)s: visitors would go round in circles.", path=path, target=target),
            path=path,
            target=target,
            field="target",
        )
