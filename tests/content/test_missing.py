"""Addresses without a page: they lead on, say that they are gone, or show what is nearest."""

from urllib.parse import urljoin, urlsplit

import pytest
from sqlalchemy import text

from store.content import missing
from store.content import queries as content
from store.core.clock import now
from store.core.db import session
from store.redirects import services, tally
from store.shop.models import Market
from store.web import markets
from tests.factories.catalog import make_collection, make_product
from tests.factories.shop import make_shop

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def shop(db):
    make_shop()
    content.forget()
    session.add(Market(code="de", name="Germany", prefix="de-at", currency="EUR", locale="en", countries=["DE"]))
    session.commit()
    markets.forget()


def figures() -> dict[str, int]:
    return dict(
        session.execute(text("SELECT path, hits FROM redirects UNION SELECT path, hits FROM missed_addresses")).all()
    )


def test_an_old_address_leads_on_with_query_and_market_and_may_be_kept_by_caches(client):
    make_product("new-mug")
    services.move("/products/old-mug", "/products/new-mug")
    answer = client.get("/de-at/products/old-mug?utm_source=a&colour=Blau%20gr%C3%BCn")
    assert answer.status_code == 301
    assert answer.headers["Location"] == "/de-at/products/new-mug?utm_source=a&colour=Blau%20gr%C3%BCn"
    assert answer.headers["Cache-Control"].startswith("public, max-age=0, s-maxage=30")
    assert "Set-Cookie" not in answer.headers
    assert client.get(answer.headers["Location"]).status_code == 200


def test_programs_that_only_ask_for_the_head_hear_the_same(client):
    services.move("/products/old-mug", "/products/new-mug")
    services.retire("/products/older-mug")
    moved = client.head("/products/old-mug?a=1")
    assert (moved.status_code, moved.headers["Location"], moved.data) == (301, "/products/new-mug?a=1", b"")
    gone = client.head("/products/older-mug")
    assert (gone.status_code, gone.data) == (410, b"")
    assert client.head("/products/never").status_code == 404


@pytest.mark.parametrize(
    "asked",
    [
        "//evil.example/products/old",
        "/%2f%2fevil.example",
        "/products/old?next=//evil.example",
        "/products/old?%0d%0aLocation:%20https://evil.example",
        "/products/old?\\evil.example",
        "/products/old/..//evil.example",
        "/de-at//evil.example",
    ],
)
def test_no_address_leads_visitors_out_of_the_shop_that_staff_did_not_send_there(client, asked):
    services.add("/products/old", "/products/new")
    answer = client.get(asked)
    assert answer.status_code in (301, 308, 400, 404)
    place = answer.headers.get("Location", "/")
    assert urlsplit(urljoin("http://localhost/", place)).netloc == "localhost"
    assert "\n" not in place


@pytest.mark.parametrize("target", ["//evil.example/x", "/\\evil.example", "/x\r\nSet-Cookie: a=1"])
def test_a_target_written_past_our_doors_leads_nowhere_else(client, target):
    session.execute(
        text("INSERT INTO redirects (path, target, status, created_at) VALUES ('/old', :target, 301, now())"),
        {"target": target},
    )
    session.commit()
    place = client.get("/old").headers["Location"]
    assert urlsplit(urljoin("http://localhost/", place)).netloc == "localhost"
    assert "\\" not in place
    assert "\r" not in place


def test_an_address_no_route_knows_leads_on_too(client):
    services.add("/katalog/tassen.html", "/collections/all?sort=newest")
    answer = client.get("/Katalog/Tassen.html/?page=2")
    assert (answer.status_code, answer.headers["Location"]) == (301, "/collections/all?sort=newest&page=2")
    assert answer.headers["Cache-Control"].startswith("public")


def test_a_live_page_wins_over_a_redirect_and_costs_no_statement_more(client, count_sql):
    make_product("mug")
    make_product("cup")
    client.get("/products/mug")
    with count_sql() as plain:
        client.get("/products/mug")
    services.add("/products/mug", "/products/cup")
    session.commit()
    with count_sql() as sent:
        assert client.get("/products/mug").status_code == 200
    assert len(sent) == len(plain)
    assert not any("redirects" in statement for statement in sent)


def test_what_is_gone_for_good_says_so_and_shows_what_took_its_place(client):
    make_product("moth-mug", title="Moth mug")
    services.retire("/products/moth-mug-large")
    answer = client.get("/products/moth-mug-large")
    assert answer.status_code == 410
    assert "not here any more" in answer.text
    assert 'href="/products/moth-mug"' in answer.text
    assert 'value="moth mug large"' in answer.text
    assert "s-maxage" in answer.headers["Cache-Control"]


def test_a_slip_of_the_pen_finds_the_nearest_product_and_collection(client):
    make_product("linen-bowl", title="Linen bowl")
    make_product("night-candle", title="Night candle")
    make_collection("bowls", title="Bowls")
    answer = client.get("/products/linnen-bowl-2")
    assert answer.status_code == 404
    assert 'href="/products/linen-bowl"' in answer.text
    assert "night-candle" not in answer.text
    assert 'value="linnen bowl"' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert 'href="/collections/bowls"' in client.get("/collections/bowl").text


def test_a_draft_is_never_proposed(client):
    make_product("secret-bowl", title="Secret bowl", status="draft")
    assert "/products/secret-bowl" not in client.get("/products/secret-bow").text


def test_nothing_is_proposed_where_nothing_is_near(client):
    make_product("linen-bowl", title="Linen bowl")
    answer = client.get("/products/xyzzy-9000")
    assert answer.status_code == 404
    assert "Nearest to it" not in answer.text
    assert "may be what you were looking for" not in answer.text


def test_the_nearest_cost_two_statements(client, count_sql):
    make_product("linen-bowl", title="Linen bowl")
    client.get("/products/linen-bow")
    with count_sql() as sent:
        client.get("/products/linen-bow")
    assert len([one for one in sent if "redirects" in one or "similarity" in one]) == 2
    assert len(sent) <= 4


def test_a_page_of_one_visitor_is_neither_led_on_nor_counted(client):
    services.add("/account", "/pages/about")
    assert client.get("/orders/0123456789").status_code == 404
    assert client.get("/-/nothing").status_code == 404
    assert client.post("/products/mug", headers={"Sec-Fetch-Site": "same-origin"}).status_code == 405
    assert not tally.is_due()


def test_visits_are_counted_together_and_written_after_the_answer(client, app, count_sql):
    services.move("/products/old", "/products/new")
    session.commit()
    for _ in range(3):
        with count_sql() as sent:
            client.get("/products/old")
        assert not any(one.startswith(("UPDATE", "INSERT")) or "UPDATE redirects" in one for one in sent[:1])
        client.get("/products/old-thing")
    missing.write_visits(app)
    assert figures() == {"/products/old": 3, "/products/old-thing": 3}


@pytest.mark.parametrize(
    "path", ["/wp-login.php", "/.env", "/a/b.png", "/ana@example.com", "/x/" + "a" * 45, "/tel/06641234567"]
)
def test_noise_and_what_may_name_somebody_is_not_kept(client, app, path):
    client.get(path)
    missing.write_visits(app)
    assert figures() == {}


def test_a_day_keeps_no_more_than_so_many_addresses_but_counts_those_it_knows(monkeypatch):
    monkeypatch.setattr(services, "MOST_MISSED", 3)
    day = now().date()
    services.record_visits(tally.Visits({}, {"/a": 1, "/b": 1}), day=day)
    services.record_visits(tally.Visits({}, {"/a": 2, "/c": 1, "/d": 1, "/e": 1}), day=day)
    assert figures().keys() >= {"/a", "/b"}
    assert figures()["/a"] == 3
    assert len(figures()) <= 3


@pytest.mark.parametrize("path", ["/products/%3Cscript%3Ealert(1)%3C/script%3E", "/" + "a/" * 200, "/products/" + "%C3%BC" * 300, "/%F0%9F%92%A9",
                                  "/products/%25", "/products/'%20OR%201=1", "/products/..%2F..%2Fetc", "/-", "/a\\b"])  # fmt: skip
def test_whatever_is_asked_for_the_answer_is_a_page(client, path):
    answer = client.get(path)
    assert answer.status_code == 404
    assert "<script>alert" not in answer.text
