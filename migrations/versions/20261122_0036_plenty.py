"""Stock that stays plentiful is not looked through again each time some of it is reserved."""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

# Shoppers are told of the last five pieces of what can run out. An item of which more than that is left, for everything
# that needs it, before and after, looks the same to everybody; so does one of which as many are free as before.
MOVED = """
CREATE FUNCTION stock_levels_moved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moved bigint[];
BEGIN
    moved := ARRAY(
        SELECT change.item_id
          FROM (SELECT c.item_id,
                       sum(b.on_hand - b.reserved - b.allocated - c.on_hand + c.reserved + c.allocated) AS taken
                  FROM changed c JOIN before b USING (id) GROUP BY c.item_id) change
          JOIN inventory_items i ON i.id = change.item_id
         CROSS JOIN LATERAL (
               SELECT sum(on_hand - reserved - allocated) AS free FROM stock_levels WHERE item_id = i.id) stock
         WHERE change.taken <> 0
           AND least(stock.free, stock.free + change.taken) - i.safety_stock < 6 * greatest(
               1,
               (SELECT max(quantity) FROM variant_items WHERE item_id = i.id),
               (SELECT max(quantity) FROM blanks WHERE item_id = i.id)));
    IF cardinality(moved) > 0 THEN
        PERFORM refresh_availability(moved);
        PERFORM refresh_blanks(moved);
    END IF;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    op.execute(MOVED)
    op.execute("DROP TRIGGER stock_levels_update ON stock_levels")
    op.execute(
        "CREATE TRIGGER stock_levels_update AFTER UPDATE ON stock_levels"
        " REFERENCING OLD TABLE AS before NEW TABLE AS changed"
        " FOR EACH STATEMENT EXECUTE FUNCTION stock_levels_moved()"
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER stock_levels_update ON stock_levels")
    op.execute(
        "CREATE TRIGGER stock_levels_update AFTER UPDATE ON stock_levels REFERENCING NEW TABLE AS changed"
        " FOR EACH STATEMENT EXECUTE FUNCTION stock_levels_changed()"
    )
    op.execute("DROP FUNCTION stock_levels_moved()")
