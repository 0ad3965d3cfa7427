"""Products by the tier that their pictures are kept in, and the bytes of those pictures."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from store.core.clock import now
from store.core.db import read_rows
from store.edge import tiers

PAGE_SIZE = 50

_WHERE = """
      FROM product_tiers t JOIN products p ON p.id = t.product_id
     WHERE (:tier = '' OR t.tier = :tier) AND (NOT :pinned OR t.pinned_until > :moment)
       AND (:pattern = '' OR lower(p.title) LIKE lower(:pattern) ESCAPE '\\' OR p.handle ILIKE :pattern ESCAPE '\\')
"""
_COUNT = f"SELECT count(*) AS number {_WHERE}"
_LIST = f"""
    SELECT p.id, p.title, p.status, t.tier, round({tiers.SCORE}) AS views, t.below_since, t.settled,
           CASE WHEN t.pinned_until > :moment THEN t.pinned_until END AS pinned_until, t.pinned_for,
           (SELECT count(*) FROM product_images WHERE product_id = p.id) AS pictures,
           coalesce(bytes.kept, 0) AS kept, coalesce(bytes.saved, 0) AS saved
      FROM (SELECT t.* {_WHERE}
             ORDER BY strpos('S123', t.tier), {tiers.SCORE} DESC, t.product_id LIMIT :limit OFFSET :skip) t
      JOIN products p ON p.id = t.product_id
      LEFT JOIN LATERAL (SELECT sum(s.kept) AS kept, sum(s.saved) AS saved FROM product_images pi
                           JOIN image_storage s ON s.image_id = pi.image_id WHERE pi.product_id = p.id) bytes ON true
     ORDER BY strpos('S123', t.tier), {tiers.SCORE} DESC, t.product_id
"""
_COLLECTIONS = """
    SELECT c.id, c.title, (SELECT count(*) FROM collection_products WHERE collection_id = c.id) AS products
      FROM collections c ORDER BY c.position, c.id
"""


@dataclass(frozen=True)
class TieredProduct:
    """A product with its tier; `falls_at` is when it goes down if nobody looks at it, `kept` and `saved` are bytes."""

    id: int
    title: str
    status: str
    tier: str
    views: int
    falls_at: datetime | None
    settled: bool
    pinned_until: datetime | None
    pinned_for: str
    pictures: int
    kept: int
    saved: int


@dataclass(frozen=True)
class Shelf:
    """A collection that a campaign can be for."""

    id: int
    title: str
    products: int


def count_products(tier: str, search: str, *, pinned: bool) -> int:
    """Return how many products there are in a tier, by title or address. 1 statement."""
    number: int = read_rows(_COUNT, _parameters(tier, search, pinned=pinned))[0].number
    return number


def list_products(tier: str, search: str, *, pinned: bool, skip: int) -> Sequence[TieredProduct]:
    """Return a page of them, those most looked at first. 1 statement."""
    parameters = {**_parameters(tier, search, pinned=pinned), "limit": PAGE_SIZE, "skip": skip}
    return [
        TieredProduct(
            row.id,
            row.title,
            row.status,
            row.tier,
            int(row.views),
            row.below_since + tiers.GRACE[row.tier] if row.below_since and row.tier in tiers.GRACE else None,
            row.settled,
            row.pinned_until,
            row.pinned_for,
            row.pictures,
            int(row.kept),
            int(row.saved),
        )
        for row in read_rows(_LIST, parameters)
    ]


def list_shelves() -> list[Shelf]:
    """Return the collections with how many products they have. 1 statement."""
    return [Shelf(row.id, row.title, row.products) for row in read_rows(_COLLECTIONS)]


def products_of(collection_id: int) -> list[int]:
    """Return the ids of a collection's products. 1 statement."""
    rows = read_rows("SELECT product_id FROM collection_products WHERE collection_id = :id", {"id": collection_id})
    return [row.product_id for row in rows]


def _parameters(tier: str, search: str, *, pinned: bool) -> dict[str, object]:
    escaped = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return {"tier": tier, "pinned": pinned, "pattern": f"%{escaped}%" if search else "", "moment": now()}
