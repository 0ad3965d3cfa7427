"""Throws away what caches keep of things that changed: a few requests a minute, each for many tags.

What triggers noted goes out twice. At once, while Cloudflare takes requests freely; and again some seconds later,
because a page that was being made across the commit, or of parts remembered for seconds, is kept with old words.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from store.core import log
from store.core.clock import now
from store.core.db import run, session, transaction
from store.edge import queries
from store.edge.cloudflare import BUCKET, MOST_TAGS, Cloudflare
from store.edge.errors import EdgeAway, EdgeRefused
from store.edge.models import EdgeChange, EdgePurge

# Navigation and lists are remembered for five seconds, filters follow within two.
SETTLED = timedelta(seconds=10)

# Below so many requests left, only what has settled goes out.
_SPARE = BUCKET // 2

# More than a few minutes' worth of requests: then all of the catalogue is thrown away at once.
_TOO_MANY = 5 * MOST_TAGS
_COARSE = "catalog"

_FIRST_PAUSE = timedelta(seconds=10)
_LONGEST_PAUSE = timedelta(hours=1)
_MOST_ATTEMPTS = 12
# Whoever took it died before the answer.
_LOST = timedelta(seconds=60)

# Any fixed number: one process at a time decides what goes out next.
_LOCK = 5_110_017

_SEE = "UPDATE edge_changes SET seen_at = :moment WHERE seen_at IS NULL"
_DUE = """
    SELECT tag, min(id) AS first FROM edge_changes
     WHERE seen_at <= :until AND (NOT sent OR seen_at <= :settled)
     GROUP BY tag ORDER BY first
"""
_TAKE = "DELETE FROM edge_changes WHERE tag = ANY(:tags) AND seen_at <= :settled"
_TAKE_COARSE = "DELETE FROM edge_changes WHERE tag ~ :pattern AND seen_at <= :settled"
_MARK = "UPDATE edge_changes SET sent = true WHERE tag = ANY(:tags) AND seen_at <= :moment AND NOT sent"

# What `catalog` stands for.
_SHOPPING = r"^(product|collection|category)-|^(lists|search|home|catalog)$"

_CLOCK = """
    INSERT INTO edge_changes (tag)
    SELECT 'catalog' WHERE EXISTS (
        SELECT FROM price_lists, edge_state
         WHERE status = 'active' AND (starts_at > looked_until AND starts_at <= :moment
                                   OR ends_at > looked_until AND ends_at <= :moment))
"""
_PUBLISHED = """
    SELECT edge_note_lists(ARRAY(
        SELECT p.id FROM products p
         WHERE p.status = 'active' AND p.published_at <= :moment
           AND p.published_at > (SELECT looked_until FROM edge_state)))
"""
_LOOKED = "UPDATE edge_state SET looked_until = :moment WHERE looked_until < :moment"

logger = log.get_logger(__name__)


@dataclass(frozen=True)
class _Request:
    id: int
    tags: list[str]
    attempts: int


def note(*tags: str) -> None:
    """Have these tags thrown away after the transaction in progress."""
    session.execute(insert(EdgeChange).values([{"tag": tag} for tag in tags]))


def follow_clock() -> None:
    """Note what has begun or ended by the clock since the last look. Inside `transaction()`. 3 statements."""
    moment = now()
    run(_CLOCK, {"moment": moment})
    run(_PUBLISHED, {"moment": moment})
    run(_LOOKED, {"moment": moment})


def purge_changes(cloudflare: Cloudflare | None) -> int:
    """Send what is due, as far as Cloudflare takes it now; return how many requests were made or recorded."""
    made = 0
    with transaction():
        run(_SEE, {"moment": now()})
    while True:
        with transaction():
            request = _next(recorded=cloudflare is None)
        if request is None:
            return made
        made += 1
        if cloudflare is not None and not _send(cloudflare, request):
            return made


def _next(*, recorded: bool) -> _Request | None:
    """Write down the next request and return it; `None` when nothing is due, or nothing may be asked now."""
    if not run(f"SELECT pg_try_advisory_xact_lock({_LOCK}) AS mine")[0].mine:
        return None
    moment = now()
    if recorded:
        tags = _take(moment, fresh=False, most=_TOO_MANY)
        return _write(tags, "recorded", moment) if tags else None
    left = queries.requests_left(moment)
    held = _waiting()
    if left < 1 or (held is not None and held.due_at > moment):
        return None
    if held is not None:
        _count(left - 1, moment)
        held.status, held.attempts, held.tried_at = "sending", held.attempts + 1, moment
        return _Request(held.id, held.tags, held.attempts)
    tags = _take(moment, fresh=left > _SPARE, most=MOST_TAGS)
    if not tags:
        return None
    _count(left - 1, moment)
    return _write(tags, "sending", moment)


def _count(left: float, moment: datetime) -> None:
    run("UPDATE edge_state SET requests_left = :left, counted_at = :moment", {"left": left, "moment": moment})


def _waiting() -> EdgePurge | None:
    """Return the oldest request that did not come through, for nothing overtakes it."""
    lost = now() - _LOST
    statement = (
        select(EdgePurge)
        .where(
            (EdgePurge.status == "waiting") | ((EdgePurge.status == "sending") & (EdgePurge.tried_at < lost)),
        )
        .order_by(EdgePurge.id)
        .limit(1)
        .execution_options(populate_existing=True)
    )
    return session.execute(statement).scalar_one_or_none()


def _take(moment: datetime, *, fresh: bool, most: int) -> list[str]:
    """Return the tags to throw away next. Those that have settled are told for the last time."""
    settled = moment - SETTLED
    rows = run(_DUE, {"until": moment if fresh else settled, "settled": settled})
    tags = [row.tag for row in rows]
    if len(tags) > _TOO_MANY:
        run(_TAKE_COARSE, {"pattern": _SHOPPING, "settled": settled})
        run("UPDATE edge_changes SET sent = true WHERE tag ~ :pattern AND NOT sent", {"pattern": _SHOPPING})
        return [_COARSE]
    tags = tags[:most]
    if tags:
        run(_TAKE, {"tags": tags, "settled": settled})
        run(_MARK, {"tags": tags, "moment": moment})
    return tags


def _write(tags: list[str], status: str, moment: datetime) -> _Request:
    tried = {"tried_at": moment, "attempts": 1} if status == "sending" else {}
    row = EdgePurge(tags=tags, status=status, created_at=moment, due_at=moment, **tried)
    session.add(row)
    session.flush()
    return _Request(row.id, tags, row.attempts)


def _send(cloudflare: Cloudflare, request: _Request) -> bool:
    """Return whether it came through; if not, it waits, or is given up with the reason."""
    try:
        cloudflare.purge_tags(request.tags)
    except EdgeAway as error:
        pause = min(_FIRST_PAUSE * 2 ** (request.attempts - 1), _LONGEST_PAUSE)
        asked = timedelta(seconds=error.facts.get("retry_after") or 0)
        given_up = request.attempts >= _MOST_ATTEMPTS
        _answer(request, "failed" if given_up else "waiting", error.message, max(pause, asked))
        logger.warning("purge waits", purge_id=request.id, attempts=request.attempts, reason=error.message)
        return False
    except EdgeRefused as error:
        _answer(request, "failed", error.message)
        logger.warning("purge refused", purge_id=request.id, reason=error.message)
        return True
    _answer(request, "sent", None)
    return True


def _answer(request: _Request, status: str, error: str | None, pause: timedelta = timedelta(0)) -> None:
    with transaction():
        row = session.get(EdgePurge, request.id, with_for_update=True, populate_existing=True)
        if row is not None:
            row.status, row.error, row.due_at = status, error, now() + pause


def forget_purges(before: datetime) -> None:
    """Forget requests that nobody will ask about any more."""
    session.execute(
        delete(EdgePurge).where(EdgePurge.created_at < before, EdgePurge.status.in_(("sent", "recorded", "failed")))
    )
