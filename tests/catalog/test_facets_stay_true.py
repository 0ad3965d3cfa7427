"""The sets that lists filter by, after whatever happens to a catalogue: as if they were made anew."""

import random

import pytest
from sqlalchemy import text

from store.audit.registry import all_checks
from store.catalog import indexing
from store.catalog.queries.bitmaps import decode
from store.core.db import session
from tests.catalog.test_facets import Goods, refresh
from tests.factories.catalog import make_product
from tests.factories.shop import make_shop

pytestmark = pytest.mark.usefixtures("db")

# What people, imports and orders do, as SQL; `:n` and `:m` are numbers by chance.
SOME = "id IN (SELECT id FROM products WHERE id % 7 = :n)"
THEIRS = "product_id IN (SELECT id FROM products WHERE id % 7 = :n)"
CHANGES = (
    f"UPDATE products SET status = CASE status WHEN 'active' THEN 'draft' ELSE 'active' END WHERE {SOME}",
    f"UPDATE products SET vendor = 'Newcomer  Works', product_type = '' WHERE {SOME}",
    f"UPDATE products SET title = 'Anew ' || id, popularity = popularity + :m WHERE {SOME}",
    f"UPDATE products SET published_at = now() + (:m - 3) * interval '1 day' WHERE {SOME}",
    f"UPDATE products SET category_id = (SELECT id FROM categories ORDER BY id % (:m + 2), id LIMIT 1) WHERE {SOME}",
    f"UPDATE products SET made_to_order = NOT made_to_order WHERE {SOME}",
    "UPDATE categories SET parent_id = NULL WHERE handle = 'socks'",
    "UPDATE categories SET parent_id = (SELECT id FROM categories WHERE handle = 'tops') WHERE handle = 'socks'",
    "DELETE FROM categories WHERE handle = 'tops' AND id NOT IN (SELECT parent_id FROM categories "
    "WHERE parent_id IS NOT NULL) AND :m = 1",
    f"UPDATE prices SET amount_minor = amount_minor + :m WHERE variant_id IN (SELECT id FROM variants WHERE {THEIRS})",
    f"DELETE FROM prices WHERE variant_id IN (SELECT id FROM variants WHERE {THEIRS}) AND :m = 0",
    f"UPDATE variants SET deleted_at = now() WHERE {THEIRS} AND id % 2 = 0",
    f"UPDATE variants SET deleted_at = NULL WHERE {THEIRS}",
    f"UPDATE option_values SET value = value || ' light' WHERE option_id IN (SELECT id FROM options WHERE {THEIRS})",
    f"UPDATE options SET name = 'Shade' WHERE name = 'Colour' AND {THEIRS}",
    "UPDATE custom_fields SET filterable = NOT filterable",
    f"UPDATE custom_field_values SET value = 'tweed ' || :m WHERE {THEIRS}",
    f"DELETE FROM custom_field_values WHERE {THEIRS}",
    "UPDATE collection_products SET position = (position * 7 + :m) % 11",
    f"DELETE FROM collection_products WHERE {THEIRS}",
    "INSERT INTO collection_products (collection_id, product_id, position) SELECT c.id, p.id, :m "
    f"FROM collections c, products p WHERE p.{SOME} ON CONFLICT DO NOTHING",
    f"DELETE FROM products WHERE {SOME} AND id % 2 = 0 AND :m < 2",
    "UPDATE stock_levels SET reserved = CASE reserved WHEN 0 THEN on_hand ELSE 0 END WHERE item_id % 7 = :n",
    "UPDATE inventory_items SET policy = CASE policy WHEN 'deny' THEN 'continue' ELSE 'deny' END WHERE id % 7 = :n",
)


@pytest.fixture(autouse=True)
def shop(db: object) -> None:
    make_shop()
    # What is slow here is a busy machine.
    session.execute(text("SET LOCAL statement_timeout = 0"))


def sets() -> dict[tuple[str, int], int]:
    """Return what the sets say, whatever their version."""
    session.commit()
    stored = session.execute(text("SELECT token, segment, members FROM facet_segments")).all()
    found = {(row.token, row.segment): decode(bytes(row.members)) for row in stored}
    found |= {
        (f"order:{row.collection_id}", 0): int.from_bytes(bytes(row.products), "little")
        for row in session.execute(text("SELECT collection_id, products FROM facet_orders"))
    }
    return {key: members for key, members in found.items() if members}


def complaints() -> list[object]:
    """Return what the audit says of them."""
    checks = [check for check in all_checks() if check.name.startswith("listing.")]
    assert len(checks) == 3
    return [tuple(row) for check in checks for row in session.execute(text(check.sql))]


@pytest.mark.parametrize("seed", range(3))
def test_sets_are_what_they_would_be_if_made_anew_whatever_happens(seed: int) -> None:
    chance = random.Random(seed)
    goods = Goods(chance)
    refresh()
    assert complaints() == []
    for _round in range(4):
        for _change in range(chance.randint(2, 6)):
            change = chance.choice(CHANGES)
            session.execute(text(change), {"n": chance.randrange(7), "m": chance.randrange(6)})
            session.commit()
        if chance.random() < 0.5:
            goods.add()
            session.commit()
        refresh()
        kept = sets()
        assert complaints() == []
        for left in indexing.rebuild():
            assert left >= 0
        assert sets() == kept


CORRUPTIONS = (
    "UPDATE facet_segments SET members = '' WHERE token = 'shown'",
    "UPDATE facet_segments SET members = members || '\\x0900' WHERE token = 'available'",
    "UPDATE facet_segments SET members = '' WHERE token = (SELECT 'value:' || min(id) FROM facet_values)",
    "UPDATE facet_segments SET members = '' WHERE token = 'price:EUR:0/3'",
    "UPDATE facet_orders SET products = substring(products FROM 5)",
)


def test_an_audit_sees_sets_that_say_something_else_and_a_rebuild_mends_them() -> None:
    Goods(random.Random(3))
    refresh()
    kept = sets()
    for corruption in CORRUPTIONS:
        session.execute(text(corruption))
        session.commit()
        assert complaints(), corruption
        assert list(indexing.rebuild())[-1] == 0
        assert complaints() == []
        assert sets() == kept


def test_an_audit_reads_sets_that_are_stored_as_bits() -> None:
    """A segment that most of its products are in is stored otherwise."""
    make_product(options={"Colour": ["Moss"]})
    session.execute(text("ALTER TABLE products DISABLE TRIGGER USER"))
    session.execute(
        text(
            "INSERT INTO products (id, handle, title, vendor, status, published_at, created_at, updated_at) "
            "OVERRIDING SYSTEM VALUE SELECT n, 'many-' || n, 'Many', 'Maker', 'active', now() - interval '1 day', "
            "now(), now() FROM generate_series(64000, 67000) n"
        )
    )
    session.execute(text("ALTER TABLE products ENABLE TRIGGER USER"))
    session.commit()
    list(indexing.rebuild())
    stored = "SELECT max(length(members)) FROM facet_segments WHERE token = 'shown' AND segment = 2"
    assert session.scalar(text(stored)) == 4000
    assert complaints() == []
