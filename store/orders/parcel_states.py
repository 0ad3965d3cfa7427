"""The states of a parcel, and which move leads where."""

from store.core.i18n import gettext as _
from store.orders.states import IllegalMove

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


def after(state: str, move: str) -> str:
    """Return the status of a parcel after a move; raises `IllegalMove`."""
    try:
        return _MOVES[state, move]
    except KeyError:
        raise IllegalMove(
            _("This parcel has moved on, so this can't be done any more."), state=state, move=move
        ) from None
