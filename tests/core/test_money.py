"""Money is exact in every currency."""

import pytest

from store.core.errors import Invalid
from store.core.money import Money


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("12.50", "EUR", 1250), ("12.5", "EUR", 1250), ("7", "JPY", 7), ("1.234", "KWD", 1234), ("-3.10", "EUR", -310)],
)
def test_a_decimal_is_read_in_its_currency(text: str, currency: str, minor: int) -> None:
    assert Money.parse(text, currency) == Money(minor, currency)


@pytest.mark.parametrize("text", ["", "12,50", "1e3", "0.001", "١٢", "12.", ".5", "NaN", "9" * 13, "1 000"])
def test_what_is_not_an_amount_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        Money.parse(text, "EUR")


def test_a_yen_has_no_decimals() -> None:
    with pytest.raises(Invalid):
        Money.parse("7.5", "JPY")


def test_two_currencies_never_mix() -> None:
    with pytest.raises(ValueError, match="don't mix"):
        Money(1, "EUR") + Money(1, "USD")


def test_an_amount_is_written_as_its_reader_writes_it() -> None:
    assert Money(123456, "EUR").format("en") == "€1,234.56"
    assert Money(123456, "EUR").format("de-AT").replace("\xa0", " ") == "€ 1.234,56"
    assert Money(500, "JPY").format("en") == "¥500"
    assert Money(2990, "CHF").format("en") == "CHF\xa029.90"
    assert Money(2990, "CHF").format("de-CH").replace("\xa0", " ") == "CHF 29.90"
