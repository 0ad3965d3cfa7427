"""Rates have days, orders know whose tax they bear and why, VAT ids are checked."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

# Before this, every order was taxed at home, each line rounded for itself, delivery at one rate.
_BACKFILL = """
    UPDATE orders o
       SET tax_country = s.country,
           tax_treatment = CASE WHEN o.shipping_address->>'country' = s.country THEN 'domestic' ELSE 'origin' END,
           shipping_taxes = jsonb_build_array(
               jsonb_build_array(trim_scale(o.shipping_tax_rate)::text, o.shipping_minor, o.shipping_tax_minor))
      FROM shops s
"""
_FROZEN = (
    ("billing", postgresql.JSONB(), "{}"),
    ("tax_treatment", sa.Text(), "domestic"),
    ("tax_country", sa.Text(), ""),
    ("tax_rounding", sa.Text(), "line"),
    ("shipping_tax_rule", sa.Text(), "highest"),
    ("shipping_taxes", postgresql.JSONB(), "[]"),
    ("trace", postgresql.JSONB(), "[]"),
)


def upgrade() -> None:
    op.add_column("tax_rates", sa.Column("region", sa.Text(), server_default="", nullable=False))
    op.add_column(
        "tax_rates", sa.Column("valid_from", sa.Date(), server_default=sa.text("'2000-01-01'"), nullable=False)
    )
    op.add_column("tax_rates", sa.Column("valid_to", sa.Date(), nullable=True))
    op.add_column("tax_rates", sa.Column("source", sa.Text(), server_default="shop", nullable=False))
    op.drop_constraint(op.f("tax_rates_country_tax_class_key"), "tax_rates", type_="unique")
    op.create_unique_constraint(
        op.f("tax_rates_country_region_tax_class_valid_from_key"),
        "tax_rates",
        ["country", "region", "tax_class", "valid_from"],
    )
    op.create_check_constraint(op.f("tax_rates_window_check"), "tax_rates", "valid_to > valid_from")
    op.create_check_constraint(op.f("tax_rates_source_check"), "tax_rates", "source IN ('shop', 'package')")
    op.create_table(
        "tax_rules",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("rounding", sa.Text(), server_default="line", nullable=False),
        sa.Column("shipping", sa.Text(), server_default="highest", nullable=False),
        sa.Column("shipping_class", sa.Text(), server_default="standard", nullable=False),
        sa.Column("one_stop_shop", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("tax_rules_single_check")),
        sa.CheckConstraint("rounding IN ('line', 'rate')", name=op.f("tax_rules_rounding_check")),
        sa.CheckConstraint("shipping IN ('highest', 'proportional', 'own')", name=op.f("tax_rules_shipping_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("tax_rules_pkey")),
    )
    op.create_table(
        "tax_registrations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("tax_registrations_pkey")),
        sa.UniqueConstraint("country", name=op.f("tax_registrations_country_key")),
    )
    op.create_table(
        "vat_checks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("vat_id", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="asked", nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("reference", sa.Text(), server_default="", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("status IN ('asked', 'valid', 'invalid', 'unknown')", name=op.f("vat_checks_status_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("vat_checks_pkey")),
        sa.UniqueConstraint("vat_id", name=op.f("vat_checks_vat_id_key")),
    )
    op.create_index(op.f("vat_checks_checked_at_ix"), "vat_checks", ["checked_at"])
    op.add_column(
        "markets", sa.Column("same_shelf_price", sa.Boolean(), server_default=sa.text("true"), nullable=False)
    )
    op.add_column("carts", sa.Column("billing", postgresql.JSONB(), server_default="{}", nullable=False))
    for name, kind, default in _FROZEN:
        op.add_column("orders", sa.Column(name, kind, server_default=default, nullable=False))
    op.add_column("orders", sa.Column("vat_checked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("order_lines", sa.Column("discount_minor", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("order_lines", sa.Column("tax_class", sa.Text(), server_default="standard", nullable=False))
    op.create_check_constraint(op.f("order_lines_discount_check"), "order_lines", "discount_minor >= 0")
    op.execute(_BACKFILL)
    op.execute("DROP VIEW audit_discounts")
    op.execute("""
        CREATE VIEW audit_discounts AS
        SELECT l.order_id, NULL::text AS code, sum(l.discount_minor)::bigint AS amount_minor, o.currency
          FROM order_lines l JOIN orders o ON o.id = l.order_id
         WHERE l.discount_minor > 0 GROUP BY l.order_id, o.currency""")


def downgrade() -> None:
    op.execute("DROP VIEW audit_discounts")
    op.execute("""
        CREATE VIEW audit_discounts AS
        SELECT o.id AS order_id, NULL::text AS code, NULL::bigint AS amount_minor, o.currency
          FROM orders o WHERE false""")
    for name in ("tax_class", "discount_minor"):
        op.drop_column("order_lines", name)
    op.drop_column("orders", "vat_checked_at")
    for name, _kind, _default in reversed(_FROZEN):
        op.drop_column("orders", name)
    op.drop_column("carts", "billing")
    op.drop_column("markets", "same_shelf_price")
    op.drop_table("vat_checks")
    op.drop_table("tax_registrations")
    op.drop_table("tax_rules")
    op.execute("DELETE FROM tax_rates WHERE region <> '' OR valid_to IS NOT NULL")
    op.execute(
        "DELETE FROM tax_rates r USING tax_rates o "
        "WHERE o.country = r.country AND o.tax_class = r.tax_class AND o.valid_from > r.valid_from"
    )
    op.drop_constraint(op.f("tax_rates_country_region_tax_class_valid_from_key"), "tax_rates", type_="unique")
    op.create_unique_constraint(op.f("tax_rates_country_tax_class_key"), "tax_rates", ["country", "tax_class"])
    for name in ("source", "valid_to", "valid_from", "region"):
        op.drop_column("tax_rates", name)
