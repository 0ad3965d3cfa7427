"""The states of an order on its three axes, and which move leads where. Nothing else changes them."""

from store.core.errors import Conflict
from store.core.i18n import gettext as _

STATUSES = ("draft", "pending", "placed", "cancelled", "expired")
PAYMENT_STATUSES = ("none", "pending", "paid", "partially_refunded", "refunded", "failed")
FULFILMENT_STATUSES = ("unfulfilled", "fulfilled", "cancelled")

# An expired order is placed after all when its money arrives late and its stock can still be had.
_MOVES = {
    ("draft", "submit"): "pending",
    ("pending", "place"): "placed",
    ("expired", "place"): "placed",
    ("pending", "expire"): "expired",
    ("pending", "cancel"): "cancelled",
    ("placed", "cancel"): "cancelled",
}


class IllegalMove(Conflict):
    """An order can't make this move from where it stands; facts: `state`, `move`."""


def after(state: str, move: str) -> str:
    """Return the status after a move; raises `IllegalMove`."""
    try:
        return _MOVES[state, move]
    except KeyError:
        raise IllegalMove(
            _("The order has moved on, so this can't be done any more."), state=state, move=move
        ) from None
