"""Indexes for the sweeps over payments: refunds that wait for an answer, and the reconciler's last 48 hours."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("payments_created_at_ix", "payments", ["created_at"])
    op.create_index("refunds_requested_ix", "refunds", ["updated_at"], postgresql_where=sa.text("status = 'requested'"))


def downgrade() -> None:
    op.drop_index("refunds_requested_ix", table_name="refunds")
    op.drop_index("payments_created_at_ix", table_name="payments")
