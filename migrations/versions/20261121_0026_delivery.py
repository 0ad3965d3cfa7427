"""Zones, rate tables, pickup points, what carriers asked, and the days on which the shop works."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

# What product pages say of delivery comes from these, too.
FOLLOWED = ("shipping_zones", "shipping_method_zones", "shipping_rates", "delivery_settings")

NEW_COLUMNS = ("kind", "basis", "max_grams", "carrier", "service", "point")


def upgrade() -> None:
    op.add_column("shipping_methods", sa.Column("kind", sa.Text(), server_default="parcel", nullable=False))
    op.add_column("shipping_methods", sa.Column("basis", sa.Text(), server_default="fixed", nullable=False))
    op.add_column("shipping_methods", sa.Column("max_grams", sa.BigInteger(), nullable=True))
    op.add_column("shipping_methods", sa.Column("carrier", sa.Text(), server_default="", nullable=False))
    op.add_column("shipping_methods", sa.Column("service", sa.Text(), server_default="", nullable=False))
    op.add_column("shipping_methods", sa.Column("point", postgresql.JSONB(), server_default="{}", nullable=False))
    for name, condition in (
        ("kind", "kind IN ('parcel', 'pickup')"),
        ("basis", "basis IN ('fixed', 'weight', 'price', 'quantity')"),
        ("max_grams", "max_grams > 0"),
    ):
        op.create_check_constraint(op.f(f"shipping_methods_{name}_check"), "shipping_methods", condition)
    op.add_column("orders", sa.Column("delivery", postgresql.JSONB(), server_default="{}", nullable=False))
    op.create_table(
        "shipping_zones",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("areas", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("shipping_zones_pkey")),
        sa.UniqueConstraint("name", name=op.f("shipping_zones_name_key")),
    )
    op.create_table(
        "shipping_method_zones",
        sa.Column("method_id", sa.BigInteger(), nullable=False),
        sa.Column("zone_id", sa.BigInteger(), nullable=False),
        sa.Column("free_from_minor", sa.BigInteger(), nullable=True),
        sa.Column("min_days", sa.BigInteger(), nullable=True),
        sa.Column("max_days", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("free_from_minor >= 0", name=op.f("shipping_method_zones_free_from_check")),
        sa.CheckConstraint("0 <= min_days AND min_days <= max_days", name=op.f("shipping_method_zones_days_check")),
        sa.CheckConstraint(
            "(min_days IS NULL) = (max_days IS NULL)", name=op.f("shipping_method_zones_both_days_check")
        ),
        sa.ForeignKeyConstraint(
            ["method_id"],
            ["shipping_methods.id"],
            name=op.f("shipping_method_zones_method_id_fkey"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["zone_id"], ["shipping_zones.id"], name=op.f("shipping_method_zones_zone_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("method_id", "zone_id", name=op.f("shipping_method_zones_pkey")),
    )
    op.create_index(op.f("shipping_method_zones_zone_id_ix"), "shipping_method_zones", ["zone_id"])
    op.create_table(
        "shipping_rates",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("method_id", sa.BigInteger(), nullable=False),
        sa.Column("zone_id", sa.BigInteger(), nullable=True),
        sa.Column("up_to", sa.BigInteger(), nullable=True),
        sa.Column("price_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("price_minor >= 0", name=op.f("shipping_rates_price_check")),
        sa.CheckConstraint("up_to > 0", name=op.f("shipping_rates_up_to_check")),
        sa.ForeignKeyConstraint(
            ["method_id"], ["shipping_methods.id"], name=op.f("shipping_rates_method_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["zone_id"], ["shipping_zones.id"], name=op.f("shipping_rates_zone_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("shipping_rates_pkey")),
        sa.UniqueConstraint(
            "method_id",
            "zone_id",
            "up_to",
            name=op.f("shipping_rates_method_id_zone_id_up_to_key"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("shipping_rates_zone_id_ix"), "shipping_rates", ["zone_id"])
    op.create_table(
        "delivery_settings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("cutoff", sa.Time(), nullable=True),
        sa.Column("working_days", postgresql.ARRAY(sa.Integer()), server_default="{1,2,3,4,5}", nullable=False),
        sa.Column("closed", sa.Text(), server_default="", nullable=False),
        sa.Column("origin", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("length_mm", sa.BigInteger(), server_default="300", nullable=False),
        sa.Column("width_mm", sa.BigInteger(), server_default="200", nullable=False),
        sa.Column("height_mm", sa.BigInteger(), server_default="100", nullable=False),
        sa.Column("tare_grams", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("piece_grams", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("delivery_settings_single_check")),
        sa.CheckConstraint(
            "length_mm > 0 AND width_mm > 0 AND height_mm > 0", name=op.f("delivery_settings_box_check")
        ),
        sa.CheckConstraint("tare_grams >= 0 AND piece_grams >= 0", name=op.f("delivery_settings_grams_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("delivery_settings_pkey")),
    )
    op.create_table(
        "carrier_quotes",
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("parcel", sa.Text(), nullable=False),
        sa.Column("services", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("carrier", "parcel", name=op.f("carrier_quotes_pkey")),
    )
    op.create_index(op.f("carrier_quotes_until_ix"), "carrier_quotes", ["until"])
    for table in FOLLOWED:
        op.execute(
            f"CREATE TRIGGER edge_delivery AFTER INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION edge_shipping_methods_changed()"
        )


def downgrade() -> None:
    for table in ("carrier_quotes", "delivery_settings", "shipping_rates", "shipping_method_zones", "shipping_zones"):
        op.drop_table(table)
    op.drop_column("orders", "delivery")
    for column in reversed(NEW_COLUMNS):
        op.drop_column("shipping_methods", column)
