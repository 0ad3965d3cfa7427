"""Ledgers that can't be rewritten, the order number series, and the bell that rings for work in the outbox."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

APPEND_ONLY = ("stock_movements", "order_events", "staff_actions")


def upgrade() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation'; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE FUNCTION ring_outbox() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "PERFORM pg_notify('outbox', ''); RETURN NULL; END $$"
    )
    op.execute("INSERT INTO number_series (name, next_number) VALUES ('orders', 1001)")
    op.execute("CREATE TRIGGER outbox_bell AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION ring_outbox()")


def downgrade() -> None:
    op.execute("DELETE FROM number_series")
    op.execute("DROP FUNCTION ring_outbox() CASCADE")
    op.execute("DROP FUNCTION refuse_change() CASCADE")
