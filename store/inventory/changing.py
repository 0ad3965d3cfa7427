"""What an order holds and has not put into parcels is brought to what is in it now, item by item.

What stays the same is not touched.
"""

from collections import defaultdict
from collections.abc import Mapping

from sqlalchemy import text

from store.core.clock import now
from store.core.db import session
from store.inventory import services

_ITEMS = text("""
    SELECT vi.variant_id, vi.item_id, vi.quantity FROM variant_items vi JOIN inventory_items i ON i.id = vi.item_id
     WHERE vi.variant_id = ANY(:variant_ids) AND i.tracked
""")
_HOLDING = text("""
    SELECT s.item_id, sum(h.quantity)::bigint AS units FROM holds h JOIN stock_levels s ON s.id = h.level_id
     WHERE h.reference = :reference AND h.part = '' AND h.state IN ('held', 'allocated') GROUP BY s.item_id
""")
_LOCK = text("SELECT id FROM stock_levels WHERE item_id = ANY(:item_ids) ORDER BY id FOR UPDATE")
_LET_GO = text("""
    WITH gone AS (
        UPDATE holds h SET state = 'released', updated_at = :moment
          FROM stock_levels s
         WHERE h.reference = :reference AND h.part = '' AND h.state = :state
           AND s.id = h.level_id AND s.item_id = ANY(:item_ids)
        RETURNING h.id, h.level_id, h.quantity, h.attempt
    ), levels AS (
        UPDATE stock_levels s SET reserved = s.reserved - :reserved * g.quantity,
                                  allocated = s.allocated - :allocated * g.quantity
          FROM gone g WHERE s.id = g.level_id
    )
    INSERT INTO stock_movements (level_id, kind, reserved_delta, allocated_delta, hold_id, attempt, reason, actor, at)
    SELECT level_id, :kind, - :reserved * quantity, - :allocated * quantity, id, attempt, :reason, :actor, :moment
      FROM gone
""")
_FREED = (
    {"state": "held", "kind": "released", "reserved": 1, "allocated": 0},
    {"state": "allocated", "kind": "deallocated", "reserved": 0, "allocated": 1},
)


def change_hold(
    reference: str, before: Mapping[int, int], needs: Mapping[int, int], *, firm: bool, actor: str, reason: str = ""
) -> None:
    """Let a reference hold `needs` instead of `before` (units by variant), all or nothing; raises `OutOfStock`.

    `firm`: allocated, as for an order that is placed; else reserved. What two variants share is weighed up first, so
    that exchanging one for the other needs no second piece. The levels are locked at once, in the order of their ids.
    """
    items_of = _items_of({*before, *needs})
    holding = {row.item_id: row.units for row in session.execute(_HOLDING, {"reference": reference})}
    wanted: dict[int, int] = defaultdict(int)
    for variant_id, units in needs.items():
        for item_id, each in items_of.get(variant_id, ()):
            wanted[item_id] += units * each
    different = {item_id for item_id in {*holding, *wanted} if holding.get(item_id, 0) != wanted.get(item_id, 0)}
    variants = _sharing(different, items_of)
    touched = different | {item_id for variant_id in variants for item_id, _each in items_of[variant_id]}
    if not touched:
        return
    session.execute(_LOCK, {"item_ids": sorted(touched)})
    for freed in _FREED:
        session.execute(
            _LET_GO,
            {
                **freed,
                "reference": reference,
                "item_ids": sorted(touched),
                "actor": actor,
                "reason": reason,
                "moment": now(),
            },
        )
    services.hold(reference, {variant_id: needs[variant_id] for variant_id in variants if needs.get(variant_id)})
    if firm:
        services.allocate(reference, part="", actor=actor)


def _items_of(variant_ids: set[int]) -> dict[int, list[tuple[int, int]]]:
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for row in session.execute(_ITEMS, {"variant_ids": sorted(variant_ids)}):
        found[row.variant_id].append((row.item_id, row.quantity))
    return found


def _sharing(different: set[int], items_of: Mapping[int, list[tuple[int, int]]]) -> set[int]:
    """Return the variants that take any of these items, those that share an item with them, and so on."""
    variants: set[int] = set()
    items = set(different)
    while True:
        more = {
            variant_id
            for variant_id, held in items_of.items()
            if variant_id not in variants and any(item_id in items for item_id, _each in held)
        }
        if not more:
            return variants
        variants |= more
        items |= {item_id for variant_id in more for item_id, _each in items_of[variant_id]}
