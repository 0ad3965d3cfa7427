"""Price lists, the range of prices that each product has in each of them, and what every price has been.

`product_prices` holds one row for each product, currency and list (none: the base prices): its lowest and highest
price for one piece, among the variants that are not deleted. An override list replaces base prices, so its row counts
the base prices of the variants it does not name. The rows are kept by triggers, for products that are made to order by
the verbs that know their options.

What a price has been is kept as intervals. `prices.since` says when the present amount began; when it ends, because it
is changed or deleted, the trigger writes the interval to `price_history`. A first price writes nothing, so that loading
a catalogue costs nothing here. The windows of a list are kept in the same way: the price a shopper saw at any moment
follows from both, also when a list began or ended by the clock and nothing was written.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

LOOK_UP = "SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off"

# Each look is a subquery of its own that an index answers (`OFFSET 0`), as in 0006.
REFRESH = f"""
CREATE FUNCTION refresh_product_prices(changed_ids bigint[]) RETURNS void LANGUAGE plpgsql
{LOOK_UP}
AS $$
DECLARE
    kept bigint[];
    overrides bigint[];
BEGIN
    IF changed_ids IS NULL THEN RETURN; END IF;
    kept := ARRAY(SELECT p.id FROM products p
                   WHERE p.id = ANY(changed_ids) AND NOT p.made_to_order);
    overrides := ARRAY(SELECT id FROM price_lists WHERE kind = 'override');
    DELETE FROM product_prices WHERE product_id = ANY(kept);
    INSERT INTO product_prices (product_id, currency, price_list_id, low_minor, high_minor, compare_at_minor)
    SELECT product_id, currency, price_list_id, min(amount_minor), max(amount_minor),
           (array_agg(compare_at_minor ORDER BY amount_minor, compare_at_minor DESC NULLS LAST))[1]
      FROM (
        SELECT v.product_id, pr.currency, pr.price_list_id, pr.amount_minor, pr.compare_at_minor
          FROM variants v
         CROSS JOIN LATERAL (SELECT * FROM prices WHERE variant_id = v.id AND min_qty = 1 OFFSET 0) pr
         WHERE v.product_id = ANY(kept) AND v.deleted_at IS NULL
        UNION ALL
        SELECT v.product_id, pr.currency, over.price_list_id, pr.amount_minor, pr.compare_at_minor
          FROM variants v
         CROSS JOIN LATERAL (
               SELECT * FROM prices WHERE variant_id = v.id AND min_qty = 1 AND price_list_id IS NULL OFFSET 0) pr
         CROSS JOIN LATERAL (
               SELECT DISTINCT named.price_list_id FROM variants sibling
                CROSS JOIN LATERAL (
                      SELECT * FROM prices WHERE variant_id = sibling.id AND min_qty = 1 AND currency = pr.currency
                         AND price_list_id = ANY(overrides) OFFSET 0) named
                WHERE sibling.product_id = v.product_id AND sibling.deleted_at IS NULL OFFSET 0) over
         WHERE v.product_id = ANY(CASE WHEN cardinality(overrides) > 0 THEN kept END) AND v.deleted_at IS NULL
           AND NOT EXISTS (
               SELECT FROM prices own WHERE own.variant_id = v.id AND own.currency = pr.currency
                  AND own.price_list_id = over.price_list_id AND own.min_qty = 1 OFFSET 0)
      ) each
     GROUP BY product_id, currency, price_list_id;
END $$
"""

# As in 0008: nothing that a page shows comes of the prices that a variant made to order is born with.
PRODUCTS_OF_PRICES = """
    SELECT array_agg(id) FROM products
     WHERE id = ANY(ARRAY(SELECT DISTINCT product_id FROM variants
                           WHERE id = ANY(ARRAY(SELECT DISTINCT variant_id FROM changed))))
       AND (TG_OP <> 'INSERT' OR NOT made_to_order)"""

# Counting the product's revision first also locks it, so that two changes of one product follow one another here.
PRICES_CHANGED = f"""
CREATE OR REPLACE FUNCTION prices_changed() RETURNS trigger LANGUAGE plpgsql {LOOK_UP} AS $$
DECLARE
    touched bigint[];
BEGIN
    touched := ({PRODUCTS_OF_PRICES});
    PERFORM bump_products(touched);
    PERFORM refresh_product_prices(touched);
    RETURN NULL;
END $$
"""

# Stock is counted on variants too, and often: only what adds or takes away a price may cost anything.
VARIANTS_PRICED = f"""
CREATE FUNCTION variants_priced() RETURNS trigger LANGUAGE plpgsql {LOOK_UP} AS $$
BEGIN
    PERFORM refresh_product_prices((
        SELECT array_agg(DISTINCT b.product_id) FROM before b
         CROSS JOIN LATERAL (SELECT deleted_at FROM variants WHERE id = b.id OFFSET 0) v
         WHERE (b.deleted_at IS NULL) <> (v.deleted_at IS NULL)));
    RETURN NULL;
END $$
"""
VARIANTS_GONE = f"""
CREATE FUNCTION variants_gone() RETURNS trigger LANGUAGE plpgsql {LOOK_UP} AS $$
BEGIN
    PERFORM refresh_product_prices((SELECT array_agg(DISTINCT product_id) FROM before WHERE deleted_at IS NULL));
    RETURN NULL;
END $$
"""

# A price that begins and ends in one transaction was never shown to anybody.
HISTORY = """
CREATE FUNCTION price_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.since := now();
    RETURN NEW;
END $$;

CREATE FUNCTION prices_replaced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO price_history (variant_id, currency, price_list_id, amount_minor, began_at, recorded_at)
    SELECT b.variant_id, b.currency, b.price_list_id, b.amount_minor, b.since, now()
      FROM before b LEFT JOIN changed c ON c.id = b.id
     WHERE b.min_qty = 1 AND b.since < now() AND c.amount_minor IS DISTINCT FROM b.amount_minor;
    RETURN NULL;
END $$;

CREATE FUNCTION prices_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO price_history (variant_id, currency, price_list_id, amount_minor, began_at, recorded_at)
    SELECT variant_id, currency, price_list_id, amount_minor, since, now()
      FROM before WHERE min_qty = 1 AND since < now();
    RETURN NULL;
END $$;

CREATE FUNCTION price_list_replaced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.kind <> OLD.kind THEN
            RAISE EXCEPTION 'the kind of a price list is for ever' USING ERRCODE = 'check_violation';
        END IF;
        IF (NEW.status, NEW.starts_at, NEW.ends_at, NEW.priority, NEW.markets, NEW.customer_groups)
           IS NOT DISTINCT FROM
           (OLD.status, OLD.starts_at, OLD.ends_at, OLD.priority, OLD.markets, OLD.customer_groups) THEN
            RETURN NEW;
        END IF;
        NEW.since := now();
    END IF;
    IF OLD.since < now() THEN
        INSERT INTO price_list_windows (price_list_id, kind, status, starts_at, ends_at, priority, markets,
                                        customer_groups, began_at, recorded_at)
        VALUES (OLD.id, OLD.kind, OLD.status, OLD.starts_at, OLD.ends_at, OLD.priority, OLD.markets,
                OLD.customer_groups, OLD.since, now());
    END IF;
    RETURN CASE WHEN TG_OP = 'UPDATE' THEN NEW ELSE OLD END;
END $$;

CREATE FUNCTION price_history_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what a price has been is not changed afterwards' USING ERRCODE = 'check_violation';
END $$
"""

TRIGGERS = (
    "CREATE TRIGGER variants_priced AFTER UPDATE ON variants REFERENCING OLD TABLE AS before "
    "FOR EACH STATEMENT EXECUTE FUNCTION variants_priced()",
    "CREATE TRIGGER variants_gone AFTER DELETE ON variants REFERENCING OLD TABLE AS before "
    "FOR EACH STATEMENT EXECUTE FUNCTION variants_gone()",
    "CREATE TRIGGER price_begins BEFORE UPDATE OF amount_minor ON prices FOR EACH ROW "
    "WHEN (NEW.amount_minor <> OLD.amount_minor) EXECUTE FUNCTION price_begins()",
    "CREATE TRIGGER prices_replaced AFTER UPDATE ON prices REFERENCING OLD TABLE AS before NEW TABLE AS changed "
    "FOR EACH STATEMENT EXECUTE FUNCTION prices_replaced()",
    "CREATE TRIGGER prices_gone AFTER DELETE ON prices REFERENCING OLD TABLE AS before "
    "FOR EACH STATEMENT EXECUTE FUNCTION prices_gone()",
    "CREATE TRIGGER price_list_replaced BEFORE UPDATE OR DELETE ON price_lists "
    "FOR EACH ROW EXECUTE FUNCTION price_list_replaced()",
    "CREATE TRIGGER price_history_is_kept BEFORE UPDATE OR DELETE ON price_history "
    "FOR EACH ROW EXECUTE FUNCTION price_history_is_kept()",
    "CREATE TRIGGER price_list_windows_are_kept BEFORE UPDATE OR DELETE ON price_list_windows "
    "FOR EACH ROW EXECUTE FUNCTION price_history_is_kept()",
)

WINDOW = (
    ("kind", sa.Text(), None),
    ("status", sa.Text(), "draft"),
    ("starts_at", sa.DateTime(timezone=True), None),
    ("ends_at", sa.DateTime(timezone=True), None),
    ("priority", sa.BigInteger(), "0"),
    ("markets", postgresql.ARRAY(sa.Text()), "{}"),
    ("customer_groups", postgresql.ARRAY(sa.BigInteger()), "{}"),
)
MAY_BE_EMPTY = ("starts_at", "ends_at")


def window(*, with_defaults: bool) -> list[sa.Column[object]]:
    return [
        sa.Column(name, kind, nullable=name in MAY_BE_EMPTY, server_default=default if with_defaults else None)
        for name, kind, default in WINDOW
    ]


def moment(name: str, *, default: bool = False) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), nullable=False, server_default=sa.text("now()") if default else None
    )


def identity() -> sa.Column[object]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def upgrade() -> None:
    op.create_table(
        "price_lists",
        identity(),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        *window(with_defaults=True),
        moment("since", default=True),
        moment("created_at", default=True),
        sa.CheckConstraint("kind IN ('sale', 'override')", name=op.f("price_lists_kind_check")),
        sa.CheckConstraint("status IN ('draft', 'active')", name=op.f("price_lists_status_check")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("price_lists_window_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("price_lists_pkey")),
        sa.UniqueConstraint("code", name=op.f("price_lists_code_key")),
    )
    op.create_table(
        "price_list_windows",
        identity(),
        sa.Column("price_list_id", sa.BigInteger(), nullable=False),
        *window(with_defaults=False),
        moment("began_at"),
        moment("recorded_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("price_list_windows_pkey")),
    )
    op.create_table(
        "price_history",
        identity(),
        sa.Column("variant_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("price_list_id", sa.BigInteger(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        moment("began_at"),
        moment("recorded_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("price_history_pkey")),
    )
    op.create_index("price_history_variant_ix", "price_history", ["variant_id", "recorded_at"])
    op.create_table(
        "product_prices",
        identity(),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("price_list_id", sa.BigInteger(), nullable=True),
        sa.Column("low_minor", sa.BigInteger(), nullable=False),
        sa.Column("high_minor", sa.BigInteger(), nullable=False),
        sa.Column("compare_at_minor", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("product_prices_product_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["price_list_id"], ["price_lists.id"], name=op.f("product_prices_price_list_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("product_prices_pkey")),
        sa.UniqueConstraint(
            "product_id",
            "currency",
            "price_list_id",
            name=op.f("product_prices_product_id_currency_price_list_id_key"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(
        "product_prices_list_ix",
        "product_prices",
        ["price_list_id"],
        postgresql_where=sa.text("price_list_id IS NOT NULL"),
    )
    op.add_column("prices", moment("since", default=True))
    op.create_foreign_key(
        op.f("prices_price_list_id_fkey"), "prices", "price_lists", ["price_list_id"], ["id"], ondelete="CASCADE"
    )
    op.create_index(
        "prices_list_ix", "prices", ["price_list_id"], postgresql_where=sa.text("price_list_id IS NOT NULL")
    )
    op.add_column("markets", sa.Column("prices_include_tax", sa.Boolean(), nullable=True))
    op.add_column("markets", sa.Column("price_ending", sa.Text(), server_default="", nullable=False))
    op.add_column("markets", sa.Column("exchange_rate", sa.Numeric(), nullable=True))
    # What a line cost when it went in means something only in the currency of that moment.
    op.add_column("cart_lines", sa.Column("currency", sa.Text(), nullable=True))
    op.execute("UPDATE cart_lines l SET currency = c.currency FROM carts c WHERE c.id = l.cart_id")
    op.execute(REFRESH)
    op.execute(PRICES_CHANGED)
    op.execute(VARIANTS_PRICED)
    op.execute(VARIANTS_GONE)
    op.execute(HISTORY)
    for trigger in TRIGGERS:
        op.execute(trigger)
    op.execute("SELECT refresh_product_prices(ARRAY(SELECT id FROM products))")


def downgrade() -> None:
    op.execute("DROP FUNCTION variants_priced() CASCADE")
    op.execute("DROP FUNCTION variants_gone() CASCADE")
    op.execute("DROP FUNCTION price_begins() CASCADE")
    op.execute("DROP FUNCTION prices_replaced() CASCADE")
    op.execute("DROP FUNCTION prices_gone() CASCADE")
    op.execute("DROP FUNCTION price_list_replaced() CASCADE")
    op.execute("DROP FUNCTION price_history_is_kept() CASCADE")
    op.execute(
        f"CREATE OR REPLACE FUNCTION prices_changed() RETURNS trigger LANGUAGE plpgsql {LOOK_UP} AS $$ "
        f"BEGIN PERFORM bump_products(({PRODUCTS_OF_PRICES})); RETURN NULL; END $$"
    )
    op.execute("DROP FUNCTION refresh_product_prices(bigint[])")
    op.drop_column("cart_lines", "currency")
    for column in ("prices_include_tax", "price_ending", "exchange_rate"):
        op.drop_column("markets", column)
    op.drop_constraint(op.f("prices_price_list_id_fkey"), "prices")
    op.drop_column("prices", "since")
    for table in ("product_prices", "price_history", "price_list_windows", "price_lists"):
        op.drop_table(table)
