"""How often products are looked at, how much of their pictures is therefore kept, and what was let go."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "product_tiers",
        sa.Column("product_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tier", sa.Text(), server_default="1", nullable=False),
        sa.Column("score", sa.Double(), server_default="0", nullable=False),
        sa.Column("scored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("viewed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("below_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pinned_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("pinned_for", sa.Text(), server_default="", nullable=False),
        sa.Column("settled", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("tier IN ('S', '1', '2', '3')", name=op.f("product_tiers_tier_check")),
        sa.ForeignKeyConstraint(
            ["product_id"], ["products.id"], name=op.f("product_tiers_product_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("product_id", name=op.f("product_tiers_pkey")),
    )
    op.create_index(
        "product_tiers_unsettled_ix", "product_tiers", ["product_id"], postgresql_where=sa.text("NOT settled")
    )
    op.create_index(op.f("product_tiers_tier_product_id_ix"), "product_tiers", ["tier", "product_id"])
    op.create_table(
        "image_storage",
        sa.Column("image_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kept", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("saved", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("dropped", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["image_id"], ["images.id"], name=op.f("image_storage_image_id_fkey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("image_id", name=op.f("image_storage_pkey")),
    )
    op.create_table(
        "renditions_made",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("renditions_made_pkey")),
    )
    op.create_index(op.f("renditions_made_due_at_ix"), "renditions_made", ["due_at"])


def downgrade() -> None:
    op.drop_table("renditions_made")
    op.drop_table("image_storage")
    op.drop_table("product_tiers")
