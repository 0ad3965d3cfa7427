"""Changes of orders: what was before and after, how the difference was settled, and the papers of it."""

from store.audit.registry import check, warning


@check
def difference_is_after_less_before() -> str:
    """The difference of a change is what the order cost after it less what it cost before."""
    return """
        SELECT 'change:' || id AS subject, order_id, difference_minor, before->'order'->>'total_minor' AS before_minor,
               after->'order'->>'total_minor' AS after_minor
          FROM order_changes
         WHERE requested_at IS NOT NULL
           AND difference_minor IS DISTINCT FROM (after->'order'->>'total_minor')::bigint
                                                 - (before->'order'->>'total_minor')::bigint
    """


@check
def order_is_what_its_last_change_made() -> str:
    """An order that goes on costs what its last change that was not taken back made of it."""
    return """
        WITH told AS (
            SELECT order_id, id, CASE WHEN status IN ('declined', 'cancelled') THEN before ELSE after END AS left_it
              FROM order_changes WHERE requested_at IS NOT NULL
        ), last AS (SELECT DISTINCT ON (order_id) * FROM told ORDER BY order_id, id DESC)
        SELECT 'order:' || o.id AS subject, l.id AS change_id, o.total_minor, l.left_it->'order'->>'total_minor' AS said
          FROM last l JOIN orders o ON o.id = l.order_id
         WHERE o.status IN ('pending', 'placed') AND o.total_minor <> (l.left_it->'order'->>'total_minor')::bigint
    """


@check
def changed_order_tells_it() -> str:
    """An order's timeline tells of every change of it, and how that ended."""
    return """
        SELECT 'change:' || c.id AS subject, c.order_id, c.status FROM order_changes c
         WHERE c.requested_at IS NOT NULL
           AND (NOT EXISTS (SELECT 1 FROM order_events e WHERE e.order_id = c.order_id AND e.kind = 'changed'
                             AND (e.data->>'change_id')::bigint = c.id)
                OR (c.closed_at IS NOT NULL
                    AND NOT EXISTS (SELECT 1 FROM order_events e WHERE e.order_id = c.order_id
                                     AND e.kind = 'change_' || c.status
                                     AND (e.data->>'change_id')::bigint = c.id)))
    """


@check
def papers_add_up() -> str:
    """The papers of a change are worth its difference, as soon as they are issued.

    The credit note of an exchange is for what came back, which is no part of the difference.
    """
    return """
        SELECT 'change:' || c.id AS subject, c.order_id, c.kind, c.status, c.difference_minor, p.worth
          FROM order_changes c
          JOIN LATERAL (SELECT sum(CASE d.kind WHEN 'invoice' THEN d.total_minor ELSE -d.total_minor END)::bigint
                               AS worth
                          FROM documents d
                         WHERE d.change_id = c.id AND (c.kind <> 'exchange' OR d.kind = 'invoice')) p
            ON p.worth IS NOT NULL
         WHERE c.status <> 'confirmed' OR p.worth <> c.difference_minor
    """


@check
def draft_has_its_order() -> str:
    """A draft that was ordered names an order that was put together by staff."""
    return """
        SELECT 'draft:' || d.id AS subject, d.order_id FROM order_drafts d
         WHERE d.status = 'ordered'
           AND NOT EXISTS (SELECT 1 FROM order_events e WHERE e.order_id = d.order_id AND e.kind = 'drafted'
                            AND (e.data->>'draft_id')::bigint = d.id)
    """


@warning
def settled_is_confirmed() -> str:
    """A change whose difference is paid is confirmed within ten minutes."""
    return """
        SELECT 'change:' || c.id AS subject, c.order_id FROM order_changes c
          JOIN audit_orders o ON o.order_id = c.order_id
         WHERE c.status = 'requested' AND c.settlement = 'charge'
           AND c.requested_at < now() - interval '10 minutes'
           AND o.owed_minor <= o.captured_minor - o.refunded_minor
    """


@warning
def change_waits_long() -> str:
    """No difference waits to be paid for more than two weeks."""
    return """
        SELECT 'change:' || id AS subject, order_id, difference_minor, requested_at FROM order_changes
         WHERE status = 'requested' AND requested_at < now() - interval '14 days'
    """
