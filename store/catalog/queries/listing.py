"""Which products a list shows, in which order: ids and revisions only; the cards come from memory or `list_cards`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from store.catalog.queries.collections import PUBLISHED, SHOWN, CollectionFacts
from store.catalog.queries.prices import PriceScope, lowest_prices
from store.core.db import read_rows

SORTS: dict[str, str] = {
    "featured": "p.popularity DESC, p.id DESC",
    "newest": "p.published_at DESC, p.id DESC",
    # The cheapest variant decides.
    "price-up": "priced.low, p.id",
    "price-down": "priced.low DESC, p.id",
    "title": "lower(p.title), p.id",
}


@dataclass(frozen=True, slots=True)
class Ref:
    """A product and the state of it that a rendered card must match."""

    product_id: int
    revision: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A run of products out of a list of `count`."""

    refs: tuple[Ref, ...]
    count: int


def list_products(
    collection: CollectionFacts, prices: PriceScope, *, sort: str = "featured", first: int = 0, limit: int = 24
) -> Listing:
    """Return a run of a collection's products in one of the orders of `SORTS`. 1 statement."""
    order = SORTS[sort]
    if collection.id and sort == "featured":
        order = "cp.position, cp.product_id"
    joins, shown = [], SHOWN
    if collection.id:
        joins.append("JOIN collection_products cp ON cp.product_id = p.id AND cp.collection_id = :collection")
    if "priced" in order:
        joins.append(f"JOIN ({lowest_prices(prices)}) priced ON priced.product_id = p.id")
        shown = PUBLISHED
    rows = read_rows(
        f"SELECT p.id, p.revision FROM products p {' '.join(joins)} "
        f"WHERE {shown} ORDER BY {order} LIMIT :limit OFFSET :first",
        {**prices.parameters, "collection": collection.id, "limit": limit, "first": first},
    )
    return Listing(_refs(rows), collection.count)


def list_selected(prices: PriceScope, *, limit: int) -> tuple[Ref, ...]:
    """Return the products that sell best and can be bought now. 1 statement."""
    return _refs(
        read_rows(
            f"SELECT p.id, p.revision FROM products p WHERE {SHOWN} AND p.available "
            f"ORDER BY {SORTS['featured']} LIMIT :limit",
            {**prices.parameters, "limit": limit},
        )
    )


def _refs(rows: Sequence[Any]) -> tuple[Ref, ...]:
    return tuple(Ref(row.id, row.revision) for row in rows)
