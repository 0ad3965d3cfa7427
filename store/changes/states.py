"""The states of a change, and which move leads where.

open: staff are working on it, and the order knows nothing of it. requested: the order is changed and its difference
is not settled. confirmed: paid, paid back, waived, or nothing was to settle. declined (by the customer) and cancelled
(by staff): the order is as it was before.
"""

from store.core.errors import Conflict
from store.core.i18n import gettext as _

STATUSES = ("open", "requested", "confirmed", "declined", "cancelled")
LIVE = ("open", "requested")
KINDS = ("edit", "exchange", "claim")

# How the difference is settled: later with the rest of the order, or not at all because there is none.
SETTLEMENTS = ("", "none", "charge", "refund", "waive", "with_order")

DRAFT_STATUSES = ("open", "ordered", "discarded", "expired")

_MOVES = {
    ("open", "request"): "requested",
    ("open", "cancel"): "cancelled",
    ("requested", "confirm"): "confirmed",
    ("requested", "decline"): "declined",
    ("requested", "cancel"): "cancelled",
}


class IllegalMove(Conflict):
    """A change can't make this move from where it stands; facts: `state`, `move`."""


def after(state: str, move: str) -> str:
    """Return the status after a move; raises `IllegalMove`."""
    try:
        return _MOVES[state, move]
    except KeyError:
        raise IllegalMove(_("This change is closed, so that can't be done any more."), state=state, move=move) from None
