"""The states of an order on its three axes, and which move leads where. Nothing else changes them.

Payment and fulfilment are derived from what happened, by the pure functions below, and stored so that lists can be
filtered by them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from store.core.i18n import lazy_gettext
from store.core.moves import step

STATUSES = ("draft", "pending", "placed", "cancelled", "expired")
PAYMENT_STATUSES = (
    "none",
    "pending",
    "authorized",
    "partially_paid",
    "paid",
    "partially_refunded",
    "refunded",
    "voided",
    "failed",
    "overcharged",
)
FULFILMENT_STATUSES = (
    "unfulfilled",
    "partial",
    "fulfilled",
    "delivered",
    "partially_returned",
    "returned",
    "cancelled",
)

# Goods may leave when this is how the money stands, and always when the order may be shipped unpaid.
SHIPPABLE_PAYMENT = ("paid", "authorized", "partially_refunded", "overcharged")

# An expired order is placed after all when its money arrives late and its stock can still be had.
_MOVES = {
    ("draft", "submit"): "pending",
    ("pending", "place"): "placed",
    ("expired", "place"): "placed",
    ("pending", "expire"): "expired",
    ("pending", "cancel"): "cancelled",
    ("placed", "cancel"): "cancelled",
}
_REFUSAL = lazy_gettext("The order has moved on, so this can't be done any more.")


def after(state: str, move: str) -> str:
    """Return the status after a move; raises `IllegalMove`."""
    return step(_MOVES, state, move, _REFUSAL)


@dataclass(frozen=True, slots=True)
class MoneyFacts:
    """The money of an order over all its payments, in minor units.

    `authorized_minor` is promised and not taken yet, `voided` says that a promise was given back.
    """

    authorized_minor: int = 0
    captured_minor: int = 0
    refunded_minor: int = 0
    voided: bool = False

    @property
    def kept_minor(self) -> int:
        """Return what we have of the customer's money."""
        return self.captured_minor - self.refunded_minor


def owed(status: str, *, total_minor: int, credited_minor: int) -> int:
    """Return what the customer owes for an order, whether paid or not: nothing once it came to nothing."""
    return total_minor - credited_minor if status in ("draft", "pending", "placed") else 0


def payment_status(status: str, *, total_minor: int, credited_minor: int, money: MoneyFacts) -> str:
    """Return how the payment of an order stands."""
    due = owed(status, total_minor=total_minor, credited_minor=credited_minor)
    if money.captured_minor:
        if money.kept_minor == 0 and money.refunded_minor:
            # All of it has gone back; what is still owed after that is a payment to come.
            return "refunded" if due == 0 or credited_minor else "pending"
        if money.kept_minor != due:
            return "overcharged" if money.kept_minor > due else "partially_paid"
        return "partially_refunded" if credited_minor else "paid"
    if status in ("expired", "cancelled"):
        return "voided" if money.voided and status == "cancelled" else "none"
    if money.authorized_minor and status == "placed":
        return "authorized" if money.authorized_minor >= due else "partially_paid"
    return "paid" if due == 0 and status == "placed" else "pending"


@dataclass(frozen=True, slots=True)
class LineFacts:
    """How many units of a line are still ordered, have left (`delivered` of them have arrived), and came back."""

    quantity: int
    shipped: int = 0
    delivered: int = 0
    returned: int = 0


def fulfilment_status(lines: Sequence[LineFacts]) -> str:
    """Return how far the goods of an order are, from what happened to each of its lines."""
    live = [line for line in lines if line.quantity]
    if not live:
        return "cancelled"
    if any(line.shipped < line.quantity for line in live):
        # Whatever came back, something is still to be sent: what was exchanged, or what was never in a parcel.
        return "partial" if any(line.shipped for line in live) else "unfulfilled"
    if any(line.returned for line in live):
        return "returned" if all(line.returned >= line.quantity for line in live) else "partially_returned"
    return "delivered" if all(line.delivered >= line.quantity for line in live) else "fulfilled"
