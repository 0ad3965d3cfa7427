"""Invoices and credit notes with their gapless series, and who issues them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sellers",
        sa.Column("id", sa.BigInteger(), nullable=False),
        *(
            sa.Column(name, sa.Text(), server_default="", nullable=False)
            for name in ("legal_name", "address", "vat_id", "footer", "invoice_prefix")
        ),
        sa.CheckConstraint("id = 1", name=op.f("sellers_single_check")),
        sa.PrimaryKeyConstraint("id", name=op.f("sellers_pkey")),
    )
    op.create_table(
        "documents",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("refund_id", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("kind IN ('invoice', 'credit_note')", name=op.f("documents_kind_check")),
        sa.CheckConstraint("(kind = 'credit_note') = (refund_id IS NOT NULL)", name=op.f("documents_refund_check")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], ondelete="RESTRICT", name=op.f("documents_order_id_fkey")),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refunds.id"], ondelete="RESTRICT", name=op.f("documents_refund_id_fkey")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("documents_pkey")),
        sa.UniqueConstraint("kind", "number", name=op.f("documents_kind_number_key")),
        sa.UniqueConstraint(
            "order_id",
            "kind",
            "refund_id",
            name=op.f("documents_order_id_kind_refund_id_key"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_index(op.f("documents_refund_id_ix"), "documents", ["refund_id"])
    op.execute("INSERT INTO number_series (name, next_number) VALUES ('invoice', 1), ('credit_note', 1)")
    op.execute(
        "CREATE TRIGGER documents_append_only BEFORE UPDATE OR DELETE ON documents "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.drop_table("documents")
    op.drop_table("sellers")
    op.execute("DELETE FROM number_series WHERE name IN ('invoice', 'credit_note')")
