"""Who is in a collection by rule: looked up by jobs, kept as rows, previewed before anything is saved.

Only rows that differ are written. A place in such a collection is a number made from the product alone (its day, its
price), so that one product can move without counting the others; only the order by title needs all of them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from store.catalog.fields import Field, list_fields
from store.catalog.rules import LOW, Rule, checked, condition
from store.core.clock import now
from store.core.db import read_rows, run, session, transaction
from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.core.queue import enqueue
from store.shop.queries import get_shop

SORTS: Mapping[str, str] = {
    "newest": "coalesce(-extract(epoch FROM p.published_at)::bigint, 0)",
    "popular": "-p.popularity",
    "price-up": f"coalesce({LOW}, 9e18::bigint)",
    "price-down": f"coalesce(-{LOW}, 9e18::bigint)",
    "title": "row_number() OVER (ORDER BY lower(p.title), p.id)",
}
_PLACED_TOGETHER = {"title"}

# Changes that are looked at in one go, and how many may wait before looking at everything is cheaper.
BATCH = 2000

# As an array: a queue is believed to be empty, and a join with it would then be planned row by row.
_TAKEN = """
    DELETE FROM product_changes WHERE id = ANY(ARRAY(
      SELECT id FROM product_changes ORDER BY id LIMIT :batch FOR UPDATE SKIP LOCKED))
    RETURNING product_id
"""
_FLOOD = 50_000

_SOON = 5


@dataclass(frozen=True, slots=True)
class Moved:
    """What a look at a collection changed in rows: products that came, stand elsewhere, or left."""

    put: int
    gone: int


@dataclass(frozen=True, slots=True)
class Preview:
    """How many products meet rules, how many come and leave by them, and the first as (id, title, status)."""

    count: int
    coming: int
    leaving: int
    first: tuple[tuple[int, str, str], ...]


@dataclass(frozen=True, slots=True)
class _Ruled:
    id: int
    match: str
    sort: str
    rules: tuple[Rule, ...]


def save_rules(collection_id: int, rules: Sequence[Rule], *, match: str, sort: str) -> None:
    """Let a collection be chosen by rules, and have its products looked up by a job. 5 statements.

    Its products stay what they are until then. Raises `Invalid` with the `place` of a rule that makes no sense.
    """
    rules = checked(rules, _fields(), _currency())
    run(
        "UPDATE collections SET kind = 'rule', match = :match, sort = :sort WHERE id = :id",
        {"id": collection_id, "match": match, "sort": sort},
    )
    run("DELETE FROM collection_rules WHERE collection_id = :id", {"id": collection_id})
    if rules:
        session.execute(
            text(
                "INSERT INTO collection_rules (collection_id, position, field, relation, value) "
                "VALUES (:collection, :position, :field, :relation, :value)"
            ),
            [
                {"collection": collection_id, "position": place, "field": rule.field, "relation": rule.relation,
                 "value": rule.value}
                for place, rule in enumerate(rules)
            ],
        )  # fmt: skip
    enqueue("catalog.refresh_collection", collection_id=collection_id)


def choose_by_hand(collection_id: int) -> None:
    """Let staff choose a collection's products from now on; those in it stay, in their order. 3 statements."""
    run("UPDATE collections SET kind = 'manual' WHERE id = :id", {"id": collection_id})
    run("DELETE FROM collection_rules WHERE collection_id = :id", {"id": collection_id})
    run(
        "UPDATE collection_products cp SET position = placed.place - 1 FROM ("
        "  SELECT product_id, row_number() OVER (ORDER BY position, product_id) AS place"
        "  FROM collection_products WHERE collection_id = :id) placed "
        "WHERE cp.collection_id = :id AND cp.product_id = placed.product_id AND cp.position <> placed.place - 1",
        {"id": collection_id},
    )


def list_rules(collection_id: int) -> list[Rule]:
    """Return a collection's rules in their order. 1 statement."""
    rows = read_rows(
        "SELECT field, relation, value FROM collection_rules WHERE collection_id = :id ORDER BY position, id",
        {"id": collection_id},
    )
    return [Rule(row.field, row.relation, row.value) for row in rows]


def preview(
    rules: Sequence[Rule], *, match: str, sort: str, collection_id: int | None = None, limit: int = 8
) -> Preview:
    """Return who would be in a collection with these rules, against who is in it; nothing is saved. 3 statements."""
    matched, parameters = _matched(_Ruled(0, match, sort, tuple(rules)), _fields(), _currency())
    row = read_rows(
        f"""
        WITH matched AS MATERIALIZED ({matched}),
        had AS (SELECT product_id AS id FROM collection_products WHERE collection_id = :collection),
        stays AS (SELECT count(*) AS total FROM matched JOIN had USING (id))
        SELECT (SELECT count(*) FROM matched) AS total, (SELECT total FROM stays) AS staying,
          (SELECT count(*) FROM had) AS had, (SELECT json_agg(json_build_array(p.id, p.title, p.status)
            ORDER BY m.position, m.id) FROM (SELECT * FROM matched ORDER BY position, id LIMIT :limit) m
            JOIN products p ON p.id = m.id) AS first
        """,
        {**parameters, "limit": limit, "collection": collection_id or 0},
    )[0]
    return Preview(
        row.total, row.total - row.staying, row.had - row.staying, tuple((id_, t, s) for id_, t, s in row.first or ())
    )


def refresh(collection_id: int) -> Moved:
    """Look at all products for one collection by rule; one by hand is left alone. At most 6 statements.

    Raises `NotFound`.
    """
    found = read_rows("SELECT kind FROM collections WHERE id = :id FOR NO KEY UPDATE", {"id": collection_id})
    if not found:
        raise NotFound(_("This collection is not here any more."), collection_id=collection_id)
    if found[0].kind != "rule":
        return Moved(0, 0)
    moved = _look(_ruled([collection_id])[0], _fields(), _currency())
    run("UPDATE collections SET refreshed_at = :now WHERE id = :id", {"id": collection_id, "now": now()})
    return moved


def refresh_all(*, by_clock: bool = False) -> list[int]:
    """Have every collection by rule looked at, or those that the clock may change; return their ids.

    Each in a transaction of its own, so that none waits for all.
    """
    with transaction():
        ids = [one.id for one in _ruled() if not by_clock or any(rule.by_clock for rule in one.rules)]
    for collection_id in ids:
        with transaction():
            if read_rows("SELECT FROM collections WHERE id = :id", {"id": collection_id}):
                refresh(collection_id)
    return ids


def refresh_soon(field: str) -> None:
    """Have the collections whose rules look at a field refreshed; many calls in a few seconds are one. 2 statements."""
    moment = int(now().timestamp()) // _SOON
    looking = read_rows("SELECT DISTINCT collection_id AS id FROM collection_rules WHERE field = :f", {"f": field})
    for row in looking:
        enqueue(
            "catalog.refresh_collection",
            dedupe=f"catalog.refresh_collection:{row.id}:{moment}",
            delay=timedelta(seconds=_SOON),
            collection_id=row.id,
        )


def follow_changes() -> int:
    """Bring products that changed into the collections by rule where they belong now; return how many.

    A run takes them in batches, each in a transaction of its own with 4 statements and 2 for every collection.
    """
    done = 0
    with transaction():
        waiting = len(read_rows("SELECT FROM product_changes LIMIT :most", {"most": _FLOOD + 1}))
    if waiting > _FLOOD:
        # What changes after this statement is noted anew.
        with transaction():
            run("DELETE FROM product_changes")
        refresh_all()
        return waiting
    while True:
        with transaction():
            changed = {row.product_id for row in _take_changes()}
            if changed:
                fields, currency = _fields(), _currency()
                for one in _ruled():
                    _follow(one, sorted(changed), fields, currency)
        done += len(changed)
        if not changed or done >= waiting:
            return done


def _take_changes() -> Sequence[Any]:
    return run(_TAKEN, {"batch": BATCH})


def _follow(one: _Ruled, product_ids: list[int], fields: Mapping[int, Field], currency: str) -> None:
    held = run("SELECT kind FROM collections WHERE id = :id FOR NO KEY UPDATE", {"id": one.id})
    if held and held[0].kind == "rule":
        _look(one, fields, currency, None if one.sort in _PLACED_TOGETHER else product_ids)


def _look(one: _Ruled, fields: Mapping[int, Field], currency: str, among: list[int] | None = None) -> Moved:
    """Make the rows of a collection what its rules say, for all products or for those `among`. 1 statement."""
    matched, parameters = _matched(one, fields, currency, among)
    within = "" if among is None else "AND cp.product_id = ANY(:among)"
    row = run(
        f"""
        WITH matched AS MATERIALIZED ({matched}),
        gone AS (
          DELETE FROM collection_products cp
          WHERE cp.collection_id = :collection {within}
            AND NOT EXISTS (SELECT FROM matched m WHERE m.id = cp.product_id) RETURNING 1),
        put AS (
          INSERT INTO collection_products (collection_id, product_id, position)
          SELECT :collection, m.id, m.position FROM matched m
          WHERE NOT EXISTS (
            SELECT FROM collection_products cp
            WHERE cp.collection_id = :collection AND cp.product_id = m.id AND cp.position = m.position)
          ON CONFLICT (collection_id, product_id) DO UPDATE SET position = EXCLUDED.position RETURNING 1)
        SELECT (SELECT count(*) FROM put) AS put, (SELECT count(*) FROM gone) AS gone
        """,
        {**parameters, "collection": one.id},
    )[0]
    return Moved(row.put, row.gone)


def _matched(
    one: _Ruled, fields: Mapping[int, Field], currency: str, among: list[int] | None = None
) -> tuple[str, dict[str, Any]]:
    moment = now()
    test, parameters = condition(one.rules, match=one.match, fields=fields, currency=currency, today=moment.date())
    within = ""
    if among is not None:
        within, parameters["among"] = "AND p.id = ANY(:among)", among
    return (
        f"SELECT p.id, {SORTS[one.sort]} AS position FROM products p "
        f"WHERE p.status <> 'archived' AND ({test}) {within}",
        {"now": moment, "today": moment.date().isoformat(), "currency": currency, **parameters},
    )


def _ruled(ids: Sequence[int] | None = None) -> list[_Ruled]:
    rows = read_rows(
        "SELECT c.id, c.match, c.sort, (SELECT json_agg(json_build_array(r.field, r.relation, r.value) "
        "  ORDER BY r.position, r.id) FROM collection_rules r WHERE r.collection_id = c.id) AS rules "
        "FROM collections c WHERE c.kind = 'rule' AND (:everything OR c.id = ANY(:ids)) ORDER BY c.id",
        {"everything": ids is None, "ids": list(ids or ())},
    )
    return [_Ruled(row.id, row.match, row.sort, tuple(Rule(*rule) for rule in row.rules or ())) for row in rows]


def _fields() -> dict[int, Field]:
    return {field.id: field for field in list_fields()}


def _currency() -> str:
    return get_shop().currency
