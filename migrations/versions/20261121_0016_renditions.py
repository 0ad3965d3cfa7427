"""The formats a picture is offered in, where it may be cropped, and what stands for it while it loads."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("images", sa.Column("formats", postgresql.ARRAY(sa.Text()), server_default="{webp}", nullable=False))
    op.add_column("images", sa.Column("focal_x", sa.BigInteger(), server_default="50", nullable=False))
    op.add_column("images", sa.Column("focal_y", sa.BigInteger(), server_default="50", nullable=False))
    op.add_column("images", sa.Column("placeholder", sa.Text(), nullable=True))
    op.create_check_constraint(
        op.f("images_focal_check"), "images", "focal_x BETWEEN 0 AND 100 AND focal_y BETWEEN 0 AND 100"
    )
    op.create_check_constraint(op.f("images_formats_check"), "images", "formats <@ '{avif,webp}'")


def downgrade() -> None:
    op.drop_constraint(op.f("images_formats_check"), "images")
    op.drop_constraint(op.f("images_focal_check"), "images")
    for name in ("placeholder", "focal_y", "focal_x", "formats"):
        op.drop_column("images", name)
