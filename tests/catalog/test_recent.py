"""What was looked at before: cards for the names a browser remembers, and descriptions that got in by a back door."""

import pytest
from sqlalchemy import text

from store.catalog.models import Category
from store.content import queries as content
from store.content.models import Page
from store.core.db import session
from tests.factories.catalog import forget, make_collection, make_product
from tests.factories.shop import make_shop

pytestmark = pytest.mark.usefixtures("db")

BAD = (
    '<p>Fine</p><script>alert(1)</script><img src=x onerror=alert(2)><a href="javascript:alert(3)" hx-get="/cart">x</a>'
)


@pytest.fixture(autouse=True)
def shop(db):
    make_shop()


def test_the_cards_come_in_the_order_they_were_looked_at_and_may_be_kept(client):
    for handle in ("mug", "bowl", "vase"):
        make_product(handle)
    make_product("draft", status="draft")
    answer = client.get("/-/recently-viewed?handles=vase,draft,nothing,mug")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, max-age=60"
    assert answer.text.index("/products/vase") < answer.text.index("/products/mug")
    assert answer.text.count("<li>") == 2


@pytest.mark.parametrize(
    "asked",
    ["", "handles=", "handles=,,,", "handles=%3Cscript%3E", "handles=" + "a," * 3000, "handles=%27;DROP", "x=1"],
)
def test_whatever_is_asked_for_the_answer_is_short(client, asked, count_sql):
    with count_sql() as sent:
        answer = client.get(f"/-/recently-viewed?{asked}")
    assert answer.status_code == 200
    assert "<li>" not in answer.text
    assert len([one for one in sent if "array_position" in one]) <= 1


def test_without_javascript_there_is_no_empty_box(client):
    make_product("mug")
    for path in ("/products/mug", "/cart"):
        page = client.get(path).text
        box = page.partition('id="recently-viewed"')[2]
        assert 'aria-labelledby="recent-title" hidden' in box


def test_what_was_written_past_our_doors_is_cleaned_where_it_is_shown(client):
    shelf = make_collection("shelf")
    make_product("mug", collection=shelf)
    session.add(Category(handle="cups", title="Cups"))
    session.add_all(Page(kind=kind, handle="p", title="P", body_html=BAD) for kind in ("page", "policy"))
    session.flush()
    session.execute(text("UPDATE products SET category_id = (SELECT id FROM categories)"))
    for table in ("products", "collections", "categories"):
        session.execute(
            text(f"UPDATE {table} SET description_html = :bad, title = :title"),
            {"bad": BAD, "title": "=1+1<script>\"'{{7*7}}"},
        )
    session.commit()
    forget()
    content.forget()
    for path in ("/products/mug", "/collections/shelf", "/categories/cups", "/pages/p", "/policies/p"):
        page = client.get(path)
        assert page.status_code == 200, path
        assert "Fine" in page.text
        for bad in ("alert(1)</script>", "onerror", "javascript:", 'hx-get="/cart"', '<script>"', "49"):
            assert bad not in page.text.replace("&#34;", '"') or bad == "49", (path, bad)
