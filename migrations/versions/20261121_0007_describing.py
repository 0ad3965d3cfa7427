"""Categories, custom fields and the rules of collections.

The database keeps `categories.path`, so that no way of writing makes a tree with a circle in it; it raises
`products.revision` when a custom field of a product changes; and it notes which products changed, while there are
collections by rule that may have to follow.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

LOOK_UP = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"

# One writer of the tree at a time: two moves that are each sound could make a circle together.
BRANCH = """
CREATE FUNCTION place_category() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE above text := '/';
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('categories'));
    IF NEW.parent_id IS NOT NULL THEN
        SELECT path INTO above FROM categories WHERE id = NEW.parent_id;
        IF NEW.parent_id = NEW.id OR above LIKE '%/' || NEW.id || '/%' THEN
            RAISE EXCEPTION 'category % would stand below itself', NEW.id USING ERRCODE = 'check_violation';
        END IF;
    END IF;
    NEW.path := above || NEW.id || '/';
    RETURN NEW;
END $$
"""
BELOW = """
CREATE FUNCTION move_categories_below() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE categories SET path = NEW.path || substr(path, length(OLD.path) + 1)
     WHERE path LIKE OLD.path || '_%';
    RETURN NULL;
END $$
"""

VALUES_CHANGED = f"""
CREATE FUNCTION custom_field_values_changed() RETURNS trigger LANGUAGE plpgsql {LOOK_UP} AS $$
BEGIN PERFORM bump_products((SELECT array_agg(DISTINCT product_id) FROM changed)); RETURN NULL; END $$
"""

# A hash join whatever the planner believes: a bulk update hands over a million rows twice.
NOTED_UPDATE = """
CREATE FUNCTION note_products_changed() RETURNS trigger LANGUAGE plpgsql
SET enable_nestloop = off SET enable_mergejoin = off
AS $$
BEGIN
    IF EXISTS (SELECT FROM collections WHERE kind = 'rule') THEN
        INSERT INTO product_changes (product_id)
        SELECT a.id FROM after a JOIN before b ON b.id = a.id
         WHERE (a.revision, a.popularity) IS DISTINCT FROM (b.revision, b.popularity);
    END IF;
    RETURN NULL;
END $$
"""
NOTED_INSERT = """
CREATE FUNCTION note_products_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM collections WHERE kind = 'rule') THEN
        INSERT INTO product_changes (product_id) SELECT id FROM after;
    END IF;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.create_table(
        "categories",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("parent_id", sa.BigInteger(), nullable=True),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("description_html", sa.Text(), server_default="", nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("image_id", sa.BigInteger(), nullable=True),
        sa.Column("path", sa.Text(), server_default="", nullable=False),
        sa.Column("seo_title", sa.Text(), server_default="", nullable=False),
        sa.Column("seo_description", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name=op.f("categories_handle_check")),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["categories.id"], name=op.f("categories_parent_id_fkey"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["image_id"], ["images.id"], name=op.f("categories_image_id_fkey"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("categories_pkey")),
        sa.UniqueConstraint("handle", name=op.f("categories_handle_key")),
    )
    op.create_index(op.f("categories_parent_id_ix"), "categories", ["parent_id"])
    op.create_index(op.f("categories_path_ix"), "categories", ["path"], postgresql_ops={"path": "text_pattern_ops"})
    op.execute(BRANCH)
    op.execute(BELOW)
    op.execute(
        "CREATE TRIGGER place_category BEFORE INSERT OR UPDATE OF parent_id ON categories "
        "FOR EACH ROW EXECUTE FUNCTION place_category()"
    )
    op.execute(
        "CREATE TRIGGER move_categories_below AFTER UPDATE OF parent_id ON categories "
        "FOR EACH ROW WHEN (OLD.path IS DISTINCT FROM NEW.path) EXECUTE FUNCTION move_categories_below()"
    )
    op.add_column("products", sa.Column("category_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(
        op.f("products_category_id_fkey"), "products", "categories", ["category_id"], ["id"], ondelete="SET NULL"
    )
    op.create_index(op.f("products_category_id_ix"), "products", ["category_id"])

    op.create_table(
        "custom_fields",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("namespace", sa.Text(), server_default="custom", nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("many", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("unit", sa.Text(), server_default="", nullable=False),
        sa.Column("choices", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("filterable", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("visible", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "kind IN ('text', 'number', 'boolean', 'date', 'choice', 'url', 'color')",
            name=op.f("custom_fields_kind_check"),
        ),
        sa.CheckConstraint("namespace <> '' AND key <> '' AND name <> ''", name=op.f("custom_fields_names_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("custom_fields_pkey")),
        sa.UniqueConstraint("namespace", "key", name=op.f("custom_fields_namespace_key_key")),
    )
    op.create_table(
        "custom_field_values",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("field_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("number", sa.Numeric(), nullable=True),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("custom_field_values_product_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["field_id"], ["custom_fields.id"], name=op.f("custom_field_values_field_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("product_id", "field_id", "position", name=op.f("custom_field_values_pkey")),
    )
    op.create_index(
        op.f("custom_field_values_field_id_product_id_ix"), "custom_field_values", ["field_id", "product_id"]
    )
    op.execute(VALUES_CHANGED)
    for operation, transition in {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}.items():
        op.execute(
            f"CREATE TRIGGER custom_field_values_{operation.lower()} AFTER {operation} ON custom_field_values "
            f"REFERENCING {transition} TABLE AS changed FOR EACH STATEMENT "
            "EXECUTE FUNCTION custom_field_values_changed()"
        )

    op.add_column("collections", sa.Column("kind", sa.Text(), server_default="manual", nullable=False))
    op.add_column("collections", sa.Column("match", sa.Text(), server_default="all", nullable=False))
    op.add_column("collections", sa.Column("sort", sa.Text(), server_default="newest", nullable=False))
    op.add_column("collections", sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_check_constraint(op.f("collections_kind_check"), "collections", "kind IN ('manual', 'rule')")
    op.create_check_constraint(op.f("collections_match_check"), "collections", "match IN ('all', 'any')")
    op.create_check_constraint(
        op.f("collections_sort_check"),
        "collections",
        "sort IN ('newest', 'popular', 'price-up', 'price-down', 'title')",
    )
    op.create_table(
        "collection_rules",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("collection_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("relation", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["collection_id"],
            ["collections.id"],
            name=op.f("collection_rules_collection_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("collection_rules_pkey")),
    )
    op.create_index(
        op.f("collection_rules_collection_id_position_ix"), "collection_rules", ["collection_id", "position"]
    )
    op.create_table(
        "product_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("product_changes_pkey")),
    )
    op.execute(NOTED_UPDATE)
    op.execute(NOTED_INSERT)
    op.execute(
        "CREATE TRIGGER note_products_changed AFTER UPDATE ON products "
        "REFERENCING OLD TABLE AS before NEW TABLE AS after FOR EACH STATEMENT "
        "EXECUTE FUNCTION note_products_changed()"
    )
    op.execute(
        "CREATE TRIGGER note_products_new AFTER INSERT ON products "
        "REFERENCING NEW TABLE AS after FOR EACH STATEMENT EXECUTE FUNCTION note_products_new()"
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION note_products_changed() CASCADE")
    op.execute("DROP FUNCTION note_products_new() CASCADE")
    op.drop_table("product_changes")
    op.drop_table("collection_rules")
    for column in ("refreshed_at", "sort", "match", "kind"):
        op.drop_column("collections", column)
    op.drop_table("custom_field_values")
    op.execute("DROP FUNCTION custom_field_values_changed()")
    op.drop_table("custom_fields")
    op.drop_column("products", "category_id")
    op.drop_table("categories")
    op.execute("DROP FUNCTION move_categories_below()")
    op.execute("DROP FUNCTION place_category()")
