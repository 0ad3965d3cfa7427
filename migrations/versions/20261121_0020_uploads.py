"""Files on their way in, from the first click until they are pictures or are refused."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "uploads",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("alt", sa.Text(), server_default="", nullable=False),
        sa.Column("purpose", sa.Text(), server_default="", nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("image_id", sa.BigInteger(), nullable=True),
        sa.Column("actor", sa.Text(), server_default="system", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('waiting', 'received', 'checking', 'ready', 'refused')", name=op.f("uploads_state_check")
        ),
        sa.CheckConstraint(
            "(state = 'refused') = (reason <> '') OR state = 'received'", name=op.f("uploads_refused_has_reason_check")
        ),
        sa.ForeignKeyConstraint(["image_id"], ["images.id"], ondelete="SET NULL", name=op.f("uploads_image_id_fkey")),
        sa.PrimaryKeyConstraint("id", name=op.f("uploads_pkey")),
        sa.UniqueConstraint("token", name=op.f("uploads_token_key")),
    )
    op.create_index(op.f("uploads_image_id_ix"), "uploads", ["image_id"])
    op.create_index(op.f("uploads_purpose_subject_id_ix"), "uploads", ["purpose", "subject_id"])
    op.create_index(
        "uploads_unfinished_ix",
        "uploads",
        ["created_at"],
        postgresql_where=sa.text("state NOT IN ('ready', 'refused')"),
    )


def downgrade() -> None:
    op.drop_table("uploads")
