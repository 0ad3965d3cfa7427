"""Redirects, addresses asked for in vain, and related products."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "redirects",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=True),
        sa.Column(
            "page",
            sa.Text(),
            sa.Computed("split_part(split_part(target, '#', 1), '?', 1)", persisted=True),
            nullable=True,
        ),
        sa.Column("via", sa.Text(), nullable=True),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("actor", sa.Text(), server_default="system", nullable=False),
        sa.Column("hits", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_hit_on", sa.Date(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("status IN (301, 410)", name=op.f("redirects_status_check")),
        sa.CheckConstraint("(status = 410) = (target IS NULL)", name=op.f("redirects_target_check")),
        sa.CheckConstraint("path LIKE '/_%' AND path <> page", name=op.f("redirects_path_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("redirects_pkey")),
        sa.UniqueConstraint("path", name=op.f("redirects_path_key")),
    )
    op.create_index(op.f("redirects_page_ix"), "redirects", ["page"])
    op.create_index(op.f("redirects_via_ix"), "redirects", ["via"])
    op.create_table(
        "missed_addresses",
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hits", sa.BigInteger(), server_default="1", nullable=False),
        sa.PrimaryKeyConstraint("path", "day", name=op.f("missed_addresses_pkey")),
    )
    op.create_index(op.f("missed_addresses_day_ix"), "missed_addresses", ["day"])
    op.create_table(
        "product_pins",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("product_id <> other_id", name=op.f("product_pins_other_check")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("product_pins_product_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["products.id"], name=op.f("product_pins_other_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("product_id", "other_id", name=op.f("product_pins_pkey")),
    )
    op.create_index(op.f("product_pins_other_id_ix"), "product_pins", ["other_id"])
    op.create_table(
        "bought_together",
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.Column("orders", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("product_id <> other_id AND orders >= 0", name=op.f("bought_together_pair_check")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("bought_together_product_id_fkey"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["other_id"], ["products.id"], name=op.f("bought_together_other_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("product_id", "other_id", name=op.f("bought_together_pkey")),
    )
    op.create_index(op.f("bought_together_other_id_ix"), "bought_together", ["other_id"])
    op.create_index("bought_together_most_ix", "bought_together", ["product_id", sa.text("orders DESC"), "other_id"])
    op.create_table(
        "bought_together_counts",
        sa.Column("counted_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counted_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.CheckConstraint("id = 1 AND counted_from <= counted_until", name=op.f("bought_together_counts_one_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("bought_together_counts_pkey")),
    )
    op.create_index("orders_placed_at_ix", "orders", ["placed_at"], postgresql_where=sa.text("placed_at IS NOT NULL"))


def downgrade() -> None:
    op.drop_index("orders_placed_at_ix", "orders")
    op.drop_table("bought_together_counts")
    op.drop_table("bought_together")
    op.drop_table("product_pins")
    op.drop_table("missed_addresses")
    op.drop_table("redirects")
