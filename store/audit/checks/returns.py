"""Returns: what came back is counted once, and what was settled has its money or its goods."""

from store.audit.registry import check


@check
def units_are_counted() -> str:
    """What returns have taken in of a line is among the units that came back of it."""
    return """
        SELECT 'order:' || l.order_id AS subject, l.position, l.returned_quantity, sum(r.received) AS received
          FROM order_lines l JOIN return_lines r ON r.order_line_id = l.id
         GROUP BY l.id HAVING sum(r.received) > l.returned_quantity
    """


@check
def money_went_under_its_key() -> str:
    """A return that was paid back has its refund, or a credit for what had not been paid yet."""
    return """
        SELECT 'return:' || r.id AS subject, r.order_id, r.settlement, r.promised_minor
          FROM returns r
         WHERE r.resolution = 'refund'
           AND NOT EXISTS (SELECT 1 FROM refunds f WHERE f.request_id = r.settlement AND f.status <> 'failed')
           AND NOT EXISTS (SELECT 1 FROM order_events e WHERE e.order_id = r.order_id AND e.kind = 'credited'
                              AND strpos(e.data ->> 'reason', r.name) > 0)
    """


@check
def goods_have_their_change() -> str:
    """What was exchanged or sent once more is a change of its order, and an exchange credits what came back, once."""
    return """
        SELECT 'return:' || r.id AS subject, r.order_id, r.change_id, worth.minor AS worth, told.minor AS credited
          FROM returns r
          LEFT JOIN order_changes c ON c.id = r.change_id AND c.order_id = r.order_id
          CROSS JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS minor FROM return_lines
                               WHERE return_id = r.id AND r.resolution = 'exchange') worth
          CROSS JOIN LATERAL (SELECT coalesce(sum((e.data ->> 'amount_minor')::bigint), 0) AS minor
                                FROM order_events e WHERE e.order_id = r.order_id AND e.kind = 'credited'
                                 AND strpos(e.data ->> 'reason', r.name) > 0) told
         WHERE r.resolution IN ('exchange', 'replacement') AND (c.id IS NULL OR worth.minor <> told.minor)
    """
