"""The tree of categories as shoppers see it: few, on many pages, and therefore remembered for some seconds."""

import time
from dataclasses import dataclass

from store.catalog.queries.collections import REMEMBER_SECONDS, SHOWN
from store.catalog.queries.listing import SORTS, Listing, Ref
from store.catalog.queries.picture import PICTURE_JSON, Picture, picture_from
from store.catalog.queries.prices import LOW_OF_PRODUCT, PriceScope
from store.core.db import read_rows

# Counting a very large catalogue is remembered for as many times longer as it takes.
_SHARE = 50

_TREE = f"""
    WITH counted AS (
      SELECT p.category_id, count(*) AS total FROM products p
      WHERE p.category_id IS NOT NULL AND {SHOWN} GROUP BY p.category_id)
    SELECT c.id, c.parent_id, c.handle, c.title, c.description_html, c.seo_title, c.seo_description, c.path,
      (SELECT {PICTURE_JSON} FROM images i WHERE i.id = c.image_id AND i.status = 'ready') AS picture,
      coalesce(counted.total, 0) AS own
    FROM categories c LEFT JOIN counted ON counted.category_id = c.id
    ORDER BY c.position, c.id
"""

# Over a row `p` of products: its category and those above it as (handle, title), the root first.
TRAIL_JSON = """
    (SELECT json_agg(json_build_array(above.handle, above.title) ORDER BY length(above.path), above.id)
     FROM categories own
     JOIN categories above ON above.id = ANY(CAST(string_to_array(trim(BOTH '/' FROM own.path), '/') AS bigint[]))
     WHERE own.id = p.category_id)
"""


@dataclass(frozen=True, slots=True)
class CategoryFacts:
    """A category; `count` is the number of products a shopper can see in it and below."""

    id: int
    parent_id: int | None
    handle: str
    title: str
    description_html: str
    seo_title: str
    seo_description: str
    path: str
    picture: Picture | None
    count: int


_remembered: dict[PriceScope, tuple[float, dict[int, CategoryFacts]]] = {}


def find_category(handle: str, prices: PriceScope) -> CategoryFacts | None:
    """Return a category by its handle. At most 1 statement."""
    return next((one for one in _tree(prices).values() if one.handle == handle), None)


def list_children(parent_id: int | None, prices: PriceScope) -> list[CategoryFacts]:
    """Return the categories directly below one, or the roots, that have something to show. At most 1 statement."""
    return [one for one in _tree(prices).values() if one.parent_id == parent_id and one.count]


def list_above(category: CategoryFacts, prices: PriceScope) -> list[CategoryFacts]:
    """Return the way to a category, the root first, without itself. At most 1 statement."""
    tree = _tree(prices)
    ids = [int(part) for part in category.path.strip("/").split("/")][:-1]
    return [tree[id_] for id_ in ids if id_ in tree]


def list_shown(prices: PriceScope) -> list[CategoryFacts]:
    """Return all categories that have something to show. At most 1 statement."""
    return [one for one in _tree(prices).values() if one.count]


def list_in_category(
    category: CategoryFacts, prices: PriceScope, *, sort: str = "featured", first: int = 0, limit: int = 24
) -> Listing:
    """Return a run of the products in a category and below it, in one of the orders of `SORTS`. 1 statement."""
    order = SORTS[sort].replace("priced.low", LOW_OF_PRODUCT)
    rows = read_rows(
        f"SELECT p.id, p.revision FROM products p "
        f"WHERE p.category_id IN (SELECT id FROM categories WHERE path LIKE :below) AND {SHOWN} "
        f"ORDER BY {order} LIMIT :limit OFFSET :first",
        {**prices.parameters, "below": category.path + "%", "limit": limit, "first": first},
    )
    return Listing(tuple(Ref(row.id, row.revision) for row in rows), category.count)


def forget() -> None:
    """Read the tree anew at the next call."""
    _remembered.clear()


def _tree(prices: PriceScope) -> dict[int, CategoryFacts]:
    until, found = _remembered.get(prices, (0.0, {}))
    started = time.monotonic()
    if started < until:
        return found
    rows = read_rows(_TREE, prices.parameters)
    counts = {row.id: 0 for row in rows}
    for row in rows:
        for id_ in row.path.strip("/").split("/") if row.own else ():
            counts[int(id_)] += row.own
    found = {
        row.id: CategoryFacts(
            row.id,
            row.parent_id,
            row.handle,
            row.title,
            row.description_html,
            row.seo_title,
            row.seo_description,
            row.path,
            picture_from(row.picture),
            counts[row.id],
        )
        for row in rows
    }
    ended = time.monotonic()
    _remembered[prices] = (ended + max(REMEMBER_SECONDS, _SHARE * (ended - started)), found)
    return found
