"""How countries write addresses and phone numbers."""

import pytest

from store.core.phones import read_phone, show_phone
from store.core.places import address_lines, rules_of


@pytest.mark.parametrize(
    ("country", "fields", "optional"),
    [
        ("AT", ["name", "line1", "line2", "postcode", "city"], {"line2"}),
        ("US", ["name", "line1", "line2", "city", "region", "postcode"], {"line2"}),
        ("GB", ["name", "line1", "line2", "city", "postcode"], {"line2"}),
        ("HK", ["name", "line1", "line2", "region", "city"], {"line2", "city"}),
        (
            "IE",
            ["name", "line1", "line2", "district", "city", "region", "postcode"],
            {"line2", "district", "region", "postcode"},
        ),
        ("XX", ["name", "line1", "line2", "city"], {"line2"}),
    ],
)
def test_each_country_asks_for_its_own_lines(country: str, fields: list[str], optional: set[str]) -> None:
    rules = rules_of(country)
    assert list(rules.fields) == fields
    assert set(rules.fields) - rules.required == optional


@pytest.mark.parametrize(
    ("country", "good", "bad"),
    [
        ("AT", "1070", "10700"),
        ("GB", "sw1a 1aa", "12345"),
        ("US", "94117-1234", "9411"),
        ("NL", "1012ab", "1012"),
        ("AE", "anything", ""),
    ],
)
def test_a_postcode_has_the_form_of_its_country(country: str, good: str, bad: str) -> None:
    assert rules_of(country).has_postcode(good)
    assert not bad or not rules_of(country).has_postcode(bad)


def test_a_postcode_lies_in_its_state() -> None:
    assert rules_of("US").lies_in("94117", "CA")
    assert not rules_of("US").lies_in("94117", "NY")
    assert rules_of("AT").lies_in("1070", "")


@pytest.mark.parametrize(
    ("address", "lines"),
    [
        (
            {
                "name": "Ana",
                "line1": "Lindengasse 4",
                "line2": "Top 3",
                "postcode": "1070",
                "city": "Wien",
                "country": "AT",
            },
            ["Ana", "Lindengasse 4", "Top 3", "1070 Wien"],
        ),
        (
            {
                "name": "Al",
                "line1": "1 Main St",
                "city": "San Francisco",
                "region": "CA",
                "postcode": "94117",
                "country": "US",
            },
            ["Al", "1 Main St", "San Francisco, CA 94117"],
        ),
        (
            {"name": "山田", "line1": "丸の内1-1", "region": "東京都", "postcode": "100-0005", "country": "JP"},
            ["〒100-0005", "東京都", "丸の内1-1", "山田"],
        ),
        (
            {"name": "Jo", "line1": "Rock 1", "city": "Lone", "postcode": "X1", "country": "XX"},
            ["Jo", "Rock 1", "Lone", "X1"],
        ),
        (
            {"name": "Eva", "line1": "Mayor 1", "postcode": "28013", "city": "Madrid", "region": "M", "country": "ES"},
            ["Eva", "Mayor 1", "28013 Madrid"],
        ),
        (
            {"name": "Eva", "line1": "Sol 2", "postcode": "03501", "city": "Benidorm", "region": "A", "country": "ES"},
            ["Eva", "Sol 2", "03501 Benidorm Alicante"],
        ),
        ({}, []),
    ],
)
def test_an_address_is_written_as_its_country_writes_it_and_loses_nothing(
    address: dict[str, str], lines: list[str]
) -> None:
    assert address_lines(address) == lines


@pytest.mark.parametrize(
    ("typed", "country", "kept"),
    [
        ("0660 123 45 67", "AT", "+436601234567"),
        ("+43 (0)660 1234567", "DE", "+436601234567"),
        ("(415) 555-2671", "US", "+14155552671"),
        ("call me", "AT", None),
        ("12", "AT", None),
        ("1" * 30, "AT", None),
    ],
)
def test_a_phone_number_is_kept_as_it_is_dialled_from_anywhere(typed: str, country: str, kept: str | None) -> None:
    assert read_phone(typed, country) == kept


def test_a_phone_number_is_shown_as_people_read_it() -> None:
    assert show_phone("+436601234567") == "+43 660 1234567"
    assert show_phone("ask at the desk") == "ask at the desk"
