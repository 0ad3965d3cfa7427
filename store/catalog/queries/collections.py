"""Collections: few, on every page, and therefore remembered for some seconds."""

import time
from dataclasses import dataclass

from store.catalog.queries.picture import PICTURE_JSON, Picture, picture_from
from store.catalog.queries.prices import HAS_PRICE, PriceScope, lowest_prices
from store.core.db import read_rows

# A change of a collection or of its count is seen everywhere after at most this many seconds; counting a very large
# catalogue takes long and is remembered for as many times longer, so that it never takes more than its small share.
REMEMBER_SECONDS = 5.0
_SHARE = 50

# Scopes change when a list begins or ends: those of the past are let go.
_MOST_SCOPES = 100

# What a shopper may see: published, and priced in the scope of the market.
PUBLISHED = "p.status = 'active' AND p.published_at <= now()"
SHOWN = f"{PUBLISHED} AND {HAS_PRICE}"

_STATEMENT = """
    WITH shown AS MATERIALIZED (
      SELECT p.id FROM products p JOIN ({lowest_prices}) priced ON priced.product_id = p.id
      WHERE {published}),
    counted AS (
      SELECT cp.collection_id, count(*) AS total
      FROM collection_products cp JOIN shown s ON s.id = cp.product_id GROUP BY cp.collection_id)
    SELECT c.id, c.handle, c.title, c.description_html, c.seo_title, c.seo_description,
      (SELECT {picture} FROM images i WHERE i.id = c.image_id AND i.status = 'ready') AS picture,
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


_remembered: dict[PriceScope, tuple[float, tuple[CollectionFacts, ...]]] = {}
_read_at: dict[PriceScope, float] = {}


def list_collections(prices: PriceScope) -> tuple[CollectionFacts, ...]:
    """Return the shelves in their order; those without anything to show are left out. At most 1 statement."""
    return tuple(one for one in _all(prices) if one.id and one.count and one.handle != FRONTPAGE)


def find_collection(handle: str, prices: PriceScope) -> CollectionFacts | None:
    """Return a collection by its handle; `all` is everything and has the id 0. At most 1 statement.

    Whoever has just made one finds it at once: what is not remembered is looked for again, once a second at most.
    """
    found = next((one for one in _all(prices) if one.handle == handle), None)
    if found is None and _read_at.get(prices, 0.0) < time.monotonic() - 1:
        _remembered.pop(prices, None)
        found = next((one for one in _all(prices) if one.handle == handle), None)
    return found


def forget() -> None:
    """Read the collections anew at the next call."""
    _remembered.clear()
    _read_at.clear()


def _all(prices: PriceScope) -> tuple[CollectionFacts, ...]:
    until, found = _remembered.get(prices, (0.0, ()))
    started = time.monotonic()
    if started < until:
        return found
    statement = _STATEMENT.format(lowest_prices=lowest_prices(prices), published=PUBLISHED, picture=PICTURE_JSON)
    if len(_remembered) >= _MOST_SCOPES:
        forget()
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
        for row in read_rows(statement, prices.parameters)
    )
    ended = time.monotonic()
    _read_at[prices] = started
    _remembered[prices] = (ended + max(REMEMBER_SECONDS, _SHARE * (ended - started)), found)
    return found
