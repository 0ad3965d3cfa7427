"""Markets, price lists and prices in the back office."""

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from store.core.db import read_rows
from store.pricing.suggesting import convert, end, reduce
from tests.factories.catalog import make_collection, make_product
from tests.factories.prices import make_list, set_price
from tests.factories.shop import make_market

SWISS = {
    "name": "Switzerland",
    "code": "ch",
    "prefix": "ch",
    "currency": "CHF",
    "locale": "de-CH",
    "countries": "CH, LI",
    "prices_include_tax": "no",
    "same_shelf_price": "yes",
    "price_ending": ".90",
    "exchange_rate": "0.94",
}
SALE = {"name": "Winter", "code": "winter", "kind": "sale", "status": "active", "priority": "0"}


@pytest.fixture
def mug():
    return make_product("mug", title="Mug", price=2000, options={"size": ["S", "L"]})


def make_swiss(desk) -> str:
    answer = desk.send("/admin/markets/new", SWISS)
    assert answer.status_code == 303, re.findall(r"field__error[^<]*<[^>]*>[^<]*<span>([^<]*)", answer.get_data(True))
    return answer.headers["Location"]


def test_a_market_is_made_changed_and_deleted_and_the_journal_tells(desk, journal):
    place = make_swiss(desk)
    changed = {**SWISS, "name": "Schweiz", "seen": desk.hidden(place, "seen")}
    assert desk.send(place, changed).status_code == 303
    row = read_rows("SELECT name, countries, prices_include_tax, exchange_rate FROM markets WHERE code = 'ch'")[0]
    assert tuple(row) == ("Schweiz", ["CH", "LI"], False, Decimal("0.94"))
    assert "go on in the default market" in desk.get(f"{place}/deletion").get_data(as_text=True)
    assert desk.send(f"{place}/deletion").status_code == 303
    assert [entry[:2] for entry in journal()] == [(act, "markets") for act in ("create", "edit", "delete")]


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"countries": "AT"}, "AT belongs to Austria"),
        ({"countries": "XX"}, "XX is no country"),
        ({"prefix": "Swiss"}, "A country, or a language and a country"),
        ({"prefix": ""}, "Another one has this already"),
        ({"currency": "XYZ"}, "Three capital letters"),
        ({"locale": "klingon"}, "A language such as"),
        ({"exchange_rate": "-1"}, "one of the shop"),
    ],
)
def test_a_market_that_would_get_in_the_way_is_refused_in_words(desk, wrong, sentence):
    answer = desk.send("/admin/markets/new", {**SWISS, **wrong})
    assert answer.status_code == 422
    assert sentence in answer.get_data(as_text=True)


def test_the_default_market_is_not_deleted(desk):
    market_id = read_rows("SELECT id FROM markets WHERE is_default")[0].id
    assert desk.send(f"/admin/markets/{market_id}/deletion").status_code == 409


def test_carts_of_a_market_that_goes_go_on_in_the_default_one(desk, app, mug):
    place = make_swiss(desk)
    set_price(mug.variants[0].id, 1900, currency="CHF")
    shopper = app.test_client()
    sent = shopper.post(
        "/ch/cart/lines",
        data={"product": "mug", "quantity": "1", "size": "s"},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert sent.status_code == 303
    assert "1 cart is filled there" in desk.get(f"{place}/deletion").get_data(as_text=True)
    desk.send(f"{place}/deletion")
    assert tuple(read_rows("SELECT market, currency FROM carts")[0]) == ("at", "EUR")
    assert "€20.00" in shopper.get("/cart").get_data(as_text=True)


def test_suggested_prices_are_written_only_when_accepted(desk, mug):
    place = make_swiss(desk)
    page = desk.get(f"{place}/suggestions?rate=0.94&ending=.90").get_data(as_text=True)
    assert page.count('value="18.90"') == 2
    assert read_rows("SELECT count(*) AS n FROM prices WHERE currency = 'CHF'")[0].n == 0
    first = mug.variants[0].id
    ticked = {"rate": "0.94", "ending": ".90", "accept": str(first), f"amount-{first}": "17.50"}
    assert desk.send(f"{place}/suggestions", ticked).status_code == 303
    found = read_rows("SELECT variant_id, amount_minor FROM prices WHERE currency = 'CHF'")
    assert [tuple(row) for row in found] == [(first, 1750)]
    # A page that was open before somebody else set the price does not write over it.
    assert desk.send(f"{place}/suggestions", {**ticked, f"amount-{first}": "9.00"}).status_code == 422
    assert desk.send(f"{place}/suggestions", {"rate": "0.94", "ending": ".90", "all": "1"}).status_code == 303
    found = read_rows("SELECT amount_minor FROM prices WHERE currency = 'CHF' ORDER BY 1")
    assert [row.amount_minor for row in found] == [1750, 1890]


@pytest.mark.parametrize(
    ("minor", "ending", "expected"),
    [(1880, ".90", 1890), (1820, ".99", 1799), (1849, ".99", 1899), (30, ".99", 99), (1850, "", 1850), (0, ".99", 0)],
)
def test_an_ending_is_the_nearest_one(minor, ending, expected):
    assert end(minor, "EUR", ending) == expected


def test_money_without_decimals_has_no_ending():
    assert convert(2000, "EUR", "JPY", Decimal("161.5"), ".99") == 3230
    assert reduce(1000, Decimal(0), "EUR", ".99") <= 1000


def test_a_sale_is_scheduled_filled_by_per_cent_and_emptied(desk, journal, mug):
    shelf = make_collection("shelf")
    other = make_product("bowl", price=5000, collection=shelf)
    answer = desk.send(
        "/admin/price-lists/new", {**SALE, "starts_at": "2026-11-27T00:00", "ends_at": "2026-11-30T00:00"}
    )
    assert answer.status_code == 303
    place = answer.headers["Location"]
    row = read_rows("SELECT id, starts_at FROM price_lists")[0]
    # Vienna is an hour ahead in winter.
    assert row.starts_at == datetime(2026, 11, 26, 23, tzinfo=UTC)
    shelf_wish = {"q": "", "collection": str(shelf.id), "percent": "20", "currency": "EUR", "ending": ".90"}
    assert desk.send(f"{place}/products", shelf_wish).status_code == 303
    assert desk.send(f"{place}/products", {**shelf_wish, "collection": "0", "q": "mug"}).status_code == 303
    found = read_rows(
        "SELECT variant_id, amount_minor FROM prices WHERE price_list_id = :id ORDER BY 2", {"id": row.id}
    )
    assert [tuple(one) for one in found] == [
        (mug.variants[0].id, 1590),
        (mug.variants[1].id, 1590),
        (other.variant.id, 3990),
    ]
    assert "Mug" in desk.get(place).get_data(as_text=True)
    assert desk.send(f"{place}/products/{mug.product.id}/removal").status_code == 303
    assert read_rows("SELECT count(*) AS n FROM prices WHERE price_list_id = :id", {"id": row.id})[0].n == 1
    assert [entry[:2] for entry in journal()] == [(act, "price_lists") for act in ("create", "price", "price", "price")]


def test_a_list_that_ends_before_it_begins_is_refused(desk):
    wrong = {**SALE, "starts_at": "2026-11-30T00:00", "ends_at": "2026-11-27T00:00"}
    answer = desk.send("/admin/price-lists/new", wrong)
    assert answer.status_code == 422
    assert "before it begins" in answer.get_data(as_text=True)


def test_a_products_prices_stand_in_one_table_and_are_written_one_by_one(desk, journal, mug):
    sale = make_list("sale")
    place, first = f"/admin/prices/{mug.product.id}", mug.variants[0].id
    wish = {"variant": "all", "currency": "EUR", "list": str(sale.id), "min_qty": "1", "amount": "15,50"}
    assert desk.send(place, wish).status_code == 303
    assert (
        desk.send(place, {**wish, "variant": str(first), "list": "", "min_qty": "10", "amount": "12"}).status_code
        == 303
    )
    page = desk.get(place).get_data(as_text=True)
    assert page.count("€15.50") == 2
    assert page.count("€12.00") == 1
    assert desk.send(place, {**wish, "amount": ""}).status_code == 303
    assert "€15.50" not in desk.get(place).get_data(as_text=True)
    assert desk.send(place, {**wish, "amount": "-3"}).status_code == 422
    assert desk.send(place, {**wish, "currency": "USD"}).status_code == 422
    assert [entry[:2] for entry in journal()] == [("price", "product")] * 3
    history = desk.get(f"{place}/{first}/history").get_data(as_text=True)
    assert "€20.00" in history


def test_who_may_only_look_changes_no_price(desk_of, mug):
    reader = desk_of("read_only")
    wish = {"variant": "all", "currency": "EUR", "list": "", "min_qty": "1", "amount": "1"}
    assert reader.get(f"/admin/prices/{mug.product.id}").status_code == 200
    assert reader.client.post(f"/admin/prices/{mug.product.id}", data=wish).status_code in (400, 403)
    make_market("ch", currency="CHF")
    assert reader.get("/admin/price-lists/").status_code == 200
