"""Lines in, totals out, to the cent.

Rounding is half up, once per line, because tax offices check each line (EN 16931 BR-CO-17 allows it). Order totals
are sums of line values and are never computed from rates again.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from store.pricing.sharing import round_half_up


@dataclass(frozen=True, slots=True)
class LineInput:
    """What is to be priced: unit price in minor units as the shop shows it, with or without tax."""

    key: Hashable
    unit_minor: int
    quantity: int
    tax_rate: Decimal


@dataclass(frozen=True, slots=True)
class LineTotals:
    """A priced line; `total_minor` is what is paid for it, and contains `tax_minor`."""

    key: Hashable
    quantity: int
    unit_net_minor: int
    unit_gross_minor: int
    tax_rate: Decimal
    tax_minor: int
    total_minor: int


@dataclass(frozen=True, slots=True)
class Totals:
    """A priced basket; `total_minor = subtotal_minor + shipping_minor`, both with their tax."""

    lines: tuple[LineTotals, ...]
    subtotal_minor: int
    shipping_minor: int
    shipping_tax_rate: Decimal
    shipping_tax_minor: int
    tax_minor: int
    total_minor: int


def compute(lines: Sequence[LineInput], *, shipping_minor: int, prices_include_tax: bool) -> Totals:
    """Price a basket. Delivery bears the highest rate among the lines."""
    priced = tuple(_price(line, prices_include_tax=prices_include_tax) for line in lines)
    shipping_rate = max((line.tax_rate for line in lines), default=Decimal(0))
    shipping_total, shipping_tax = _with_tax(shipping_minor, shipping_rate, prices_include_tax=prices_include_tax)
    subtotal = sum(line.total_minor for line in priced)
    return Totals(
        lines=priced,
        subtotal_minor=subtotal,
        shipping_minor=shipping_total,
        shipping_tax_rate=shipping_rate,
        shipping_tax_minor=shipping_tax,
        tax_minor=sum(line.tax_minor for line in priced) + shipping_tax,
        total_minor=subtotal + shipping_total,
    )


def _price(line: LineInput, *, prices_include_tax: bool) -> LineTotals:
    unit_gross, unit_tax = _with_tax(line.unit_minor, line.tax_rate, prices_include_tax=prices_include_tax)
    total, tax = _with_tax(line.unit_minor * line.quantity, line.tax_rate, prices_include_tax=prices_include_tax)
    return LineTotals(
        key=line.key,
        quantity=line.quantity,
        unit_net_minor=unit_gross - unit_tax,
        unit_gross_minor=unit_gross,
        tax_rate=line.tax_rate,
        tax_minor=tax,
        total_minor=total,
    )


def _with_tax(amount_minor: int, rate: Decimal, *, prices_include_tax: bool) -> tuple[int, int]:
    """Return the amount with tax and the tax in it."""
    if prices_include_tax:
        return amount_minor, amount_minor - round_half_up(amount_minor / (1 + rate))
    tax = round_half_up(amount_minor * rate)
    return amount_minor + tax, tax
