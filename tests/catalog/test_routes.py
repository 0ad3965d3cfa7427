"""Collections and products over HTTP."""

import json
import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from store.catalog.models import Product
from store.core.db import session
from tests.factories.catalog import forget, make_collection, make_product
from tests.factories.shop import make_market, make_shop

CountSql = Callable[[], AbstractContextManager[list[str]]]

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def shop(db: object) -> None:
    make_shop()


def titles(html: str) -> list[str]:
    return re.findall(r'class="card__link"[^>]*>([^<]*)<', html)


def test_a_listing_of_24_costs_the_same_statements_whatever_the_size_of_the_catalogue(
    client: FlaskClient, count_sql: CountSql
) -> None:
    for number in range(26):
        make_product(title=f"Mug {number}")
    client.get("/")
    with count_sql() as few:
        assert client.get("/collections/all").status_code == 200
    for number in range(60):
        make_product(title=f"Bowl {number}", options={"Colour": ["Moss", "Sand"]})
    client.get("/")
    with count_sql() as many:
        page = client.get("/collections/all")
    assert len(titles(page.text)) == 24
    # Sets, their words, the products and cards that are new to the process; later the products alone.
    assert len(few) == len(many) == 4
    with count_sql() as again:
        client.get("/collections/all")
    assert len(again) == 1


def test_load_more_opens_the_list_page_by_page(client: FlaskClient) -> None:
    for number in range(30):
        make_product(title=f"Mug {number}")
    first = client.get("/collections/all").text
    assert len(titles(first)) == 24
    assert 'href="/collections/all?page=2"' in first
    assert "24 of 30 shown" in first
    second = client.get("/collections/all?page=2").text
    assert titles(second)[:24] == titles(first)
    assert len(titles(second)) == 30


@pytest.mark.parametrize("page", ["3", "0", "-1", "1e3", "x", "99999999999999999999"])
def test_pages_that_are_not_there_are_not_found(client: FlaskClient, page: str) -> None:
    make_product()
    assert client.get(f"/collections/all?page={page}").status_code == 404


def test_sorting_is_part_of_the_address_and_an_unknown_sort_is_ignored(client: FlaskClient) -> None:
    make_product(title="Dear", price=9000)
    make_product(title="Cheap", price=100)
    page = client.get("/collections/all?sort=price-up")
    assert titles(page.text) == ["Cheap", "Dear"]
    assert '<option value="price-up" selected>' in page.text
    assert client.get("/collections/all?sort=;drop").status_code == 200


def test_an_empty_collection_says_so_and_leads_on(client: FlaskClient) -> None:
    make_collection("shelf")
    page = client.get("/collections/shelf")
    assert page.status_code == 200
    assert "Nothing on this shelf" in page.text
    assert client.get("/collections/there-is-none").status_code == 404


def test_a_product_page_answers_a_choice_with_its_price_and_its_stock(client: FlaskClient) -> None:
    make_product(
        "shirt", title="Moth shirt", options={"Colour": ["Moss", "Sand"], "Size": ["S", "M"]}, stock=[3, 0, 9, 9]
    )
    page = client.get("/products/shirt?colour=moss&size=s").text
    assert "<h1" in page
    assert "Only 3 left" in page
    assert re.search(r'id="option-size-m" name="size" value="m">', page)
    sold_out = client.get("/products/shirt?colour=moss&size=m").text
    assert "Moss / M is sold out." in sold_out
    assert 'href="/products/shirt?colour=moss&amp;size=s"' in sold_out
    assert re.search(r'id="add-to-cart" disabled', sold_out)
    assert re.search(r'value="m" checked', sold_out)


def test_a_product_page_costs_two_statements_at_most_when_its_neighbours_are_known(
    client: FlaskClient, count_sql: CountSql
) -> None:
    shelf = make_collection()
    for number in range(6):
        make_product(f"thing-{number}", collection=shelf)
    client.get("/")
    with count_sql() as cold:
        client.get("/products/thing-0")
    with count_sql() as warm:
        client.get("/products/thing-0")
    assert len(cold) <= 3
    assert len(warm) == 1


def test_a_change_shows_at_once_although_cards_are_remembered(client: FlaskClient) -> None:
    made = make_product("mug", title="Mug")
    assert titles(client.get("/collections/all").text) == ["Mug"]
    session.execute(update(Product).where(Product.id == made.product.id).values(title="Beaker"))
    session.commit()
    assert titles(client.get("/collections/all").text) == ["Beaker"]
    assert "Beaker" in client.get("/products/mug").text


def test_search_engines_read_price_and_stock_as_the_page_shows_them(client: FlaskClient) -> None:
    made = make_product("mug", title="A </script> mug", price=1950)
    page = client.get("/products/mug").text
    found = re.search(r'<script type="application/ld\+json">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    data = json.loads(found.group(1))
    assert data["name"] == "A </script> mug"
    assert data["offers"]["price"] == "19.50"
    assert data["offers"]["availability"] == "https://schema.org/InStock"
    assert data["sku"] == made.variant.sku
    assert '<link rel="canonical" href="http' in page


def test_public_pages_are_the_same_for_everyone(client: FlaskClient) -> None:
    make_product("mug")
    client.set_cookie("cart", "somebody")
    for path in ("/collections/all", "/products/mug", "/products/mug?colour=x&quantity=3"):
        answer = client.get(path, headers={"HX-Request": "true", "HX-Request-Type": "partial"})
        assert answer.status_code == 200
        assert answer.text.startswith("<!doctype html>")
        assert "public" in answer.headers["Cache-Control"]
        assert "Set-Cookie" not in answer.headers


def test_a_market_has_its_own_addresses(client: FlaskClient) -> None:
    make_product("mug", title="Mug")
    make_market("de-de")
    forget()
    page = client.get("/de-de/collections/all").text
    assert 'href="/de-de/products/mug"' in page
    assert 'href="/de-de/cart"' in page
    assert "/de-de/products/mug" not in client.get("/collections/all").text


@pytest.mark.parametrize("quantity", ["-1", "0", "1e3", "1000000000", "<b>", "²"])
def test_a_quantity_of_the_address_is_only_carried_on(client: FlaskClient, quantity: str) -> None:
    make_product("mug")
    page = client.get("/products/mug", query_string={"quantity": quantity})
    assert page.status_code == 200
    assert "<b>" not in page.text
