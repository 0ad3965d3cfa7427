"""The life of a return, an exchange or a claim, and which move leads where. Nothing else changes its status."""

from store.core.i18n import lazy_gettext
from store.core.moves import step

KINDS = ("return", "exchange", "claim")
STATUSES = ("requested", "approved", "rejected", "in_transit", "received", "resolved", "cancelled")
RESOLUTIONS = ("", "refund", "exchange", "replacement", "nothing")
# What somebody whose order went wrong would like best; staff decide.
WISHES = ("", "refund", "replacement")

# Why somebody sends something back: nobody has to say, so the first one says nothing.
RETURN_REASONS = ("unsaid", "too_small", "too_large", "not_as_shown", "not_liked", "too_late", "too_many")
CLAIM_REASONS = ("damaged", "faulty", "wrong", "missing")
REASONS = RETURN_REASONS + CLAIM_REASONS

# What is closed for good without anything having come back counts as if it had never been asked for.
VOID = ("rejected", "cancelled")
OPEN = ("requested", "approved", "in_transit", "received")

_MOVES = {
    ("requested", "approve"): "approved",
    ("requested", "reject"): "rejected",
    ("requested", "cancel"): "cancelled",
    ("requested", "resolve"): "resolved",
    ("approved", "send"): "in_transit",
    ("approved", "receive"): "received",
    ("approved", "cancel"): "cancelled",
    ("approved", "resolve"): "resolved",
    ("in_transit", "receive"): "received",
    ("received", "receive"): "received",
    ("received", "resolve"): "resolved",
}
_REFUSAL = lazy_gettext("This return has moved on, so that can’t be done any more.")


def after(state: str, move: str) -> str:
    """Return the status after a move; raises `IllegalMove`."""
    return step(_MOVES, state, move, _REFUSAL)


def allows(state: str, move: str) -> bool:
    """Whether a move leads anywhere from a status."""
    return (state, move) in _MOVES
