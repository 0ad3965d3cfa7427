"""Zones in the words of a shop owner, and which of them a place lies in."""

import pytest

from store.core.errors import Invalid
from store.shipping.areas import Destination, Narrowness, reaches, read

ZONE = """
AT
DE 18000-18999, 27498
not DE 18565
US: CA, ny
GB BT*
NL 1000-1099
"""


@pytest.mark.parametrize(
    ("place", "narrowness"),
    [
        (Destination("AT"), Narrowness.COUNTRY),
        (Destination("AT", "", "1010"), Narrowness.COUNTRY),
        (Destination("DE", "", "18000"), Narrowness.POSTCODE),
        (Destination("DE", "", "18999"), Narrowness.POSTCODE),
        (Destination("DE", "", "19000"), None),
        (Destination("DE", "", "27498"), Narrowness.POSTCODE),
        (Destination("DE", "", "18565"), None),
        (Destination("DE"), None),
        (Destination("US", "CA", "94117"), Narrowness.REGION),
        (Destination("US", "NY"), Narrowness.REGION),
        (Destination("US", "TX"), None),
        (Destination("GB", "", "bt1 5gs"), Narrowness.POSTCODE),
        (Destination("GB", "", "B1 1AA"), None),
        (Destination("NL", "", "1012 AB"), Narrowness.POSTCODE),
        (Destination("NL", "", "1100 AB"), None),
        (Destination("FR"), None),
    ],
)
def test_a_zone_holds_the_places_that_were_written(place: Destination, narrowness: Narrowness | None) -> None:
    assert reaches(read(ZONE), place) is narrowness


def test_the_union_is_wider_than_a_country_and_the_world_is_wider_still() -> None:
    areas = read("*\nEU\nFR")
    found = [reaches(areas, Destination(code)) for code in ("FR", "IT", "CH")]
    assert found == [Narrowness.COUNTRY, Narrowness.UNION, Narrowness.EVERYWHERE]


def test_what_is_taken_out_stays_out_whatever_else_is_said() -> None:
    areas = read("EU\nFR 20000-20999\nnot FR 20*")
    assert reaches(areas, Destination("FR", "", "20090")) is None
    assert reaches(areas, Destination("FR", "", "75001")) is Narrowness.UNION


@pytest.mark.parametrize(
    "line",
    ["Austria", "XQ", "AT 10-100", "AT 2000-1000", "AT Wien", "US Berlin", "EU 1010", "* 1010", "PL 00-950", "1010"],
)
def test_a_line_that_says_nothing_is_named(line: str) -> None:
    with pytest.raises(Invalid) as caught:
        read(f"AT\n{line}\nDE")
    assert line in caught.value.message
