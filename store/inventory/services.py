"""The verbs of stock. Each writes its movements; `store audit` sums them up.

Locks are taken on stock levels in id order, always, so that two baskets with the same items never block each other
for good. Stock is never read and then written without the row's lock.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select, text, update

from store.core.clock import now
from store.core.db import copy_rows, reserve_ids, run, session
from store.core.errors import Invalid, NotFound
from store.core.i18n import gettext as _
from store.inventory.errors import OutOfStock, Shortage
from store.inventory.models import InventoryItem, Location, StockLevel, StockMovement
from store.inventory.parts import split as split  # noqa: PLC0414 - one of the verbs
from store.inventory.parts import write_off as write_off  # noqa: PLC0414

_LOCK_NEEDED = """
    WITH needs AS MATERIALIZED (
        SELECT vi.variant_id, vi.item_id, vi.quantity, i.safety_stock,
               CASE WHEN i.policy = 'deny' THEN 0 ELSE i.backorder_limit END AS oversell
          FROM variant_items vi JOIN inventory_items i ON i.id = vi.item_id
         WHERE vi.variant_id = ANY(:variant_ids) AND i.tracked
    ), levels AS MATERIALIZED (
        SELECT s.id, s.item_id, s.on_hand - s.reserved - s.allocated AS free, l.priority
          FROM stock_levels s JOIN locations l ON l.id = s.location_id
         WHERE s.item_id = ANY(ARRAY(SELECT item_id FROM needs))
         ORDER BY s.id
           FOR UPDATE OF s
    )
    SELECT n.variant_id, n.item_id, n.quantity, n.safety_stock, n.oversell, l.id AS level_id, l.free, l.priority
      FROM needs n LEFT JOIN levels l ON l.item_id = n.item_id
"""
_TAKE = """
    WITH taken AS (
        SELECT * FROM unnest(CAST(:level_ids AS bigint[]), CAST(:quantities AS bigint[])) AS t(level_id, quantity)
    ), levels AS (
        UPDATE stock_levels s SET reserved = s.reserved + t.quantity FROM taken t WHERE s.id = t.level_id
    ), held AS (
        INSERT INTO holds (reference, part, level_id, quantity, state, attempt, created_at, updated_at)
        SELECT :reference, :part, level_id, quantity, 'held', 1, :moment, :moment FROM taken
        ON CONFLICT (reference, part, level_id) DO UPDATE
           SET state = 'held', quantity = excluded.quantity, attempt = holds.attempt + 1, updated_at = :moment
         WHERE holds.state = 'released'
        RETURNING id, level_id, quantity, attempt
    )
    INSERT INTO stock_movements (level_id, kind, reserved_delta, hold_id, attempt, actor, at)
    SELECT level_id, 'reserved', quantity, id, attempt, 'system', :moment FROM held
    RETURNING id
"""
_LOCK_HELD_LEVELS = text("""
    SELECT s.id FROM stock_levels s
     WHERE s.id IN (SELECT level_id FROM holds WHERE reference = :reference AND state = :state
                       AND (CAST(:part AS text) IS NULL OR part = :part))
     ORDER BY s.id FOR UPDATE
""")
_HAND_OVER = text("""
    UPDATE variant_items vi SET variant_id = h.heir
      FROM unnest(CAST(:gone AS bigint[]), CAST(:heirs AS bigint[])) AS h(gone, heir)
      JOIN variants v ON v.id = h.gone AND v.deleted_at IS NOT NULL
     WHERE vi.variant_id = h.gone
    RETURNING vi.variant_id
""")
_MOVE = text("""
    WITH held AS (
        UPDATE holds SET state = :to_state, attempt = attempt + :again, updated_at = :moment
         WHERE reference = :reference AND state = :state AND (CAST(:part AS text) IS NULL OR part = :part)
        RETURNING id, level_id, quantity, attempt
    ), levels AS (
        UPDATE stock_levels s
           SET on_hand = s.on_hand + :on_hand * h.quantity,
               reserved = s.reserved + :reserved * h.quantity,
               allocated = s.allocated + :allocated * h.quantity
          FROM (SELECT level_id, sum(quantity)::bigint AS quantity FROM held GROUP BY level_id) h
         WHERE s.id = h.level_id
    )
    INSERT INTO stock_movements
           (level_id, kind, on_hand_delta, reserved_delta, allocated_delta, hold_id, attempt, actor, at)
    SELECT level_id, :kind, :on_hand * quantity, :reserved * quantity, :allocated * quantity,
           id, attempt, :actor, :moment
      FROM held
    RETURNING id
""")


@dataclass(frozen=True)
class _Need:
    wanted: int
    safety_stock: int
    oversell: int | None


@dataclass(frozen=True, slots=True)
class _Level:
    """A locked level: what is free of its item there."""

    id: int
    item_id: int
    free: int
    priority: int


@dataclass(frozen=True)
class _Move:
    """How a hold changes its state, what one unit of it does to its level, and whether that begins `again`."""

    kind: str
    state: str
    to_state: str
    on_hand: int = 0
    reserved: int = 0
    allocated: int = 0
    again: int = 0


@dataclass(frozen=True)
class OpeningStock:
    """What a variant, or with no variant a blank, that was not counted so far begins with."""

    variant_id: int | None
    sku: str | None = None
    on_hand: int = 0
    policy: str = "deny"
    tracked: bool = True


_RELEASE = _Move("released", "held", "released", reserved=-1)
_ALLOCATE = _Move("allocated", "held", "allocated", reserved=-1, allocated=1)
_DEALLOCATE = _Move("deallocated", "allocated", "released", allocated=-1)
_SHIP = _Move("shipped", "allocated", "shipped", on_hand=-1, allocated=-1)
_UNSHIP = _Move("unshipped", "shipped", "allocated", on_hand=1, allocated=1, again=1)
_RETURN = _Move("returned", "shipped", "returned", on_hand=1)


def hold(reference: str, needs: Mapping[int, int], *, part: str = "") -> None:
    """Reserve units of variants for an order or a part of it, all or nothing; raises `OutOfStock` and takes none.

    Two lines that share an item are added up before the stock is asked. Each item is taken from one location: from
    one that has everything, else from the first by priority that has enough.
    """
    by_item, variants_of, levels = _lock_needed(needs)
    if not by_item:
        return
    enough = [
        level
        for level in levels
        if (need := by_item[level.item_id]).oversell is None
        or level.free - need.safety_stock + need.oversell >= need.wanted
    ]
    served: dict[int, set[int]] = defaultdict(set)
    for level in enough:
        served[level.priority].add(level.item_id)
    chosen: dict[int, int] = {}
    for level in sorted(enough, key=lambda level: (-len(served[level.priority]), level.priority, level.id)):
        chosen.setdefault(level.item_id, level.id)
    missing = by_item.keys() - chosen.keys()
    if missing:
        raise OutOfStock(_shortages(needs, missing, by_item, variants_of, levels))
    taken = run(
        _TAKE,
        {
            "reference": reference,
            "part": part,
            "level_ids": list(chosen.values()),
            "quantities": [by_item[item_id].wanted for item_id in chosen],
            "moment": now(),
        },
    )
    if len(taken) != len(chosen):
        # The reference holds stock already: taking more would count it twice.
        raise ValueError(f"{reference} holds stock already")


def release(reference: str, *, part: str | None = None, actor: str = "system") -> None:
    """Give back what an order, or one part of it, holds and has not shipped; nothing when it holds nothing."""
    _move(reference, _RELEASE, part, actor)
    _move(reference, _DEALLOCATE, part, actor)


def allocate(reference: str, *, part: str | None = None, actor: str = "system") -> None:
    """Turn the reservation of an order that has been paid into an allocation."""
    _move(reference, _ALLOCATE, part, actor)


def ship(reference: str, *, part: str | None = None, actor: str = "system") -> None:
    """Take what is allocated to an order off the shelf."""
    _move(reference, _SHIP, part, actor)


def unship(reference: str, *, part: str | None = None, actor: str = "system") -> None:
    """Put what left a moment ago back in its place: it stays allocated to the order."""
    _move(reference, _UNSHIP, part, actor)


def restock(reference: str, *, part: str | None = None, actor: str = "system") -> None:
    """Put what was shipped for an order back on the shelf."""
    _move(reference, _RETURN, part, actor)


def adjust(
    level_id: int, *, reason: str, actor: str, delta: int | None = None, set_to: int | None = None
) -> StockLevel:
    """Correct a level's count by a difference or to a figure, with a reason; raises `Invalid` or `NotFound`."""
    if (delta is None) == (set_to is None):
        raise ValueError("give either delta or set_to")
    if not reason.strip():
        raise Invalid(_("Say why the stock changes."), field="reason")
    level = session.execute(
        select(StockLevel).where(StockLevel.id == level_id).with_for_update().execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if level is None:
        raise NotFound(_("This stock is not kept any more."))
    change = delta if delta is not None else (set_to or 0) - level.on_hand
    if not -1_000_000 <= change <= 1_000_000:
        raise Invalid(_("That is more than a shelf can hold."), field="quantity")
    if level.on_hand + change < 0:
        raise Invalid(
            _("Only %(on_hand)s are there, so the count can't go below zero.", on_hand=level.on_hand), field="quantity"
        )
    if change:
        level.on_hand += change
        session.add(
            StockMovement(level_id=level.id, kind="adjusted", on_hand_delta=change, reason=reason.strip(), actor=actor)
        )
        session.flush()
    return level


def create_item_for_variant(
    variant_id: int,
    *,
    sku: str | None = None,
    on_hand: int = 0,
    policy: str = "deny",
    tracked: bool = True,
    actor: str = "system",
    reason: str = "",
) -> InventoryItem:
    """Begin to count a variant: one item, one level at the first location, opening stock as a movement `received`."""
    opening = OpeningStock(variant_id, sku=sku, on_hand=on_hand, policy=policy, tracked=tracked)
    item_id = create_items_for_variants([opening], actor=actor, reason=reason)[variant_id]
    return session.get_one(InventoryItem, item_id)


def create_items_for_variants(
    stocks: Sequence[OpeningStock], *, actor: str = "system", reason: str = "opening stock"
) -> dict[int, int]:
    """Begin to count many variants; return their items by variant. 7 statements, however many they are."""
    item_ids = create_items(stocks, actor=actor, reason=reason)
    if item_ids:
        copy_rows(
            "variant_items",
            ("variant_id", "item_id", "quantity"),
            ((one.variant_id, item_id, 1) for item_id, one in zip(item_ids, stocks, strict=True)),
        )
    return {one.variant_id: item_id for item_id, one in zip(item_ids, stocks, strict=True) if one.variant_id}


def create_items(stocks: Sequence[OpeningStock], *, actor: str = "system", reason: str = "opening stock") -> list[int]:
    """Begin to count things that are no variants, such as blanks; return their ids in order. 6 statements."""
    if not stocks:
        return []
    location_id, moment = default_location().id, now()
    item_ids = reserve_ids("inventory_items", len(stocks))
    level_ids = reserve_ids("stock_levels", len(stocks))
    numbered = list(zip(item_ids, level_ids, stocks, strict=True))
    copy_rows(
        "inventory_items",
        ("id", "sku", "policy", "tracked"),
        ((item_id, one.sku, one.policy, one.tracked) for item_id, _level, one in numbered),
    )
    copy_rows(
        "stock_levels",
        ("id", "item_id", "location_id", "on_hand"),
        ((level_id, item_id, location_id, one.on_hand) for item_id, level_id, one in numbered),
    )
    copy_rows(
        "stock_movements",
        ("level_id", "kind", "on_hand_delta", "reason", "actor", "at"),
        (
            (level_id, "received", one.on_hand, reason, actor, moment)
            for _item, level_id, one in numbered
            if one.on_hand
        ),
    )
    return item_ids


def hand_over(heirs: Mapping[int, int]) -> set[int]:
    """Let variants go on with the stock of variants that are gone, which they stand under; return those that got some.

    1 statement, or none for none.
    """
    if not heirs:
        return set()
    found = session.execute(_HAND_OVER, {"gone": list(heirs), "heirs": list(heirs.values())})
    return set(found.scalars())


def set_stock_rule(item_id: int, *, sku: str | None, tracked: bool, policy: str) -> None:
    """Say how an item is sold; its count stays as it is."""
    session.execute(
        update(InventoryItem).where(InventoryItem.id == item_id).values(sku=sku, tracked=tracked, policy=policy)
    )


def default_location() -> Location:
    """Return the location of the lowest priority figure; a shop without one gets `main`."""
    location = session.execute(select(Location).order_by(Location.priority, Location.id).limit(1)).scalar_one_or_none()
    if location is None:
        location = Location(code="main", name="Main stock")
        session.add(location)
        session.flush()
    return location


def _lock_needed(needs: Mapping[int, int]) -> tuple[dict[int, _Need], dict[int, list[int]], list[_Level]]:
    """Return what is needed of each counted item, by which variants, and the locked levels that may serve it."""
    by_item: dict[int, _Need] = {}
    variants_of: dict[int, list[int]] = defaultdict(list)
    levels: dict[int, _Level] = {}
    for row in run(_LOCK_NEEDED, {"variant_ids": sorted(needs)}):
        if row.level_id is not None:
            levels[row.level_id] = _Level(row.level_id, row.item_id, row.free, row.priority)
        # A row for each level of an item: what is needed of it is counted once.
        if row.variant_id in variants_of[row.item_id]:
            continue
        before = by_item[row.item_id].wanted if row.item_id in by_item else 0
        by_item[row.item_id] = _Need(before + needs[row.variant_id] * row.quantity, row.safety_stock, row.oversell)
        variants_of[row.item_id].append(row.variant_id)
    return by_item, variants_of, list(levels.values())


def _shortages(
    needs: Mapping[int, int],
    missing: set[int],
    by_item: Mapping[int, _Need],
    variants_of: Mapping[int, list[int]],
    levels: Sequence[_Level],
) -> tuple[Shortage, ...]:
    best: dict[int, int] = defaultdict(int)
    for level in levels:
        need = by_item[level.item_id]
        best[level.item_id] = max(best[level.item_id], level.free - need.safety_stock + (need.oversell or 0))
    left: dict[int, int] = {}
    for item_id in missing:
        for variant_id in variants_of[item_id]:
            left[variant_id] = min(left.get(variant_id, best[item_id]), best[item_id])
    return tuple(Shortage(variant_id, needs[variant_id], max(units, 0)) for variant_id, units in sorted(left.items()))


def _move(reference: str, move: _Move, part: str | None, actor: str) -> int:
    named = {"reference": reference, "part": part, "state": move.state}
    held = session.execute(_LOCK_HELD_LEVELS, named).all()
    if not held:
        return 0
    moved = session.execute(
        _MOVE,
        {
            **named,
            "to_state": move.to_state,
            "kind": move.kind,
            "on_hand": move.on_hand,
            "reserved": move.reserved,
            "allocated": move.allocated,
            "again": move.again,
            "actor": actor,
            "moment": now(),
        },
    ).all()
    return len(moved)
