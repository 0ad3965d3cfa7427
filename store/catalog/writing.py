"""Puts drafts into tables: new products table by table, existing ones difference by difference."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import insert
from sqlalchemy.orm import InstrumentedAttribute

from store.catalog.drafts import OptionDraft, PictureDraft, PriceDraft, ProductDraft, VariantDraft
from store.catalog.models import (
    Option,
    OptionValue,
    Price,
    Product,
    ProductImage,
    Variant,
    VariantImage,
    VariantValue,
)
from store.core.clock import now
from store.core.db import KeylessModel, Model, session

# Without it SQLAlchemy sends rows with a NULL apart from their neighbours.
_ONE_STATEMENT: dict[str, Any] = {"render_nulls": True}

_NOT_COLUMNS = {"options", "variants", "pictures"}
PRODUCT_COLUMNS = tuple(field.name for field in fields(ProductDraft) if field.name not in _NOT_COLUMNS)
VARIANT_COLUMNS = ("sku", "barcode", "weight_grams", "requires_shipping", "taxable", "cost_minor")


@dataclass(frozen=True)
class Written:
    """A product's ids after writing, and whether anything was written."""

    product_id: int
    handle: str
    changed: bool
    variant_ids: Mapping[tuple[str, ...], int]
    new_variant_ids: frozenset[int]


def insert_products(drafts: Sequence[ProductDraft]) -> list[Written]:
    """Insert new products whole: at most 8 statements, however many they are."""
    if not drafts:
        return []
    moment = now()
    product_ids = insert_rows(
        Product,
        [
            {**{name: column(draft, name) for name in PRODUCT_COLUMNS}, "created_at": moment, "updated_at": moment}
            for draft in drafts
        ],
    )
    axes = [
        (product_id, position, option)
        for product_id, draft in zip(product_ids, drafts, strict=True)
        for position, option in enumerate(draft.options)
    ]
    option_ids = insert_rows(
        Option,
        [
            {"product_id": product_id, "position": position, "name": option.name}
            for product_id, position, option in axes
        ],
    )
    value_ids = insert_values([(option_id, axis[2]) for option_id, axis in zip(option_ids, axes, strict=True)])
    options_of: dict[int, list[int]] = {product_id: [] for product_id in product_ids}
    for option_id, (product_id, _, _) in zip(option_ids, axes, strict=True):
        options_of[product_id].append(option_id)
    written = []
    rows = []
    for product_id, draft in zip(product_ids, drafts, strict=True):
        for position, variant in enumerate(draft.variants):
            rows.append((product_id, position, variant, values_of(variant, options_of[product_id], value_ids)))
    variant_ids = insert_variants(rows)
    ids_of: dict[int, dict[tuple[str, ...], int]] = {product_id: {} for product_id in product_ids}
    for variant_id, (product_id, _, variant, _) in zip(variant_ids, rows, strict=True):
        ids_of[product_id][variant.values] = variant_id
    insert_rows(
        ProductImage,
        [
            picture_row(product_id, position, picture)
            for product_id, draft in zip(product_ids, drafts, strict=True)
            for position, picture in enumerate(once(draft.pictures))
        ],
    )
    for product_id, draft in zip(product_ids, drafts, strict=True):
        ids = ids_of[product_id]
        written.append(
            Written(product_id, draft.handle, changed=True, variant_ids=ids, new_variant_ids=frozenset(ids.values()))
        )
    return written


def column(draft: ProductDraft, name: str) -> Any:
    """Return a column of the product as its table takes it."""
    value = getattr(draft, name)
    return list(value) if name == "tags" else value


def insert_rows(model: type[Model | KeylessModel], rows: list[dict[str, Any]]) -> list[int]:
    """Insert rows in one statement; return their ids in order, or nothing for tables without one."""
    if not rows:
        return []
    identity: InstrumentedAttribute[int] | None = getattr(model, "id", None)
    if identity is None:
        session.execute(insert(model).execution_options(**_ONE_STATEMENT), rows)
        return []
    return list(
        session.execute(
            insert(model).returning(identity, sort_by_parameter_order=True).execution_options(**_ONE_STATEMENT), rows
        ).scalars()
    )


def insert_values(options: Iterable[tuple[int, OptionDraft]]) -> dict[tuple[int, str], int]:
    """Insert the values of new options; return their ids by option id and value."""
    pairs = [
        (option_id, position, value, option.swatches.get(value))
        for option_id, option in options
        for position, value in enumerate(option.values)
    ]
    ids = insert_rows(
        OptionValue,
        [
            {"option_id": option_id, "position": position, "value": value, "swatch": swatch}
            for option_id, position, value, swatch in pairs
        ],
    )
    return {(pair[0], pair[2]): value_id for pair, value_id in zip(pairs, ids, strict=True)}


def values_of(
    variant: VariantDraft, option_ids: Sequence[int], value_ids: Mapping[tuple[int, str], int]
) -> list[tuple[int, int]]:
    """Return the (option id, value id) pairs of a variant, in the order of the options."""
    return [
        (option_id, value_ids[option_id, value]) for option_id, value in zip(option_ids, variant.values, strict=True)
    ]


def key_of(values: Iterable[tuple[int, int]]) -> str:
    """Return a variant's `option_key`."""
    return "-".join(str(value_id) for _, value_id in values)


def variant_columns(variant: VariantDraft) -> dict[str, Any]:
    """Return the columns of a variant's own row."""
    return {name: getattr(variant, name) for name in VARIANT_COLUMNS}


VariantRow = tuple[int, int, VariantDraft, list[tuple[int, int]]]


def insert_variants(rows: Sequence[VariantRow]) -> list[int]:
    """Insert new variants with what belongs to them; return their ids in order."""
    ids = insert_rows(
        Variant,
        [
            {
                "product_id": product_id,
                "option_key": key_of(values),
                "position": position,
                # None is written out, so that all rows have the same columns and go in as one statement.
                **variant_columns(variant),
            }
            for product_id, position, variant, values in rows
        ],
    )
    insert_belongings([(id_, row[2], row[3]) for id_, row in zip(ids, rows, strict=True)])
    return ids


def insert_belongings(variants: Sequence[tuple[int, VariantDraft, list[tuple[int, int]]]]) -> None:
    """Insert values, prices and pictures of variants that have none."""
    insert_rows(
        VariantValue,
        [
            {"variant_id": variant_id, "option_id": option_id, "value_id": value_id}
            for variant_id, _, values in variants
            for option_id, value_id in values
        ],
    )
    insert_rows(
        Price,
        [
            price_row(variant_id, currency, price)
            for variant_id, variant, _ in variants
            for currency, price in variant.prices.items()
        ],
    )
    insert_rows(
        VariantImage,
        [
            {"variant_id": variant_id, "image_id": image_id, "position": position}
            for variant_id, variant, _ in variants
            for position, image_id in enumerate(dict.fromkeys(variant.image_ids))
        ],
    )


def price_row(variant_id: int, currency: str, price: PriceDraft) -> dict[str, Any]:
    """Return a base price as its table takes it."""
    return {
        "variant_id": variant_id,
        "currency": currency,
        "min_qty": 1,
        "amount_minor": price.amount_minor,
        "compare_at_minor": price.compare_at_minor,
    }


def picture_row(product_id: int, position: int, picture: PictureDraft) -> dict[str, Any]:
    """Return a picture's place in a gallery as its table takes it."""
    return {"product_id": product_id, "image_id": picture.image_id, "position": position, "alt": picture.alt}


def once(pictures: Iterable[PictureDraft]) -> list[PictureDraft]:
    """Return each picture at its first place."""
    kept: dict[int, PictureDraft] = {}
    for picture in pictures:
        kept.setdefault(picture.image_id, picture)
    return list(kept.values())
