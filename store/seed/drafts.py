"""Products before they have ids, and how many of them get into the database at once.

Rows go in by COPY, table by table, with ids that were taken from the tables' own sequences: the triggers that keep
availability and revisions run once for each table, not once for each product.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import Connection, sql

from store.core.clock import now
from store.core.db import read_rows, session
from store.inventory.services import default_location


@dataclass(frozen=True)
class DraftVariant:
    """A combination: an index into each axis, its price, its stock, and which of the product's pictures show it."""

    choice: tuple[int, ...]
    sku: str
    price: int
    compare_at: int | None
    weight: int
    on_hand: int
    policy: str = "deny"
    pictures: tuple[int, ...] = ()


@dataclass(frozen=True)
class DraftAxis:
    name: str
    values: Sequence[tuple[str, str | None]]  # value, swatch


@dataclass(frozen=True)
class DraftProduct:
    """A product with everything that hangs on it; `pictures` are ids of images with their alternative texts."""

    handle: str
    title: str
    description_html: str
    vendor: str
    product_type: str
    status: str
    published_at: datetime | None
    tags: Sequence[str]
    popularity: int
    currency: str
    axes: Sequence[DraftAxis]
    variants: Sequence[DraftVariant]
    pictures: Sequence[tuple[int, str]]
    collections: Sequence[tuple[int, int]] = ()  # id, position
    seo_description: str = ""
    tax_class: str = "standard"


@dataclass
class _Table:
    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]] = field(default_factory=list)


# In an order in which every row finds what it points at.
_COLUMNS: dict[str, tuple[str, ...]] = {
    "products": (
        "id",
        "handle",
        "title",
        "description_html",
        "vendor",
        "product_type",
        "status",
        "published_at",
        "tax_class",
        "tags",
        "seo_title",
        "seo_description",
        "popularity",
        "created_at",
        "updated_at",
    ),
    "product_images": ("product_id", "image_id", "position", "alt"),
    "collection_products": ("collection_id", "product_id", "position"),
    "options": ("id", "product_id", "position", "name"),
    "option_values": ("id", "option_id", "position", "value", "swatch"),
    "variants": ("id", "product_id", "option_key", "position", "sku", "weight_grams"),
    "variant_values": ("variant_id", "option_id", "value_id"),
    "prices": ("variant_id", "currency", "amount_minor", "compare_at_minor"),
    "variant_images": ("variant_id", "image_id", "position"),
    "inventory_items": ("id", "sku", "policy", "tracked", "safety_stock"),
    "stock_levels": ("id", "item_id", "location_id", "on_hand", "reserved", "allocated", "incoming"),
    "stock_movements": (
        "level_id",
        "kind",
        "on_hand_delta",
        "reserved_delta",
        "allocated_delta",
        "incoming_delta",
        "reason",
        "actor",
        "at",
    ),
    "variant_items": ("variant_id", "item_id", "quantity"),
}


def write(drafts: Sequence[DraftProduct], *, reason: str = "opening stock") -> None:
    """Write products with their variants, prices and pictures; opening stock is received at the first location.

    Runs inside the caller's transaction; the number of statements does not grow with the number of products.
    """
    tables = {name: _Table(columns) for name, columns in _COLUMNS.items()}
    variants = sum(len(draft.variants) for draft in drafts)
    ids = {
        "products": _reserve("products", len(drafts)),
        "options": _reserve("options", sum(len(draft.axes) for draft in drafts)),
        "option_values": _reserve("option_values", sum(len(axis.values) for draft in drafts for axis in draft.axes)),
        "variants": _reserve("variants", variants),
        "inventory_items": _reserve("inventory_items", variants),
        "stock_levels": _reserve("stock_levels", variants),
    }
    takers = {name: iter(numbers) for name, numbers in ids.items()}
    location, moment = default_location().id, now()
    for draft in drafts:
        _add_product(tables, takers, draft, moment)
        _add_variants(tables, takers, draft, location=location, reason=reason, moment=moment)
    for name, table in tables.items():
        _copy(name, table.columns, table.rows)


def _add_product(tables: dict[str, _Table], takers: dict[str, Any], draft: DraftProduct, moment: datetime) -> None:
    draft_id = next(takers["products"])
    born = draft.published_at or moment
    tables["products"].rows.append(
        (
            draft_id,
            draft.handle,
            draft.title,
            draft.description_html,
            draft.vendor,
            draft.product_type,
            draft.status,
            draft.published_at,
            draft.tax_class,
            list(draft.tags),
            "",
            draft.seo_description,
            draft.popularity,
            born,
            born,
        )
    )
    tables["product_images"].rows.extend(
        (draft_id, image_id, place, alt) for place, (image_id, alt) in enumerate(draft.pictures)
    )
    tables["collection_products"].rows.extend(
        (collection_id, draft_id, place) for collection_id, place in draft.collections
    )


def _add_variants(
    tables: dict[str, _Table],
    takers: dict[str, Any],
    draft: DraftProduct,
    *,
    location: int,
    reason: str,
    moment: datetime,
) -> None:
    product_id = tables["products"].rows[-1][0]
    axes: list[tuple[int, list[int]]] = []
    for place, axis in enumerate(draft.axes):
        option_id = next(takers["options"])
        value_ids = [next(takers["option_values"]) for _ in axis.values]
        tables["options"].rows.append((option_id, product_id, place, axis.name))
        tables["option_values"].rows.extend(
            (value_id, option_id, at, value, swatch)
            for at, (value_id, (value, swatch)) in enumerate(zip(value_ids, axis.values, strict=True))
        )
        axes.append((option_id, value_ids))
    for place, variant in enumerate(draft.variants):
        variant_id, item_id, level_id = (next(takers[name]) for name in ("variants", "inventory_items", "stock_levels"))
        chosen = [
            (option_id, value_ids[index]) for (option_id, value_ids), index in zip(axes, variant.choice, strict=True)
        ]
        key = "-".join(str(value_id) for _option, value_id in chosen)
        tables["variants"].rows.append((variant_id, product_id, key, place, variant.sku, variant.weight))
        tables["variant_values"].rows.extend((variant_id, option_id, value_id) for option_id, value_id in chosen)
        tables["prices"].rows.append((variant_id, draft.currency, variant.price, variant.compare_at))
        tables["variant_images"].rows.extend(
            (variant_id, draft.pictures[index][0], at) for at, index in enumerate(variant.pictures)
        )
        tables["inventory_items"].rows.append((item_id, variant.sku, variant.policy, True, 0))
        tables["stock_levels"].rows.append((level_id, item_id, location, variant.on_hand, 0, 0, 0))
        if variant.on_hand:
            tables["stock_movements"].rows.append(
                (level_id, "received", variant.on_hand, 0, 0, 0, reason, "system", moment)
            )
        tables["variant_items"].rows.append((variant_id, item_id, 1))


def _reserve(table: str, count: int) -> list[int]:
    """Take ids from a table's sequence, so that rows written later never meet them."""
    rows = read_rows(
        "SELECT nextval(pg_get_serial_sequence(:table, 'id')) AS id FROM generate_series(1, :count)",
        {"table": table, "count": count},
    )
    return [row.id for row in rows]


def _copy(table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, Connection)
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
