"""Figures that the database keeps itself: a product's revision, its availability and that of its variants.

`products.revision` grows with every change that a card or page of the product can show, by whatever way it was
made: form, import, plain SQL or an order that took the last piece. `variants.available` and `variants.stock_left`
follow the stock; `products.available` follows its variants.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

BUMP = """
CREATE FUNCTION bump_products(changed_ids bigint[]) RETURNS void LANGUAGE plpgsql
SET enable_seqscan = off
AS $$
BEGIN
    IF changed_ids IS NULL THEN RETURN; END IF;
    -- Always in id order: two orders that sell out two products each must not wait for one another.
    PERFORM 1 FROM products WHERE id = ANY(changed_ids) ORDER BY id FOR NO KEY UPDATE;
    UPDATE products p
       SET revision = revision + 1,
           available = EXISTS (
               SELECT 1 FROM variants v WHERE v.product_id = p.id AND v.deleted_at IS NULL AND v.available)
     WHERE p.id = ANY(changed_ids);
END $$
"""

OWN_COLUMNS = """
CREATE FUNCTION product_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE unseen text[] := ARRAY['popularity', 'version', 'updated_at', 'revision'];
BEGIN
    IF NEW.revision = OLD.revision AND (to_jsonb(NEW) - unseen) IS DISTINCT FROM (to_jsonb(OLD) - unseen) THEN
        NEW.revision := OLD.revision + 1;
    END IF;
    RETURN NEW;
END $$
"""

AVAILABILITY = """
CREATE FUNCTION refresh_availability(changed_items bigint[]) RETURNS void LANGUAGE sql
-- It runs in the middle of bulk loads, when the planner still believes that these tables are small.
SET enable_seqscan = off
AS $$
    WITH affected AS (
        SELECT DISTINCT variant_id FROM variant_items WHERE item_id = ANY(changed_items)
    ), units AS (
        SELECT vi.variant_id, i.policy,
               CASE WHEN i.tracked AND (i.policy = 'deny' OR i.backorder_limit IS NOT NULL)
                    THEN floor((coalesce(stock.free, 0) - i.safety_stock
                                + CASE WHEN i.policy = 'continue' THEN i.backorder_limit ELSE 0 END)::numeric
                               / vi.quantity)
               END AS sellable
          FROM affected
          JOIN variant_items vi USING (variant_id)
          JOIN inventory_items i ON i.id = vi.item_id
          LEFT JOIN LATERAL (
               SELECT sum(on_hand - reserved - allocated) AS free FROM stock_levels WHERE item_id = i.id) stock ON true
    ), verdict AS (
        SELECT variant_id,
               bool_and(sellable IS NULL OR sellable >= 1) AS available,
               min(sellable) FILTER (WHERE policy = 'deny') AS left_over
          FROM units GROUP BY variant_id
    ), shown AS (
        SELECT variant_id, available,
               CASE WHEN left_over <= 5 THEN greatest(left_over, 0) END::smallint AS stock_left
          FROM verdict
    )
    UPDATE variants v
       SET available = s.available, stock_left = s.stock_left
      FROM shown s
     WHERE v.id = s.variant_id
       AND (v.available, v.stock_left) IS DISTINCT FROM (s.available, s.stock_left)
$$
"""

# The table, what leads from a changed row to products (or items), and what is done with them.
FOLLOWED = {
    "variants": ("SELECT array_agg(DISTINCT product_id) FROM changed", "bump_products"),
    "options": ("SELECT array_agg(DISTINCT product_id) FROM changed", "bump_products"),
    "option_values": (
        "SELECT array_agg(DISTINCT o.product_id) FROM changed c JOIN options o ON o.id = c.option_id",
        "bump_products",
    ),
    "prices": (
        "SELECT array_agg(DISTINCT v.product_id) FROM changed c JOIN variants v ON v.id = c.variant_id",
        "bump_products",
    ),
    "product_images": ("SELECT array_agg(DISTINCT product_id) FROM changed", "bump_products"),
    "variant_images": (
        "SELECT array_agg(DISTINCT v.product_id) FROM changed c JOIN variants v ON v.id = c.variant_id",
        "bump_products",
    ),
    "images": (
        "SELECT array_agg(DISTINCT p.product_id) FROM changed c JOIN product_images p ON p.image_id = c.id",
        "bump_products",
    ),
    "stock_levels": ("SELECT array_agg(DISTINCT item_id) FROM changed", "refresh_availability"),
    "variant_items": ("SELECT array_agg(DISTINCT item_id) FROM changed", "refresh_availability"),
    "inventory_items": ("SELECT array_agg(DISTINCT id) FROM changed", "refresh_availability"),
}
TRANSITIONS = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}


def upgrade() -> None:
    op.execute(BUMP)
    op.execute(OWN_COLUMNS)
    op.execute(AVAILABILITY)
    op.execute(
        "CREATE TRIGGER product_changed BEFORE UPDATE ON products FOR EACH ROW EXECUTE FUNCTION product_changed()"
    )
    for table, (lead, follow) in FOLLOWED.items():
        op.execute(
            f"CREATE FUNCTION {table}_changed() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN PERFORM {follow}(({lead})); RETURN NULL; END $$"
        )
        for operation, transition in TRANSITIONS.items():
            op.execute(
                f"CREATE TRIGGER {table}_{operation.lower()} AFTER {operation} ON {table} "
                f"REFERENCING {transition} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION {table}_changed()"
            )


def downgrade() -> None:
    for table in FOLLOWED:
        op.execute(f"DROP FUNCTION {table}_changed() CASCADE")
    op.execute("DROP FUNCTION product_changed() CASCADE")
    op.execute("DROP FUNCTION refresh_availability(bigint[])")
    op.execute("DROP FUNCTION bump_products(bigint[])")
