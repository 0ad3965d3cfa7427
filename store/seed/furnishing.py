"""What a grown catalogue is sorted by: collections of every size, custom fields, a tree of categories, a sale."""

from collections.abc import Sequence
from dataclasses import dataclass

from store.core.db import read_rows, run
from store.seed.growth import BRANCHES, FIELDS, THEMES


@dataclass(frozen=True)
class Furniture:
    """Ids of what there is now, each with what decides how many products it gets."""

    themes: Sequence[tuple[int, float]]
    fields: Sequence[tuple[int, str, Sequence[str], float]]
    leaves: Sequence[int]
    sale: int | None


def furnish() -> Furniture:
    """Make what is not there yet and return it. Runs inside the caller's transaction."""
    return Furniture(themes=_themes(), fields=_fields(), leaves=_leaves(), sale=_sale())


def _themes() -> list[tuple[int, float]]:
    for place, (handle, title, _share) in enumerate(THEMES):
        run(
            "INSERT INTO collections (handle, title, position) VALUES (:handle, :title, :position) ON CONFLICT DO NOTHING",
            {"handle": handle, "title": title, "position": 50 + place},
        )
    shares = {handle: share for handle, _title, share in THEMES}
    rows = read_rows(
        "SELECT id, handle FROM collections WHERE handle = ANY(:handles) AND kind = 'manual' ORDER BY id",
        {"handles": list(shares)},
    )
    return [(row.id, shares[row.handle]) for row in rows]


def _fields() -> list[tuple[int, str, Sequence[str], float]]:
    for place, (key, name, kind, unit, choices, _share) in enumerate(FIELDS):
        run(
            "INSERT INTO custom_fields (namespace, key, name, kind, unit, choices, filterable, position) "
            "VALUES ('specs', :key, :name, :kind, :unit, :choices, true, :position) ON CONFLICT DO NOTHING",
            {
                "key": key,
                "name": name,
                "kind": kind,
                "unit": unit,
                "choices": list(choices) if kind == "choice" else [],
                "position": 50 + place,
            },
        )
    known = {row.key: row for row in read_rows("SELECT id, key, kind FROM custom_fields WHERE namespace = 'specs'")}
    return [
        (known[key].id, kind, choices, share)
        for key, _name, kind, _unit, choices, share in FIELDS
        if known[key].kind == kind
    ]


def _leaves() -> list[int]:
    for place, (handle, title, leaves) in enumerate(BRANCHES):
        run(
            "INSERT INTO categories (handle, title, position) VALUES (:handle, :title, :position) ON CONFLICT DO NOTHING",
            {"handle": handle, "title": title, "position": 50 + place},
        )
        for at, leaf in enumerate(leaves):
            run(
                "INSERT INTO categories (parent_id, handle, title, position) "
                "SELECT id, :handle, :title, :position FROM categories WHERE handle = :branch ON CONFLICT DO NOTHING",
                {
                    "handle": f"{handle}-{leaf.lower().replace(' ', '-')}",
                    "title": leaf,
                    "position": at,
                    "branch": handle,
                },
            )
    rows = read_rows(
        "SELECT c.id FROM categories c JOIN categories b ON b.id = c.parent_id WHERE b.handle = ANY(:branches) ORDER BY c.id",
        {"branches": [handle for handle, _title, _leaves in BRANCHES]},
    )
    return [row.id for row in rows]


def _sale() -> int | None:
    run(
        "INSERT INTO price_lists (code, name, kind, status) VALUES ('clearance', 'Clearance', 'sale', 'active') "
        "ON CONFLICT DO NOTHING"
    )
    rows = read_rows("SELECT id FROM price_lists WHERE code = 'clearance' AND kind = 'sale'")
    return int(rows[0].id) if rows else None
