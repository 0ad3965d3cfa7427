"""The kept figures, in statements that can be planned in only one good way.

They run in the middle of bulk loads, when the planner still believes that tables of thousands of rows are empty, and
an empty table is cheap to read once for every row of another. Each look here is a subquery of its own that an index
answers (`OFFSET 0` keeps the planner from joining it), so that the cost grows with the rows that changed and with
nothing else, whatever is believed.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

LOOK_UP = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"

BUMP = f"""
CREATE OR REPLACE FUNCTION bump_products(changed_ids bigint[]) RETURNS void LANGUAGE plpgsql
{LOOK_UP}
AS $$
BEGIN
    IF changed_ids IS NULL THEN RETURN; END IF;
    -- Always in id order: two orders that sell out two products each must not wait for one another.
    PERFORM 1 FROM products WHERE id = ANY(changed_ids) ORDER BY id FOR NO KEY UPDATE;
    UPDATE products p
       SET revision = revision + 1,
           available = EXISTS (
               SELECT 1 FROM variants v WHERE v.product_id = p.id AND v.deleted_at IS NULL AND v.available OFFSET 0)
     WHERE p.id = ANY(changed_ids);
END $$
"""

STANDING = """
CREATE FUNCTION variant_standing(asked bigint, OUT available boolean, OUT stock_left smallint)
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    SELECT bool_and(units.sellable IS NULL OR units.sellable >= 1),
           CASE WHEN min(units.sellable) FILTER (WHERE units.policy = 'deny') <= 5
                THEN greatest(min(units.sellable) FILTER (WHERE units.policy = 'deny'), 0) END
      INTO available, stock_left
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
         WHERE vi.variant_id = asked) units;
END $$
"""

AVAILABILITY = f"""
CREATE FUNCTION refresh_availability(changed_items bigint[]) RETURNS void LANGUAGE plpgsql
{LOOK_UP}
AS $$
DECLARE
    changed_variants bigint[];
BEGIN
    IF changed_items IS NULL THEN RETURN; END IF;
    changed_variants := ARRAY(
        SELECT v.id FROM variants v CROSS JOIN LATERAL variant_standing(v.id) now
         WHERE v.id = ANY(ARRAY(SELECT variant_id FROM variant_items WHERE item_id = ANY(changed_items)))
           AND (v.available, v.stock_left) IS DISTINCT FROM (now.available, now.stock_left));
    IF cardinality(changed_variants) = 0 THEN RETURN; END IF;
    -- Always in id order, like the products.
    PERFORM 1 FROM variants WHERE id = ANY(changed_variants) ORDER BY id FOR NO KEY UPDATE;
    UPDATE variants v
       SET (available, stock_left) = (SELECT now.available, now.stock_left FROM variant_standing(v.id) now)
     WHERE v.id = ANY(changed_variants);
END $$
"""

# How 0002 leads from a changed row to products; one look by index for each of them.
LEADS = {
    "variants": "SELECT array_agg(DISTINCT product_id) FROM changed",
    "options": "SELECT array_agg(DISTINCT product_id) FROM changed",
    "option_values": (
        "SELECT array_agg(DISTINCT product_id) FROM options "
        "WHERE id = ANY(ARRAY(SELECT DISTINCT option_id FROM changed))"
    ),
    "prices": (
        "SELECT array_agg(DISTINCT product_id) FROM variants "
        "WHERE id = ANY(ARRAY(SELECT DISTINCT variant_id FROM changed))"
    ),
    "product_images": "SELECT array_agg(DISTINCT product_id) FROM changed",
    "variant_images": (
        "SELECT array_agg(DISTINCT product_id) FROM variants "
        "WHERE id = ANY(ARRAY(SELECT DISTINCT variant_id FROM changed))"
    ),
    "images": (
        "SELECT array_agg(DISTINCT product_id) FROM product_images WHERE image_id = ANY(ARRAY(SELECT id FROM changed))"
    ),
}


def upgrade() -> None:
    op.execute(BUMP)
    # It was a function of SQL; those can't be replaced by one of another language under the same name.
    op.execute("DROP FUNCTION refresh_availability(bigint[])")
    op.execute(STANDING)
    op.execute(AVAILABILITY)
    for table, lead in LEADS.items():
        op.execute(
            f"CREATE OR REPLACE FUNCTION {table}_changed() RETURNS trigger LANGUAGE plpgsql {LOOK_UP} AS $$ "
            f"BEGIN PERFORM bump_products(({lead})); RETURN NULL; END $$"
        )


def downgrade() -> None:
    # The functions of 0002 answer the same, only slower in a bulk load: there is nothing to take back.
    pass
