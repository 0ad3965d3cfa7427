"""A large load: whole products by several processes, as if triggers had kept their figures, and again after a death."""

from collections.abc import Iterator

import psycopg
import pytest
from flask import Flask

from store.app import connect_database
from store.audit.report import audit as look_over
from store.core import schema
from store.core.db import db as database
from store.core.db import read_rows, session, transaction
from store.core.settings import Settings
from store.ops import migrate
from store.search.postgres import indexing as search
from store.seed import bulk
from tests.factories.shop import make_shop

INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"


@pytest.fixture
def url(fresh_database, monkeypatch) -> Iterator[str]:
    """The database of an empty shop in which even a small load is a large one, in an application of its own."""
    monkeypatch.setattr(bulk, "BATCH", 40)
    monkeypatch.setattr(bulk, "_ANEW", 100)
    outside = Flask("outside")
    connect_database(outside, Settings(database_url=fresh_database))
    schema.load()
    with outside.app_context():
        make_shop()
        yield migrate.plain(fresh_database)
        database.session.remove()
        database.engine.dispose()


def rows(url: str, sql: str) -> list[tuple]:
    with psycopg.connect(url) as connection:
        return connection.execute(sql).fetchall()


def test_a_large_load_leaves_what_triggers_would_have_left(url):
    before = rows(url, INDEXES)
    told: list[str] = []
    assert bulk.grow_large(300, url, told.append) == 300
    assert bulk.grow_large(300, url, told.append) == 0
    assert rows(url, "SELECT count(*) FROM products") == [(300,)]
    assert look_over().violations == ()
    assert rows(url, INDEXES) == before
    assert any("300 of 300" in line for line in told)
    ((least, mean, most),) = rows(
        url, "SELECT min(n), avg(n)::float, max(n) FROM (SELECT count(*) n FROM variants GROUP BY product_id) each"
    )
    assert least == 1
    assert 2.2 <= mean <= 4.2
    assert most <= 30
    ((shortest, longest),) = rows(
        url,
        "SELECT min(n), max(n) FROM (SELECT cardinality(string_to_array(description_html, ' ')) n FROM products) each",
    )
    assert shortest >= 40
    assert longest <= 125


def test_price_ranges_are_those_that_triggers_keep(url):
    ranges = "SELECT product_id, currency, price_list_id, low_minor, high_minor, compare_at_minor FROM product_prices"
    bulk.grow_large(300, url, lambda _line: None)
    loaded = rows(url, f"{ranges} ORDER BY 1, 2, 3")
    assert len({row[2] for row in loaded}) == 2, "some are on sale"
    with psycopg.connect(url) as connection:
        connection.execute("SELECT refresh_product_prices(ARRAY(SELECT id FROM products))")
        assert connection.execute(f"{ranges} ORDER BY 1, 2, 3").fetchall() == loaded


def test_a_load_that_was_killed_goes_on_and_loses_no_index(url, monkeypatch):
    before = rows(url, INDEXES)
    load = bulk._load

    def half(count, *rest, **more):
        load(count // 2, *rest, **more)
        raise KeyboardInterrupt

    monkeypatch.setattr(bulk, "_load", half)
    with pytest.raises(KeyboardInterrupt):
        bulk.grow_large(300, url, lambda _line: None)
    assert rows(url, INDEXES) != before
    monkeypatch.setattr(bulk, "_load", load)
    assert bulk.grow_large(300, url, lambda _line: None) == 150
    assert rows(url, "SELECT count(*) FROM products") == [(300,)]
    assert rows(url, INDEXES) == before
    assert look_over().violations == ()


def test_what_a_load_brings_is_noted_for_those_who_follow_products(url):
    with psycopg.connect(url) as connection:
        connection.execute("INSERT INTO collections (handle, title, kind) VALUES ('by-rule', 'By rule', 'rule')")
    bulk.grow_large(100, url, lambda _line: None)
    assert rows(url, "SELECT count(DISTINCT product_id) FROM product_changes") == [(100,)]
    assert rows(url, "SELECT count(*) FROM facet_queue") == [(0,)]
    ((active, sold),) = rows(
        url, "SELECT count(*), count(*) FILTER (WHERE available) FROM products WHERE status = 'active'"
    )
    assert 0 < sold < active
    assert rows(url, "SELECT count(*) FROM search_documents") == [(active,)]
    assert rows(url, "SELECT products > 0 FROM search_words WHERE word = 'shirt'") == [(True,)]


def test_documents_are_those_that_the_search_itself_would_make(url):
    bulk.grow_large(60, url, lambda _line: None)
    documents = "SELECT product_id, title, words, strip(head), vector FROM search_documents ORDER BY 1"
    loaded = rows(url, documents)
    counted = rows(url, "SELECT word, products FROM search_words WHERE products > 0 ORDER BY 1")
    with transaction():
        above = read_rows("SELECT language, above FROM search_tiers")[0]
        search._write([row[0] for row in loaded], above.language, above.above)
    session.remove()
    assert rows(url, documents) == loaded
    assert rows(url, "SELECT word, products FROM search_words WHERE products > 0 ORDER BY 1") == counted
