"""Runs of the importer with what they found and what was there before, and the columns that only files speak of.

`import_marks` remembers for each product which rows of a file it was last taken in from, and at which revision: a file
whose rows are the same meets a product that nobody touched, and has nothing to do.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# How an item is sold changes nothing that a card shows, so no revision tells of it.
FORGET_MARKS = """
CREATE FUNCTION forget_import_marks() RETURNS trigger LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
BEGIN
    DELETE FROM import_marks WHERE product_id = ANY(ARRAY(
        SELECT v.product_id FROM variants v WHERE v.id = ANY(ARRAY(
            SELECT variant_id FROM variant_items WHERE item_id = ANY(ARRAY(
                SELECT n.id FROM after_rows n JOIN before_rows o ON o.id = n.id
                 WHERE (n.tracked, n.policy) IS DISTINCT FROM (o.tracked, o.policy)))))));
    RETURN NULL;
END $$
"""

# Products that are being inserted with all that hangs on them say so (`store.new_products_from` is the first of their
# ids): nobody has seen a revision of them, so they need no further one for each table that is filled. As in 0008
# otherwise.
BUMP = """
CREATE OR REPLACE FUNCTION bump_products(changed_ids bigint[]) RETURNS void LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    first_new bigint := nullif(current_setting('store.new_products_from', true), '')::bigint;
BEGIN
    IF first_new IS NOT NULL THEN
        changed_ids := ARRAY(SELECT id FROM unnest(changed_ids) AS id WHERE id < first_new);
    END IF;
    IF changed_ids IS NULL OR cardinality(changed_ids) = 0 THEN RETURN; END IF;
    -- Always in id order: two orders that sell out two products each must not wait for one another.
    PERFORM 1 FROM products WHERE id = ANY(changed_ids) ORDER BY id FOR NO KEY UPDATE;
    UPDATE products p
       SET revision = revision + 1,
           available = CASE WHEN made_to_order THEN can_be_made(id) ELSE EXISTS (
               SELECT 1 FROM variants v WHERE v.product_id = p.id AND v.deleted_at IS NULL AND v.available OFFSET 0) END
     WHERE p.id = ANY(changed_ids);
END $$
"""

# What `variant_standing` of 0006 says of `v`, without a call for each variant: files bring them by the hundred.
STANDING = """
    SELECT bool_and(units.sellable IS NULL OR units.sellable >= 1) AS available,
           (CASE WHEN min(units.sellable) FILTER (WHERE units.policy = 'deny') <= 5
                 THEN greatest(min(units.sellable) FILTER (WHERE units.policy = 'deny'), 0) END)::smallint AS stock_left
      FROM (
        SELECT i.policy,
               CASE WHEN i.tracked AND (i.policy = 'deny' OR i.backorder_limit IS NOT NULL)
                    THEN floor((coalesce(
                             (SELECT sum(on_hand - reserved - allocated) FROM stock_levels WHERE item_id = vi.item_id),
                             0)
                           - i.safety_stock
                           + CASE WHEN i.policy = 'continue' THEN i.backorder_limit ELSE 0 END)::numeric
                         / vi.quantity)
               END AS sellable
          FROM variant_items vi
         CROSS JOIN LATERAL (SELECT * FROM inventory_items WHERE id = vi.item_id OFFSET 0) i
         WHERE vi.variant_id = v.id) units
"""
AVAILABILITY = f"""
CREATE OR REPLACE FUNCTION refresh_availability(changed_items bigint[]) RETURNS void LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off
AS $$
DECLARE
    changed_variants bigint[];
BEGIN
    IF changed_items IS NULL THEN RETURN; END IF;
    changed_variants := ARRAY(
        SELECT v.id FROM variants v CROSS JOIN LATERAL ({STANDING} OFFSET 0) now
         WHERE v.id = ANY(ARRAY(SELECT variant_id FROM variant_items WHERE item_id = ANY(changed_items)))
           AND (v.available, v.stock_left) IS DISTINCT FROM (now.available, now.stock_left));
    IF cardinality(changed_variants) = 0 THEN RETURN; END IF;
    -- Always in id order, like the products.
    PERFORM 1 FROM variants WHERE id = ANY(changed_variants) ORDER BY id FOR NO KEY UPDATE;
    UPDATE variants v SET (available, stock_left) = ({STANDING}) WHERE v.id = ANY(changed_variants);
END $$
"""


def upgrade() -> None:
    op.execute(BUMP)
    op.execute(AVAILABILITY)
    op.add_column("products", sa.Column("gift_card", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("options", sa.Column("linked_to", sa.Text(), server_default="", nullable=False))
    for name in ("tax_code", "fulfilment_service", "weight_unit", "unit_total", "unit_base"):
        op.add_column("variants", sa.Column(name, sa.Text(), server_default="", nullable=False))
    op.create_table(
        "import_runs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="new", nullable=False),
        sa.Column("overwrite", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("mapping", sa.Text(), server_default="", nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("actor", sa.Text(), server_default="system", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("place", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("scan", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("counts", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("rows_total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("rows_done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("kind IN ('products', 'inventory', 'redirects')", name=op.f("import_runs_kind_check")),
        sa.CheckConstraint(
            "status IN ('new', 'checking', 'checked', 'waiting', 'running', 'done', 'failed', 'undoing', 'undone')",
            name=op.f("import_runs_status_check"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("import_runs_pkey")),
    )
    op.create_table(
        "import_parts",
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("part", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_runs.id"], name=op.f("import_parts_run_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("run_id", "part", name=op.f("import_parts_pkey")),
    )
    op.create_table(
        "import_rows",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.Column("changes", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("flags", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_runs.id"], name=op.f("import_rows_run_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("import_rows_pkey")),
    )
    op.create_index("import_rows_run_id_phase_row_ix", "import_rows", ["run_id", "phase", "row"])
    op.create_table(
        "import_changes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("before", postgresql.JSONB(), nullable=True),
        sa.Column("after", postgresql.JSONB(), nullable=True),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("action IN ('create', 'update')", name=op.f("import_changes_action_check")),
        sa.ForeignKeyConstraint(
            ["run_id"], ["import_runs.id"], name=op.f("import_changes_run_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("import_changes_pkey")),
    )
    op.create_index("import_changes_run_id_id_ix", "import_changes", ["run_id", "id"])
    op.create_table(
        "import_marks",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("rows_hash", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("import_marks_product_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("product_id", name=op.f("import_marks_pkey")),
    )
    op.execute(FORGET_MARKS)
    op.execute(
        "CREATE TRIGGER inventory_items_marks AFTER UPDATE ON inventory_items "
        "REFERENCING OLD TABLE AS before_rows NEW TABLE AS after_rows "
        "FOR EACH STATEMENT EXECUTE FUNCTION forget_import_marks()"
    )


def downgrade() -> None:
    op.execute("DROP FUNCTION forget_import_marks() CASCADE")
    for table in ("import_marks", "import_changes", "import_rows", "import_parts", "import_runs"):
        op.drop_table(table)
    for name in ("tax_code", "fulfilment_service", "weight_unit", "unit_total", "unit_base"):
        op.drop_column("variants", name)
    op.drop_column("options", "linked_to")
    op.drop_column("products", "gift_card")
