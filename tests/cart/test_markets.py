"""Choosing a market, and pages of one market that never show another's prices."""

import re

import pytest
from flask.testing import FlaskClient

from store.core.db import read_rows
from store.shop.queries import get_market
from tests.factories.catalog import make_collection, make_product
from tests.factories.prices import make_list, set_price
from tests.factories.shop import make_market, make_shop

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture(autouse=True)
def shop(db: object) -> None:
    make_shop()
    market = make_market("ch", currency="CHF")
    market.countries = ["CH"]
    shelf = make_collection("shelf", title="Shelf")
    for number in range(5):
        made = make_product(f"mug-{number}", title=f"Mug {number}", price=2000 + number, collection=shelf)
        set_price(made.variant.id, 1800 + number, currency="CHF")
    make_list("sale", {made.variant.id: 1500}, currency="CHF", markets=["ch"])


def choose(client: FlaskClient, market: str, at: str, place: str = "/-/market"):
    return client.post(place, data={"market": market, "at": at}, headers=SAME_ORIGIN)


def test_choosing_a_market_leads_to_the_same_page_there(client: FlaskClient) -> None:
    answer = choose(client, "ch", "/products/mug-1?size=m")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/ch/products/mug-1?size=m"
    assert "market=ch" in answer.headers["Set-Cookie"]
    back = choose(client, "at", "/products/mug-1", place="/ch/-/market")
    assert back.headers["Location"] == "/products/mug-1"


@pytest.mark.parametrize("at", ["//evil.example", "https://evil.example", "\\\\evil", ""])
def test_no_other_site_is_led_to(client: FlaskClient, at: str) -> None:
    assert choose(client, "ch", at).headers["Location"] == "/ch/"


def test_a_market_that_is_not_there_is_refused(client: FlaskClient) -> None:
    assert choose(client, "atlantis", "/").status_code == 422


def test_the_cart_comes_along_and_costs_what_it_costs_there(client: FlaskClient) -> None:
    client.post("/cart/lines", data={"product": "mug-1", "quantity": "2"}, headers=SAME_ORIGIN)
    assert "€40.02" in client.get("/cart").get_data(as_text=True)
    choose(client, "ch", "/cart")
    page = client.get("/ch/cart").get_data(as_text=True)
    assert "CHF" in page
    assert "€" not in page.partition("<main")[2].partition("</main>")[0]
    assert "when you added it" not in page


@pytest.mark.parametrize(
    ("country", "cookie", "at", "offered"),
    [
        ("CH", None, "/", "ch"),
        ("CH", None, "/ch/", None),
        ("AT", None, "/", None),
        ("AT", None, "/ch/", "at"),
        ("JP", None, "/", None),
        ("CH", "at", "/", None),
        ("AT", "ch", "/", "ch"),
        ("", None, "/", None),
    ],
)
def test_the_country_suggests_and_a_choice_decides(app, country, cookie, at, offered) -> None:
    headers = {"CF-IPCountry": country, **({"Cookie": f"market={cookie}"} if cookie else {})}
    place = {"store.market": get_market("ch"), "SCRIPT_NAME": "/ch"} if at == "/ch/" else {}
    # Past the layer that takes this header from everybody but the listed proxies.
    with app.test_request_context("/-/market-suggestion", headers=headers, environ_overrides=place):
        page = app.view_functions["cart.suggest_market"]().get_data(as_text=True)
    found = re.search(r'name="market" value="(\w+)"', page)
    assert (found and found[1]) == offered


def test_a_stranger_can_not_say_where_he_is(client: FlaskClient) -> None:
    page = client.get("/-/market-suggestion", headers={"CF-IPCountry": "CH"})
    assert page.get_data(as_text=True).strip() == ""


def test_pages_name_themselves_in_each_market(client: FlaskClient) -> None:
    page = client.get("/ch/products/mug-1").get_data(as_text=True)
    found = dict(re.findall(r'hreflang="([\w-]+)" href="[a-z]+://[^/"]+([^"]*)"', page))
    assert found["en-CH"] == "/ch/products/mug-1"
    assert found["en-AT"] == found["x-default"] == "/products/mug-1"


def crawl(client: FlaskClient, start: str) -> dict[str, str]:
    """Return every public page that links lead to from here, by its address."""
    seen: dict[str, str] = {}
    queue = [start]
    while queue:
        path = queue.pop()
        if path in seen:
            continue
        answer = client.get(path)
        if answer.status_code != 200 or "public" not in answer.headers.get("Cache-Control", ""):
            continue
        seen[path] = answer.get_data(as_text=True)
        inner = seen[path].partition("<body")[2]
        for href in re.findall(r'href="(/[^"#]*)"', inner):
            address = href.replace("&amp;", "&")
            if not re.match(r"/(admin|static|media|ch/cart|cart|checkout|ch/checkout)", address):
                queue.append(address)
    return seen


def test_no_page_of_a_market_shows_the_money_of_another(client: FlaskClient) -> None:
    places = ["/", "/collections/shelf", "/collections/all", "/collections/all?sort=price-up", "/search?q=mug"]
    places += [f"/products/mug-{number}" for number in range(5)]
    # In mixed order, so that whatever one market left behind is there when the other asks.
    for _round in range(2):
        for place in places:
            for prefix, own, other in (("", "€", "CHF"), ("/ch", "CHF", "€"), ("", "€", "CHF")):
                answer = client.get(prefix + place)
                assert answer.status_code == 200
                main = answer.get_data(as_text=True).partition("<main")[2].partition("</main>")[0]
                assert own in main, prefix + place
                assert other not in main, prefix + place
    for start, other in (("/ch/", "€"), ("/", "CHF")):
        pages = crawl(client, start)
        assert len(pages) > 8
        for path, page in pages.items():
            assert other not in page.partition("<main")[2].partition("</main>")[0], path
    assert read_rows("SELECT count(*) AS n FROM carts")[0].n == 0
