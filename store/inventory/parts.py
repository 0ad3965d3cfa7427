"""Stock of one order, divided: a parcel, a return or what was added later holds its share under a part of its own.

A share moves from part to part without a change of its level: the two lines that this writes into the ledger cancel
each other out. Whoever calls holds the order's lock.
"""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import text

from store.core.clock import now
from store.core.db import session

# The figure of a level that counts a unit in each state, and in which direction.
_COUNTED = {"held": (0, 1, 0), "allocated": (0, 0, 1), "shipped": (-1, 0, 0)}

_ALL = 2**40

# What is not counted today may have been when the order took it, so this does not ask.
_TAKES = text("SELECT variant_id, item_id, quantity FROM variant_items WHERE variant_id = ANY(:variant_ids)")
_LOCK_LEVELS = text("""
    SELECT s.id, s.item_id FROM stock_levels s
     WHERE s.id IN (SELECT level_id FROM holds
                     WHERE reference = :reference AND state = :state AND part <> :target
                       AND (CAST(:source AS text) IS NULL OR part = :source))
     ORDER BY s.id FOR UPDATE
""")
_SPLIT = text("""
    WITH wanted AS (
        SELECT * FROM unnest(CAST(:item_ids AS bigint[]), CAST(:quantities AS bigint[])) AS w(item_id, quantity)
    ), own AS (
        SELECT h.id, h.level_id, h.quantity, s.item_id,
               sum(h.quantity) OVER (PARTITION BY s.item_id ORDER BY h.id) - h.quantity AS before
          FROM holds h JOIN stock_levels s ON s.id = h.level_id
         WHERE h.reference = :reference AND h.state = :state AND h.part <> :target
           AND (CAST(:source AS text) IS NULL OR h.part = :source)
    ), taken AS (
        SELECT own.id, own.level_id, least(own.quantity, wanted.quantity - own.before) AS units
          FROM own JOIN wanted USING (item_id) WHERE wanted.quantity > own.before
    ), shares AS (
        SELECT level_id, sum(units)::bigint AS units FROM taken GROUP BY level_id
    ), gave AS (
        UPDATE holds h
           SET quantity = CASE WHEN t.units = h.quantity THEN h.quantity ELSE h.quantity - t.units END,
               state = CASE WHEN t.units = h.quantity THEN 'released' ELSE h.state END,
               attempt = h.attempt + 1, updated_at = :moment
          FROM taken t WHERE h.id = t.id
        RETURNING h.id, h.level_id, h.attempt, -t.units AS units
    ), got AS (
        INSERT INTO holds AS h (reference, part, level_id, quantity, state, attempt, created_at, updated_at)
        SELECT :reference, :target, level_id, units, :state, 1, :moment, :moment FROM shares
        ON CONFLICT (reference, part, level_id) DO UPDATE
           SET quantity = CASE WHEN h.state = :state THEN h.quantity ELSE 0 END + excluded.quantity,
               state = :state, attempt = h.attempt + 1, updated_at = :moment
         WHERE h.state IN (:state, 'released')
        RETURNING h.id, h.level_id, h.attempt
    )
    INSERT INTO stock_movements
           (level_id, kind, on_hand_delta, reserved_delta, allocated_delta, hold_id, attempt, actor, at)
    SELECT level_id, 'split', :on_hand * units, :reserved * units, :allocated * units, id, attempt, :actor, :moment
      FROM (SELECT id, level_id, attempt, units FROM gave
             UNION ALL
            SELECT got.id, got.level_id, got.attempt, shares.units FROM got JOIN shares USING (level_id)) moved
    RETURNING level_id, on_hand_delta + reserved_delta + allocated_delta AS units
""")

_WRITE_OFF = text("""
    WITH wanted AS (
        SELECT * FROM unnest(CAST(:item_ids AS bigint[]), CAST(:quantities AS bigint[])) AS w(item_id, quantity)
    ), own AS (
        SELECT h.level_id, h.quantity, s.item_id,
               sum(h.quantity) OVER (PARTITION BY s.item_id ORDER BY h.id) - h.quantity AS before
          FROM holds h JOIN stock_levels s ON s.id = h.level_id
         WHERE h.reference = :reference AND h.part = :part AND h.state = 'returned'
    ), taken AS (
        SELECT own.level_id, least(own.quantity, wanted.quantity - own.before) AS units
          FROM own JOIN wanted USING (item_id) WHERE wanted.quantity > own.before
    ), levels AS (
        UPDATE stock_levels s SET on_hand = s.on_hand - t.units FROM taken t WHERE s.id = t.level_id
    )
    INSERT INTO stock_movements (level_id, kind, on_hand_delta, reason, actor, at)
    SELECT level_id, 'adjusted', -units, :reason, :actor, :moment FROM taken
""")


def split(
    reference: str,
    needs: Mapping[int, int] | None,
    *,
    source: str | None = "",
    target: str,
    state: str = "allocated",
    actor: str = "system",
) -> None:
    """Move units of variants, or with `None` everything, from one part of an order to another in the state they are.

    With source `None` they come from whichever parts have them. What the source does not hold can't move: an item
    that was not counted when the order took it is passed over.
    """
    named = {"reference": reference, "source": source, "target": target, "state": state}
    levels = session.execute(_LOCK_LEVELS, named).all()
    wanted = _by_item(needs) if needs is not None else {level.item_id: _ALL for level in levels}
    if not levels or not wanted:
        return
    on_hand, reserved, allocated = _COUNTED[state]
    written = session.execute(
        _SPLIT,
        {
            **named,
            "item_ids": list(wanted),
            "quantities": list(wanted.values()),
            "on_hand": on_hand,
            "reserved": reserved,
            "allocated": allocated,
            "actor": actor,
            "moment": now(),
        },
    ).all()
    moved = {row.level_id: 0 for row in written}
    for row in written:
        moved[row.level_id] += row.units
    if any(moved.values()):
        # The other side is missing: the target holds units in another state.
        raise ValueError(f"{target} of {reference} holds stock in another state than {state}")


def write_off(reference: str, needs: Mapping[int, int], *, part: str, reason: str, actor: str) -> None:
    """Take units of variants that have just come back to a part off the shelf again: they can't be sold."""
    wanted = _by_item(needs)
    if not wanted:
        return
    session.execute(_LOCK_LEVELS, {"reference": reference, "source": part, "target": "", "state": "returned"})
    session.execute(
        _WRITE_OFF,
        {
            "reference": reference,
            "part": part,
            "item_ids": list(wanted),
            "quantities": list(wanted.values()),
            "reason": reason,
            "actor": actor,
            "moment": now(),
        },
    )


def _by_item(needs: Mapping[int, int]) -> dict[int, int]:
    wanted: dict[int, int] = defaultdict(int)
    for row in session.execute(_TAKES, {"variant_ids": sorted(needs)}):
        if needs[row.variant_id] > 0:
            wanted[row.item_id] += needs[row.variant_id] * row.quantity
    return wanted
