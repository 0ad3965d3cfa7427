"""What delivery costs: by zone, by weight, value or pieces, free from a threshold."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from store.core.money import Money
from store.shipping.areas import Destination
from store.shipping.contents import Contents
from store.shipping.queries import Method, list_methods
from tests.factories.delivery import make_method, make_zone, serve

pytestmark = pytest.mark.usefixtures("db")

VIENNA = Destination("AT", "", "1010")


def offers(
    to: Destination | None = VIENNA, *, grams: int = 800, value: int = 2000, pieces: int = 1
) -> dict[str, Method]:
    """The methods that take such a parcel there, by code."""
    found = list_methods("EUR", to, contents=Contents(grams, value, pieces), among=["AT", "DE"])
    return {method.code: method for method in found}


def price(code: str = "post", **parcel: int) -> int | None:
    """What a method asks for such a parcel, or nothing when it does not take it."""
    method = offers(**parcel).get(code)
    return None if method is None else method.price_for(Money(parcel.get("value", 2000), "EUR")).minor


@pytest.mark.parametrize(
    ("grams", "costs"), [(1, 490), (1000, 490), (1001, 790), (5000, 790), (5001, 1290), (31500, 1290), (31501, None)]
)
def test_a_parcel_costs_the_first_row_that_is_large_enough(grams: int, costs: int | None) -> None:
    make_method(basis="weight", rates=[(1000, 490), (5000, 790), (31500, 1290)])
    assert price(grams=grams) == costs


def test_the_last_row_may_be_open() -> None:
    make_method(basis="weight", rates=[(None, 1290), (1000, 490)])
    assert (price(grams=1000), price(grams=99_000)) == (490, 1290)


@pytest.mark.parametrize(
    ("basis", "small", "large"),
    [("price", {"value": 4999}, {"value": 5001}), ("quantity", {"pieces": 5}, {"pieces": 6})],
)
def test_a_table_may_go_by_value_or_by_pieces(basis: str, small: dict[str, int], large: dict[str, int]) -> None:
    make_method(basis=basis, rates=[(5000 if basis == "price" else 5, 490), (None, 990)])
    assert (price(**small), price(**large)) == (490, 990)


def test_a_method_without_a_table_costs_the_same_for_all() -> None:
    make_method(basis="weight")
    assert price(grams=900_000) == 490


def test_what_is_too_heavy_is_not_taken() -> None:
    make_method(max_grams=2000)
    assert (price(grams=2000), price(grams=2001)) == (490, None)


def test_delivery_is_free_from_the_threshold_of_the_zone_before_that_of_the_method() -> None:
    method = make_method(free_from_minor=5000)
    assert (price(value=4999), price(value=5000)) == (490, 0)
    serve(method, make_zone("Austria", "AT"), free_from_minor=9000)
    assert (price(value=5000), price(value=8999), price(value=9000)) == (490, 490, 0)


def test_the_narrowest_zone_decides_and_each_has_its_table_and_its_days() -> None:
    method = make_method(basis="weight", rates=[(None, 999)], min_days=2, max_days=4)
    serve(method, make_zone("Europe", "EU", position=1), rates=[(None, 1490)], min_days=4, max_days=8)
    serve(method, make_zone("Austria", "AT", position=2))
    serve(method, make_zone("Inner city", "AT 1000-1099", position=3), rates=[(None, 290)], min_days=1, max_days=1)
    found = {
        name: (offers(place)["post"].zone, offers(place)["post"].price.minor, offers(place)["post"].max_days)
        for name, place in {
            "centre": VIENNA,
            "country": Destination("AT", "", "6020"),
            "abroad": Destination("FR", "", "75001"),
        }.items()
    }
    assert found == {
        "centre": ("Inner city", 290, 1),
        "country": ("Austria", 999, 4),
        "abroad": ("Europe", 1490, 8),
    }


def test_a_method_with_zones_serves_nobody_else() -> None:
    serve(make_method(), make_zone("Austria", "AT\nnot AT 6991"))
    assert "post" in offers(VIENNA)
    assert "post" not in offers(Destination("AT", "", "6991"))
    assert "post" not in offers(Destination("DE", "", "10115"))


def test_a_method_without_zones_serves_its_countries() -> None:
    make_method(countries=["AT"])
    make_method("all")
    assert set(offers(VIENNA)) == {"post", "all"}
    assert set(offers(Destination("DE", "", "10115"))) == {"all"}


def test_before_the_address_is_known_the_lowest_price_of_any_country_is_shown() -> None:
    method = make_method()
    serve(method, make_zone("Germany", "DE"), rates=[(None, 390)])
    method.basis = "weight"
    assert offers(None)["post"].price.minor == 390


def test_all_of_it_costs_one_statement(count_sql: Callable[[], AbstractContextManager[list[str]]]) -> None:
    for number in range(3):
        method = make_method(f"post-{number}", basis="weight", rates=[(1000, 490), (None, 990)])
        serve(method, make_zone(f"Zone {number}", "AT"), rates=[(None, 100 * number)])
    with count_sql() as statements:
        assert len(offers()) == 3
    assert len(statements) == 1
