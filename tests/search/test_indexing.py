"""The index follows the shop: by any way a product changes, whole or in part, by one worker or two."""

import threading

import psycopg
import pytest
from sqlalchemy import text

from store.audit.checks.search import index_follows_products
from store.core.db import read_rows, session
from store.search import handlers, queries, services
from store.search.folding import fold, plain
from store.shop.prices import PriceScope
from tests.factories.catalog import make_product

EUR = PriceScope("EUR")


def found(query):
    return list(queries.find_products(query, EUR).product_ids)


def change(sql, **parameters):
    session.execute(text(sql), parameters)
    session.commit()


def test_an_edit_is_found_within_one_run_of_the_job(shop):
    product_id = make_product(title="Moth mug").product.id
    handlers.index_changes()
    assert found("moth") == [product_id]
    change("UPDATE products SET title = 'Owl mug' WHERE id = :id", id=product_id)
    handlers.index_changes()
    assert (found("owl"), found("moth")) == ([product_id], [])


@pytest.mark.parametrize(
    ("sql", "query"),
    [
        ("UPDATE products SET vendor = 'Ratatoskr'", "ratatoskr"),
        ("UPDATE products SET tags = '{ratatoskr}'", "ratatoskr"),
        ("UPDATE products SET product_type = 'Ratatoskr'", "ratatoskr"),
        ("UPDATE products SET description_html = '<p>By <b>Rata</b>toskr &amp; co</p>'", "toskr"),
        ("UPDATE option_values SET value = 'Ratatoskr'", "ratatoskr"),
        (
            "WITH c AS (INSERT INTO categories (handle, title) VALUES ('r', 'Ratatoskr') RETURNING id) "
            "UPDATE products SET category_id = c.id FROM c",
            "ratatoskr",
        ),
        (
            "WITH f AS (INSERT INTO custom_fields (namespace, key, name, kind) VALUES ('n', 'k', 'N', 'text') RETURNING id) "
            "INSERT INTO custom_field_values (product_id, field_id, value) SELECT p.id, f.id, 'Ratatoskr' FROM products p, f",
            "ratatoskr",
        ),
    ],
)  # fmt: skip
def test_everything_that_describes_a_product_is_found(shop, reindex, sql, query):
    product_id = make_product(title="Mug", options={"Colour": ["Moss"]}).product.id
    reindex()
    assert found(query) == []
    change(sql)
    reindex()
    assert found(query) == [product_id]


def test_stock_and_prices_do_not_wake_the_indexer(shop, reindex):
    made = make_product(title="Mug")
    reindex()
    change("UPDATE prices SET amount_minor = amount_minor + 1")
    change("UPDATE stock_levels SET on_hand = 0")
    change("UPDATE products SET updated_at = now(), revision = revision + 1 WHERE id = :id", id=made.product.id)
    assert not services.has_changes()


def test_one_transaction_notes_a_product_once(shop, reindex):
    reindex()
    make_product(title="Mug", options={"Colour": ["Moss", "Sand"], "Size": ["S", "M"]})
    noted = read_rows("SELECT count(*) AS rows, count(DISTINCT product_id) AS products FROM search_changes")[0]
    assert noted.products == 1
    # The factory commits savepoints of one transaction: everything above is one.
    assert noted.rows == 1


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE products SET status = 'draft'",
        "UPDATE products SET published_at = now() + interval '1 day'",
        "DELETE FROM prices",
        "UPDATE variants SET deleted_at = now()",
    ],
)
def test_what_is_not_for_sale_is_hidden_before_the_indexer_knows(shop, reindex, sql):
    make_product(title="Mug")
    reindex()
    assert len(found("mug")) == 1
    change(sql)
    assert found("mug") == []


def test_a_deleted_product_leaves_the_index_and_the_vocabulary(shop, reindex):
    made = make_product(title="Ratatoskr")
    reindex()
    change("DELETE FROM products WHERE id = :id", id=made.product.id)
    reindex()
    assert read_rows("SELECT 1 FROM search_documents") == []
    assert queries.engine().suggest("rata", most=4) == ()


def test_a_product_is_found_from_the_moment_it_is_published(shop, reindex, clock):
    product_id = make_product(title="Mug").product.id
    change("UPDATE products SET published_at = now() + interval '1 second' WHERE id = :id", id=product_id)
    reindex()
    assert found("mug") == []
    change("UPDATE products SET revision = revision WHERE id = :id", id=product_id)
    read_rows("SELECT pg_sleep(0)")
    session.execute(text("ALTER TABLE products DISABLE TRIGGER product_searched"))
    change("UPDATE products SET published_at = now() - interval '1 minute' WHERE id = :id", id=product_id)
    reindex()
    assert found("mug") == [product_id]


def test_a_rebuild_gives_the_same_index_and_drops_what_is_gone(shop, reindex):
    for number in range(5):
        make_product(title=f"Moth mug {'abcde'[number]}x", options={"Colour": ["Grün"]})
    reindex()
    kept = "SELECT product_id, title, words, head, vector FROM search_documents ORDER BY product_id"
    words = "SELECT word, stem, products FROM search_words ORDER BY word"
    before = [tuple(row) for row in (*read_rows(kept), *read_rows(words))]
    change("INSERT INTO search_documents SELECT 999999, title, words, head, vector FROM search_documents LIMIT 1")
    assert list(services.rebuild())[-1] == 6
    assert [tuple(row) for row in (*read_rows(kept), *read_rows(words))] == before


def test_another_language_of_the_shop_makes_the_index_anew(shop, reindex):
    list(services.rebuild())
    from store.shop import queries as shop_queries

    product_id = make_product(title="Tassen").product.id
    change("UPDATE shops SET locale = 'de'")
    shop_queries.forget()
    handlers.index_changes()
    assert read_rows("SELECT 1 FROM outbox WHERE task = 'search.rebuild'")
    handlers.rebuild()
    assert read_rows("SELECT language FROM search_tiers")[0].language == "german"
    assert found("tasse") == [product_id]
    shop_queries.forget()


@pytest.mark.parametrize(
    "words",
    ["Moth Mug", "Tücher & Weiße", "Crème brûlée", "Ærø Łódź ĐẶNG þorn œuvre ıİ", "ΟΔΟΣ ς", "ＦＵＬＬ ½ ﬁn ²", "t-shirt's",
     "日本語 のマグ", "नमस्ते", "مرحبا", "שָׁלוֹם", "😀 a😀b", "\u202eabc", "x\u0301\u0308y", "a_b.c,d;e", "\xa0nb\xadsp"],
)  # fmt: skip
def test_python_and_the_database_fold_alike(db, words):
    row = read_rows("SELECT search_fold(:words) AS folded, search_plain(:words) AS plain", {"words": words})[0]
    assert row.folded == fold(words)
    # Python knows the final sigma and the dot of a Turkish capital; neither survives folding.
    assert row.plain == plain(words) or set(words) & set("Σİ")


def test_two_indexers_at_once_leave_the_latest_state(committing_app, fresh_database):
    """Forty edits while two workers index without pause: what is found at the end is the last title, once."""
    app = committing_app
    with app.app_context():
        from tests.factories.shop import make_shop

        make_shop()
        ids = [make_product(title=f"Start {number}").product.id for number in range(6)]
        session.remove()
    stop, failures = threading.Event(), []

    def work():
        with app.app_context():
            while not stop.is_set():
                try:
                    services.index_changes()
                except Exception as error:
                    failures.append(error)
                    return
            session.remove()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    with psycopg.connect(fresh_database, autocommit=True) as connection:
        for number in range(40):
            connection.execute(
                "UPDATE products SET title = %s WHERE id = ANY(%s)", [f"Edition {'abcdefgh'[number % 8]}q", ids]
            )
    stop.set()
    for worker in workers:
        worker.join()
    assert failures == []
    with app.app_context():
        services.index_changes()
        titles = {row.title for row in read_rows("SELECT title FROM search_documents")}
        counted = {
            row.word: row.products for row in read_rows("SELECT word, products FROM search_words WHERE products > 0")
        }
        session.remove()
    assert titles == {"edition hq"}
    assert counted == {"edition": 6, "hq": 6}


def complaints():
    """Return what the audit says of the index."""
    return [tuple(row) for row in session.execute(text(index_follows_products())).all()]


@pytest.mark.parametrize(
    ("sql", "state"),
    [
        ("UPDATE products SET title = 'Owl mug'", "other words in the index"),
        ("UPDATE products SET tags = '{ratatoskr}'", "other words in the index"),
        ("UPDATE products SET status = 'draft'", "in the index, not on sale"),
        ("DELETE FROM products", "in the index, not on sale"),
        ("DELETE FROM search_documents", "not in the index"),
    ],
)
def test_the_audit_sees_an_index_that_nobody_told_of_a_change(shop, reindex, sql, state):
    product_id = make_product(title="Moth mug").product.id
    change("UPDATE products SET published_at = now() - interval '1 day'")
    reindex()
    assert complaints() == []
    change(sql)
    if "products" in sql.split():
        assert complaints() == [], "a change that is noted is no complaint"
    change("DELETE FROM search_changes")
    assert [(row[0], row[2]) for row in complaints()] == [(f"product:{product_id}", state)]
