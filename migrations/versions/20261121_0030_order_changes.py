"""Drafts of orders, changes of orders with what was before, and the documents that correct an invoice."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def _text(name: str, default: str | None = "", *, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=nullable)


def _number(name: str, default: str | None = None, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=default, nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _json(name: str, *, nullable: bool = False) -> sa.Column[object]:
    default = None if nullable else "{}"
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), server_default=default, nullable=nullable)


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False)


def _order(table: str, column: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["orders.id"], name=op.f(f"{table}_{column}_fkey"), ondelete="RESTRICT")


def upgrade() -> None:
    op.create_table(
        "order_changes",
        _id(),
        _number("order_id"),
        _text("kind", "edit"),
        _text("status", "open"),
        _json("wanted"),
        _text("message"),
        _json("before", nullable=True),
        _json("after", nullable=True),
        _number("difference_minor", "0"),
        _text("settlement"),
        _text("request_id", None, nullable=True),
        _text("reason"),
        _text("actor", "system"),
        _number("version", "1"),
        _moment("created_at"),
        _moment("updated_at"),
        _moment("requested_at", nullable=True),
        _moment("closed_at", nullable=True),
        sa.CheckConstraint("kind IN ('edit', 'exchange', 'claim')", name=op.f("order_changes_kind_check")),
        sa.CheckConstraint(
            "status IN ('open', 'requested', 'confirmed', 'declined', 'cancelled')",
            name=op.f("order_changes_status_check"),
        ),
        sa.CheckConstraint(
            "settlement IN ('', 'none', 'charge', 'refund', 'waive', 'with_order')",
            name=op.f("order_changes_settlement_check"),
        ),
        sa.CheckConstraint(
            "status NOT IN ('requested', 'confirmed') OR settlement <> ''",
            name=op.f("order_changes_settled_somehow_check"),
        ),
        sa.CheckConstraint(
            "(closed_at IS NOT NULL) = (status NOT IN ('open', 'requested'))", name=op.f("order_changes_closed_check")
        ),
        _order("order_changes", "order_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("order_changes_pkey")),
        sa.UniqueConstraint("request_id", name=op.f("order_changes_request_id_key")),
    )
    op.create_index(op.f("order_changes_order_id_ix"), "order_changes", ["order_id"])
    op.create_index(
        "order_changes_live_key",
        "order_changes",
        ["order_id"],
        unique=True,
        postgresql_where=sa.text("status IN ('open', 'requested')"),
    )
    # What was agreed and done stays as it was.
    op.execute(
        "CREATE TRIGGER order_changes_closed BEFORE UPDATE ON order_changes FOR EACH ROW "
        "WHEN (OLD.closed_at IS NOT NULL) EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "CREATE TRIGGER order_changes_kept BEFORE DELETE ON order_changes FOR EACH ROW "
        "WHEN (OLD.requested_at IS NOT NULL) EXECUTE FUNCTION refuse_change()"
    )
    op.create_table(
        "order_drafts",
        _id(),
        _text("status", "open"),
        _text("market", None),
        _text("email"),
        _json("address"),
        _json("billing"),
        _json("wanted"),
        _text("note"),
        _number("copied_from", nullable=True),
        _number("order_id", nullable=True),
        _text("actor", "system"),
        _number("version", "1"),
        _moment("created_at"),
        _moment("updated_at"),
        _moment("expires_at"),
        sa.CheckConstraint(
            "status IN ('open', 'ordered', 'discarded', 'expired')", name=op.f("order_drafts_status_check")
        ),
        sa.CheckConstraint("(status = 'ordered') = (order_id IS NOT NULL)", name=op.f("order_drafts_ordered_check")),
        _order("order_drafts", "copied_from"),
        _order("order_drafts", "order_id"),
        sa.PrimaryKeyConstraint("id", name=op.f("order_drafts_pkey")),
        sa.UniqueConstraint("order_id", name=op.f("order_drafts_order_id_key")),
    )
    op.create_index("order_drafts_open_ix", "order_drafts", ["expires_at"], postgresql_where=sa.text("status = 'open'"))
    # An invoice more, or a credit note, belongs to the change that made it necessary.
    op.add_column("documents", sa.Column("change_id", sa.BigInteger(), nullable=True))
    op.drop_constraint("documents_refund_check", "documents")
    op.create_check_constraint(
        "documents_cause_check",
        "documents",
        "CASE WHEN kind = 'credit_note' THEN num_nonnulls(refund_id, change_id) = 1 ELSE refund_id IS NULL END",
    )
    op.drop_constraint("documents_order_id_kind_refund_id_key", "documents")
    op.create_unique_constraint(
        "documents_order_id_kind_refund_id_change_id_key",
        "documents",
        ["order_id", "kind", "refund_id", "change_id"],
        postgresql_nulls_not_distinct=True,
    )


def downgrade() -> None:
    op.drop_constraint("documents_order_id_kind_refund_id_change_id_key", "documents")
    op.create_unique_constraint(
        "documents_order_id_kind_refund_id_key",
        "documents",
        ["order_id", "kind", "refund_id"],
        postgresql_nulls_not_distinct=True,
    )
    op.drop_constraint("documents_cause_check", "documents")
    op.create_check_constraint(
        "documents_refund_check", "documents", "(kind = 'credit_note') = (refund_id IS NOT NULL)"
    )
    op.drop_column("documents", "change_id")
    op.drop_table("order_drafts")
    op.drop_table("order_changes")
