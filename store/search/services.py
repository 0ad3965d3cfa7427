"""What changes of search: its documents, what staff say about queries, and what was looked for in vain."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from sqlalchemy import text

from store.core import clock
from store.core.db import read_rows, run, session, transaction
from store.core.errors import Invalid, NotFound
from store.core.i18n import gettext as _
from store.search import queries
from store.search.engine import Engine
from store.search.folding import LONGEST_QUERY, fold, plain
from store.search.models import SearchPin, SearchSynonym
from store.search.queries import engine

# Changes taken in one transaction: their documents are made in less than a second.
BATCH = 1000

# How much is kept of what was looked for in vain: other queries of a day than the first so many are not counted.
MOST_MISSES_A_DAY = 1000
KEEP_MISSES_DAYS = 90
_LONGEST_MISS = 60

_MOST_WORDS = 20
_MOST_PINNED = 24

# Looks like an address or a number that belongs to somebody: nobody's business but theirs.
_PERSONAL = re.compile(r"@|\d[\d\s./-]{5,}\d")

# As an array: a queue is believed to be empty, and a join with it would then be planned row by row.
_TAKE = """
    DELETE FROM search_changes WHERE id = ANY(ARRAY(
      SELECT id FROM search_changes ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED))
    RETURNING product_id
"""

# A product whose day has come changes nothing in its row.
_PUBLISHED_SINCE = """
    SELECT p.id FROM products p
     WHERE p.status = 'active' AND p.published_at BETWEEN :since AND :moment
       AND NOT EXISTS (SELECT FROM search_documents d WHERE d.product_id = p.id)
     ORDER BY p.published_at DESC LIMIT :most
"""


def use(other: Engine) -> None:
    """Search with another engine from now on: for a shop that brings one, and for tests."""
    queries.use(other)


def index_changes(*, batches: int = 50) -> int:
    """Follow what was noted, in transactions of its own; return how many products were looked at.

    Any number may run at once: each takes other notes, and the engine lets one at a time write.
    """
    done = 0
    for _number in range(batches):
        with transaction():
            product_ids = sorted({row.product_id for row in run(_TAKE, {"most": BATCH})})
            if not product_ids:
                product_ids = _newly_published()
            engine().index(product_ids)
        session.expire_all()
        done += len(product_ids)
        if not product_ids:
            break
    return done


def has_changes() -> bool:
    """Return whether something waits to be indexed. 1 statement."""
    return bool(read_rows("SELECT 1 FROM search_changes LIMIT 1"))


def rebuild() -> Iterable[int]:
    """Make every document anew; gives how many are done, batch by batch."""
    with transaction():
        # Whatever is noted from here on comes after the rebuild.
        run("DELETE FROM search_changes")
    return engine().rebuild()


def note_miss(query: str) -> None:
    """Count a query that found nothing, in the transaction in progress. 1 statement, or none.

    It is kept as words without anything that looks like a person's address or number.
    """
    said = fold(query)
    if not said or len(said) > _LONGEST_MISS or _PERSONAL.search(query):
        return
    run(
        """
        INSERT INTO search_misses (day, query, times)
        SELECT :day, :query, 1
         WHERE EXISTS (SELECT FROM search_misses WHERE day = :day AND query = :query)
            OR (SELECT count(*) FROM search_misses WHERE day = :day) < :most
        ON CONFLICT (day, query) DO UPDATE SET times = search_misses.times + 1
        """,
        {"day": clock.now().date(), "query": said, "most": MOST_MISSES_A_DAY},
    )


def forget_misses() -> None:
    """Throw away what was looked for in vain a season ago."""
    run("DELETE FROM search_misses WHERE day < :day", {"day": _days_ago(KEEP_MISSES_DAYS)})


def save_synonym(synonym_id: int | None, words: Sequence[str], meant: Sequence[str]) -> SearchSynonym:
    """Make or change a group of words that mean the same; raises `Invalid` and `NotFound`."""
    words, meant = _written(words), _written(meant)
    meant = [word for word in meant if word not in words]
    if not words:
        raise Invalid(_("Which word is it about?"), field="words")
    if len(words) + len(meant) < 2:
        raise Invalid(_("One word alone means nothing else: give another one."), field="words")
    row = SearchSynonym() if synonym_id is None else session.get(SearchSynonym, synonym_id)
    if row is None:
        raise NotFound(_("This is not here any more."))
    row.words, row.meant = words, meant
    session.add(row)
    session.flush()
    queries.forget()
    return row


def save_pin(pin_id: int | None, query: str, product_ids: Sequence[int]) -> SearchPin:
    """Say which products come first for a query, in their order; raises `Invalid` and `NotFound`."""
    folded = fold(query)[:LONGEST_QUERY]
    if not folded:
        raise Invalid(_("Which query is it about?"), field="query")
    if len(product_ids) > _MOST_PINNED:
        raise Invalid(_("At most %(most)s products can be put first.", most=_MOST_PINNED), field="products")
    taken = session.execute(
        text("SELECT id FROM search_pins WHERE folded = :folded"), {"folded": folded}
    ).scalar_one_or_none()
    if taken is not None and taken != pin_id:
        raise Invalid(_("There are products put first for this query already."), field="query")
    row = SearchPin() if pin_id is None else session.get(SearchPin, pin_id)
    if row is None:
        raise NotFound(_("This is not here any more."))
    row.query, row.folded, row.product_ids = query.strip()[:LONGEST_QUERY], folded, list(dict.fromkeys(product_ids))
    session.add(row)
    session.flush()
    queries.forget()
    return row


def delete_rule(row: SearchSynonym | SearchPin) -> None:
    """Take a synonym or what was put first away."""
    session.delete(row)
    session.flush()
    queries.forget()


def _written(words: Sequence[str]) -> list[str]:
    # With their accents: what is left out of them is decided when they are compared.
    return list(dict.fromkeys(said for word in words[:_MOST_WORDS] if (said := plain(word)[:LONGEST_QUERY])))


def _newly_published() -> list[int]:
    moment = clock.now()
    rows = read_rows(_PUBLISHED_SINCE, {"since": _days_ago(2), "moment": moment, "most": BATCH})
    return [row.id for row in rows]


def _days_ago(days: int) -> datetime:
    return clock.now() - timedelta(days=days)
