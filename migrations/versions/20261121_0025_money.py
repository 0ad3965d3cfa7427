"""Money in parts: authorised and captured, received by hand, credited, refunded by line; statuses that tell it."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

PAYMENT = (
    "none", "pending", "authorized", "partially_paid", "paid", "partially_refunded", "refunded", "voided", "failed",
    "overcharged",
)  # fmt: skip
FULFILMENT = ("unfulfilled", "partial", "fulfilled", "delivered", "partially_returned", "returned", "cancelled")
PAYMENTS = ("created", "requires_action", "processing", "failed", "authorized", "voided", "captured")

_BANK = ("requires_payment", "requires_action", "processing", "declined", "cancelled", "succeeded")

BEFORE = {
    ("test_bank_payments", "status"): _BANK,
    ("orders", "payment_status"): ("none", "pending", "paid", "partially_refunded", "refunded", "failed"),
    ("orders", "fulfilment_status"): ("unfulfilled", "fulfilled", "cancelled"),
    ("payments", "status"): ("created", "requires_action", "processing", "failed", "voided", "captured"),
}
AFTER = {
    ("test_bank_payments", "status"): (*_BANK[:4], "authorized", *_BANK[4:]),
    ("orders", "payment_status"): PAYMENT,
    ("orders", "fulfilment_status"): FULFILMENT,
    ("payments", "status"): PAYMENTS,
}

VIEWS = {
    "audit_orders": """
        SELECT o.id AS order_id, o.number, o.cart_id, o.status, o.payment_status, o.fulfilment_status, o.currency,
               o.prices_include_tax, o.subtotal_minor, o.shipping_minor, o.tax_minor, o.shipping_tax_minor,
               o.total_minor, o.credited_minor, o.ship_unpaid,
               CASE WHEN o.status IN ('draft', 'pending', 'placed') THEN o.total_minor - o.credited_minor ELSE 0
               END AS owed_minor,
               coalesce(l.lines_minor, 0) AS lines_minor, coalesce(l.lines_tax_minor, 0) AS lines_tax_minor,
               coalesce(p.authorized_minor, 0) AS authorized_minor,
               coalesce(p.captured_minor, 0) AS captured_minor, coalesce(p.refunded_minor, 0) AS refunded_minor,
               coalesce(p.offline, false) AS offline,
               o.attention, o.created_at, o.expires_at, o.placed_at
          FROM orders o
          LEFT JOIN (SELECT order_id, sum(total_minor) AS lines_minor, sum(tax_minor) AS lines_tax_minor
                       FROM order_lines GROUP BY order_id) l ON l.order_id = o.id
          LEFT JOIN (SELECT order_id, sum(captured_minor) AS captured_minor, sum(refunded_minor) AS refunded_minor,
                            sum(authorized_minor) FILTER (WHERE status IN ('authorized', 'captured'))
                              AS authorized_minor,
                            bool_or(offline) AS offline
                       FROM payments GROUP BY order_id) p ON p.order_id = o.id""",
    "audit_payments": """
        SELECT p.id AS payment_id, p.order_id, p.attempt, p.provider, p.external_id, p.status, p.currency,
               p.amount_minor, p.capture_mode, p.offline, p.authorized_minor, p.captured_minor, p.refunded_minor,
               o.currency AS order_currency, o.total_minor AS order_total_minor,
               coalesce(r.refunds_minor, 0) AS refunds_minor, coalesce(c.captures_minor, 0) AS captures_minor,
               p.created_at, p.updated_at
          FROM payments p
          JOIN orders o ON o.id = p.order_id
          LEFT JOIN (SELECT payment_id, sum(amount_minor) AS captures_minor
                       FROM captures WHERE status = 'succeeded' GROUP BY payment_id) c ON c.payment_id = p.id
          LEFT JOIN (SELECT payment_id, sum(amount_minor) AS refunds_minor
                       FROM refunds WHERE status = 'succeeded' GROUP BY payment_id) r ON r.payment_id = p.id""",
    "audit_refunds": """
        SELECT r.id AS refund_id, r.payment_id, p.order_id, r.request_id, r.external_id, r.amount_minor,
               r.credit_minor, r.shipping_minor, r.currency, r.status, r.restock, r.actor, r.created_at
          FROM refunds r JOIN payments p ON p.id = r.payment_id""",
}
VIEWS_BEFORE = {
    "audit_orders": """
        SELECT o.id AS order_id, o.number, o.cart_id, o.status, o.payment_status, o.fulfilment_status, o.currency,
               o.prices_include_tax, o.subtotal_minor, o.shipping_minor, o.tax_minor, o.shipping_tax_minor,
               o.total_minor,
               coalesce(l.lines_minor, 0) AS lines_minor, coalesce(l.lines_tax_minor, 0) AS lines_tax_minor,
               coalesce(p.captured_minor, 0) AS captured_minor, coalesce(p.refunded_minor, 0) AS refunded_minor,
               o.attention, o.created_at, o.expires_at, o.placed_at
          FROM orders o
          LEFT JOIN (SELECT order_id, sum(total_minor) AS lines_minor, sum(tax_minor) AS lines_tax_minor
                       FROM order_lines GROUP BY order_id) l ON l.order_id = o.id
          LEFT JOIN (SELECT order_id, sum(captured_minor) AS captured_minor, sum(refunded_minor) AS refunded_minor
                       FROM payments GROUP BY order_id) p ON p.order_id = o.id""",
    "audit_payments": """
        SELECT p.id AS payment_id, p.order_id, p.attempt, p.provider, p.external_id, p.status, p.currency,
               p.amount_minor, p.captured_minor, p.refunded_minor,
               o.currency AS order_currency, o.total_minor AS order_total_minor,
               coalesce(r.refunds_minor, 0) AS refunds_minor, p.created_at, p.updated_at
          FROM payments p
          JOIN orders o ON o.id = p.order_id
          LEFT JOIN (SELECT payment_id, sum(amount_minor) AS refunds_minor
                       FROM refunds WHERE status = 'succeeded' GROUP BY payment_id) r ON r.payment_id = p.id""",
    "audit_refunds": """
        SELECT r.id AS refund_id, r.payment_id, p.order_id, r.request_id, r.external_id, r.amount_minor, r.currency,
               r.status, r.restock, r.actor, r.created_at
          FROM refunds r JOIN payments p ON p.id = r.payment_id""",
}

# What was refunded before refunds told why: first what had been paid too much, the rest was credit.
_CREDIT = """
    WITH told AS (
        SELECT r.id, r.amount_minor,
               sum(r.amount_minor) OVER (PARTITION BY o.id ORDER BY r.id)
                 - greatest((SELECT sum(captured_minor) FROM payments WHERE order_id = o.id) - o.total_minor, 0) AS over
          FROM refunds r JOIN payments p ON p.id = r.payment_id JOIN orders o ON o.id = p.order_id
         WHERE r.status <> 'failed' AND o.placed_at IS NOT NULL)
    UPDATE refunds r SET credit_minor = least(t.amount_minor, greatest(t.over, 0)) FROM told t WHERE t.id = r.id
"""
_CREDITED = """
    UPDATE orders o SET credited_minor = told.credit
      FROM (SELECT p.order_id, sum(r.credit_minor) AS credit
              FROM refunds r JOIN payments p ON p.id = r.payment_id
             WHERE r.status = 'succeeded' GROUP BY p.order_id) told
     WHERE told.order_id = o.id AND told.credit > 0
"""


def _big(name: str, *, nullable: bool = False, default: str | None = "0") -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=None if nullable else default, nullable=nullable)


def _text(name: str, default: str | None = "") -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=default is None)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default=sa.text("false"), nullable=False)


def _one_of(states: dict[tuple[str, str], tuple[str, ...]]) -> None:
    for (table, column), values in states.items():
        name = f"{table}_{column}_check"
        op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        listed = ", ".join(repr(value) for value in values)
        op.create_check_constraint(op.f(name), table, f"{column} IN ({listed})")


def _views(views: dict[str, str]) -> None:
    for name, query in views.items():
        op.execute(f"DROP VIEW {name}")
        op.execute(f"CREATE VIEW {name} AS {query}")


def upgrade() -> None:
    _one_of(AFTER)
    op.add_column("orders", _big("credited_minor"))
    op.add_column("orders", _flag("ship_unpaid"))
    op.create_check_constraint(
        op.f("orders_credited_check"), "orders", "credited_minor >= 0 AND credited_minor <= total_minor"
    )
    op.add_column("order_lines", _big("cancelled_quantity"))
    op.create_check_constraint(
        op.f("order_lines_cancelled_quantity_check"),
        "order_lines",
        "cancelled_quantity >= 0 AND cancelled_quantity <= quantity",
    )
    op.add_column("payments", _text("capture_mode", "automatic"))
    op.add_column("payments", _flag("offline"))
    op.add_column("payments", _big("authorized_minor"))
    op.execute("ALTER TABLE payments DROP CONSTRAINT payments_captured_check")
    for name, rule in (
        ("captured", "captured_minor >= 0 AND (captured_minor <= amount_minor OR offline)"),
        ("capture_mode", "capture_mode IN ('automatic', 'manual')"),
        ("authorized", "authorized_minor >= 0 AND authorized_minor <= amount_minor"),
    ):
        op.create_check_constraint(op.f(f"payments_{name}_check"), "payments", rule)
    op.add_column("test_bank_payments", _flag("manual_capture"))
    op.add_column("test_bank_payments", _big("captured_minor"))
    op.execute("UPDATE test_bank_payments SET captured_minor = amount_minor WHERE status = 'succeeded'")
    op.execute("ALTER TABLE test_bank_payments DROP CONSTRAINT test_bank_payments_refunded_check")
    for name, rule in (
        ("captured", "captured_minor >= 0 AND captured_minor <= amount_minor"),
        ("refunded", "refunded_minor >= 0 AND refunded_minor <= captured_minor"),
    ):
        op.create_check_constraint(op.f(f"test_bank_payments_{name}_check"), "test_bank_payments", rule)
    op.create_table(
        "captures",
        sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False),
        _big("payment_id", default=None),
        sa.Column("request_id", sa.Text(), nullable=False),
        _text("external_id", None),
        _big("amount_minor", default=None),
        _flag("final"),
        _text("status", "requested"),
        _text("failure"),
        _text("reference"),
        sa.Column("received_on", sa.Date(), nullable=True),
        _text("actor", "system"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("captures_amount_check")),
        sa.CheckConstraint("status IN ('requested', 'succeeded', 'failed')", name=op.f("captures_status_check")),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("captures_payment_id_fkey"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("captures_pkey")),
        sa.UniqueConstraint("request_id", name=op.f("captures_request_id_key")),
    )
    op.create_index(op.f("captures_payment_id_ix"), "captures", ["payment_id"])
    op.create_index(
        "captures_requested_ix", "captures", ["updated_at"], postgresql_where=sa.text("status = 'requested'")
    )
    op.add_column("refunds", _big("credit_minor"))
    op.add_column("refunds", _big("shipping_minor"))
    op.create_table(
        "refund_lines",
        _big("refund_id", default=None),
        _big("order_line_id", default=None),
        _big("quantity", default=None),
        _big("amount_minor", default=None),
        _flag("restock"),
        sa.CheckConstraint("quantity >= 0", name=op.f("refund_lines_quantity_check")),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("refund_lines_amount_check")),
        sa.ForeignKeyConstraint(
            ["refund_id"], ["refunds.id"], name=op.f("refund_lines_refund_id_fkey"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["order_line_id"], ["order_lines.id"], name=op.f("refund_lines_order_line_id_fkey"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("refund_id", "order_line_id", name=op.f("refund_lines_pkey")),
    )
    op.create_index(op.f("refund_lines_order_line_id_ix"), "refund_lines", ["order_line_id"])
    op.execute(_CREDIT)
    op.execute(_CREDITED)
    for name, rule in (
        ("credit", "credit_minor >= 0 AND credit_minor <= amount_minor"),
        ("shipping", "shipping_minor >= 0 AND shipping_minor <= credit_minor"),
    ):
        op.create_check_constraint(op.f(f"refunds_{name}_check"), "refunds", rule)
    _views(VIEWS)


def downgrade() -> None:
    op.execute("DROP VIEW audit_refunds, audit_payments, audit_orders")
    op.drop_table("refund_lines")
    op.drop_column("refunds", "shipping_minor")
    op.drop_column("refunds", "credit_minor")
    op.drop_table("captures")
    op.execute("ALTER TABLE payments DROP CONSTRAINT payments_captured_check")
    for column in ("authorized_minor", "offline", "capture_mode"):
        op.drop_column("payments", column)
    op.create_check_constraint(op.f("payments_captured_check"), "payments", "captured_minor IN (0, amount_minor)")
    op.execute("ALTER TABLE test_bank_payments DROP CONSTRAINT test_bank_payments_refunded_check")
    op.drop_column("test_bank_payments", "captured_minor")
    op.drop_column("test_bank_payments", "manual_capture")
    op.create_check_constraint(
        op.f("test_bank_payments_refunded_check"),
        "test_bank_payments",
        "refunded_minor >= 0 AND refunded_minor <= amount_minor",
    )
    op.drop_column("order_lines", "cancelled_quantity")
    op.drop_column("orders", "ship_unpaid")
    op.drop_column("orders", "credited_minor")
    _one_of(BEFORE)
    for name, query in VIEWS_BEFORE.items():
        op.execute(f"CREATE VIEW {name} AS {query}")
