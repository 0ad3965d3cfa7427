"""What caches in front of the shop must throw away: triggers note the tags of what changed, in its own transaction.

A page carries the tags of all that it shows (`store.web.cache_tags`). What only cards and the product's own page show
is told by `product-<id>`; what lists are sorted, filtered and counted by is told to the lists that the product is in.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

LOOK_UP = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"

# The lists that products are in; drafts are in none that anybody sees.
LISTS = f"""
CREATE FUNCTION edge_note_lists(changed_ids bigint[]) RETURNS void LANGUAGE plpgsql
{LOOK_UP}
AS $$
DECLARE
    shown bigint[];
BEGIN
    IF changed_ids IS NULL THEN RETURN; END IF;
    shown := ARRAY(SELECT id FROM products WHERE id = ANY(changed_ids) AND status = 'active');
    IF cardinality(shown) = 0 THEN RETURN; END IF;
    INSERT INTO edge_changes (tag)
    SELECT 'lists'
    UNION SELECT 'collection-' || collection_id FROM collection_products WHERE product_id = ANY(shown)
    UNION SELECT 'category-' || above.id
      FROM categories c CROSS JOIN LATERAL unnest(string_to_array(trim(BOTH '/' FROM c.path), '/')) above (id)
     WHERE c.id = ANY(ARRAY(SELECT DISTINCT category_id FROM products WHERE id = ANY(shown)));
END $$
"""

# A hash join whatever the planner believes, as in 0012: a bulk update hands over a million rows twice.
PRODUCTS_CHANGED = """
CREATE FUNCTION edge_products_changed() RETURNS trigger LANGUAGE plpgsql
SET enable_nestloop = off SET enable_mergejoin = off
AS $$
BEGIN
    INSERT INTO edge_changes (tag)
    SELECT 'product-' || a.id FROM after a JOIN before b ON b.id = a.id
     WHERE a.revision <> b.revision AND (a.status = 'active' OR b.status = 'active');
    PERFORM edge_note_lists((
        SELECT array_agg(a.id) FROM after a JOIN before b ON b.id = a.id
         WHERE a.status = 'active'
           AND (a.handle, a.title, a.vendor, a.product_type, a.available, a.status, a.published_at, a.category_id)
               IS DISTINCT FROM
               (b.handle, b.title, b.vendor, b.product_type, b.available, b.status, b.published_at, b.category_id)));
    -- Where it was and is no more.
    INSERT INTO edge_changes (tag)
    SELECT DISTINCT 'category-' || above.id
      FROM after a JOIN before b ON b.id = a.id JOIN categories c ON c.id = b.category_id
     CROSS JOIN LATERAL unnest(string_to_array(trim(BOTH '/' FROM c.path), '/')) above (id)
     WHERE b.status = 'active' AND (a.status <> 'active' OR a.category_id IS DISTINCT FROM b.category_id);
    INSERT INTO edge_changes (tag)
    SELECT 'lists' WHERE EXISTS (
        SELECT FROM after a JOIN before b ON b.id = a.id WHERE b.status = 'active' AND a.status <> 'active')
    UNION SELECT 'collection-' || cp.collection_id
      FROM after a JOIN before b ON b.id = a.id JOIN collection_products cp ON cp.product_id = a.id
     WHERE b.status = 'active' AND a.status <> 'active';
    RETURN NULL;
END $$
"""
PRODUCTS_ADDED = """
CREATE FUNCTION edge_products_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM edge_note_lists((SELECT array_agg(id) FROM changed WHERE status = 'active'));
    RETURN NULL;
END $$
"""
PRODUCTS_GONE = """
CREATE FUNCTION edge_products_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO edge_changes (tag)
    SELECT 'lists' WHERE EXISTS (SELECT FROM changed WHERE status = 'active')
    UNION SELECT 'product-' || id FROM changed WHERE status = 'active'
    UNION SELECT 'category-' || above.id
      FROM changed JOIN categories c ON c.id = changed.category_id
     CROSS JOIN LATERAL unnest(string_to_array(trim(BOTH '/' FROM c.path), '/')) above (id)
     WHERE changed.status = 'active';
    RETURN NULL;
END $$
"""

# A shelf that was empty, or is so now, comes into the navigation or leaves it.
MEMBERS = f"""
CREATE FUNCTION edge_members_changed() RETURNS trigger LANGUAGE plpgsql
{LOOK_UP}
AS $$
BEGIN
    INSERT INTO edge_changes (tag)
    SELECT 'collection-' || collection_id FROM changed
    UNION SELECT 'pages' FROM (SELECT collection_id, count(*) AS moved FROM changed GROUP BY collection_id) c
     WHERE TG_OP <> 'UPDATE'
       AND (SELECT count(*) FROM (SELECT FROM collection_products WHERE collection_id = c.collection_id
                                   LIMIT CASE TG_OP WHEN 'INSERT' THEN c.moved + 1 ELSE 1 END) kept)
           = CASE TG_OP WHEN 'INSERT' THEN c.moved ELSE 0 END;
    RETURN NULL;
END $$
"""

# What lists are filtered and sorted by and is no column of the product.
LEADS = {
    "product_prices": "SELECT array_agg(DISTINCT product_id) FROM changed",
    "options": "SELECT array_agg(DISTINCT product_id) FROM changed",
    "option_values": (
        "SELECT array_agg(DISTINCT product_id) FROM options "
        "WHERE id = ANY(ARRAY(SELECT DISTINCT option_id FROM changed))"
    ),
    "custom_field_values": "SELECT array_agg(DISTINCT product_id) FROM changed",
}
TRANSITIONS = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}

# Rare changes, told row by row: table, columns that pages show (`None`: all), and the tags as rows of (tag).
NAMED = "('{0}-' || coalesce(NEW.id, OLD.id))"
RARE: dict[str, tuple[tuple[str, ...] | None, str]] = {
    "collections": (
        ("handle", "title", "description_html", "position", "image_id", "seo_title", "seo_description", "sort"),
        f"VALUES {NAMED.format('collection')}, ('pages')",
    ),
    "categories": (
        ("handle", "title", "description_html", "position", "parent_id", "image_id", "seo_title", "seo_description"),
        f"VALUES {NAMED.format('category')}, ('pages')",
    ),
    "pages": (
        None,
        "VALUES ('page-' || NEW.kind || '-' || NEW.handle), ('page-' || OLD.kind || '-' || OLD.handle), "
        "(CASE WHEN (NEW.handle, NEW.title, NEW.kind, NEW.position) IS DISTINCT FROM "
        "(OLD.handle, OLD.title, OLD.kind, OLD.position) THEN 'pages' END)",
    ),
    "shops": (None, "VALUES ('pages')"),
    "markets": (None, "VALUES ('pages')"),
    "price_lists": (None, "VALUES ('catalog')"),
    "custom_fields": (None, "VALUES ('catalog')"),
    "shipping_methods": (None, "VALUES ('catalog')"),
    "search_pins": (None, "VALUES ('search')"),
    "search_synonyms": (None, "VALUES ('search')"),
}

# Bytes that are gone or others now, and what else than products shows the picture.
IMAGES = """
CREATE FUNCTION edge_image_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO edge_changes (tag)
    SELECT 'image-' || OLD.key WHERE OLD.key IS NOT NULL AND (TG_OP = 'DELETE' OR NEW.key IS DISTINCT FROM OLD.key)
    UNION SELECT 'collection-' || id FROM collections WHERE image_id = OLD.id
    UNION SELECT 'category-' || id FROM categories WHERE image_id = OLD.id
    UNION SELECT 'home' WHERE EXISTS (SELECT FROM collections WHERE image_id = OLD.id)
                           OR EXISTS (SELECT FROM categories WHERE image_id = OLD.id);
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "edge_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("edge_changes_pkey")),
    )
    op.create_table(
        "edge_purges",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('waiting', 'sending', 'sent', 'recorded', 'failed')", name=op.f("edge_purges_status_check")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("edge_purges_pkey")),
    )
    op.create_index(op.f("edge_purges_created_at_ix"), "edge_purges", ["created_at"])
    op.create_index(
        "edge_purges_open_ix", "edge_purges", ["id"], postgresql_where=sa.text("status IN ('waiting', 'sending')")
    )
    op.create_table(
        "edge_state",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("looked_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requests_left", sa.Double(), nullable=False),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("edge_state_single_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("edge_state_pkey")),
    )
    op.execute("INSERT INTO edge_state VALUES (1, now(), 25, now())")
    for function in (LISTS, PRODUCTS_CHANGED, PRODUCTS_ADDED, PRODUCTS_GONE, MEMBERS, IMAGES):
        op.execute(function)
    _follow_sets()
    _follow_rows()


def _follow_sets() -> None:
    op.execute(
        "CREATE TRIGGER edge_update AFTER UPDATE ON products REFERENCING NEW TABLE AS after OLD TABLE AS before "
        "FOR EACH STATEMENT EXECUTE FUNCTION edge_products_changed()"
    )
    op.execute(
        "CREATE TRIGGER edge_insert AFTER INSERT ON products REFERENCING NEW TABLE AS changed "
        "FOR EACH STATEMENT EXECUTE FUNCTION edge_products_added()"
    )
    op.execute(
        "CREATE TRIGGER edge_delete AFTER DELETE ON products REFERENCING OLD TABLE AS changed "
        "FOR EACH STATEMENT EXECUTE FUNCTION edge_products_gone()"
    )
    for table, lead in LEADS.items():
        op.execute(
            f"CREATE FUNCTION edge_{table}_changed() RETURNS trigger LANGUAGE plpgsql {LOOK_UP} "
            f"AS $$ BEGIN PERFORM edge_note_lists(({lead})); RETURN NULL; END $$"
        )
    for table in (*LEADS, "collection_products"):
        function = "edge_members_changed" if table == "collection_products" else f"edge_{table}_changed"
        for operation, transition in TRANSITIONS.items():
            op.execute(
                f"CREATE TRIGGER edge_{operation.lower()} AFTER {operation} ON {table} "
                f"REFERENCING {transition} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION {function}()"
            )


def _follow_rows() -> None:
    for table, (columns, tags) in RARE.items():
        op.execute(
            f"CREATE FUNCTION edge_{table}_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"INSERT INTO edge_changes (tag) SELECT DISTINCT t.tag FROM ({tags}) t (tag) WHERE t.tag IS NOT NULL; "
            "RETURN NULL; END $$"
        )
        before, after = (
            (f"({', '.join(f'{row}.{column}' for column in columns)})" if columns else f"{row}.*")
            for row in ("OLD", "NEW")
        )
        op.execute(
            f"CREATE TRIGGER edge_update AFTER UPDATE ON {table} FOR EACH ROW "
            f"WHEN ({before} IS DISTINCT FROM {after}) EXECUTE FUNCTION edge_{table}_changed()"
        )
        op.execute(
            f"CREATE TRIGGER edge_others AFTER INSERT OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION edge_{table}_changed()"
        )
    op.execute(
        "CREATE TRIGGER edge_update AFTER UPDATE ON images FOR EACH ROW "
        "WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION edge_image_changed()"
    )
    # Whoever showed it has been changed by then, and says so itself.
    op.execute("CREATE TRIGGER edge_delete AFTER DELETE ON images FOR EACH ROW EXECUTE FUNCTION edge_image_changed()")


def downgrade() -> None:
    for function in ("image_changed", "members_changed", "products_gone", "products_added", "products_changed"):
        op.execute(f"DROP FUNCTION edge_{function}() CASCADE")
    for table in (*LEADS, *RARE):
        op.execute(f"DROP FUNCTION edge_{table}_changed() CASCADE")
    op.execute("DROP FUNCTION edge_note_lists(bigint[])")
    for table in ("state", "purges", "changes"):
        op.drop_table(f"edge_{table}")
