"""Filters in addresses: what is made of them, and that none of them breaks anything."""

import random
import re
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient

from tests.catalog.test_routes import titles
from tests.factories.catalog import make_collection, make_product
from tests.factories.shop import make_shop

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def goods(db: object) -> None:
    make_shop()
    shelf = make_collection("shelf")
    make_product(title="Moss tee", price=1000, options={"Colour": ["Moss"], "Size": ["S", "M"]}, collection=shelf)
    make_product(title="Sand tee", price=2000, options={"Colour": ["Sand"], "Size": ["M"]}, collection=shelf, stock=0)
    make_product(title="Two tee", price=3000, options={"Colour": ["Moss", "Sand"], "Size": ["L"]}, collection=shelf)
    make_product(title="Mug", price=500)


def found(client: FlaskClient, query: str, path: str = "/collections/shelf") -> list[str]:
    answer = client.get(f"{path}?{query}")
    assert answer.status_code == 200, query
    return sorted(titles(answer.text))


def test_values_of_a_facet_are_alternatives_and_facets_narrow_one_another(client: FlaskClient) -> None:
    assert found(client, "filter.colour=moss") == ["Moss tee", "Two tee"]
    assert found(client, "filter.colour=moss&filter.colour=Sand") == ["Moss tee", "Sand tee", "Two tee"]
    assert found(client, "filter.colour=moss&filter.size=s") == ["Moss tee"]
    assert found(client, "filter.price.min=15&filter.price.max=20.00") == ["Sand tee"]
    assert found(client, "filter.available=1&filter.colour=sand") == ["Two tee"]


def test_what_is_chosen_stands_above_the_list_as_links_that_take_it_back(client: FlaskClient) -> None:
    page = client.get("/collections/shelf?filter.colour=moss&filter.price.max=25&sort=title").text
    assert 'rel="nofollow" href="/collections/shelf?sort=title&amp;filter.price.max=25"' in page
    assert 'rel="nofollow" href="/collections/shelf?sort=title&amp;filter.colour=moss"' in page
    assert re.search(r'id="clear-filters" rel="nofollow" href="/collections/shelf\?sort=title"', page)
    assert "Colour: Moss" in page
    assert re.search(r'name="filter.colour" value="moss" checked', page)
    assert "Show 1 result<" in page


def test_a_value_that_would_show_nothing_stays_in_its_place_and_can_not_be_chosen(client: FlaskClient) -> None:
    plain = client.get("/collections/shelf").text
    narrowed = client.get("/collections/shelf?filter.size=s").text
    values = re.compile(r'name="filter.colour" value="(\w+)"')
    assert values.findall(plain) == values.findall(narrowed) == ["moss", "sand"]
    assert 'name="filter.colour" value="sand" disabled' in narrowed
    assert "(0)" in narrowed


def test_search_engines_are_led_to_the_list_without_filters(client: FlaskClient) -> None:
    plain = client.get("/collections/shelf").text
    assert "noindex" not in plain
    filtered = client.get("/collections/shelf?filter.colour=moss").text
    assert '<meta name="robots" content="noindex, follow">' in filtered
    for query in ("filter.colour=moss", "sort=title", ""):
        page = client.get(f"/collections/shelf?{query}").text
        assert re.search(r'rel="canonical" href="[^"?]*/collections/shelf"', page), query


def test_a_filtered_page_carries_its_filters_on_to_the_next_page(client: FlaskClient) -> None:
    for number in range(30):
        make_product(title=f"Cup {number}", options={"Colour": ["Ink"]})
    page = client.get("/collections/all?filter.colour=ink&sort=title").text
    assert 'href="/collections/all?sort=title&amp;page=2&amp;filter.colour=ink"' in page
    assert len(titles(client.get("/collections/all?sort=title&page=2&filter.colour=ink").text)) == 30
    assert client.get("/collections/all?filter.colour=ink&page=3").status_code == 404


def test_nothing_found_names_what_to_take_back_and_shows_what_sells(client: FlaskClient) -> None:
    page = client.get("/collections/shelf?filter.colour=moss&filter.price.max=1")
    assert page.status_code == 200
    assert "No products match." in page.text
    assert "Remove:" in page.text
    assert 'href="/collections/shelf?filter.price.max=1"' in page.text
    assert titles(page.text)


@pytest.mark.parametrize(
    "query",
    [
        "filter.nothing=x",
        "filter.colour=no-such-colour",
        "filter.price.min=50&filter.price.max=10",
        "filter.colour=" + "x" * 5000,
        "filter.vendor=%F0%9F%9B%92",
    ],
)
def test_filters_that_nothing_has_end_in_an_honest_empty_list(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/collections/shelf?{query}")
    assert answer.status_code == 200
    assert "No products match." in answer.text


@pytest.mark.parametrize(
    "query",
    [
        "filter.price.min=-5",
        "filter.price.max=abc",
        "filter.price.max=1e9",
        "filter.price.min=",
        "filter.=",
        "filter.available=maybe",
    ],
)
def test_what_is_no_filter_is_left_aside(client: FlaskClient, query: str) -> None:
    assert len(found(client, query)) == 3


def test_far_too_many_filters_are_refused(client: FlaskClient) -> None:
    query = "&".join(f"filter.colour={number}" for number in range(101))
    assert client.get(f"/collections/all?{query}").status_code == 400
    assert client.get("/collections/all?filter.colour=%00").status_code == 400


@pytest.mark.parametrize("seed", range(3))
def test_no_address_breaks_a_list(client: FlaskClient, seed: int) -> None:
    chance = random.Random(seed)
    names = ["filter.colour", "filter.size", "filter.price.min", "filter.price.max", "filter.available", "sort", "page",
             "filter.", "filter..", "filter.category", "filter.vendor", "q", "filter.specs.fabric", "filter.price"]  # fmt: skip
    values = ["moss", "S", "1", "0", "-1", "999999", "1e309", "NaN", "١٢", "%", "'", '"><script>', "\\", "a" * 300, " ",
              "12,5", "9" * 30, "title", "price-up", "\u202e", "😀", "--", "null", "1.2.3", "0x10", "/1/"]  # fmt: skip
    for _round in range(60):
        fields = [(chance.choice(names), chance.choice(values)) for _field in range(chance.randint(1, 9))]
        path = chance.choice(["/collections/all", "/collections/shelf"])
        answer = client.get(f"{path}?{urlencode(fields)}")
        assert answer.status_code in (200, 400, 404), fields
        assert '"><script>' not in answer.text, fields
