"""The arithmetic holds for every basket."""

import random
from decimal import Decimal

import pytest

from store.pricing.totals import LineInput, compute

RATES = [Decimal(rate) for rate in ("0", "0.05", "0.07", "0.1", "0.19", "0.2", "0.25", "0.27")]


def test_a_gross_price_contains_its_tax() -> None:
    totals = compute([LineInput("mug", 1200, 2, Decimal("0.20"))], shipping_minor=0, prices_include_tax=True)
    line = totals.lines[0]
    assert (line.total_minor, line.tax_minor) == (2400, 400)
    assert (line.unit_gross_minor, line.unit_net_minor) == (1200, 1000)


def test_a_net_price_gets_its_tax_on_top() -> None:
    totals = compute([LineInput("mug", 1000, 3, Decimal("0.19"))], shipping_minor=500, prices_include_tax=False)
    assert totals.lines[0].total_minor == 3570
    assert totals.shipping_minor == 595
    assert totals.total_minor == 4165


def test_tax_is_rounded_half_up_once_per_line() -> None:
    # 3 x 33 cents at 20 %: 82.5 cents without tax round up to 83. Piece by piece it would have been 3 x 6.
    totals = compute([LineInput("pin", 33, 3, Decimal("0.20"))], shipping_minor=0, prices_include_tax=True)
    assert totals.tax_minor == 16


def test_delivery_bears_the_highest_rate() -> None:
    lines = [LineInput("book", 1000, 1, Decimal("0.10")), LineInput("mug", 1000, 1, Decimal("0.20"))]
    totals = compute(lines, shipping_minor=600, prices_include_tax=True)
    assert totals.shipping_tax_rate == Decimal("0.20")
    assert totals.shipping_tax_minor == 100


@pytest.mark.parametrize("prices_include_tax", [True, False])
def test_every_basket_adds_up_to_the_cent(prices_include_tax: bool) -> None:
    chance = random.Random(35)
    for _round in range(20_000):
        lines = [
            LineInput(number, chance.randint(0, 200_000), chance.randint(1, 99), chance.choice(RATES))
            for number in range(chance.randint(1, 6))
        ]
        totals = compute(lines, shipping_minor=chance.randint(0, 2000), prices_include_tax=prices_include_tax)
        assert totals.subtotal_minor == sum(line.total_minor for line in totals.lines)
        assert totals.total_minor == totals.subtotal_minor + totals.shipping_minor
        assert totals.tax_minor == sum(line.tax_minor for line in totals.lines) + totals.shipping_tax_minor
        for line in totals.lines:
            net = line.total_minor - line.tax_minor
            # Half a cent is all that rounding may move.
            assert abs(net * line.tax_rate - line.tax_minor) <= Decimal("0.5") * (1 + line.tax_rate)
