"""Returns, exchanges and claims with their lines, and what the shop takes back."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

KINDS = "'return', 'exchange', 'claim'"
STATUSES = "'requested', 'approved', 'rejected', 'in_transit', 'received', 'resolved', 'cancelled'"
RESOLUTIONS = "'', 'refund', 'exchange', 'replacement', 'nothing'"
REASONS = (
    "'unsaid', 'too_small', 'too_large', 'not_as_shown', 'not_liked', 'too_late', 'too_many', "
    "'damaged', 'faulty', 'wrong', 'missing'"
)


def upgrade() -> None:
    op.create_table(
        "returns",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="requested", nullable=False),
        sa.Column("resolution", sa.Text(), server_default="", nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("sends_back", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        *(
            sa.Column(name, sa.Text(), server_default="", nullable=False)
            for name in ("wish", "message", "answer", "tracking_number")
        ),
        sa.Column("promised_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("shipping_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("settlement", sa.Text(), nullable=True),
        sa.Column("change_id", sa.BigInteger(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        *(
            sa.Column(name, sa.DateTime(timezone=True), nullable=True)
            for name in ("send_by", "received_at", "closed_at")
        ),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("returns_kind_check")),
        sa.CheckConstraint(f"status IN ({STATUSES})", name=op.f("returns_status_check")),
        sa.CheckConstraint(f"resolution IN ({RESOLUTIONS})", name=op.f("returns_resolution_check")),
        sa.CheckConstraint("wish IN ('', 'refund', 'replacement')", name=op.f("returns_wish_check")),
        sa.CheckConstraint("(status = 'resolved') = (resolution <> '')", name=op.f("returns_resolved_how_check")),
        sa.CheckConstraint(
            "promised_minor >= 0 AND shipping_minor BETWEEN 0 AND promised_minor", name=op.f("returns_money_check")
        ),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], ondelete="RESTRICT", name=op.f("returns_order_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("returns_pkey")),
        sa.UniqueConstraint("name", name=op.f("returns_name_key")),
        sa.UniqueConstraint("request_id", name=op.f("returns_request_id_key")),
        sa.UniqueConstraint("settlement", name=op.f("returns_settlement_key")),
    )
    op.create_index(op.f("returns_order_id_ix"), "returns", ["order_id"])
    op.create_index("returns_queue_ix", "returns", ["status", "id"])
    op.create_table(
        "return_lines",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("return_id", sa.BigInteger(), nullable=False),
        sa.Column("order_line_id", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="unsaid", nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("new_variant_id", sa.BigInteger(), nullable=True),
        sa.Column("new_title", sa.Text(), server_default="", nullable=False),
        sa.Column("new_unit_minor", sa.BigInteger(), nullable=True),
        sa.Column("received", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("sellable", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("quantity >= 1", name=op.f("return_lines_quantity_check")),
        sa.CheckConstraint(
            "sellable >= 0 AND sellable <= received AND received <= quantity", name=op.f("return_lines_received_check")
        ),
        sa.CheckConstraint(f"reason IN ({REASONS})", name=op.f("return_lines_reason_check")),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("return_lines_amount_check")),
        sa.CheckConstraint(
            "(new_variant_id IS NULL) = (new_unit_minor IS NULL)", name=op.f("return_lines_instead_check")
        ),
        sa.ForeignKeyConstraint(
            ["return_id"], ["returns.id"], ondelete="RESTRICT", name=op.f("return_lines_return_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], ondelete="RESTRICT", name=op.f("return_lines_order_line_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("return_lines_pkey")),
        sa.UniqueConstraint("return_id", "order_line_id", name=op.f("return_lines_return_id_order_line_id_key")),
    )
    op.create_index(op.f("return_lines_order_line_id_ix"), "return_lines", ["order_line_id"])
    op.create_table(
        "return_rules",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("days", sa.BigInteger(), server_default="14", nullable=False),
        sa.Column("send_days", sa.BigInteger(), server_default="14", nullable=False),
        sa.Column("claim_days", sa.BigInteger(), server_default="730", nullable=False),
        sa.Column("takes_made_to_order", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("approves_at_once", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("pays_the_way_back", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("instructions", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("return_rules_single_check")),
        sa.CheckConstraint(
            "days BETWEEN 0 AND 3650 AND claim_days BETWEEN 0 AND 3650", name=op.f("return_rules_days_check")
        ),
        sa.CheckConstraint("send_days BETWEEN 1 AND 365", name=op.f("return_rules_send_days_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("return_rules_pkey")),
    )
    op.create_table(
        "return_exclusions",
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("tag", name=op.f("return_exclusions_pkey")),
    )


def downgrade() -> None:
    for table in ("return_exclusions", "return_rules", "return_lines", "returns"):
        op.drop_table(table)
