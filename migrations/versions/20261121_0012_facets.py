"""What listings filter and count by: sets of products as bits, kept beside the catalogue.

A statement that changes products notes their ids in `facet_queue`; one writer at a time takes them from there and
writes the segments that differ (store/catalog/indexing.py). Nobody waits for anybody: the queue is only ever added to
by those who sell, and its rows are seen by the writer when they have been committed.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

NOTED_INSERT = """
CREATE FUNCTION note_facets_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO facet_queue (product_id) SELECT id FROM changed;
    RETURN NULL;
END $$
"""

# A hash join whatever the planner believes: a bulk update hands over a million rows twice.
NOTED_UPDATE = """
CREATE FUNCTION note_facets_changed() RETURNS trigger LANGUAGE plpgsql
SET enable_nestloop = off SET enable_mergejoin = off
AS $$
BEGIN
    INSERT INTO facet_queue (product_id)
    SELECT a.id FROM after a JOIN before b ON b.id = a.id
     WHERE (a.revision, a.popularity) IS DISTINCT FROM (b.revision, b.popularity);
    RETURN NULL;
END $$
"""

NOTED_MEMBERS = """
CREATE FUNCTION note_facets_members() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO facet_queue (collection_id) SELECT DISTINCT collection_id FROM changed;
    RETURN NULL;
END $$
"""

# Another kind of field, or one that is filtered by from now on: each product that has it is looked at again.
NOTED_FIELD = """
CREATE FUNCTION note_facets_field() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO facet_queue (product_id) SELECT DISTINCT product_id FROM custom_field_values WHERE field_id = NEW.id;
    RETURN NULL;
END $$
"""

# Words of the panel, and which lists are sales: nothing is counted anew, and readers look once.
NOTED_WORDS = """
CREATE FUNCTION note_facets_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO facet_queue DEFAULT VALUES;
    RETURN NULL;
END $$
"""

NOTED_BRANCH = """
CREATE FUNCTION note_facets_branch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO facet_queue (product_id) SELECT id FROM products WHERE category_id = NEW.id;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.execute("CREATE SEQUENCE facet_version")
    op.create_table(
        "facet_state",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("published_until", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("facet_state_single_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("facet_state_pkey")),
    )
    op.execute("INSERT INTO facet_state VALUES (1, nextval('facet_version'), '-infinity')")
    op.create_table(
        "facets",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("field_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('vendor', 'type', 'option', 'field')", name=op.f("facets_kind_check")),
        sa.ForeignKeyConstraint(
            ["field_id"], ["custom_fields.id"], name=op.f("facets_field_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("facets_pkey")),
        sa.UniqueConstraint("name", name=op.f("facets_name_key")),
    )
    op.create_table(
        "facet_values",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("facet_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("swatch", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["facet_id"], ["facets.id"], name=op.f("facet_values_facet_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("facet_values_pkey")),
        sa.UniqueConstraint("facet_id", "key", name=op.f("facet_values_facet_id_key_key")),
    )
    op.create_table(
        "facet_segments",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("segment", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("members", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("token", "segment", name=op.f("facet_segments_pkey")),
    )
    # Two full segments in a page: neither compressed nor kept elsewhere.
    op.execute("ALTER TABLE facet_segments SET (toast_tuple_target = 8160, fillfactor = 100)")
    op.execute("ALTER TABLE facet_segments ALTER members SET STORAGE EXTERNAL")
    op.create_index(op.f("facet_segments_segment_ix"), "facet_segments", ["segment"])
    op.create_index(op.f("facet_segments_version_ix"), "facet_segments", ["version"])
    op.create_table(
        "facet_orders",
        sa.Column("collection_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("products", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id"], ["collections.id"], name=op.f("facet_orders_collection_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("collection_id", name=op.f("facet_orders_pkey")),
    )
    op.create_table(
        "facet_queue",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=True),
        sa.Column("collection_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("facet_queue_pkey")),
    )
    for function in (NOTED_INSERT, NOTED_UPDATE, NOTED_MEMBERS, NOTED_FIELD, NOTED_BRANCH, NOTED_WORDS):
        op.execute(function)
    op.execute(
        "CREATE TRIGGER note_facets_insert AFTER INSERT ON products REFERENCING NEW TABLE AS changed "
        "FOR EACH STATEMENT EXECUTE FUNCTION note_facets_new()"
    )
    op.execute(
        "CREATE TRIGGER note_facets_delete AFTER DELETE ON products REFERENCING OLD TABLE AS changed "
        "FOR EACH STATEMENT EXECUTE FUNCTION note_facets_new()"
    )
    op.execute(
        "CREATE TRIGGER note_facets_update AFTER UPDATE ON products REFERENCING NEW TABLE AS after OLD TABLE AS before "
        "FOR EACH STATEMENT EXECUTE FUNCTION note_facets_changed()"
    )
    for operation, transition in {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}.items():
        op.execute(
            f"CREATE TRIGGER note_facets_{operation.lower()} AFTER {operation} ON collection_products "
            f"REFERENCING {transition} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION note_facets_members()"
        )
    op.execute(
        "CREATE TRIGGER note_facets AFTER UPDATE ON custom_fields FOR EACH ROW "
        "WHEN ((OLD.filterable, OLD.kind, OLD.namespace, OLD.key) "
        "IS DISTINCT FROM (NEW.filterable, NEW.kind, NEW.namespace, NEW.key)) EXECUTE FUNCTION note_facets_field()"
    )
    op.execute(
        "CREATE TRIGGER note_facets AFTER UPDATE ON categories FOR EACH ROW "
        "WHEN (OLD.path IS DISTINCT FROM NEW.path) EXECUTE FUNCTION note_facets_branch()"
    )
    for table in ("categories", "custom_fields", "price_lists"):
        op.execute(
            f"CREATE TRIGGER note_facets_words AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION note_facets_words()"
        )
    # What was there before.
    op.execute("INSERT INTO facet_queue (product_id) SELECT id FROM products")
    op.execute("INSERT INTO facet_queue (collection_id) SELECT id FROM collections")


def downgrade() -> None:
    for function in ("new", "changed", "members", "field", "branch", "words"):
        op.execute(f"DROP FUNCTION note_facets_{function}() CASCADE")
    for table in ("queue", "orders", "segments", "values"):
        op.drop_table(f"facet_{table}")
    op.drop_table("facets")
    op.drop_table("facet_state")
    op.execute("DROP SEQUENCE facet_version")
