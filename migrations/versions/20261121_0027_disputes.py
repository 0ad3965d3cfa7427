"""Payments that customers' banks question or take back."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "disputes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("payment_id", sa.BigInteger(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("inquiry", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("disputes_amount_check")),
        sa.CheckConstraint(
            "status IN ('needs_response', 'under_review', 'closed', 'won', 'lost')", name=op.f("disputes_status_check")
        ),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], ondelete="RESTRICT", name=op.f("disputes_payment_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("disputes_pkey")),
        sa.UniqueConstraint("provider", "external_id", name=op.f("disputes_provider_external_id_key")),
    )
    op.create_index(op.f("disputes_payment_id_ix"), "disputes", ["payment_id"])
    op.create_index(
        "disputes_open_ix",
        "disputes",
        ["due_at"],
        postgresql_where=sa.text("status IN ('needs_response', 'under_review')"),
    )


def downgrade() -> None:
    op.drop_table("disputes")
