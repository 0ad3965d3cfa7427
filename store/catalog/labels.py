"""Tags, brands and types: plain words on products, kept in one spelling across the shop by staff.

The caller opens the transaction. What touches many products runs as a job, in batches.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from store.catalog.checks import MAX_LENGTHS, MAX_TAGS
from store.core.db import read_rows, run, transaction
from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.core.queue import enqueue

KINDS = ("tag", "vendor", "type")
_COLUMNS: Mapping[str, str] = {"vendor": "vendor", "type": "product_type"}
_LIMITS: Mapping[str, str] = {"tag": "tag", "vendor": "vendor", "type": "product_type"}
_NAMES: Mapping[str, str] = {
    "tag": "SELECT unnest(tags) AS name FROM products",
    "vendor": "SELECT vendor AS name FROM products",
    "type": "SELECT product_type AS name FROM products",
}

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Label:
    """A word and on how many products it stands."""

    name: str
    count: int


def list_labels(kind: str, *, search: str = "", limit: int = 200) -> list[Label]:
    """Return the tags, brands or types in use that hold a text, by name. 1 statement."""
    rows = read_rows(
        f"SELECT name, count(*) AS total FROM ({_NAMES[kind]}) had "
        "WHERE name <> '' AND strpos(lower(name), lower(:search)) > 0 "
        "GROUP BY name ORDER BY lower(name), name LIMIT :limit",
        {"search": search, "limit": limit},
    )
    return [Label(row.name, row.total) for row in rows]


def suggest(kind: str, *, limit: int = 100) -> list[str]:
    """Return the words most in use, for the list under an input. 1 statement."""
    rows = read_rows(
        f"SELECT name FROM ({_NAMES[kind]}) had WHERE name <> '' "
        "GROUP BY name ORDER BY count(*) DESC, name LIMIT :limit",
        {"limit": limit},
    )
    return [row.name for row in rows]


def tag_products(product_ids: Collection[int], *, add: Sequence[str] = (), remove: Sequence[str] = ()) -> int:
    """Put tags on products and take others off, each tag once and the rest in its order; return how many changed.

    1 statement. Raises `Invalid` when a tag can't be, or a product would have too many.
    """
    added = [checked("tag", tag) for tag in add if tag.strip()]
    rows = run(
        "UPDATE products p SET tags = wanted.tags, version = version + 1, updated_at = now() FROM ("
        "  SELECT id, ARRAY(SELECT tag FROM ("
        "      SELECT tag, min(place) AS place FROM ("
        "        SELECT tag, place FROM unnest(tags) WITH ORDINALITY AS had (tag, place)"
        "        UNION ALL"
        "        SELECT tag, 1000 + place FROM unnest(CAST(:add AS text[])) WITH ORDINALITY AS new (tag, place)"
        "      ) every WHERE tag <> ALL(CAST(:remove AS text[])) GROUP BY tag) once ORDER BY place) AS tags"
        "  FROM products WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE) wanted "
        "WHERE p.id = wanted.id AND p.tags IS DISTINCT FROM wanted.tags RETURNING cardinality(p.tags) AS total",
        {"ids": sorted(product_ids), "add": added, "remove": [tag.strip() for tag in remove]},
    )
    if any(row.total > MAX_TAGS for row in rows):
        raise Invalid(_("A product has at most %(limit)s tags.", limit=MAX_TAGS), field="tags")
    return len(rows)


def rename_soon(kind: str, old: str, new: str) -> str:
    """Have a tag, brand or type called otherwise on all products by a job; return the new spelling.

    When the new name is in use already, the two become one. An empty name takes it off. Raises `Invalid`.
    """
    if kind not in KINDS:
        raise Invalid(_("There is nothing of this kind."), field="kind")
    new = checked(kind, new) if new.strip() else ""
    if old != new:
        enqueue("catalog.rename_label", kind=kind, old=old, new=new)
    return new


def rename(kind: str, old: str, new: str) -> int:
    """Call a tag, brand or type otherwise on all products, in batches; return on how many it stood.

    Each batch is a transaction of its own; begun again after a crash, it finishes what is left.
    """
    done = 0
    while old != new:
        with transaction():
            if kind == "tag":
                ids = [
                    row.id
                    for row in read_rows(
                        "SELECT id FROM products WHERE tags @> ARRAY[CAST(:old AS text)] LIMIT :batch",
                        {"old": old, "batch": BATCH},
                    )
                ]
                changed = _retag(ids, old, new)
            else:
                changed = len(
                    run(
                        f"UPDATE products SET {_COLUMNS[kind]} = :new, version = version + 1, updated_at = now() "
                        f"WHERE id IN (SELECT id FROM products WHERE {_COLUMNS[kind]} = :old ORDER BY id LIMIT :batch "
                        "FOR NO KEY UPDATE) RETURNING id",
                        {"old": old, "new": new, "batch": BATCH},
                    )
                )
        done += changed
        if not changed:
            break
    return done


def checked(kind: str, word: str) -> str:
    """Return a word without spare spaces; raises `Invalid`. A comma separates tags and can't be in one."""
    word = " ".join(word.split())
    limit = MAX_LENGTHS[_LIMITS[kind]]
    if not word or len(word) > limit or "\0" in word:
        raise Invalid(_("Enter a name of at most %(limit)s letters.", limit=limit), field="name")
    if kind == "tag" and "," in word:
        raise Invalid(_("A comma separates tags; a tag can't hold one."), field="name")
    return word


def _retag(ids: Sequence[int], old: str, new: str) -> int:
    """Replace a tag at its place; where the new one stands already, only the old one goes."""
    return len(
        run(
            "UPDATE products p SET tags = CASE WHEN :new = '' OR tags @> ARRAY[CAST(:new AS text)] "
            "THEN array_remove(tags, :old) ELSE array_replace(tags, :old, :new) END, "
            "version = version + 1, updated_at = now() "
            "FROM (SELECT id FROM products WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE) held "
            "WHERE p.id = held.id AND p.tags @> ARRAY[CAST(:old AS text)] RETURNING p.id",
            {"ids": list(ids), "old": old, "new": new},
        )
    )
