"""Products made to order: the graph of options behind variants, and what their blanks' stock means for them.

`blanks.available` and `blanks.stock_left` follow the stock as those of variants do; `products.available` of a product
made to order says whether any choice is left whose values go together and whose blanks are there. A variant that is
made on first use changes nothing that a page shows, so it does not raise the product's revision, nor wait for its row.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

LOOK_UP = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"

# Whether values go together as far as they are chosen, and the blanks that are decided by them are there.
STANDS = """
CREATE FUNCTION choice_stands(asked bigint, chosen bigint[], decided bigint[]) RETURNS boolean
LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN NOT EXISTS (
               SELECT 1 FROM option_exclusions
                WHERE product_id = asked AND value_id = ANY(chosen) AND other_value_id = ANY(chosen))
       AND NOT EXISTS (
               SELECT 1 FROM choice_overrides
                WHERE product_id = asked AND blocked AND string_to_array(option_key, '-')::bigint[] <@ chosen)
       AND NOT EXISTS (
               SELECT 1 FROM (SELECT DISTINCT option_ids FROM blanks WHERE product_id = asked) kind
                WHERE kind.option_ids <@ decided
                  AND NOT EXISTS (
                      SELECT 1 FROM blanks b
                       WHERE b.product_id = asked AND b.option_ids = kind.option_ids AND b.value_ids <@ chosen
                         AND b.available));
END $$
"""

# Decides one axis after the other and turns back where nothing can follow: the cross product is never walked.
ANY_CHOICE = """
CREATE FUNCTION any_choice(asked bigint, chosen bigint[], decided bigint[], undecided bigint[]) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    candidate bigint;
BEGIN
    IF cardinality(undecided) = 0 THEN RETURN true; END IF;
    FOR candidate IN SELECT id FROM option_values WHERE option_id = undecided[1] ORDER BY position, id LOOP
        -- A graph in which nearly nothing goes together is given up, as the page gives it up.
        IF set_config('shop.tries', (current_setting('shop.tries')::int + 1)::text, true)::int > 20000 THEN
            RETURN false;
        END IF;
        IF choice_stands(asked, chosen || candidate, decided || undecided[1])
           AND any_choice(asked, chosen || candidate, decided || undecided[1], undecided[2:]) THEN
            RETURN true;
        END IF;
    END LOOP;
    RETURN false;
END $$
"""

CAN_BE_MADE = """
CREATE FUNCTION can_be_made(asked bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('shop.tries', '0', true);
    RETURN EXISTS (SELECT 1 FROM blanks WHERE product_id = asked)
       -- Two axes of which nothing goes with anything need no search.
       AND NOT EXISTS (
           SELECT 1 FROM (
                  SELECT least(a.option_id, b.option_id) AS one, greatest(a.option_id, b.option_id) AS other,
                         count(*) AS pairs
                    FROM option_exclusions x
                    JOIN option_values a ON a.id = x.value_id JOIN option_values b ON b.id = x.other_value_id
                   WHERE x.product_id = asked GROUP BY 1, 2) against
            WHERE against.pairs >= (SELECT count(*) FROM option_values WHERE option_id = against.one)
                                 * (SELECT count(*) FROM option_values WHERE option_id = against.other))
       AND choice_stands(asked, '{}', '{}')
       -- The axes of the blanks first: where nothing is on the shelf, no motif has to be tried.
       AND any_choice(asked, '{}', '{}', ARRAY(
               SELECT o.id FROM options o WHERE o.product_id = asked
                ORDER BY NOT EXISTS (SELECT 1 FROM blanks b WHERE b.product_id = asked AND o.id = ANY(b.option_ids)),
                         o.position, o.id));
END $$
"""

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
           available = CASE WHEN made_to_order THEN can_be_made(id) ELSE EXISTS (
               SELECT 1 FROM variants v WHERE v.product_id = p.id AND v.deleted_at IS NULL AND v.available OFFSET 0) END
     WHERE p.id = ANY(changed_ids);
END $$
"""

BLANK_STANDING = """
CREATE FUNCTION blank_standing(asked bigint, OUT available boolean, OUT stock_left smallint)
LANGUAGE plpgsql STABLE
AS $$
BEGIN
    SELECT units.sellable IS NULL OR units.sellable >= 1,
           CASE WHEN units.policy = 'deny' AND units.sellable <= 5 THEN greatest(units.sellable, 0) END
      INTO available, stock_left
      FROM (
        SELECT i.policy,
               CASE WHEN i.tracked AND (i.policy = 'deny' OR i.backorder_limit IS NOT NULL)
                    THEN floor((coalesce(
                             (SELECT sum(on_hand - reserved - allocated) FROM stock_levels WHERE item_id = b.item_id),
                             0)
                           - i.safety_stock
                           + CASE WHEN i.policy = 'continue' THEN i.backorder_limit ELSE 0 END)::numeric
                         / b.quantity)
               END AS sellable
          FROM blanks b
         CROSS JOIN LATERAL (SELECT * FROM inventory_items WHERE id = b.item_id OFFSET 0) i
         WHERE b.id = asked) units;
END $$
"""

REFRESH_BLANKS = f"""
CREATE FUNCTION refresh_blanks(changed_items bigint[]) RETURNS void LANGUAGE plpgsql
{LOOK_UP}
AS $$
DECLARE
    changed_blanks bigint[];
BEGIN
    IF changed_items IS NULL THEN RETURN; END IF;
    changed_blanks := ARRAY(
        SELECT b.id FROM blanks b CROSS JOIN LATERAL blank_standing(b.id) now
         WHERE b.id = ANY(ARRAY(SELECT id FROM blanks WHERE item_id = ANY(changed_items)))
           AND (b.available, b.stock_left) IS DISTINCT FROM (now.available, now.stock_left));
    IF cardinality(changed_blanks) = 0 THEN RETURN; END IF;
    -- Always in id order, like the products.
    PERFORM 1 FROM blanks WHERE id = ANY(changed_blanks) ORDER BY id FOR NO KEY UPDATE;
    UPDATE blanks b
       SET (available, stock_left) = (SELECT now.available, now.stock_left FROM blank_standing(b.id) now)
     WHERE b.id = ANY(changed_blanks);
END $$
"""

BLANKS_CHANGED = f"""
CREATE FUNCTION blanks_changed() RETURNS trigger LANGUAGE plpgsql {LOOK_UP} AS $$
BEGIN
    IF TG_OP <> 'DELETE' THEN PERFORM refresh_blanks((SELECT array_agg(DISTINCT item_id) FROM changed)); END IF;
    PERFORM bump_products((SELECT array_agg(DISTINCT product_id) FROM changed));
    RETURN NULL;
END $$
"""

# What a choice takes from the shelf, costs and is called, as the rows of its variant say it once it has one.
CHOICE_ITEMS = """
CREATE FUNCTION choice_items(asked bigint, chosen bigint[]) RETURNS TABLE (item_id bigint, quantity bigint)
LANGUAGE sql STABLE AS $$
    SELECT b.item_id, sum(b.quantity)::bigint FROM blanks b
     WHERE b.product_id = asked AND b.value_ids <@ chosen
       -- Without its shirt it is not sold as a box alone.
       AND NOT EXISTS (
           SELECT 1 FROM (SELECT DISTINCT option_ids FROM blanks WHERE product_id = asked) kind
            WHERE NOT EXISTS (
                  SELECT 1 FROM blanks o
                   WHERE o.product_id = asked AND o.option_ids = kind.option_ids AND o.value_ids <@ chosen))
     GROUP BY b.item_id
$$
"""
CHOICE_OVERRIDES = """
CREATE FUNCTION choice_exceptions(asked bigint, chosen bigint[])
RETURNS TABLE (override_id bigint, rank bigint) LANGUAGE sql STABLE AS $$
    SELECT id, row_number() OVER (ORDER BY cardinality(named) DESC, ARRAY(
               SELECT array_position(chosen, value) FROM unnest(named) AS value ORDER BY 1))
      FROM (SELECT id, string_to_array(option_key, '-')::bigint[] AS named FROM choice_overrides
             WHERE product_id = asked) found
     WHERE named <@ chosen
$$
"""
CHOICE_PRICES = """
CREATE FUNCTION choice_prices(asked bigint, chosen bigint[])
RETURNS TABLE (currency text, price_list_id bigint, amount_minor bigint, compare_at_minor bigint)
LANGUAGE sql STABLE AS $$
    WITH own AS (
        SELECT DISTINCT ON (op.currency) op.currency, op.amount_minor, op.compare_at_minor
          FROM choice_exceptions(asked, chosen) e JOIN override_prices op USING (override_id)
         ORDER BY op.currency, e.rank
    ), added AS (
        SELECT currency, sum(delta_minor)::bigint AS minor FROM option_value_prices
         WHERE value_id = ANY(chosen) GROUP BY currency
    )
    SELECT currency, NULL::bigint, amount_minor, compare_at_minor FROM own
    UNION ALL
    SELECT b.currency, b.price_list_id, greatest(b.amount_minor + coalesce(a.minor, 0), 0),
           greatest(b.compare_at_minor + coalesce(a.minor, 0), 0)
      FROM base_prices b LEFT JOIN added a USING (currency)
     WHERE b.product_id = asked AND NOT EXISTS (SELECT 1 FROM own WHERE own.currency = b.currency)
       -- What costs more in another currency is not given away in this one.
       AND NOT EXISTS (
           SELECT 1 FROM option_value_prices elsewhere
            WHERE elsewhere.value_id = ANY(chosen) AND elsewhere.delta_minor <> 0 AND NOT EXISTS (
                  SELECT 1 FROM option_value_prices here
                   WHERE here.value_id = elsewhere.value_id AND here.currency = b.currency))
$$
"""
CHOICE_SKU = """
CREATE FUNCTION choice_sku(asked bigint, chosen bigint[]) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT sku FROM choice_overrides
          WHERE product_id = asked AND option_key = array_to_string(chosen, '-') AND sku <> ''),
        nullif(concat_ws('-', (SELECT nullif(sku, '') FROM variant_patterns WHERE product_id = asked),
            (SELECT string_agg(nullif(sku_part, ''), '-' ORDER BY array_position(chosen, id))
               FROM option_values WHERE id = ANY(chosen))), ''))
$$
"""

# Stock moves: the blanks follow after the variants. The leads are those of 0002.
STOCK = {
    "stock_levels": "SELECT array_agg(DISTINCT item_id) FROM changed",
    "inventory_items": "SELECT array_agg(DISTINCT id) FROM changed",
}

# Nothing that a page shows comes of a variant made to order, nor of the prices it is born with.
VARIANTS_CHANGED = f"""
CREATE OR REPLACE FUNCTION variants_changed() RETURNS trigger LANGUAGE plpgsql {LOOK_UP} AS $$
BEGIN
    PERFORM bump_products((
        SELECT array_agg(id) FROM products
         WHERE id = ANY(ARRAY(SELECT DISTINCT product_id FROM changed)) AND NOT made_to_order));
    RETURN NULL;
END $$
"""
PRICES_CHANGED = f"""
CREATE OR REPLACE FUNCTION prices_changed() RETURNS trigger LANGUAGE plpgsql {LOOK_UP} AS $$
BEGIN
    PERFORM bump_products((
        SELECT array_agg(id) FROM products
         WHERE id = ANY(ARRAY(SELECT DISTINCT product_id FROM variants
                               WHERE id = ANY(ARRAY(SELECT DISTINCT variant_id FROM changed))))
           AND (TG_OP <> 'INSERT' OR NOT made_to_order)));
    RETURN NULL;
END $$
"""

# The new tables, and what leads from a changed row to products.
LEADS = {
    "variant_patterns": "SELECT array_agg(DISTINCT product_id) FROM changed",
    "base_prices": "SELECT array_agg(DISTINCT product_id) FROM changed",
    "option_exclusions": "SELECT array_agg(DISTINCT product_id) FROM changed",
    "choice_overrides": "SELECT array_agg(DISTINCT product_id) FROM changed",
    "override_prices": (
        "SELECT array_agg(DISTINCT product_id) FROM choice_overrides "
        "WHERE id = ANY(ARRAY(SELECT DISTINCT override_id FROM changed))"
    ),
    "option_value_prices": (
        "SELECT array_agg(DISTINCT product_id) FROM options WHERE id = ANY(ARRAY("
        "SELECT DISTINCT option_id FROM option_values WHERE id = ANY(ARRAY(SELECT value_id FROM changed))))"
    ),
    "kit_parts": (
        "SELECT array_agg(DISTINCT product_id) FROM variants WHERE id = ANY(ARRAY(SELECT DISTINCT kit_id FROM changed))"
    ),
}
TRANSITIONS = {"INSERT": "NEW", "UPDATE": "NEW", "DELETE": "OLD"}


def upgrade() -> None:
    _make_tables()
    for function in (STANDS, ANY_CHOICE, CAN_BE_MADE, BUMP, BLANK_STANDING, REFRESH_BLANKS, BLANKS_CHANGED):
        op.execute(function)
    for function in (CHOICE_ITEMS, CHOICE_OVERRIDES, CHOICE_PRICES, CHOICE_SKU):
        op.execute(function)
    for table, lead in STOCK.items():
        op.execute(
            f"CREATE OR REPLACE FUNCTION {table}_changed() RETURNS trigger LANGUAGE plpgsql {LOOK_UP} AS $$ BEGIN "
            f"PERFORM refresh_availability(({lead})); PERFORM refresh_blanks(({lead})); RETURN NULL; END $$"
        )
    op.execute(VARIANTS_CHANGED)
    op.execute(PRICES_CHANGED)
    for table, lead in LEADS.items():
        op.execute(
            f"CREATE FUNCTION {table}_changed() RETURNS trigger LANGUAGE plpgsql {LOOK_UP} AS $$ "
            f"BEGIN PERFORM bump_products(({lead})); RETURN NULL; END $$"
        )
    for table in (*LEADS, "blanks"):
        for operation, transition in TRANSITIONS.items():
            op.execute(
                f"CREATE TRIGGER {table}_{operation.lower()} AFTER {operation} ON {table} "
                f"REFERENCING {transition} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION {table}_changed()"
            )


def downgrade() -> None:
    raise NotImplementedError("Restore a backup: variants of products made to order would have no items any more.")


def _make_tables() -> None:
    op.add_column("products", sa.Column("made_to_order", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("option_values", sa.Column("sku_part", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "variant_patterns",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("sku", sa.Text(), server_default="", nullable=False),
        sa.Column("weight_grams", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("requires_shipping", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("taxable", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.CheckConstraint("weight_grams >= 0", name=op.f("variant_patterns_weight_check")),
        _foreign("variant_patterns", "product_id", "products"),
        sa.PrimaryKeyConstraint("product_id", name=op.f("variant_patterns_pkey")),
    )
    op.create_table(
        "base_prices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("price_list_id", sa.BigInteger(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("compare_at_minor", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("base_prices_amount_check")),
        sa.CheckConstraint("compare_at_minor >= 0", name=op.f("base_prices_compare_at_check")),
        _foreign("base_prices", "product_id", "products"),
        sa.PrimaryKeyConstraint("id", name=op.f("base_prices_pkey")),
        sa.UniqueConstraint(
            "product_id",
            "currency",
            "price_list_id",
            name=op.f("base_prices_product_id_currency_price_list_id_key"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "option_value_prices",
        sa.Column("value_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("delta_minor", sa.BigInteger(), nullable=False),
        _foreign("option_value_prices", "value_id", "option_values"),
        sa.PrimaryKeyConstraint("value_id", "currency", name=op.f("option_value_prices_pkey")),
    )
    op.create_table(
        "option_exclusions",
        sa.Column("value_id", sa.BigInteger(), nullable=False),
        sa.Column("other_value_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("value_id < other_value_id", name=op.f("option_exclusions_order_check")),
        _foreign("option_exclusions", "value_id", "option_values"),
        _foreign("option_exclusions", "other_value_id", "option_values"),
        _foreign("option_exclusions", "product_id", "products"),
        sa.PrimaryKeyConstraint("value_id", "other_value_id", name=op.f("option_exclusions_pkey")),
    )
    op.create_index(op.f("option_exclusions_product_id_ix"), "option_exclusions", ["product_id"])
    op.create_index(op.f("option_exclusions_other_value_id_ix"), "option_exclusions", ["other_value_id"])
    op.create_table(
        "choice_overrides",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("option_key", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=True),
        sa.Column("blocked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("image_id", sa.BigInteger(), nullable=True),
        _foreign("choice_overrides", "product_id", "products"),
        _foreign("choice_overrides", "image_id", "images", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("choice_overrides_pkey")),
        sa.UniqueConstraint("product_id", "option_key", name=op.f("choice_overrides_product_id_option_key_key")),
    )
    op.create_index(op.f("choice_overrides_image_id_ix"), "choice_overrides", ["image_id"])
    op.create_table(
        "override_prices",
        sa.Column("override_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("compare_at_minor", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("override_prices_amount_check")),
        sa.CheckConstraint("compare_at_minor >= 0", name=op.f("override_prices_compare_at_check")),
        _foreign("override_prices", "override_id", "choice_overrides"),
        sa.PrimaryKeyConstraint("override_id", "currency", name=op.f("override_prices_pkey")),
    )
    op.create_table(
        "blanks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("option_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("value_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("item_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("available", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("stock_left", sa.SmallInteger(), nullable=True),
        sa.CheckConstraint("quantity >= 1", name=op.f("blanks_quantity_check")),
        _foreign("blanks", "product_id", "products"),
        _foreign("blanks", "item_id", "inventory_items", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name=op.f("blanks_pkey")),
        sa.UniqueConstraint("product_id", "value_ids", name=op.f("blanks_product_id_value_ids_key")),
    )
    op.create_index(op.f("blanks_item_id_ix"), "blanks", ["item_id"])
    op.create_table(
        "kit_parts",
        sa.Column("kit_id", sa.BigInteger(), nullable=False),
        sa.Column("part_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("kit_parts_quantity_check")),
        sa.CheckConstraint("kit_id <> part_id", name=op.f("kit_parts_itself_check")),
        _foreign("kit_parts", "kit_id", "variants"),
        _foreign("kit_parts", "part_id", "variants"),
        sa.PrimaryKeyConstraint("kit_id", "part_id", name=op.f("kit_parts_pkey")),
    )
    op.create_index(op.f("kit_parts_part_id_ix"), "kit_parts", ["part_id"])


def _foreign(table: str, column: str, target: str, *, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"{table}_{column}_fkey"), ondelete=ondelete)
