"""The states of a parcel, and which move leads where."""

from store.core.i18n import lazy_gettext
from store.core.moves import step

STATUSES = ("pending", "packed", "shipped", "delivered", "cancelled")

_MOVES = {
    ("pending", "pack"): "packed",
    ("pending", "ship"): "shipped",
    ("packed", "ship"): "shipped",
    ("shipped", "take_back"): "packed",
    ("shipped", "deliver"): "delivered",
    ("pending", "cancel"): "cancelled",
    ("packed", "cancel"): "cancelled",
}
_REFUSAL = lazy_gettext("This parcel has moved on, so this can't be done any more.")


def after(state: str, move: str) -> str:
    """Return the status of a parcel after a move; raises `IllegalMove`."""
    return step(_MOVES, state, move, _REFUSAL)
