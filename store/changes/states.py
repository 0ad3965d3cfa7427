"""The states of a change, and which move leads where.

open: staff are working on it, and the order knows nothing of it. requested: the order is changed and its difference
is not settled. confirmed: paid, paid back, waived, or nothing was to settle. declined (by the customer) and cancelled
(by staff): the order is as it was before.
"""

from store.core.i18n import lazy_gettext
from store.core.moves import step

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
_REFUSAL = lazy_gettext("This change is closed, so that can't be done any more.")


def after(state: str, move: str) -> str:
    """Return the status after a move; raises `IllegalMove`."""
    return step(_MOVES, state, move, _REFUSAL)
