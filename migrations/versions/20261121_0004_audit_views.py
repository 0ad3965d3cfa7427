"""Read-only views over the ledgers, for `store audit`, auditors and drills.

| view | one row is | what adds up |
|---|---|---|
| audit_orders | an order | `subtotal_minor = lines_minor`, `total_minor = subtotal + shipping`, tax likewise; `captured`, `refunded` |
| audit_payments | a payment | its amount and currency beside its order's; `refunds_minor` = refunds done |
| audit_refunds | a refund | with the order it belongs to |
| audit_stock | a stock level | its four figures beside the sums of its movements and of its holds |
| audit_discounts | a discount of an order | none are given yet, so it is empty |
| audit_messages | a mail | without its text or address |

Amounts are in minor units of the row's currency.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

VIEWS = {
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
    "audit_stock": """
        SELECT s.id AS level_id, s.item_id, i.sku, c.code AS location, i.policy, i.tracked,
               s.on_hand, s.reserved, s.allocated, s.incoming,
               coalesce(m.on_hand, 0) AS moved_on_hand, coalesce(m.reserved, 0) AS moved_reserved,
               coalesce(m.allocated, 0) AS moved_allocated, coalesce(m.incoming, 0) AS moved_incoming,
               coalesce(h.held, 0) AS held, coalesce(h.allocated, 0) AS held_allocated
          FROM stock_levels s
          JOIN inventory_items i ON i.id = s.item_id
          JOIN locations c ON c.id = s.location_id
          LEFT JOIN (SELECT level_id, sum(on_hand_delta) AS on_hand, sum(reserved_delta) AS reserved,
                            sum(allocated_delta) AS allocated, sum(incoming_delta) AS incoming
                       FROM stock_movements GROUP BY level_id) m ON m.level_id = s.id
          LEFT JOIN (SELECT level_id, sum(quantity) FILTER (WHERE state = 'held') AS held,
                            sum(quantity) FILTER (WHERE state = 'allocated') AS allocated
                       FROM holds GROUP BY level_id) h ON h.level_id = s.id""",
    "audit_discounts": """
        SELECT o.id AS order_id, NULL::text AS code, NULL::bigint AS amount_minor, o.currency
          FROM orders o WHERE false""",
    "audit_messages": """
        SELECT id AS message_id, dedupe_key, kind, subject_ref, locale, status, created_at, sent_at FROM messages""",
}


def upgrade() -> None:
    for name, query in VIEWS.items():
        op.execute(f"CREATE VIEW {name} AS {query}")


def downgrade() -> None:
    for name in reversed(VIEWS):
        op.execute(f"DROP VIEW {name}")
