"""Rate tables: what is in a parcel, by what it is measured, and the row that it falls into."""

from collections.abc import Sequence
from dataclasses import dataclass

# Up to so much (`None`: any more) it costs so many minor units.
Row = Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Contents:
    """What is sent: its weight with the box in grams, its value in minor units, and its number of pieces."""

    grams: int
    value_minor: int
    pieces: int


def amount_of(basis: str, contents: Contents) -> int:
    """Return what a table of a basis measures."""
    return {"weight": contents.grams, "price": contents.value_minor, "quantity": contents.pieces}[basis]


def pick(rows: Sequence[Row], amount: int | None) -> int | None:
    """Return the price of the first row that is large enough, in their order; the lowest price for no amount.

    `None` when the parcel is too large for the table.
    """
    if amount is None:
        return min((price for _up_to, price in rows if price is not None), default=None)
    return next((price for up_to, price in rows if up_to is None or amount <= up_to), None)
