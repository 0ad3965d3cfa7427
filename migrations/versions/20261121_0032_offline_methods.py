"""Being paid by hand: to which account, in whose words, where, and by when."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "offline_methods",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("account_holder", sa.Text(), server_default="", nullable=False),
        sa.Column("iban", sa.Text(), server_default="", nullable=False),
        sa.Column("bic", sa.Text(), server_default="", nullable=False),
        sa.Column("instructions", sa.Text(), server_default="", nullable=False),
        sa.Column("countries", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("deliveries", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("days_to_pay", sa.BigInteger(), server_default="14", nullable=False),
        sa.Column("remind_after_days", sa.BigInteger(), server_default="7", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("code IN ('bank_transfer', 'cash_on_delivery')", name=op.f("offline_methods_code_check")),
        sa.CheckConstraint("days_to_pay BETWEEN 1 AND 90", name=op.f("offline_methods_days_to_pay_check")),
        sa.CheckConstraint("remind_after_days BETWEEN 0 AND 90", name=op.f("offline_methods_remind_after_days_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("offline_methods_pkey")),
        sa.UniqueConstraint("code", name=op.f("offline_methods_code_key")),
    )
    # An attempt whose token had been sent may have been charged although the answer was lost.
    op.add_column("payments", sa.Column("token_sent", sa.Boolean(), server_default=sa.text("false"), nullable=False))


def downgrade() -> None:
    op.drop_column("payments", "token_sent")
    op.drop_table("offline_methods")
