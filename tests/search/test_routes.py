"""Search over HTTP: whatever is typed, an answer."""

import pytest
from flask.testing import FlaskClient

from tests.factories.catalog import make_product
from tests.factories.shop import make_shop

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def shop(db: object) -> None:
    make_shop()
    make_product("mug", title="Moth mug")


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


@pytest.mark.parametrize(
    "query", ["%", "<script>alert(1)</script>", "\u202e\u200b", "'" * 200, "😀", "\t\n", "a" * 7000]
)
def test_odd_queries_get_an_empty_state(client: FlaskClient, query: str) -> None:
    page = client.get("/search", query_string={"q": query})
    assert page.status_code == 200
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("query", ["%00", "moth%00", "a" * 1_000_000])
def test_broken_and_endless_queries_are_refused(client: FlaskClient, query: str) -> None:
    assert client.get(f"/search?q={query}").status_code == 400


def test_pages_behind_the_last_are_not_found(client: FlaskClient) -> None:
    assert client.get("/search?q=moth&page=2").status_code == 404
