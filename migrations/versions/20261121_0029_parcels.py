"""Parcels on their way: they are packed, leave, arrive or come to nothing; each holds its own share of the stock."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_KINDS = "'received', 'adjusted', 'reserved', 'released', 'allocated', 'deallocated'"


def upgrade() -> None:
    op.add_column("holds", sa.Column("part", sa.Text(), server_default="", nullable=False))
    op.drop_constraint("holds_reference_level_id_key", "holds")
    op.create_unique_constraint(op.f("holds_reference_part_level_id_key"), "holds", ["reference", "part", "level_id"])
    op.drop_constraint("stock_movements_kind_check", "stock_movements")
    op.create_check_constraint(
        op.f("stock_movements_kind_check"),
        "stock_movements",
        f"kind IN ({_KINDS}, 'split', 'shipped', 'unshipped', 'returned')",
    )
    op.add_column("order_lines", sa.Column("returned_quantity", sa.BigInteger(), server_default="0", nullable=False))
    op.create_check_constraint(
        op.f("order_lines_returned_quantity_check"),
        "order_lines",
        "0 <= returned_quantity AND returned_quantity <= quantity",
    )
    op.drop_constraint("fulfilments_status_check", "fulfilments")
    op.alter_column("fulfilments", "status", server_default="pending")
    op.alter_column("fulfilments", "shipped_at", nullable=True)
    op.add_column(
        "fulfilments",
        sa.Column("further_numbers", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
    )
    op.add_column("fulfilments", sa.Column("tracking_link", sa.Text(), server_default="", nullable=False))
    op.add_column("fulfilments", sa.Column("attempt", sa.BigInteger(), server_default="1", nullable=False))
    for name in ("created_at", "packed_at", "delivered_at", "cancelled_at"):
        op.add_column("fulfilments", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE fulfilments SET created_at = shipped_at")
    op.alter_column("fulfilments", "created_at", nullable=False)
    op.create_check_constraint(
        op.f("fulfilments_status_check"),
        "fulfilments",
        "status IN ('pending', 'packed', 'shipped', 'delivered', 'cancelled')",
    )
    op.create_check_constraint(
        op.f("fulfilments_shipped_has_its_moment_check"),
        "fulfilments",
        "(status IN ('shipped', 'delivered')) = (shipped_at IS NOT NULL)",
    )
    op.create_index(op.f("fulfilments_tracking_number_ix"), "fulfilments", ["tracking_number"])
    # What left before now left as one parcel.
    op.execute("""
        UPDATE holds SET part = 'parcel:' || f.id FROM fulfilments f
         WHERE holds.reference = 'order:' || f.order_id AND holds.state IN ('shipped', 'returned')
    """)


def downgrade() -> None:
    op.execute("UPDATE holds SET part = '' WHERE part LIKE 'parcel:%'")
    op.drop_index(op.f("fulfilments_tracking_number_ix"), "fulfilments")
    op.drop_constraint("fulfilments_shipped_has_its_moment_check", "fulfilments")
    op.drop_constraint("fulfilments_status_check", "fulfilments")
    op.execute(
        "DELETE FROM fulfilment_lines WHERE fulfilment_id IN (SELECT id FROM fulfilments WHERE shipped_at IS NULL)"
    )
    op.execute("DELETE FROM fulfilments WHERE shipped_at IS NULL")
    op.execute("UPDATE fulfilments SET status = 'shipped' WHERE status = 'delivered'")
    for name in (
        "created_at",
        "packed_at",
        "delivered_at",
        "cancelled_at",
        "attempt",
        "tracking_link",
        "further_numbers",
    ):
        op.drop_column("fulfilments", name)
    op.alter_column("fulfilments", "shipped_at", nullable=False)
    op.alter_column("fulfilments", "status", server_default="shipped")
    op.create_check_constraint(op.f("fulfilments_status_check"), "fulfilments", "status IN ('shipped', 'cancelled')")
    op.drop_constraint("order_lines_returned_quantity_check", "order_lines")
    op.drop_column("order_lines", "returned_quantity")
    op.drop_constraint("stock_movements_kind_check", "stock_movements")
    op.create_check_constraint(
        op.f("stock_movements_kind_check"), "stock_movements", f"kind IN ({_KINDS}, 'shipped', 'returned')"
    )
    op.drop_constraint("holds_reference_part_level_id_key", "holds")
    op.create_unique_constraint(op.f("holds_reference_level_id_key"), "holds", ["reference", "level_id"])
    op.drop_column("holds", "part")
