"""Payments: what was taken is what was agreed, once."""

from store.audit.registry import check, warning


@check
def amount_is_the_total() -> str:
    """A payment that an order waits for asks for its total, and every payment is in its order's currency."""
    return """
        SELECT 'payment:' || p.payment_id AS subject, p.order_id, p.amount_minor, p.order_total_minor, p.currency,
               p.order_currency
          FROM audit_payments p JOIN orders o ON o.id = p.order_id
         WHERE p.currency <> p.order_currency
            OR (p.amount_minor <> p.order_total_minor AND NOT p.offline
                AND (o.placed_at IS NULL OR p.created_at < o.placed_at)
                AND NOT EXISTS (SELECT 1 FROM order_events e WHERE e.order_id = o.id AND e.kind = 'changed'))
    """


@check
def status_tells_capture() -> str:
    """A payment is captured when money of it was taken, and the provider's name for it is known."""
    return """
        SELECT 'payment:' || payment_id AS subject, status, amount_minor, captured_minor, external_id
          FROM audit_payments
         WHERE (status = 'captured' AND captured_minor = 0)
            OR (status = 'captured' AND capture_mode = 'automatic' AND NOT offline AND captured_minor <> amount_minor)
            OR (status NOT IN ('captured', 'authorized') AND captured_minor <> 0 AND NOT offline)
            OR (status = 'authorized' AND authorized_minor = 0)
            OR (status IN ('captured', 'authorized') AND external_id IS NULL)
    """


@check
def placed_is_paid_or_promised() -> str:
    """A placed order has been paid, its money is promised, or it is to be paid by hand or on terms."""
    return """
        SELECT 'order:' || order_id AS subject, number, owed_minor, authorized_minor, captured_minor
          FROM audit_orders o
         WHERE status = 'placed' AND NOT offline AND captured_minor = 0 AND authorized_minor = 0 AND owed_minor > 0
           AND NOT EXISTS (SELECT 1 FROM orders t WHERE t.id = o.order_id AND t.ship_unpaid)
    """


@check
def captures_are_kept() -> str:
    """Money received by hand is the sum of what was noted of it."""
    return """
        SELECT 'payment:' || payment_id AS subject, captured_minor, captures_minor
          FROM audit_payments WHERE offline AND captured_minor <> captures_minor
    """


@check
def captured_once() -> str:
    """No provider is asked for more than an order costs without a person being called."""
    return """
        SELECT 'order:' || order_id AS subject, owed_minor, captured_minor - refunded_minor AS kept_minor
          FROM audit_orders o
         WHERE status = 'placed' AND NOT offline AND attention = ''
           AND captured_minor - refunded_minor > owed_minor
           AND NOT EXISTS (SELECT 1 FROM audit_refunds r WHERE r.order_id = o.order_id AND r.status = 'requested')
           AND NOT EXISTS (SELECT 1 FROM order_events e WHERE e.order_id = o.order_id AND e.kind = 'changed')
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
        SELECT 'order:' || order_id AS subject, status, payment_status, owed_minor, captured_minor, refunded_minor,
               authorized_minor
          FROM audit_orders
         WHERE NOT CASE payment_status
               WHEN 'paid' THEN captured_minor - refunded_minor = owed_minor AND credited_minor = 0
               WHEN 'partially_paid' THEN (captured_minor > 0 OR authorized_minor > 0)
                                          AND captured_minor - refunded_minor < owed_minor
               WHEN 'overcharged' THEN captured_minor - refunded_minor > owed_minor
               WHEN 'authorized' THEN captured_minor = 0 AND authorized_minor >= owed_minor
               WHEN 'partially_refunded' THEN captured_minor - refunded_minor = owed_minor AND credited_minor > 0
               WHEN 'refunded' THEN captured_minor > 0 AND captured_minor = refunded_minor
               WHEN 'pending' THEN status IN ('draft', 'pending', 'placed') AND captured_minor = refunded_minor
               WHEN 'none' THEN captured_minor = 0 AND status NOT IN ('pending', 'placed')
               ELSE captured_minor = 0 AND status NOT IN ('placed') END
    """


@check
def bank_agrees() -> str:
    """The test bank's books say the same as ours, to the cent."""
    return """
        SELECT 'payment:' || p.id AS subject, p.status, b.status AS bank_status, p.captured_minor,
               b.captured_minor AS bank_captured_minor, p.refunded_minor, b.refunded_minor AS bank_refunded_minor,
               p.currency, b.currency AS bank_currency
          FROM payments p LEFT JOIN test_bank_payments b ON b.id = p.external_id
         WHERE p.provider = 'test'
           AND ((p.status = 'captured' AND (b.id IS NULL OR b.status <> 'succeeded'
                                            OR b.captured_minor <> p.captured_minor OR b.currency <> p.currency
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
