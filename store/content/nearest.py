"""What stands nearest to an address that nobody knows: by the letters it shares with the names of what is there."""

import re
from dataclasses import dataclass

from store.catalog.queries import Ref
from store.catalog.queries.collections import PUBLISHED
from store.core.db import read_rows
from store.redirects.paths import canonical

_PRODUCTS = 4
_PLACES = 3

# Below this a name shares letters with the address by chance. Measured on the demo shop: what people meant lies
# above .4, what they did not mean below .3.
_ALIKE = 0.35
_LONGEST = 120

_ENDING = re.compile(r"\.(html?|php|aspx?)$")
_NUMBER = re.compile(r"(-(copy|kopie)|-?[0-9]+)+$")

# One pass over the trigrams of the titles for products, and over the few collections, categories and pages.
_STATEMENT = f"""
    (SELECT 'product' AS kind, p.id, p.revision, p.handle, p.title,
       greatest(similarity(lower(p.title), :words), CASE WHEN p.handle = ANY(:handles) THEN 1 ELSE 0 END) AS score
     FROM products p
     WHERE (lower(p.title) % :words OR p.handle = ANY(:handles)) AND {PUBLISHED}
     ORDER BY score DESC, p.popularity DESC, p.id LIMIT {_PRODUCTS})
    UNION ALL
    (SELECT kind, 0, 0, handle, title, score FROM (
       SELECT kind, handle, title, greatest(similarity(lower(title), :words), similarity(handle, :handle)) AS score
       FROM (SELECT 'collection' AS kind, handle, title FROM collections WHERE handle <> 'frontpage'
             UNION ALL SELECT 'category', handle, title FROM categories
             UNION ALL SELECT kind, handle, title FROM pages) named) place
     WHERE score >= {_ALIKE} ORDER BY score DESC, handle LIMIT {_PLACES})
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A page to go to: a collection, a category, a written page or a legal text."""

    kind: str
    handle: str
    title: str


@dataclass(frozen=True, slots=True)
class Nearest:
    """Products and other pages, the nearest first; both empty when nothing is near."""

    products: tuple[Ref, ...] = ()
    places: tuple[Place, ...] = ()
    # The nearest of all as an address without market prefix.
    path: str | None = None


def words_of(path: str) -> str:
    """Return the words of an address's last part, as one would type them: `/products/blue-mug-2` gives `blue mug`."""
    return _handle_of(path).replace("-", " ")[:_LONGEST].strip()


def find_nearest(path: str) -> Nearest:
    """Return what is nearest to an address. 1 statement, none for an address without words."""
    handle = _handle_of(path)
    words = words_of(path)
    if len(words) < 2:
        return Nearest()
    rows = read_rows(_STATEMENT, {"words": words, "handle": handle, "handles": _spellings(handle)})
    rows = [row for row in rows if row.score >= _ALIKE]
    best = max(rows, key=lambda row: row.score, default=None)
    return Nearest(
        tuple(Ref(row.id, row.revision) for row in rows if row.kind == "product"),
        tuple(Place(row.kind, row.handle, row.title) for row in rows if row.kind != "product"),
        None if best is None else address_of(best.kind, best.handle),
    )


def address_of(kind: str, handle: str) -> str:
    """Return the address of something by its kind and handle, without market prefix."""
    folders = {"product": "products", "collection": "collections", "category": "categories", "policy": "policies"}
    return f"/{folders.get(kind, 'pages')}/{handle}"


def _handle_of(path: str) -> str:
    last = _ENDING.sub("", canonical(path).rpartition("/")[2])
    plain = re.sub(r"[^\w]+|_+", "-", last).strip("-")
    return _NUMBER.sub("", plain) or plain


def _spellings(handle: str) -> list[str]:
    """Return the handle in the numbers that people add and forget."""
    words = [handle, handle.removesuffix("s"), f"{handle}s", f"{handle}es", handle.removesuffix("es")]
    return list(dict.fromkeys(word for word in words if word))
