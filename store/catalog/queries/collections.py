"""Collections: few, on every page, and therefore remembered for some seconds."""

import time
from dataclasses import dataclass

from store.catalog.queries.picture import PICTURE_JSON, Picture, picture_from
from store.core.db import read_rows

# A change of a collection or of its count is seen everywhere after at most this many seconds; counting a very large
# catalogue takes long and is remembered for as many times longer, so that it never takes more than its small share.
REMEMBER_SECONDS = 5.0
_SHARE = 50

# What a shopper may see: published, and priced in the currency of the market.
PUBLISHED = "p.status = 'active' AND p.published_at <= now()"
SHOWN = f"""
    {PUBLISHED} AND EXISTS (
      SELECT FROM variants v JOIN prices pr ON pr.variant_id = v.id
      WHERE v.product_id = p.id AND v.deleted_at IS NULL
        AND pr.currency = :currency AND pr.price_list_id IS NULL AND pr.min_qty = 1)
"""

# The same for all products at once, with their cheapest price: one pass over the prices instead of a look at each.
PRICED = """
    SELECT v.product_id, min(pr.amount_minor) AS low FROM variants v JOIN prices pr ON pr.variant_id = v.id
    WHERE v.deleted_at IS NULL AND pr.currency = :currency AND pr.price_list_id IS NULL AND pr.min_qty = 1
    GROUP BY v.product_id
"""

_STATEMENT = f"""
    WITH shown AS MATERIALIZED (
      SELECT p.id FROM products p JOIN ({PRICED}) priced ON priced.product_id = p.id
      WHERE {PUBLISHED}),
    counted AS (
      SELECT cp.collection_id, count(*) AS total
      FROM collection_products cp JOIN shown s ON s.id = cp.product_id GROUP BY cp.collection_id)
    SELECT c.id, c.handle, c.title, c.description_html, c.seo_title, c.seo_description,
      (SELECT {PICTURE_JSON} FROM images i WHERE i.id = c.image_id AND i.status = 'ready') AS picture,
      coalesce(counted.total, 0) AS total, c.position AS rank
    FROM collections c LEFT JOIN counted ON counted.collection_id = c.id
    UNION ALL
    SELECT 0, 'all', '', '', '', '', NULL, (SELECT count(*) FROM shown), -1
    ORDER BY rank, id
"""

# The collection that dresses the home page: its words, its picture, its products. It is no shelf of its own.
FRONTPAGE = "frontpage"


@dataclass(frozen=True, slots=True)
class CollectionFacts:
    """A collection with its picture and the number of products a shopper can see in it."""

    id: int
    handle: str
    title: str
    description_html: str
    seo_title: str
    seo_description: str
    picture: Picture | None
    count: int


_remembered: dict[str, tuple[float, tuple[CollectionFacts, ...]]] = {}


def list_collections(currency: str) -> tuple[CollectionFacts, ...]:
    """Return the shelves in their order; those without anything to show are left out. At most 1 statement."""
    return tuple(one for one in _all(currency) if one.id and one.count and one.handle != FRONTPAGE)


def find_collection(handle: str, currency: str) -> CollectionFacts | None:
    """Return a collection by its handle; `all` is everything and has the id 0. At most 1 statement."""
    return next((one for one in _all(currency) if one.handle == handle), None)


def forget() -> None:
    """Read the collections anew at the next call."""
    _remembered.clear()


def _all(currency: str) -> tuple[CollectionFacts, ...]:
    until, found = _remembered.get(currency, (0.0, ()))
    started = time.monotonic()
    if started < until:
        return found
    found = tuple(
        CollectionFacts(
            row.id,
            row.handle,
            row.title,
            row.description_html,
            row.seo_title,
            row.seo_description,
            picture_from(row.picture),
            row.total,
        )
        for row in read_rows(_STATEMENT, {"currency": currency})
    )
    ended = time.monotonic()
    _remembered[currency] = (ended + max(REMEMBER_SECONDS, _SHARE * (ended - started)), found)
    return found
