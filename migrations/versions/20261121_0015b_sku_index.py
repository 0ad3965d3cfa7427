"""The index of SKUs holds variants that have one, so that nothing but a look for a SKU can be planned through it.

While the planner believed the table to be empty, which it does in the middle of a bulk load, it took the variants of a
product from this index as well, by reading all of it: `deleted_at IS NULL` was all that it asked for.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015b"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _build("sku IS NOT NULL AND deleted_at IS NULL")


def downgrade() -> None:
    _build("deleted_at IS NULL")


def _build(where: str) -> None:
    op.drop_index(op.f("variants_lower_sku_ix"), table_name="variants")
    op.create_index(
        op.f("variants_lower_sku_ix"),
        "variants",
        [sa.text("lower(sku) text_pattern_ops")],
        postgresql_where=sa.text(where),
    )
