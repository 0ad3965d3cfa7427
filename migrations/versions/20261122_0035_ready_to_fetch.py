"""When a parcel was ready for its buyer to fetch."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("fulfilments", sa.Column("ready_at", sa.DateTime(timezone=True)))


def downgrade() -> None:
    op.drop_column("fulfilments", "ready_at")
