"""The arithmetic holds for every basket."""

import random
from decimal import Decimal

from bench.carts import any_cart, check
from store.pricing.rates import SHIPPING
from store.pricing.totals import LineInput, Reduction, Rules, compute

NOTHING, TEN, TWENTY = Decimal(0), Decimal("0.10"), Decimal("0.20")


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


def test_a_shop_may_round_once_per_rate_and_lines_still_add_up() -> None:
    # Each pin has 27.5 cents without tax, which is 28 and a tax of 5; together 82.5, which is 83 and a tax of 16.
    pins = [LineInput(key, 33, 1, TWENTY) for key in ("a", "b", "c")]
    by_line = compute(pins, shipping_minor=0, prices_include_tax=True)
    by_rate = compute(pins, shipping_minor=0, prices_include_tax=True, rules=Rules(rounding="rate"))
    assert (by_line.tax_minor, by_rate.tax_minor) == (15, 16)
    assert [line.tax_minor for line in by_rate.lines] == [6, 5, 5]


def test_tax_on_top_is_rounded_once_per_rate_over_goods_and_delivery() -> None:
    lines = [LineInput(key, 33, 1, TWENTY) for key in ("a", "b")]
    totals = compute(lines, shipping_minor=33, prices_include_tax=False, rules=Rules(rounding="rate"))
    assert totals.tax_minor == 20
    assert compute(lines, shipping_minor=33, prices_include_tax=False).tax_minor == 21


def test_delivery_may_bear_the_rates_of_the_goods_in_proportion() -> None:
    lines = [LineInput("book", 2000, 1, TEN), LineInput("mug", 1000, 1, TWENTY)]
    totals = compute(lines, shipping_minor=490, prices_include_tax=True, rules=Rules(shipping="proportional"))
    assert [(one.rate, one.amount_minor, one.tax_minor) for one in totals.shipping_taxes] == [
        (TWENTY, 163, 27),
        (TEN, 327, 30),
    ]
    assert totals.shipping_tax_rate == TWENTY


def test_delivery_may_bear_a_rate_of_its_own() -> None:
    rules = Rules(shipping="own", shipping_rate=Decimal("0.13"))
    totals = compute([LineInput("mug", 1000, 1, TWENTY)], shipping_minor=1130, prices_include_tax=True, rules=rules)
    assert (totals.shipping_tax_rate, totals.shipping_tax_minor) == (Decimal("0.13"), 130)


def test_a_price_that_is_to_stay_without_tax_changes_with_the_rate() -> None:
    # 12.00 with 20 % is 10.00 without, and 12.70 with 27 %; delivery follows.
    line = LineInput("mug", 1200, 2, Decimal("0.27"), shelf_rate=TWENTY)
    totals = compute([line], shipping_minor=600, prices_include_tax=True)
    assert (totals.lines[0].unit_gross_minor, totals.lines[0].unit_net_minor) == (1270, 1000)
    assert (totals.shipping_minor, totals.shipping_tax_minor) == (635, 135)
    free = compute([LineInput("mug", 1200, 2, NOTHING, shelf_rate=TWENTY)], shipping_minor=600, prices_include_tax=True)
    assert (free.total_minor, free.tax_minor) == (2500, 0)


def test_the_same_shelf_price_stays_whatever_the_rate() -> None:
    for rate in (NOTHING, TEN, TWENTY):
        totals = compute([LineInput("mug", 1200, 1, rate)], shipping_minor=0, prices_include_tax=True)
        assert totals.total_minor == 1200


def test_what_is_taken_off_lowers_the_tax_and_never_goes_below_nothing() -> None:
    lines = [LineInput("mug", 1000, 2, TWENTY), LineInput("pin", 100, 1, TWENTY)]
    off = [Reduction("pins are on us", 500, "pin"), Reduction("welcome", 500), Reduction("spring post", 900, SHIPPING)]
    totals = compute(lines, shipping_minor=490, prices_include_tax=True, reductions=off)
    assert [line.discount_minor for line in totals.lines] == [500, 100]
    assert (totals.total_minor, totals.shipping_minor, totals.tax_minor) == (1500, 0, 250)
    assert totals.discount_minor == 600


def test_what_is_taken_off_everything_is_shared_by_the_largest_remainder() -> None:
    lines = [LineInput(key, 100, 1, TWENTY) for key in ("a", "b", "c")]
    totals = compute(lines, shipping_minor=0, prices_include_tax=True, reductions=[Reduction("10 off", 10)])
    assert [line.discount_minor for line in totals.lines] == [4, 3, 3]


def test_any_cart_adds_up_to_the_cent_and_so_does_any_refund_of_it() -> None:
    # `python -m bench.carts` goes through a hundred thousand.
    for seed in range(1500):
        chance = random.Random(seed)
        check(any_cart(chance), chance)
