"""Refunds: never more than was taken, and counted once."""

from store.audit.registry import check, warning


@check
def within_what_was_captured() -> str:
    """No more goes back, or is asked to go back, than was taken."""
    return """
        SELECT 'payment:' || p.id AS subject, p.captured_minor, sum(r.amount_minor) AS refunds_minor
          FROM payments p JOIN refunds r ON r.payment_id = p.id AND r.status IN ('requested', 'succeeded')
         GROUP BY p.id HAVING sum(r.amount_minor) > p.captured_minor
    """


@check
def sum_is_kept() -> str:
    """A payment's refunded amount is the sum of its refunds that succeeded."""
    return """
        SELECT 'payment:' || payment_id AS subject, refunded_minor, refunds_minor
          FROM audit_payments WHERE refunded_minor <> refunds_minor
    """


@check
def credit_is_kept() -> str:
    """What an order was credited with is what its refunds and its timeline credit."""
    return """
        SELECT 'order:' || o.id AS subject, o.credited_minor, told.credit_minor
          FROM orders o
          LEFT JOIN LATERAL (
               SELECT coalesce((SELECT sum(r.credit_minor) FROM audit_refunds r
                                 WHERE r.order_id = o.id AND r.status = 'succeeded'), 0)
                    + coalesce((SELECT sum((e.data ->> 'amount_minor')::bigint) FROM order_events e
                                 WHERE e.order_id = o.id AND e.kind = 'credited'), 0) AS credit_minor) told ON true
         WHERE o.credited_minor <> told.credit_minor AND o.status <> 'expired'
    """


@check
def lines_within_their_refund() -> str:
    """The lines and the delivery of a refund are no more than what it credits."""
    return """
        SELECT 'refund:' || r.id AS subject, r.credit_minor, r.shipping_minor, sum(l.amount_minor) AS lines_minor
          FROM refunds r JOIN refund_lines l ON l.refund_id = r.id
         GROUP BY r.id HAVING sum(l.amount_minor) + r.shipping_minor > r.credit_minor
    """


@check
def currency_is_the_payments() -> str:
    """A refund is in the currency that was paid."""
    return """
        SELECT 'refund:' || r.id AS subject, r.currency, p.currency AS payment_currency
          FROM refunds r JOIN payments p ON p.id = r.payment_id WHERE r.currency <> p.currency
    """


@check
def bank_agrees() -> str:
    """A refund that we call done is done at the test bank, for the same amount."""
    return """
        SELECT 'refund:' || r.id AS subject, r.amount_minor, r.external_id, b.status AS bank_status,
               b.amount_minor AS bank_amount_minor
          FROM refunds r
          JOIN payments p ON p.id = r.payment_id AND p.provider = 'test'
          LEFT JOIN test_bank_refunds b ON b.id = r.external_id
         WHERE r.status = 'succeeded' AND (b.id IS NULL OR b.status <> 'succeeded' OR b.amount_minor <> r.amount_minor)
    """


@check
def restocked_as_promised() -> str:
    """What a refund said would go back on the shelf is not with the customer any more."""
    return """
        SELECT 'refund:' || r.refund_id AS subject, r.order_id, h.state, h.quantity
          FROM audit_refunds r JOIN holds h ON h.reference = 'order:' || r.order_id
         WHERE r.restock AND r.status = 'succeeded' AND h.state IN ('held', 'allocated', 'shipped')
    """


@warning
def settled_within_an_hour() -> str:
    """A refund that was asked for is done within an hour."""
    return """
        SELECT 'refund:' || refund_id AS subject, order_id, amount_minor, created_at FROM audit_refunds
         WHERE status = 'requested' AND created_at < now() - interval '1 hour'
    """


@warning
def failure_was_followed_up() -> str:
    """A refund that failed was tried again."""
    return """
        SELECT 'refund:' || r.refund_id AS subject, r.order_id, r.amount_minor FROM audit_refunds r
         WHERE r.status = 'failed'
           AND NOT EXISTS (SELECT 1 FROM refunds later WHERE later.payment_id = r.payment_id
                              AND later.id > r.refund_id AND later.status <> 'failed')
    """
