"""Which products a list shows, in which order: ids and revisions only; the cards come from memory or `list_cards`."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from store.catalog.queries.collections import PUBLISHED, SHOWN, CollectionFacts
from store.catalog.queries.prices import PriceScope, lowest_prices
from store.core.db import read_rows

# A search that no title could answer is not sent to the database.
MAX_SEARCH = 120
_MAX_FOUND = 240

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


def search_titles(query: str, prices: PriceScope, *, first: int = 0, limit: int = 24) -> Listing:
    """Return products whose title holds every word of the query, those that begin with it first. 1 statement.

    The count is exact up to a bound that no shopper pages through.
    """
    words = query.lower().split()
    if not words or len(query) > MAX_SEARCH:
        return Listing((), 0)
    parameters: dict[str, Any] = {**prices.parameters, "limit": limit, "first": first, "start": _like(words[0]) + "%"}
    conditions = []
    for number, word in enumerate(words[:8]):
        parameters[f"word{number}"] = f"%{_like(word)}%"
        conditions.append(f"lower(p.title) LIKE :word{number}")
    rows = read_rows(
        f"""
        WITH found AS MATERIALIZED (
          SELECT p.id, p.revision, p.available, p.popularity, lower(p.title) AS title
          FROM products p WHERE {" AND ".join(conditions)} AND {SHOWN} LIMIT {_MAX_FOUND})
        SELECT id, revision, (SELECT count(*) FROM found) AS total FROM found
        ORDER BY available DESC, title LIKE :start DESC, popularity DESC, id LIMIT :limit OFFSET :first
        """,
        parameters,
    )
    return Listing(_refs(rows), rows[0].total if rows else 0)


def _refs(rows: Sequence[Any]) -> tuple[Ref, ...]:
    return tuple(Ref(row.id, row.revision) for row in rows)


def _like(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
