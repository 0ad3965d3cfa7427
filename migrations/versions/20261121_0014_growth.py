"""A place for indexes that a large load sets aside, so that a load that was killed can't lose them."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "indexes_set_aside",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("indexes_set_aside_pkey")),
    )


def downgrade() -> None:
    op.drop_table("indexes_set_aside")
