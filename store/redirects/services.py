"""The verbs that keep addresses leading somewhere; each belongs into the transaction of the change it follows.

No redirect ever leads to another one: a chain A, B, C is two rows that lead to C. All writers wait for one lock, so
that two renames that cross can't close a circle.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import text

from store.core.clock import now
from store.core.db import session
from store.redirects.errors import RedirectLoop
from store.redirects.paths import clean_path, clean_target
from store.redirects.tally import Visits

MOST_MISSED = 2000

_LOCK = "SELECT pg_advisory_xact_lock(hashtext('redirects'))"

# What led to :old leads to :new; a query of its own stays unless :new brings one.
_FOLLOW = """
    UPDATE redirects
       SET target = CASE WHEN strpos(:new, '?') > 0 THEN :new ELSE :new || substr(target, length(page) + 1) END
     WHERE page = :old
"""

_WRITE = """
    INSERT INTO redirects (path, target, via, status, reason, actor, created_at)
    VALUES (:path, :target, :via, :status, :reason, :actor, :now)
    ON CONFLICT (path) DO UPDATE SET target = excluded.target, via = excluded.via, status = excluded.status,
      reason = excluded.reason, actor = excluded.actor, created_at = excluded.created_at
"""

# Whatever was given up for an address, directly or by way of others.
_RETURN = """
    WITH RECURSIVE led AS (
      SELECT path FROM redirects WHERE via = :path
      UNION
      SELECT r.path FROM redirects r JOIN led ON r.via = led.path)
    UPDATE redirects SET target = :path, status = 301 WHERE path IN (SELECT path FROM led) AND path <> :path
"""

_COUNT_FOLLOWED = """
    UPDATE redirects r SET hits = r.hits + counted.hits, last_hit_on = :day
      FROM (SELECT * FROM unnest(CAST(:paths AS text[]), CAST(:counts AS bigint[])) AS c(path, hits)) counted
     WHERE r.path = counted.path
"""

_COUNT_MISSED = """
    INSERT INTO missed_addresses AS m (path, day, hits)
    SELECT c.path, :day, c.hits
      FROM unnest(CAST(:paths AS text[]), CAST(:counts AS bigint[])) WITH ORDINALITY AS c(path, hits, place)
     WHERE (SELECT count(*) FROM missed_addresses WHERE day = :day) + c.place <= :most
        OR EXISTS (SELECT FROM missed_addresses known WHERE known.path = c.path AND known.day = :day)
     ORDER BY c.path
    ON CONFLICT (path, day) DO UPDATE SET hits = m.hits + excluded.hits
"""


def move(old: str, new: str, *, reason: str = "renamed", actor: str = "system") -> None:
    """Lead from `old` to `new`, where the page lives from now on. 5 statements.

    A redirect that lay at `new` goes: the page wins over it, and what had led there by way of it leads there again.
    Moving back and forth leaves one row. Raises `BadAddress`.
    """
    old, new = clean_path(old), clean_path(new)
    if old == new:
        return
    _take_lock()
    _run("DELETE FROM redirects WHERE path = :path", path=new)
    _run(_RETURN, path=new)
    _run(_FOLLOW, old=old, new=new)
    _write(old, new, reason=reason, actor=actor)


def retire(old: str, target: str | None = None, *, reason: str = "retired", actor: str = "system") -> None:
    """Lead from a page that goes to `target`, a path that may have been given up itself, or answer 410.

    What led to the page follows. Raises `BadAddress`, and `RedirectLoop` when `target` leads to the page itself.
    Up to 5 statements.
    """
    add(old, target, reason=reason, actor=actor)


def add(
    path: str,
    target: str | None,
    *,
    external: bool = False,
    reason: str = "manual",
    actor: str = "system",
) -> None:
    """Lead from an address to another by hand or from a file; without a target it answers 410. Up to 5 statements.

    Where the target leads on itself, its end is taken, so the order in which many are added does not matter.
    `external` allows an https link out of the shop. Raises `BadAddress` and `RedirectLoop`.
    """
    path = clean_path(path)
    wanted = None if target is None else clean_target(target, external=external)
    _take_lock()
    end = None if wanted is None else _end_of(wanted)
    if end is not None and wanted is not None and _page_of(end) == path:
        raise RedirectLoop(path, wanted)
    if end is None:
        _run("UPDATE redirects SET target = NULL, status = 410 WHERE page = :old", old=path)
    else:
        _run(_FOLLOW, old=path, new=end)
    _write(path, end, via=None if wanted is None else _page_of(wanted), reason=reason, actor=actor)


def restore(path: str) -> None:
    """A page is back at this address: its redirect goes, and what had led there leads there again. 3 statements."""
    path = clean_path(path)
    _take_lock()
    _run("DELETE FROM redirects WHERE path = :path", path=path)
    _run(_RETURN, path=path)


def restore_all(paths: Sequence[str]) -> None:
    """Do the same for many pages. 1 statement when none of them had a redirect."""
    found = session.execute(
        text("SELECT path FROM redirects WHERE path = ANY(:paths) OR via = ANY(:paths)"), {"paths": list(paths)}
    ).first()
    if found is not None:
        for path in paths:
            restore(path)


def hand_on(old: str, new: str) -> None:
    """Move a page that nobody can see: once it is seen again, its old address leads to it. 2 statements."""
    _take_lock()
    _run("UPDATE redirects SET via = :new WHERE path = :old", old=clean_path(old), new=clean_path(new))


def remove(redirect_id: int) -> str | None:
    """Forget a redirect; return the address that leads nowhere now, or `None` when it was gone. 1 statement."""
    _take_lock()
    return session.execute(
        text("DELETE FROM redirects WHERE id = :id RETURNING path"), {"id": redirect_id}
    ).scalar_one_or_none()


def record_visits(visits: Visits, *, day: date) -> None:
    """Add what was counted to the redirects and to the day's list of missed addresses. At most 2 statements.

    A day lists at most `MOST_MISSED` addresses; those it knows already are counted on.
    """
    if visits.followed:
        paths, counts = _sorted(visits.followed)
        _run(_COUNT_FOLLOWED, paths=paths, counts=counts, day=day)
    if visits.missed:
        paths, counts = _sorted(visits.missed)
        _run(_COUNT_MISSED, paths=paths, counts=counts, day=day, most=MOST_MISSED)


def forget_missed(path: str) -> None:
    """Take an address off the list of missed ones. 1 statement."""
    _run("DELETE FROM missed_addresses WHERE path = :path", path=path)


def _sorted(counts: dict[str, int]) -> tuple[list[str], list[int]]:
    # In one order everywhere, so that two processes that write the same rows wait instead of blocking each other.
    paths = sorted(counts)
    return paths, [counts[path] for path in paths]


def _take_lock() -> None:
    _run(_LOCK)


def _end_of(target: str) -> str | None:
    """Return where a target ends: itself, or what its own redirect leads to; `None` when that is gone."""
    row = session.execute(
        text("SELECT target FROM redirects WHERE path = :path"), {"path": _page_of(target)}
    ).one_or_none()
    return target if row is None else row.target


def _write(path: str, target: str | None, *, via: str | None = None, reason: str, actor: str) -> None:
    _run(
        _WRITE,
        path=path,
        target=target,
        via=via if via is not None else target,
        status=410 if target is None else 301,
        reason=reason,
        actor=actor,
        now=now(),
    )


def _page_of(target: str) -> str:
    return target.partition("#")[0].partition("?")[0]


def _run(sql: str, **parameters: object) -> None:
    session.execute(text(sql), parameters)
