"""When promised money is taken and how long a parcel can be taken back, as staff set it; empty: as the server is set up."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("shops", sa.Column("payment_capture", sa.Text(), nullable=True))
    op.add_column("shops", sa.Column("capture_on_shipping", sa.Boolean(), nullable=True))
    op.add_column("shops", sa.Column("shipping_undo_seconds", sa.BigInteger(), nullable=True))
    op.create_check_constraint(
        op.f("shops_payment_capture_check"), "shops", "payment_capture IN ('automatic', 'manual')"
    )
    op.create_check_constraint(
        op.f("shops_shipping_undo_seconds_check"), "shops", "shipping_undo_seconds BETWEEN 0 AND 86400"
    )
    # Fixed when a parcel leaves: its mail waits exactly as long, whatever is set meanwhile.
    op.add_column("fulfilments", sa.Column("undo_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("fulfilments", "undo_until")
    op.drop_column("shops", "shipping_undo_seconds")
    op.drop_column("shops", "capture_on_shipping")
    op.drop_column("shops", "payment_capture")
