"""What the shop has that the products of a batch speak of, and what it lacks of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from store.catalog.categories import add_category
from store.catalog.drafts import ProductDraft, find_stored
from store.catalog.models import Category, CustomField
from store.catalog.services import find_sku_owners
from store.core.clock import now
from store.core.db import session
from store.importer.merging import World
from store.importer.patches import ProductPatch, unknown_field
from store.inventory.queries import find_stock_rules
from store.media.queries import find_by_source
from store.media.storage.names import key_in

_MADE_TO_ORDER = text("SELECT handle FROM products WHERE made_to_order AND handle = ANY(:handles)")


def read(patches: Sequence[ProductPatch], currency: str, *, lock: bool) -> World:
    """Return what patches speak of; `lock` keeps others from changing those products. At most 11 statements."""
    handles = [patch.handle for patch in patches]
    stored = find_stored(handles, lock=lock)
    skus = {sku for patch in patches for variant in patch.variants if (sku := variant.columns.get("sku"))}
    urls = dict.fromkeys(
        [picture.url for patch in patches for picture in patch.pictures or ()]
        + [variant.picture_url for patch in patches for variant in patch.variants if variant.picture_url]
    )
    known = _pictures(urls)
    unknown = {url: -number for number, url in enumerate((url for url in urls if url not in known), start=1)}
    category_ids: Mapping[tuple[str, ...], int] = {}
    category_paths: Mapping[int, tuple[str, ...]] = {}
    if any("category" in patch.columns for patch in patches):
        category_paths = read_category_paths()
        category_ids = _with_new(category_paths, patches)
    return World(
        currency=currency,
        moment=now(),
        stored=stored,
        sku_owners=find_sku_owners(skus),
        picture_ids=known | unknown,
        stock_rules=find_stock_rules([id_ for one in stored.values() for id_ in one.variant_ids.values()]),
        category_ids=category_ids,
        category_paths=category_paths,
        made_to_order=frozenset(session.execute(_MADE_TO_ORDER, {"handles": list(stored)}).scalars() if stored else ()),
    )


def read_category_paths() -> dict[int, tuple[str, ...]]:
    """Return the titles from the root by category. 1 statement."""
    rows = session.execute(select(Category.id, Category.title, Category.path)).all()
    titles = {row.id: row.title for row in rows}
    return {row.id: tuple(titles.get(int(part), "") for part in row.path.split("/") if part) for row in rows}


def add_categories(wanted: Iterable[int | None], world: World) -> dict[int, int]:
    """Make the categories that stand under negative numbers, with those above them; return their ids by number."""
    numbers = {number for number in wanted if number is not None and number < 0}
    if not numbers:
        return {}
    paths = {number: path for path, number in world.category_ids.items()}
    ids = {path: number for path, number in world.category_ids.items() if number > 0}
    for number in sorted(numbers, reverse=True):
        path = paths[number]
        for depth in range(1, len(path) + 1):
            branch = path[:depth]
            if ids.get(branch, -1) < 0:
                category = add_category(branch[-1], parent_id=ids.get(branch[:-1]))
                ids[branch] = category.id
    return {number: ids[paths[number]] for number in numbers}


def add_fields(drafts: Iterable[ProductDraft], names: Mapping[str, str]) -> None:
    """Define the custom fields that drafts have values of and the shop does not know; `names` are by field."""
    wanted = sorted({name for draft in drafts for name in draft.fields})
    if not wanted:
        return
    rows: list[dict[str, Any]] = []
    for position, name in enumerate(wanted):
        namespace, _dot, key = name.partition(".")
        rows.append(
            {
                "namespace": namespace,
                "key": key,
                "name": names.get(f"field:{name}") or key.replace("_", " ").capitalize(),
                "kind": "text",
                "many": unknown_field(name).many,
                # What is meant for other programs is not shown to shoppers until somebody says so.
                "visible": namespace not in ("google", "shopify"),
                "position": 1000 + position,
            }
        )
    session.execute(insert(CustomField).values(rows).on_conflict_do_nothing(index_elements=["namespace", "key"]))


def _pictures(urls: Mapping[str, Any]) -> dict[str, int]:
    known = find_by_source(urls) if urls else {}
    # Our own renditions go by their key, which follows from the content, whatever host they are named on.
    keys = {url: key for url in urls if url not in known and (key := key_in(url)) is not None}
    if keys:
        rows = session.execute(text("SELECT key, id FROM images WHERE key = ANY(:keys)"), {"keys": [*keys.values()]})
        ids = {row.key: row.id for row in rows}
        known |= {url: ids[key] for url, key in keys.items() if key in ids}
    return known


def _with_new(paths: Mapping[int, tuple[str, ...]], patches: Sequence[ProductPatch]) -> dict[tuple[str, ...], int]:
    ids: dict[tuple[str, ...], int] = {}
    for category_id in sorted(paths):
        ids.setdefault(paths[category_id], category_id)
    for patch in patches:
        path = patch.columns.get("category")
        if path and path not in ids:
            ids[path] = -1 - len(ids)
    return ids
