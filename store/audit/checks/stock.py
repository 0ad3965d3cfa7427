"""Stock: the figures of each level are the sums of its ledger, and nothing is promised twice."""

from store.audit.registry import check


@check
def movements_add_up() -> str:
    """A level's four figures are the sums of its movements."""
    return """
        SELECT 'level:' || level_id AS subject, sku, on_hand, moved_on_hand, reserved, moved_reserved,
               allocated, moved_allocated, incoming, moved_incoming
          FROM audit_stock
         WHERE (on_hand, reserved, allocated, incoming)
               <> (moved_on_hand, moved_reserved, moved_allocated, moved_incoming)
    """


@check
def holds_add_up() -> str:
    """What is reserved and allocated at a level is what its live holds say."""
    return """
        SELECT 'level:' || level_id AS subject, sku, reserved, held, allocated, held_allocated
          FROM audit_stock WHERE reserved <> held OR allocated <> held_allocated
    """


@check
def count_is_not_negative() -> str:
    """Fewer than none can't lie on a shelf, unless the item may be sold before it is there."""
    return """
        SELECT 'level:' || level_id AS subject, sku, on_hand
          FROM audit_stock WHERE on_hand < 0 AND tracked AND policy = 'deny'
    """


@check
def not_oversold() -> str:
    """No more is promised than is there, but for what staff have since counted away."""
    return """
        SELECT 'level:' || s.level_id AS subject, s.sku, s.on_hand, s.reserved, s.allocated,
               coalesce(gone.units, 0) AS counted_away
          FROM audit_stock s
          JOIN inventory_items i ON i.id = s.item_id
          LEFT JOIN (SELECT level_id, -sum(on_hand_delta) AS units FROM stock_movements
                      WHERE kind = 'adjusted' AND on_hand_delta < 0 GROUP BY level_id) gone USING (level_id)
         WHERE s.tracked
           AND (s.policy = 'deny' OR i.backorder_limit IS NOT NULL)
           AND s.reserved + s.allocated - s.on_hand
               > coalesce(gone.units, 0) + CASE WHEN s.policy = 'deny' THEN 0 ELSE i.backorder_limit END
    """


@check
def hold_has_its_movements() -> str:
    """The movements of a hold add up to the state it is in."""
    return """
        SELECT 'hold:' || h.id AS subject, h.reference, h.state, h.quantity,
               coalesce(sum(m.reserved_delta), 0) AS reserved, coalesce(sum(m.allocated_delta), 0) AS allocated,
               coalesce(sum(m.on_hand_delta), 0) AS on_hand
          FROM holds h LEFT JOIN stock_movements m ON m.hold_id = h.id
         GROUP BY h.id
        HAVING (coalesce(sum(m.reserved_delta), 0), coalesce(sum(m.allocated_delta), 0),
                coalesce(sum(m.on_hand_delta), 0))
               <> (CASE WHEN h.state = 'held' THEN h.quantity ELSE 0 END,
                   CASE WHEN h.state = 'allocated' THEN h.quantity ELSE 0 END,
                   CASE WHEN h.state = 'shipped' THEN -h.quantity ELSE 0 END)
    """


@check
def movement_is_at_the_level_of_its_hold() -> str:
    """A hold moves stock at its own level only."""
    return """
        SELECT 'movement:' || m.id AS subject, m.level_id, h.level_id AS hold_level_id
          FROM stock_movements m JOIN holds h ON h.id = m.hold_id WHERE m.level_id <> h.level_id
    """


@check
def hold_belongs_to_an_order() -> str:
    """Stock is held by orders that exist."""
    return """
        SELECT 'hold:' || h.id AS subject, h.reference, h.state FROM holds h
         WHERE h.reference ~ '^order:[0-9]{1,18}$'
           AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = substr(h.reference, 7)::bigint)
    """


@check
def hold_follows_its_order() -> str:
    """The state of a hold is the one that its order's state asks for."""
    return """
        SELECT 'hold:' || h.id AS subject, h.state, o.id AS order_id, o.status, o.fulfilment_status, o.payment_status
          FROM holds h JOIN orders o ON h.reference = 'order:' || o.id
         WHERE NOT (h.state = 'released'
                    AND EXISTS (SELECT 1 FROM order_events e WHERE e.order_id = o.id AND e.kind = 'changed'))
           AND NOT CASE
               WHEN o.status IN ('pending', 'draft') THEN h.state = 'held'
               WHEN o.status = 'expired' THEN h.state = 'released'
               WHEN o.status = 'cancelled' THEN h.state IN ('released', 'returned', 'shipped')
               WHEN h.part = '' THEN h.state IN ('allocated', 'released')
               WHEN h.part LIKE 'parcel:%' THEN h.state IN ('allocated', 'shipped', 'returned', 'released')
               ELSE h.state IN ('held', 'allocated', 'returned', 'released') END
    """


@check
def parcel_has_its_own_stock() -> str:
    """What a parcel holds is on the shelf until it leaves; a parcel that was called off holds nothing."""
    return """
        SELECT 'fulfilment:' || f.id AS subject, f.order_id, f.status, h.state, h.quantity
          FROM fulfilments f JOIN holds h ON h.reference = 'order:' || f.order_id AND h.part = 'parcel:' || f.id
         WHERE NOT CASE WHEN f.status IN ('pending', 'packed') THEN h.state = 'allocated'
                        WHEN f.status = 'cancelled' THEN h.state = 'released'
                        ELSE h.state IN ('shipped', 'released', 'returned') END
    """


@check
def ledgers_are_locked() -> str:
    """The database refuses to change the stock ledger, the timelines and the staff journal."""
    return """
        SELECT 'table:' || wanted.name AS subject, coalesce(t.tgenabled::text, 'missing') AS guard
          FROM (VALUES ('stock_movements'), ('order_events'), ('staff_actions')) AS wanted (name)
          LEFT JOIN pg_trigger t
            ON t.tgrelid = to_regclass(wanted.name) AND t.tgname = wanted.name || '_append_only'
         WHERE t.tgenabled IS DISTINCT FROM 'O'
    """
