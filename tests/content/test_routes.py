"""The home page and the written pages over HTTP."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from store.content import machines, queries
from store.content.models import Page
from store.core.db import session
from store.shop.models import Market
from tests.factories.catalog import forget, make_collection, make_product
from tests.factories.shop import forget as forget_shop
from tests.factories.shop import make_shop

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def shop(db: object) -> None:
    make_shop()
    queries.forget()


def make_page(handle: str, title: str, body: str = "", kind: str = "page") -> None:
    session.add(Page(kind=kind, handle=handle, title=title, body_html=body))
    session.commit()
    queries.forget()
    forget()


def test_an_empty_shop_has_a_home_page(client: FlaskClient) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert page.text.count("<h1") == 1


def test_the_home_page_is_dressed_by_a_collection(client: FlaskClient) -> None:
    front = make_collection("frontpage", title="Things for a long summer")
    make_product(title="Mug", collection=front)
    make_product(title="Bowl", collection=make_collection("kitchen", title="Kitchen"))
    page = client.get("/").text
    assert "Things for a long summer</h1>" in page
    assert "Mug</a>" in page
    assert 'href="/collections/kitchen"' in page
    assert 'href="/collections/frontpage"' not in page


def test_the_story_opens_with_the_first_paragraph_of_the_about_page(client: FlaskClient) -> None:
    make_page("about", "Two people, one loom", "<p>It <em>began</em> small.</p><p>Then more.</p>")
    page = client.get("/").text
    assert "It <em>began</em> small." in page
    assert "Then more." not in page
    assert 'href="/pages/about"' in page


def test_the_home_page_costs_three_statements_at_most(
    client: FlaskClient, count_sql: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    shelf = make_collection("frontpage")
    for _ in range(12):
        make_product(collection=shelf)
    client.get("/collections/all")
    with count_sql() as cold:
        client.get("/")
    with count_sql() as warm:
        client.get("/")
    assert len(cold) <= 3
    assert len(warm) == 1


def test_crawlers_learn_of_every_public_page_and_of_no_other(client: FlaskClient) -> None:
    make_product("mug", collection=make_collection("kitchen"))
    make_product("secret", status="draft")
    make_page("care", "Care")
    sitemap = client.get("/sitemap.xml")
    assert sitemap.mimetype == "application/xml"
    for path in ("/", "/collections/kitchen", "/products/mug", "/pages/care"):
        assert f"{path}</loc>" in sitemap.text
    assert "secret" not in sitemap.text
    robots = client.get("/robots.txt").text
    assert "Disallow: /checkout" in robots
    assert "/sitemap.xml" in robots


def test_a_long_list_comes_in_parts_that_hold_each_page_once(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, count_sql: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    shown = [make_product(f"mug-{number}").product for number in range(5)]
    make_product("secret", status="draft")
    unpriced = make_product("unpriced").variant.id
    session.execute(text("DELETE FROM prices WHERE variant_id = :id"), {"id": unpriced})
    make_page("care", "Care")
    make_collection("kitchen")
    forget()
    whole = set(re.findall("<loc>(.*?)</loc>", client.get("/sitemap.xml").text))
    monkeypatch.setattr(machines, "_PART", 2)
    with count_sql() as sent:
        index = client.get("/sitemap.xml")
    assert len([one for one in sent if "products" in one]) == 1
    assert index.text.count("<sitemap>") == len({one.id // 2 for one in shown}) + 1
    parts = re.findall("<loc>http://[^/]+(/.*?)</loc>", index.text)
    listed = [place for part in parts for place in re.findall("<loc>(.*?)</loc>", client.get(part).text)]
    assert sorted(listed) == sorted(whole)
    assert not any("secret" in place or "unpriced" in place or "frontpage" in place for place in listed)
    # What is listed is the address that the page itself calls its own.
    for place in listed:
        page = client.get(re.sub("^http://[^/]+", "", place))
        assert page.status_code == 200
        assert f'rel="canonical" href="{place}"' in page.text
        assert "noindex" not in page.text
    for unknown in ("99999", "01", "-1", "x", "1e3", "٣"):
        assert client.get(f"/sitemap-{unknown}.xml").status_code == 404


def test_each_market_lists_its_own_addresses(client: FlaskClient) -> None:
    make_product("mug")
    session.add(Market(code="de", name="Germany", prefix="de", currency="EUR", locale="en", countries=["DE"]))
    session.commit()
    forget_shop()
    assert "/de/products/mug</loc>" in client.get("/de/sitemap.xml").text
    assert "/de/" not in client.get("/sitemap.xml").text
    robots = client.get("/robots.txt").text
    assert "/de/sitemap.xml" in robots
    assert "Disallow: /de/cart" in robots


def test_pages_and_policies_are_told_apart(client: FlaskClient) -> None:
    make_page("care", "Care", "<p>Wash cold.</p>")
    make_page("terms", "Terms of sale", "<p>Fair ones.</p>", kind="policy")
    assert "Wash cold." in client.get("/pages/care").text
    assert "Fair ones." in client.get("/policies/terms").text
    assert client.get("/pages/terms").status_code == 404
    assert client.get("/policies/care").status_code == 404
    assert 'href="/policies/terms"' in client.get("/").text
