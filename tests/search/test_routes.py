"""Search over HTTP: whatever is typed, an answer."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from store.core.db import session
from store.search import queries, services
from tests.factories.catalog import make_collection, make_product

pytestmark = pytest.mark.usefixtures("moths")


@pytest.fixture
def moths(shop) -> None:
    make_product("mug", title="Moth mug")
    services.index_changes()


def test_a_word_of_a_title_finds_the_product(client: FlaskClient) -> None:
    page = client.get("/search?q=moth")
    assert page.status_code == 200
    assert 'href="/products/mug"' in page.text
    assert "1 product" in page.text


def test_nothing_found_leads_on_to_other_things(client: FlaskClient) -> None:
    page = client.get("/search?q=xylophone").text
    assert "Nothing called “xylophone”" in page
    assert 'href="/products/mug"' in page


def test_no_query_asks_for_one(client: FlaskClient) -> None:
    assert "What are you looking for?" in client.get("/search").text


ODD = [
    "%", "<script>alert(1)</script>", "\u202e\u200b", "'" * 200, "😀", "\t\n", "a" * 7000, "a", "!!! ??? ...",
    "moth & | ! <-> :*", "'moth':*A", "moth:*", "\\", "\\'", '"', "$$", "--", "; DROP TABLE products", "\u05d0\u05d1\u05d2",
    "\u0645\u0631\u062d\u0628\u0627", "ＭＯＴＨ", "İ", "ß" * 120, "😀 moth 😀", "\u0301" * 50, "moth " * 60, "0" * 120, "1e5 0x1f 3.14 -7",
    "\U0001d54f", "日本語のマグカップ", "\u0928\u092e\u0938\u094d\u0924\u0947", "a b c d e f g h i j k l m n o p",
]  # fmt: skip


@pytest.mark.parametrize("query", ODD)
@pytest.mark.parametrize("path", ["/search", "/search/suggest"])
def test_odd_queries_get_an_honest_answer(client: FlaskClient, path: str, query: str) -> None:
    page = client.get(path, query_string={"q": query})
    assert page.status_code == 200
    assert "<script>alert" not in page.text
    assert "That took too long" not in page.text


@pytest.mark.parametrize("query", ["%00", "moth%00", "a" * 1_000_000])
@pytest.mark.parametrize("path", ["/search", "/search/suggest"])
def test_broken_and_endless_queries_are_refused(client: FlaskClient, path: str, query: str) -> None:
    assert client.get(f"{path}?q={query}").status_code == 400


def test_pages_behind_the_last_are_not_found(client: FlaskClient) -> None:
    assert client.get("/search?q=moth&page=2").status_code == 404


def test_a_misspelled_word_is_corrected_and_named(client: FlaskClient) -> None:
    page = client.get("/search?q=mohth").text
    assert 'href="/products/mug"' in page
    assert "Showing results for “moth”" in page
    assert 'href="/search?q=mohth&amp;exact=1"' in page


def test_whoever_insists_is_not_corrected(client: FlaskClient) -> None:
    page = client.get("/search?q=mohth&exact=1").text
    assert "Nothing called “mohth”" in page
    assert 'href="/search?q=mohth"' in page


def test_a_number_leads_to_the_variant_that_has_it(client: FlaskClient) -> None:
    made = make_product("tee", title="Owl tee", options={"Size": ["S", "M"]})
    services.index_changes()
    sku = made.variants[1].sku or ""
    page = client.get("/search", query_string={"q": sku.lower()}).text
    assert 'class="search-jump__link" href="/products/tee?size=m"' in page
    assert 'id="suggest-sku"' in client.get("/search/suggest", query_string={"q": sku}).text


def test_a_number_of_something_that_is_not_on_sale_leads_nowhere(client: FlaskClient) -> None:
    made = make_product("tee", title="Owl tee", options={"Size": ["S", "M"]})
    services.index_changes()
    session.execute(text("UPDATE products SET status = 'draft' WHERE id = :id"), {"id": made.product.id})
    session.commit()
    for path in ("/search", "/search/suggest"):
        page = client.get(path, query_string={"q": made.variants[1].sku}).text
        assert "search-jump" not in page
        assert "suggest-sku" not in page
        assert "Owl tee" not in page


def test_a_search_that_takes_too_long_says_so(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    class Slow:
        def search(self, *_asked: object, **_how: object) -> None:
            queries.read_rows("SELECT set_config('statement_timeout', '20', false), pg_sleep(0)")
            queries.read_rows("SELECT pg_sleep(5)")

    monkeypatch.setattr(queries, "_engine", Slow())
    monkeypatch.setattr(
        "store.search.routes.do_without", lambda _error: queries.read_rows.__globals__["_current"]().rollback()
    )
    assert "That took too long" in client.get("/search?q=moth").text


def test_suggestions_are_the_same_for_everyone_and_kept_for_a_minute(client: FlaskClient) -> None:
    answer = client.get("/search/suggest?q=mo")
    assert "s-maxage=60" in answer.headers["Cache-Control"]
    assert "Set-Cookie" not in answer.headers


def test_suggestions_hold_words_shelves_and_products(client: FlaskClient) -> None:
    shelf = make_collection("mugs", title="Mugs")
    make_product("owl", title="Owl mug", collection=shelf)
    services.index_changes()
    page = client.get("/search/suggest?q=mu").text
    assert 'data-text="mug"' in page
    assert 'href="/collections/mugs"' in page
    assert 'href="/products/owl"' in page
    assert 'href="/products/mug"' in page
    assert "See all 2 results" in page


@pytest.mark.parametrize("query", ["", "m", " m ", "zzzz"])
def test_too_little_to_go_by_suggests_nothing(client: FlaskClient, query: str) -> None:
    answer = client.get("/search/suggest", query_string={"q": query})
    assert answer.status_code == 200
    assert 'role="option"' not in answer.text


def test_a_search_costs_a_fixed_number_of_statements(client: FlaskClient, count_sql) -> None:
    client.get("/search?q=moth")
    with count_sql() as few:
        client.get("/search?q=moth")
    for number in range(6):
        make_product(f"mug-{number}", title="Moth mug")
    services.index_changes()
    client.get("/search?q=moth")
    with count_sql() as many:
        client.get("/search?q=moth")
    assert len(many) == len(few) <= 9


@pytest.mark.parametrize(("path", "most"), [("/search?q=mohth", 9), ("/search?q=mug", 8), ("/search/suggest?q=mo", 9)])
def test_no_search_costs_more_statements_in_a_larger_shop(client: FlaskClient, count_sql, path: str, most: int) -> None:
    for number in range(8):
        make_product(f"mug-{number}", title="Moth mug", options={"Colour": ["Moss", "Sand"]})
    services.index_changes()
    client.get(path)
    with count_sql() as sent:
        client.get(path)
    assert len(sent) <= most, sent


@pytest.fixture
def tees(shop) -> None:
    for number, (colour, price) in enumerate([("Moss", 1000), ("Sand", 2000), ("Sand", 3000)]):
        make_product(f"tee-{number}", title="Fox tee", options={"Colour": [colour]}, price=price)
    make_product("fox-print", title="Fox print", options={"Colour": ["Moss"]}, stock=0)
    services.index_changes()


def shown(page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r'class="card__link" href="/products/([\w-]+)', page)))


@pytest.mark.usefixtures("tees")
def test_results_are_narrowed_down_like_every_list(client: FlaskClient) -> None:
    page = client.get("/search?q=fox&filter.colour=sand&filter.price.max=25").text
    assert shown(page) == ["tee-1"]
    # Counts say what one more choice would show beside the price.
    assert re.search(r'value="moss"(?:(?!</label>).)*\((2|1)\)', page, re.DOTALL)
    assert 'href="/search?q=fox&amp;filter.colour=sand"' in page
    assert '<input type="hidden" name="q" value="fox">' in page
    assert "1 product" in page


@pytest.mark.usefixtures("tees")
def test_results_come_by_best_match_unless_somebody_wants_another_order(client: FlaskClient) -> None:
    page = client.get("/search?q=fox").text
    assert "Best match" in page
    assert client.get("/search?q=fox").text == client.get("/search?q=fox&sort=nonsense").text
    assert shown(client.get("/search?q=fox+tee&sort=price-down").text) == ["tee-2", "tee-1", "tee-0"]


@pytest.mark.usefixtures("tees")
def test_filters_that_leave_nothing_are_not_a_search_without_result(client: FlaskClient) -> None:
    page = client.get("/search?q=fox&filter.colour=ultraviolet")
    assert page.status_code == 200
    assert "No products match." in page.text
    assert 'href="/search?q=fox"' in page.text
    assert queries.list_misses() == []


def test_what_was_looked_for_in_vain_is_counted_once_a_search(client: FlaskClient) -> None:
    for query in ("Xylophone", "xylophone!", "me@example.com", "+43 660 1234567"):
        assert client.get("/search", query_string={"q": query}).status_code == 200
    assert [(miss.query, miss.times) for miss in queries.list_misses()] == [("xylophone", 2)]


def test_a_correction_survives_filters_and_a_literal_query_its_own(client: FlaskClient) -> None:
    make_product("cap", title="Mohth cap")
    services.index_changes()
    page = client.get("/search?q=mohth&exact=1&filter.available=1").text
    assert shown(page) == ["cap"]
    assert '<input type="hidden" name="exact" value="1">' in page


@pytest.mark.usefixtures("tees")
def test_what_staff_put_first_comes_first_and_goes_with_its_product(client: FlaskClient) -> None:
    ids = {row.handle: row.id for row in queries.read_rows("SELECT id, handle FROM products")}
    services.save_pin(None, "Fox", [ids["mug"], ids["fox-print"]])
    assert shown(client.get("/search?q=FOX!").text)[:2] == ["mug", "fox-print"]
    session.execute(text("UPDATE products SET status = 'draft' WHERE handle = 'mug'"))
    session.commit()
    assert shown(client.get("/search?q=FOX!").text)[0] == "fox-print"


def test_long_results_are_paged(client: FlaskClient) -> None:
    for number in range(30):
        make_product(f"moth-{number}", title="Moth print")
    services.index_changes()
    first = client.get("/search?q=moth").text
    assert 'href="/search?q=moth&amp;page=2"' in first
    assert len(shown(first)) == 24
    assert len(shown(client.get("/search?q=moth&page=2").text)) == 31
    assert client.get("/search?q=moth&page=3").status_code == 404
