"""Payments: what was taken is what was agreed, once."""

from store.audit.registry import check, warning


@check
def amount_is_the_total() -> str:
    """A payment asks for its order's total in its order's currency."""
    return """
        SELECT 'payment:' || payment_id AS subject, order_id, amount_minor, order_total_minor, currency, order_currency
          FROM audit_payments WHERE amount_minor <> order_total_minor OR currency <> order_currency
    """


@check
def status_tells_capture() -> str:
    """A payment is captured when its whole amount is, and the provider's name for it is known."""
    return """
        SELECT 'payment:' || payment_id AS subject, status, amount_minor, captured_minor, external_id
          FROM audit_payments
         WHERE (status = 'captured') <> (captured_minor = amount_minor)
            OR (status <> 'captured' AND captured_minor <> 0)
            OR (status = 'captured' AND external_id IS NULL)
    """


@check
def placed_is_captured() -> str:
    """A placed order has been paid in full."""
    return """
        SELECT 'order:' || order_id AS subject, number, total_minor, captured_minor
          FROM audit_orders WHERE status = 'placed' AND captured_minor < total_minor
    """


@check
def captured_once() -> str:
    """No order is charged twice: a second capture goes back."""
    return """
        SELECT 'order:' || order_id AS subject, count(*) AS captures, sum(captured_minor - refunded_minor) AS kept_minor
          FROM audit_payments p
         WHERE captured_minor > refunded_minor
           AND NOT EXISTS (SELECT 1 FROM refunds r WHERE r.payment_id = p.payment_id AND r.status = 'requested')
         GROUP BY order_id HAVING count(*) > 1
    """


@check
def kept_money_has_an_order() -> str:
    """Money is kept for placed orders only; otherwise it is on its way back or a person was called."""
    return """
        SELECT 'order:' || o.order_id AS subject, o.status, o.captured_minor, o.refunded_minor
          FROM audit_orders o
         WHERE o.status NOT IN ('placed') AND o.captured_minor > o.refunded_minor AND o.attention = ''
           AND NOT EXISTS (SELECT 1 FROM audit_refunds r WHERE r.order_id = o.order_id AND r.status = 'requested')
    """


@check
def order_tells_what_was_paid() -> str:
    """An order's payment status says what its payments and refunds say."""
    return """
        SELECT 'order:' || order_id AS subject, status, payment_status, total_minor, captured_minor, refunded_minor
          FROM audit_orders
         WHERE NOT CASE payment_status
               WHEN 'paid' THEN captured_minor - refunded_minor >= total_minor
               WHEN 'partially_refunded' THEN captured_minor - refunded_minor > 0
                                              AND captured_minor - refunded_minor < total_minor
               WHEN 'refunded' THEN captured_minor = refunded_minor
               ELSE status NOT IN ('placed') END
    """


@check
def bank_agrees() -> str:
    """The test bank's books say the same as ours, to the cent."""
    return """
        SELECT 'payment:' || p.id AS subject, p.status, b.status AS bank_status, p.captured_minor,
               b.amount_minor AS bank_amount_minor, p.refunded_minor, b.refunded_minor AS bank_refunded_minor,
               p.currency, b.currency AS bank_currency
          FROM payments p LEFT JOIN test_bank_payments b ON b.id = p.external_id
         WHERE p.provider = 'test'
           AND ((p.status = 'captured' AND (b.id IS NULL OR b.status <> 'succeeded'
                                            OR b.amount_minor <> p.captured_minor OR b.currency <> p.currency
                                            OR b.refunded_minor < p.refunded_minor))
                OR (p.status IN ('failed', 'voided') AND b.status = 'succeeded'))
    """


@warning
def bank_is_not_ahead() -> str:
    """What the test bank knows has reached us within ten minutes."""
    return """
        SELECT 'bank:' || b.id AS subject, b.status AS bank_status, p.status, b.refunded_minor AS bank_refunded_minor,
               p.refunded_minor, b.created_at
          FROM test_bank_payments b LEFT JOIN payments p ON p.provider = 'test' AND p.external_id = b.id
         WHERE b.status = 'succeeded' AND b.created_at < now() - interval '10 minutes'
           AND (p.id IS NULL OR p.status IN ('created', 'requires_action', 'processing')
                OR p.refunded_minor < b.refunded_minor)
    """


@warning
def notifications_are_read() -> str:
    """What a provider told us is dealt with within ten minutes."""
    return """
        SELECT 'payment_event:' || id AS subject, provider, kind, received_at FROM payment_events
         WHERE processed_at IS NULL AND received_at < now() - interval '10 minutes'
    """
