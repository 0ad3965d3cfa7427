"""The life of a return, an exchange or a claim, and which move leads where. Nothing else changes its status."""

from store.core.errors import Conflict
from store.core.i18n import gettext as _

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


class IllegalMove(Conflict):
    """A return can't make this move from where it stands; facts: `state`, `move`."""


def after(state: str, move: str) -> str:
    """Return the status after a move; raises `IllegalMove`."""
    try:
        return _MOVES[state, move]
    except KeyError:
        raise IllegalMove(
            _("This return has moved on, so that can’t be done any more."), state=state, move=move
        ) from None


def allows(state: str, move: str) -> bool:
    """Whether a move leads anywhere from a status."""
    return (state, move) in _MOVES
