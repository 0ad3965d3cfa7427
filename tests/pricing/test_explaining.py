"""Whoever wants to know how a total came about can reckon it again."""

from decimal import Decimal

from store.pricing.explaining import explain
from store.pricing.totals import LineInput, Reduction, Rules, compute

TEN, TWENTY = Decimal("0.10"), Decimal("0.20")


def told(totals, *titles: str) -> list[tuple[str, str, str]]:
    rows = explain(totals.trace, titles, currency="EUR", locale="en")
    return [(row.label, row.how.replace("\xa0", " "), row.amount) for row in rows]


def test_a_total_with_tax_in_it_is_told_step_by_step() -> None:
    lines = [LineInput("mug", 1200, 2, TWENTY), LineInput("book", 1000, 1, TEN)]
    totals = compute(lines, shipping_minor=490, prices_include_tax=True, reductions=[Reduction("Welcome", 400, "mug")])
    assert told(totals, "Mug", "Book") == [
        ("Mug", "2 × €12.00", "€24.00"),
        ("Book", "1 × €10.00", "€10.00"),
        ("Welcome", "off Mug", "-€4.00"),
        ("Delivery", "taxed at the highest rate of the goods, 20%", "€4.90"),
        ("Tax 20%", "in €24.90: €24.90 − €24.90 ÷ 1.2, rounded on each line", "€4.15"),
        ("Tax 10%", "in €10.00: €10.00 − €10.00 ÷ 1.1, rounded on each line", "€0.91"),
        ("Total", "€30.00 + €4.90", "€34.90"),
    ]


def test_a_total_with_tax_on_top_says_so() -> None:
    totals = compute(
        [LineInput("mug", 1000, 1, TWENTY), LineInput("book", 1000, 1, TEN)],
        shipping_minor=500,
        prices_include_tax=False,
        rules=Rules(rounding="rate", shipping="proportional"),
    )
    assert told(totals, "Mug")[1:] == [
        ("Line 2", "1 × €10.00", "€10.00"),
        ("Delivery", "taxed as the goods are: €2.50 (20%), €2.50 (10%)", "€5.00"),
        ("Tax 20%", "on top of €12.50: €12.50 × 20%, rounded once", "€2.50"),
        ("Tax 10%", "on top of €12.50: €12.50 × 10%, rounded once", "€1.25"),
        ("Total", "€23.00 + €5.75", "€28.75"),
    ]


def test_a_price_that_is_not_the_one_on_the_shelf_says_why() -> None:
    line = LineInput("mug", 1200, 1, Decimal("0.27"), shelf_rate=TWENTY)
    totals = compute([line], shipping_minor=0, prices_include_tax=True, rules=Rules(shipping="own"))
    assert told(totals, "Mug")[0] == (
        "Mug",
        "1 × €12.70. Shown as €12.00 with 20% tax, here €12.70 with 27%",
        "€12.70",
    )


def test_a_step_that_is_not_known_is_left_out() -> None:
    assert explain([{"step": "magic"}], (), currency="EUR", locale="en") == ()
