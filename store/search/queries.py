"""What search can tell: products for a query, suggestions while typing, and what staff know about queries."""

import contextlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy.exc import DBAPIError

from store.catalog.queries import Sellable, list_sellables
from store.catalog.queries.collections import SHOWN
from store.catalog.queries.prices import PriceScope
from store.core import clock
from store.core.db import read_rows
from store.search.engine import Engine, Explanation, Hits, Synonym
from store.search.folding import LONGEST_QUERY, fold
from store.search.postgres import PostgresEngine

# What staff say about queries is seen by shoppers after at most this many seconds.
REMEMBER_SECONDS = 5.0

# No search is worth more of the database's time; whoever asked is told so.
_PATIENCE_MS = 1500

_SHORTEST_SKU = 3

_engine: Engine = PostgresEngine()

_impatient: ContextVar[bool] = ContextVar("impatient", default=False)


def engine() -> Engine:
    """Return the search engine in use."""
    return _engine


def use(other: Engine) -> None:
    """Search with another engine from now on."""
    global _engine
    _engine = other


@dataclass(frozen=True, slots=True)
class Found:
    """What a query finds, the best first, staff's choice before that; `sku` is the variant whose SKU is the query."""

    product_ids: tuple[int, ...] = ()
    hits: Hits = field(default_factory=Hits)
    sku: Sellable | None = None


@dataclass(frozen=True, slots=True)
class _Rules:
    synonyms: tuple[Synonym, ...]
    pins: dict[str, tuple[int, ...]]


_remembered: tuple[float, _Rules] | None = None


def find_products(query: str, prices: PriceScope, *, literal: bool = False, unfinished: bool = False) -> Found:
    """Return the products that a query finds and a shopper may see. At most 8 statements.

    `literal` corrects nothing; `unfinished` takes the last word as the beginning of one.
    """
    found = look_up(query, prices, literal=literal, unfinished=unfinished)
    return replace(found, product_ids=_shown(found.product_ids, prices))


def look_up(query: str, prices: PriceScope, *, literal: bool = False, unfinished: bool = False) -> Found:
    """Return what a query finds as the index has it: for whoever then asks the catalogue what of it may be seen.

    At most 9 statements, the last two when the query is a SKU.
    """
    said = fold(query[:LONGEST_QUERY])
    if not said:
        return Found()
    rules = _rules()
    with _patience():
        hits = engine().search(query, synonyms=rules.synonyms, literal=literal, unfinished=unfinished)
        by_sku = _by_sku(query)
    wanted = dict.fromkeys((*rules.pins.get(said, ()), *(row.product_id for row in by_sku), *hits.product_ids))
    return Found(tuple(wanted), hits, _exact(by_sku, prices))


def suggest(query: str, prices: PriceScope, *, most: int) -> tuple[Found, tuple[str, ...]]:
    """Return what a query finds whose last word is only begun, and whole queries that it may become.

    At most 12 statements.
    """
    with _patience():
        found = find_products(query, prices, unfinished=True)
        return found, engine().suggest(query, most=most)


def explain(query: str, product_ids: Sequence[int]) -> list[Explanation]:
    """Return why products are found. At most 5 statements."""
    return engine().explain(query, product_ids, synonyms=_rules().synonyms)


def pinned_for(query: str) -> tuple[int, ...]:
    """Return the products that staff put first for a query. At most 1 statement."""
    return _rules().pins.get(fold(query), ())


@dataclass(frozen=True, slots=True)
class Miss:
    """A query that found nothing: how often, and when last."""

    query: str
    times: int
    last: date


def list_misses(*, days: int = 30, most: int = 200) -> list[Miss]:
    """Return what was looked for in vain, the most frequent first. 1 statement."""
    rows = read_rows(
        """
        SELECT query, CAST(sum(times) AS bigint) AS times, max(day) AS last FROM search_misses
         WHERE day >= :since GROUP BY query ORDER BY times DESC, last DESC, query LIMIT :most
        """,
        {"since": clock.now().date() - timedelta(days=days), "most": most},
    )
    return [Miss(row.query, row.times, row.last) for row in rows]


def forget() -> None:
    """Read staff's rules anew at the next query."""
    global _remembered
    _remembered = None


def _rules() -> _Rules:
    global _remembered
    if _remembered is None or time.monotonic() >= _remembered[0]:
        rows = read_rows("""
            SELECT words, meant, NULL AS folded, NULL AS product_ids FROM search_synonyms
            UNION ALL SELECT NULL, NULL, folded, product_ids FROM search_pins
        """)
        _remembered = (
            time.monotonic() + REMEMBER_SECONDS,
            _Rules(
                tuple(Synonym(tuple(row.words), tuple(row.meant)) for row in rows if row.words is not None),
                {row.folded: tuple(row.product_ids) for row in rows if row.folded is not None},
            ),
        )
    return _remembered[1]


def _by_sku(query: str) -> list[Any]:
    """Return variants whose SKU begins with the query, the exact one first. 1 statement, or none."""
    asked = query.strip().lower()
    if not _SHORTEST_SKU <= len(asked) <= LONGEST_QUERY or not any(letter.isalnum() for letter in asked):
        return []
    # In this order the exact one is the first anyway. Any other order would sort all that are guessed to be there: at
    # a hundred thousand products the database starts a second process for that.
    begin = asked.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return list(
        read_rows(
            """
            SELECT v.id, v.product_id, p.revision, lower(v.sku) = :asked AS exact
              FROM variants v JOIN products p ON p.id = v.product_id
             WHERE lower(v.sku) LIKE :begin AND v.deleted_at IS NULL
             ORDER BY lower(v.sku) USING ~<~, v.id LIMIT 48
            """,
            {"asked": asked, "begin": begin + "%"},
        )
    )


def _exact(by_sku: Sequence[Any], prices: PriceScope) -> Sellable | None:
    if not by_sku or not by_sku[0].exact or not _shown([by_sku[0].product_id], prices):
        return None
    return list_sellables({by_sku[0].id: by_sku[0].revision}, prices).get(by_sku[0].id)


def _shown(product_ids: Sequence[int], prices: PriceScope) -> tuple[int, ...]:
    """Return those that a shopper may see, asked of the catalogue itself and now. 1 statement."""
    if not product_ids:
        return ()
    rows = read_rows(
        f"SELECT p.id FROM unnest(CAST(:ids AS bigint[])) WITH ORDINALITY asked (id, place) "
        f"JOIN products p ON p.id = asked.id WHERE {SHOWN} ORDER BY asked.place",
        {"ids": list(product_ids), **prices.parameters},
    )
    return tuple(row.id for row in rows)


@contextmanager
def _patience() -> Iterator[None]:
    """Let no statement of the block take longer than a shopper waits. 2 statements, none within another one."""
    if _impatient.get():
        yield
        return
    before = read_rows(_WAIT, {"limit": str(_PATIENCE_MS)})[0].before
    token = _impatient.set(True)
    try:
        yield
    finally:
        _impatient.reset(token)
        with contextlib.suppress(DBAPIError):
            read_rows(_WAIT, {"limit": before})


_WAIT = "SELECT current_setting('statement_timeout') AS before, set_config('statement_timeout', :limit, false)"
