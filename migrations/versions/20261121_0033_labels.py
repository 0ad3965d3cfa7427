"""Labels that are bought from carriers for parcels."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "shipping_labels",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("fulfilment_id", sa.BigInteger(), nullable=False),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.Column("carrier", sa.Text(), nullable=False),
        sa.Column("rate", sa.Text(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="asked", nullable=False),
        sa.Column("external_id", sa.Text(), server_default="", nullable=False),
        sa.Column("tracking_carrier", sa.Text(), server_default="", nullable=False),
        sa.Column("tracking_number", sa.Text(), server_default="", nullable=False),
        sa.Column("tracking_state", sa.Text(), server_default="unknown", nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("problem", sa.Text(), server_default="", nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("status IN ('asked', 'bought', 'failed')", name=op.f("shipping_labels_status_check")),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("shipping_labels_amount_check")),
        sa.ForeignKeyConstraint(
            ["order_id"], ["orders.id"], name=op.f("shipping_labels_order_id_fkey"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["fulfilment_id"], ["fulfilments.id"], name=op.f("shipping_labels_fulfilment_id_fkey"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("shipping_labels_pkey")),
        sa.UniqueConstraint("request_id", name=op.f("shipping_labels_request_id_key")),
    )
    for column in ("order_id", "fulfilment_id", "tracking_number"):
        op.create_index(op.f(f"shipping_labels_{column}_ix"), "shipping_labels", [column])


def downgrade() -> None:
    op.drop_table("shipping_labels")
