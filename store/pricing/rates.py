"""Amounts with the tax in them or on top of them, at exact rates: 0.2 is twenty per cent."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from store.pricing.sharing import part_of

# The key of delivery where lines have theirs.
SHIPPING: Literal["shipping"] = "shipping"


@dataclass(frozen=True, slots=True)
class RateTotals:
    """What bears one rate: `amount_minor` contains `tax_minor`."""

    rate: Decimal
    amount_minor: int
    tax_minor: int


def with_other_tax(amount_minor: int, shelf_rate: Decimal, rate: Decimal) -> int:
    """Return an amount that contains one rate as the amount that contains another, with the same net in it."""
    number, whole = shelf_rate.as_integer_ratio()
    other, other_whole = rate.as_integer_ratio()
    return part_of(amount_minor, whole * (other_whole + other), (whole + number) * other_whole)


def tax_of(amount_minor: int, rate: Decimal, *, prices_include_tax: bool) -> int:
    """Return the tax in an amount, or the tax that comes on top of it."""
    number, whole = rate.as_integer_ratio()
    if prices_include_tax:
        return amount_minor - part_of(amount_minor, whole, whole + number)
    return part_of(amount_minor, number, whole)
