"""Mails: what was promised to a customer was written once."""

from store.audit.registry import check, warning


def _one_mail(kind: str, orders_where: str, event: str) -> str:
    # While the work that writes the mail waits in the outbox, its absence is no fault yet.
    return f"""
        SELECT 'order:' || o.id AS subject, o.number, count(m.id) AS mails
          FROM orders o LEFT JOIN messages m ON m.kind = '{kind}' AND m.subject_ref = 'order:' || o.id
         WHERE {orders_where}
         GROUP BY o.id
        HAVING count(m.id) > 1
            OR (count(m.id) = 0
                AND NOT EXISTS (SELECT 1 FROM outbox w WHERE w.dedupe_key LIKE '{event}:' || o.id || ':%'
                                   AND w.task LIKE 'notifications.%' AND w.done_at IS NULL))
    """


@check
def placed_order_has_one_receipt() -> str:
    """A customer who paid gets exactly one receipt."""
    return _one_mail("receipt", "o.placed_at IS NOT NULL", "OrderPlaced")


@check
def shipped_order_has_one_notice() -> str:
    """A customer is told exactly once of each parcel that has left, unless they fetched it."""
    return """
        SELECT 'fulfilment:' || f.id AS subject, f.order_id, count(m.id) AS mails
          FROM fulfilments f
          JOIN orders o ON o.id = f.order_id
          LEFT JOIN messages m ON m.dedupe_key = 'shipped:order:' || f.order_id || ':' || f.id
         GROUP BY f.id, o.id
        HAVING (count(m.id) > 0 AND f.status NOT IN ('shipped', 'delivered'))
            OR (count(m.id) = 0 AND f.status IN ('shipped', 'delivered')
                AND o.delivery->>'kind' IS DISTINCT FROM 'pickup'
                AND NOT EXISTS (SELECT 1 FROM outbox w
                                 WHERE w.dedupe_key LIKE 'OrderShipped:' || f.order_id || ':' || f.id || ':%'
                                   AND w.task LIKE 'notifications.%' AND w.done_at IS NULL))
         UNION ALL
        SELECT m.subject_ref, substr(m.subject_ref, 7)::bigint, count(*) FROM messages m
         WHERE m.kind = 'shipped'
         GROUP BY m.subject_ref
        HAVING count(*) > (SELECT count(*) FROM fulfilments f WHERE 'order:' || f.order_id = m.subject_ref)
    """


@check
def expired_order_has_one_notice() -> str:
    """A customer whose order expired is told exactly once; one who went on with the cart knows."""
    known = """(SELECT 1 FROM order_events e
                 WHERE e.order_id = o.id AND e.kind = 'expired' AND e.data @> '{"given_up": true}')"""
    return _one_mail("expired", f"o.status = 'expired' AND NOT EXISTS {known}", "OrderExpired")


@check
def cancelled_order_has_one_notice() -> str:
    """A customer whose order was cancelled is told exactly once."""
    return _one_mail("cancelled", "o.status = 'cancelled'", "OrderCancelled")


@check
def sent_has_its_moment() -> str:
    """A mail that was sent knows when."""
    return """
        SELECT 'message:' || message_id AS subject, kind, status, sent_at
          FROM audit_messages WHERE (status = 'sent') <> (sent_at IS NOT NULL)
    """


@warning
def failed() -> str:
    """No mail was given up."""
    return """
        SELECT 'message:' || message_id AS subject, kind, subject_ref, created_at
          FROM audit_messages WHERE status = 'failed'
    """


@warning
def queued_for_long() -> str:
    """A mail leaves within ten minutes."""
    return """
        SELECT 'message:' || message_id AS subject, kind, subject_ref, created_at
          FROM audit_messages WHERE status = 'queued' AND created_at < now() - interval '10 minutes'
    """
