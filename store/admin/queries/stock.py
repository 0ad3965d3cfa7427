"""Stock by SKU, and the ledger of one level."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from store.core.db import session
from store.core.errors import NotFound
from store.core.i18n import gettext as _

PAGE_SIZE = 50

# What each filter of the table keeps.
FILTERS = {
    "low": "v.available AND v.stock_left IS NOT NULL AND p.status = 'active'",
    "out": "NOT v.available AND p.status = 'active'",
    "reserved": "s.reserved + s.allocated > 0",
}

_FROM = """
      FROM stock_levels s
      JOIN inventory_items i ON i.id = s.item_id
      JOIN locations l ON l.id = s.location_id
      LEFT JOIN variant_items vi ON vi.item_id = i.id
      LEFT JOIN variants v ON v.id = vi.variant_id
      LEFT JOIN products p ON p.id = v.product_id
"""
_LIVING = "(v.id IS NULL OR v.deleted_at IS NULL)"
_SEARCH = "(coalesce(v.sku, i.sku) ILIKE :pattern ESCAPE '\\' OR lower(p.title) LIKE lower(:pattern) ESCAPE '\\')"
_COLUMNS = """
    SELECT s.id AS level_id, coalesce(v.sku, i.sku, '') AS sku, coalesce(p.title, '') AS title, p.id AS product_id,
           (SELECT string_agg(ov.value, ' · ' ORDER BY o.position, o.id)
              FROM variant_values vv JOIN option_values ov ON ov.id = vv.value_id JOIN options o ON o.id = vv.option_id
             WHERE vv.variant_id = v.id) AS variant_title,
           l.name AS location, i.policy, i.tracked, i.safety_stock, s.on_hand, s.reserved, s.allocated, s.incoming,
           s.on_hand - s.reserved - s.allocated - i.safety_stock AS available
"""


@dataclass(frozen=True)
class LevelRow:
    """One SKU at one location; `available` is what can still be sold of it."""

    level_id: int
    sku: str
    title: str
    product_id: int | None
    variant_title: str | None
    location: str
    policy: str
    tracked: bool
    safety_stock: int
    on_hand: int
    reserved: int
    allocated: int
    incoming: int
    available: int


def list_levels(*, only: str = "", search: str = "", page: int = 1) -> Sequence[LevelRow]:
    """Return one page of stock levels by product and SKU (1 statement)."""
    where, parameters = _where(only, search)
    rows = session.execute(
        text(f"{_COLUMNS} {_FROM} WHERE {where} ORDER BY p.title, p.id, v.position, s.id LIMIT :size OFFSET :offset"),
        {**parameters, "size": PAGE_SIZE, "offset": (page - 1) * PAGE_SIZE},
    )
    return [LevelRow(*row) for row in rows]


def count_levels(*, only: str = "", search: str = "") -> int:
    """Return how many levels `list_levels` goes through."""
    where, parameters = _where(only, search)
    return int(session.execute(text(f"SELECT count(*) {_FROM} WHERE {where}"), parameters).scalar_one())


def get_level(level_id: int) -> LevelRow:
    """Return one level; raises `NotFound`."""
    row = session.execute(
        text(f"{_COLUMNS} {_FROM} WHERE s.id = :level_id ORDER BY v.deleted_at NULLS FIRST LIMIT 1"),
        {"level_id": level_id},
    ).one_or_none()
    if row is None:
        raise NotFound(_("This stock is not kept any more."))
    return LevelRow(*row)


def list_movements(level_id: int, limit: int = 100) -> Sequence[Any]:
    """Return the latest lines of a level's ledger with the order that each belongs to.

    What moves between the parts of one order changes no figure here, so it is left out.
    """
    return session.execute(
        text("""
            SELECT m.kind, m.on_hand_delta, m.reserved_delta, m.allocated_delta, m.incoming_delta, m.reason, m.actor,
                   m.at, o.id AS order_id, o.number
              FROM stock_movements m
              LEFT JOIN holds h ON h.id = m.hold_id
              LEFT JOIN orders o ON h.reference = 'order:' || o.id
             WHERE m.level_id = :level_id AND m.kind <> 'split' ORDER BY m.id DESC LIMIT :limit
        """),
        {"level_id": level_id, "limit": limit},
    ).all()


def _where(only: str, search: str) -> tuple[str, dict[str, Any]]:
    conditions = [_LIVING]
    if only in FILTERS:
        conditions.append(f"({FILTERS[only]})")
    if not search:
        return " AND ".join(conditions), {}
    escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return " AND ".join([*conditions, _SEARCH]), {"pattern": f"%{escaped}%"}
