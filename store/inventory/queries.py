"""What can be sold, as the stock stands now."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import text

from store.core.db import read_rows, session

# Units that can be sold of a variant; NULL where nothing limits them. A kit is limited by its scarcest item.
_UNITS = """
    min(CASE WHEN i.tracked AND (i.policy = 'deny' OR i.backorder_limit IS NOT NULL)
             THEN greatest(floor((coalesce(stock.free, 0) - i.safety_stock
                                  + CASE WHEN i.policy = 'continue' THEN i.backorder_limit ELSE 0 END)::numeric
                                 / vi.quantity), 0)
        END)::bigint
"""
_STOCK = """
    variant_items vi
      JOIN inventory_items i ON i.id = vi.item_id
      LEFT JOIN LATERAL (
           SELECT sum(on_hand - reserved - allocated) AS free FROM stock_levels WHERE item_id = i.id) stock ON true
"""
_AVAILABLE = f"""
    SELECT vi.variant_id, {_UNITS} AS units FROM {_STOCK} WHERE vi.variant_id = ANY(:variant_ids) GROUP BY vi.variant_id
"""

_RULES = text("""
    SELECT vi.variant_id, i.id AS item_id, i.sku, i.tracked, i.policy
      FROM variant_items vi JOIN inventory_items i ON i.id = vi.item_id
     WHERE vi.variant_id = ANY(:variant_ids)
       AND NOT EXISTS (SELECT 1 FROM variant_items o WHERE o.variant_id = vi.variant_id AND o.item_id <> vi.item_id)
""")


@dataclass(frozen=True)
class StockRule:
    """How the one item behind a variant is sold: whether it is counted, and what happens when none is left."""

    item_id: int
    sku: str | None
    tracked: bool
    policy: str


def find_stock_rules(variant_ids: Collection[int]) -> dict[int, StockRule]:
    """Return the rules by variant; kits of several items and variants without stock are left out. 1 statement."""
    if not variant_ids:
        return {}
    rows = session.execute(_RULES, {"variant_ids": list(variant_ids)})
    return {row.variant_id: StockRule(row.item_id, row.sku, row.tracked, row.policy) for row in rows}


def available_for(variant_ids: Collection[int]) -> Mapping[int, int | None]:
    """Return the units of each variant that can be sold now; `None` is without limit, unknown variants have 0."""
    found: dict[int, int | None] = dict.fromkeys(variant_ids, 0)
    for row in read_rows(_AVAILABLE, {"variant_ids": list(variant_ids)}):
        found[row.variant_id] = row.units
    return found


def units_left(variant: str) -> str:
    """Return the same as an SQL expression, for a statement in which `variant` is a variant's id."""
    return f"(SELECT CASE WHEN count(*) = 0 THEN 0 ELSE {_UNITS} END FROM {_STOCK} WHERE vi.variant_id = {variant})"
