"""Puts drafts into tables: new products table by table, existing ones difference by difference."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import select, text

from store.catalog.drafts import OptionDraft, PictureDraft, PriceDraft, ProductDraft, VariantDraft
from store.catalog.models import CustomField
from store.core.clock import now
from store.core.db import copy_rows, reserve_ids, session
from store.core.errors import Invalid
from store.core.i18n import gettext as _

_NEW_PRODUCTS = text("SELECT set_config('store.new_products_from', :first, true)")

_NOT_COLUMNS = {"options", "variants", "pictures", "fields"}
PRODUCT_COLUMNS = tuple(field.name for field in fields(ProductDraft) if field.name not in _NOT_COLUMNS)
VARIANT_COLUMNS = (
    "sku", "barcode", "weight_grams", "requires_shipping", "taxable", "cost_minor", "tax_code", "fulfilment_service",
    "weight_unit", "unit_total", "unit_base",
)  # fmt: skip
VariantRow = tuple[int, int, VariantDraft, list[tuple[int, int]]]


@dataclass(frozen=True)
class Written:
    """A product's ids after writing, and whether anything was written."""

    product_id: int
    handle: str
    changed: bool
    variant_ids: Mapping[tuple[str, ...], int]
    new_variant_ids: frozenset[int]


def insert_products(drafts: Sequence[ProductDraft]) -> list[Written]:
    """Insert new products whole, by COPY: at most 16 statements, however many they are."""
    if not drafts:
        return []
    moment = now()
    count = sum(len(draft.options) for draft in drafts)
    product_ids = reserve_ids("products", len(drafts))
    # Nobody has seen these products: their revision need not grow with each table that is filled.
    session.execute(_NEW_PRODUCTS, {"first": str(product_ids[0])})
    copy_rows(
        "products",
        ("id", *PRODUCT_COLUMNS, "created_at", "updated_at"),
        (
            (product_id, *(column(draft, name) for name in PRODUCT_COLUMNS), moment, moment)
            for product_id, draft in zip(product_ids, drafts, strict=True)
        ),
    )
    option_ids = reserve_ids("options", count)
    owners = iter(option_ids)
    options_of = {
        product_id: [next(owners) for _ in draft.options] for product_id, draft in zip(product_ids, drafts, strict=True)
    }
    axes = [
        (option_id, product_id, position, option)
        for product_id, draft in zip(product_ids, drafts, strict=True)
        for position, (option_id, option) in enumerate(zip(options_of[product_id], draft.options, strict=True))
    ]
    copy_rows(
        "options",
        ("id", "product_id", "position", "name", "linked_to"),
        (
            (option_id, product_id, position, option.name, option.linked_to)
            for option_id, product_id, position, option in axes
        ),
    )
    value_ids = insert_values([(option_id, option) for option_id, _product, _place, option in axes])
    rows: list[VariantRow] = [
        (product_id, position, variant, values_of(variant, options_of[product_id], value_ids))
        for product_id, draft in zip(product_ids, drafts, strict=True)
        for position, variant in enumerate(draft.variants)
    ]
    ids_of: dict[int, dict[tuple[str, ...], int]] = {product_id: {} for product_id in product_ids}
    for variant_id, (product_id, _place, variant, _values) in zip(insert_variants(rows), rows, strict=True):
        ids_of[product_id][variant.values] = variant_id
    copy_rows(
        "product_images",
        ("product_id", "image_id", "position", "alt"),
        (
            (product_id, picture.image_id, position, picture.alt)
            for product_id, draft in zip(product_ids, drafts, strict=True)
            for position, picture in enumerate(once(draft.pictures))
        ),
    )
    insert_fields(dict(zip(product_ids, (draft.fields for draft in drafts), strict=True)))
    session.execute(_NEW_PRODUCTS, {"first": ""})
    return [
        Written(
            product_id,
            draft.handle,
            changed=True,
            variant_ids=ids_of[product_id],
            new_variant_ids=frozenset(ids_of[product_id].values()),
        )
        for product_id, draft in zip(product_ids, drafts, strict=True)
    ]


def insert_fields(values_by_product: Mapping[int, Mapping[str, Sequence[str]]]) -> None:
    """Insert values of custom fields by product and `namespace.key`; raises `Invalid` for an unknown field."""
    names = {name for values in values_by_product.values() for name in values}
    if not names:
        return
    known = {
        f"{field.namespace}.{field.key}": field
        for field in session.execute(select(CustomField.id, CustomField.namespace, CustomField.key, CustomField.kind))
    }
    unknown = sorted(names - known.keys())
    if unknown:
        raise Invalid(_("There is no custom field %(name)s.", name=unknown[0]), field="fields")
    copy_rows(
        "custom_field_values",
        ("product_id", "field_id", "position", "value", "number"),
        (
            (product_id, known[name].id, position, value, _number(value) if known[name].kind == "number" else None)
            for product_id, values in values_by_product.items()
            for name, several in values.items()
            for position, value in enumerate(several)
        ),
    )


def _number(value: str) -> Decimal:
    try:
        return Decimal(value)
    except InvalidOperation as error:
        raise Invalid(_("“%(value)s” is not a number.", value=value[:40]), field="fields") from error


def column(draft: ProductDraft, name: str) -> Any:
    """Return a column of the product as its table takes it."""
    value = getattr(draft, name)
    return list(value) if name == "tags" else value


def insert_values(options: Iterable[tuple[int, OptionDraft]]) -> dict[tuple[int, str], int]:
    """Insert the values of new options; return their ids by option id and value."""
    pairs = [
        (option_id, position, value, option.swatches.get(value))
        for option_id, option in options
        for position, value in enumerate(option.values)
    ]
    ids = reserve_ids("option_values", len(pairs))
    copy_rows(
        "option_values",
        ("id", "option_id", "position", "value", "swatch"),
        ((value_id, *pair) for value_id, pair in zip(ids, pairs, strict=True)),
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
    return "-".join(str(value_id) for _option, value_id in values)


def variant_columns(variant: VariantDraft) -> dict[str, Any]:
    """Return the columns of a variant's own row."""
    return {name: getattr(variant, name) for name in VARIANT_COLUMNS}


def insert_variants(rows: Sequence[VariantRow]) -> list[int]:
    """Insert new variants with what belongs to them; return their ids in order."""
    ids = reserve_ids("variants", len(rows))
    copy_rows(
        "variants",
        ("id", "product_id", "option_key", "position", *VARIANT_COLUMNS),
        (
            (id_, product_id, key_of(values), position, *(getattr(variant, name) for name in VARIANT_COLUMNS))
            for id_, (product_id, position, variant, values) in zip(ids, rows, strict=True)
        ),
    )
    insert_belongings([(id_, row[2], row[3]) for id_, row in zip(ids, rows, strict=True)])
    return ids


def insert_belongings(variants: Sequence[tuple[int, VariantDraft, list[tuple[int, int]]]]) -> None:
    """Insert values, prices and pictures of variants that have none."""
    copy_rows(
        "variant_values",
        ("variant_id", "option_id", "value_id"),
        (
            (variant_id, option_id, value_id)
            for variant_id, _variant, values in variants
            for option_id, value_id in values
        ),
    )
    copy_rows(
        "prices",
        ("variant_id", "currency", "amount_minor", "compare_at_minor"),
        (
            (variant_id, currency, price.amount_minor, price.compare_at_minor)
            for variant_id, variant, _values in variants
            for currency, price in variant.prices.items()
        ),
    )
    insert_variant_pictures({variant_id: variant.image_ids for variant_id, variant, _values in variants})


def insert_variant_pictures(image_ids_by_variant: Mapping[int, Iterable[int]]) -> None:
    """Insert which pictures show a variant, for variants that have none."""
    copy_rows(
        "variant_images",
        ("variant_id", "image_id", "position"),
        (
            (variant_id, image_id, position)
            for variant_id, image_ids in image_ids_by_variant.items()
            for position, image_id in enumerate(dict.fromkeys(image_ids))
        ),
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


def once(pictures: Iterable[PictureDraft]) -> list[PictureDraft]:
    """Return each picture at its first place."""
    kept: dict[int, PictureDraft] = {}
    for picture in pictures:
        kept.setdefault(picture.image_id, picture)
    return list(kept.values())
