"""A product as a whole, with options, variants, prices and pictures: what a form, an import or the seed wants it to be.

Reading gives the same shape as writing takes, so that what would change is a comparison of two drafts.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import text

from store.core.db import session

MAX_OPTIONS = 3


@dataclass(frozen=True)
class PriceDraft:
    """A base price in minor units, and the earlier one that is struck through beside it."""

    amount_minor: int
    compare_at_minor: int | None = None


@dataclass(frozen=True)
class OptionDraft:
    """An axis with its values in order; `swatches` are `#rrggbb` by value, for colours.

    `linked_to` is what another shop's files tie the axis to; it is kept for them.
    """

    name: str
    values: tuple[str, ...]
    swatches: Mapping[str, str] = field(default_factory=dict)
    linked_to: str = ""


@dataclass(frozen=True)
class VariantDraft:
    """A variant by its value on each axis, in the order of the product's options."""

    values: tuple[str, ...] = ()
    sku: str | None = None
    barcode: str | None = None
    weight_grams: int = 0
    requires_shipping: bool = True
    taxable: bool = True
    cost_minor: int | None = None
    tax_code: str = ""
    fulfilment_service: str = ""
    weight_unit: str = ""
    unit_total: str = ""
    unit_base: str = ""
    prices: Mapping[str, PriceDraft] = field(default_factory=dict)
    image_ids: tuple[int, ...] = ()


@dataclass(frozen=True)
class PictureDraft:
    """A picture in the gallery, by its row in `media`."""

    image_id: int
    alt: str = ""


@dataclass(frozen=True)
class ProductDraft:
    """A product as it should be. An empty handle is made from the title; `published_at` is when it may be seen.

    `fields` are the values of its custom fields by `namespace.key`; one without values is not in it.
    """

    title: str
    handle: str = ""
    description_html: str = ""
    vendor: str = ""
    product_type: str = ""
    status: str = "active"
    published_at: datetime | None = None
    tax_class: str = "standard"
    tags: tuple[str, ...] = ()
    seo_title: str = ""
    seo_description: str = ""
    popularity: int = 0
    gift_card: bool = False
    category_id: int | None = None
    fields: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    options: tuple[OptionDraft, ...] = ()
    variants: tuple[VariantDraft, ...] = (VariantDraft(),)
    pictures: tuple[PictureDraft, ...] = ()


@dataclass(frozen=True)
class StoredOption:
    """An axis with the ids behind its name and values."""

    id: int
    name: str
    value_ids: Mapping[str, int]


@dataclass(frozen=True)
class StoredProduct:
    """A product as it is, with the ids behind the draft; `variant_ids` are those of living variants by their values."""

    id: int
    version: int
    draft: ProductDraft
    options: tuple[StoredOption, ...]
    variant_ids: Mapping[tuple[str, ...], int]
    option_keys: Mapping[int, str]
    deleted_by_key: Mapping[str, int]
    made_to_order: bool = False


_PRODUCTS = text("""
    SELECT id, version, made_to_order, handle, title, description_html, vendor, product_type, status, published_at,
           tax_class, tags, seo_title, seo_description, popularity, gift_card, category_id
      FROM products WHERE handle = ANY(:handles) ORDER BY id
""")
_LOCKED_PRODUCTS = text(_PRODUCTS.text + " FOR UPDATE")
_OPTIONS = text("""
    SELECT o.product_id, o.id AS option_id, o.name, o.linked_to, v.id AS value_id, v.value, v.swatch
      FROM options o LEFT JOIN option_values v ON v.option_id = o.id
     WHERE o.product_id = ANY(:ids) ORDER BY o.product_id, o.position, o.id, v.position, v.id
""")
_VARIANTS = text("""
    SELECT v.product_id, v.id, v.option_key, v.sku, v.barcode, v.weight_grams, v.requires_shipping, v.taxable,
           v.cost_minor, v.tax_code, v.fulfilment_service, v.weight_unit, v.unit_total, v.unit_base, v.deleted_at,
           (SELECT json_agg(json_build_array(p.currency, p.amount_minor, p.compare_at_minor)) FROM prices p
             WHERE p.variant_id = v.id AND p.price_list_id IS NULL AND p.min_qty = 1) AS prices,
           (SELECT json_agg(i.image_id ORDER BY i.position, i.image_id) FROM variant_images i
             WHERE i.variant_id = v.id) AS image_ids
      FROM variants v WHERE v.product_id = ANY(:ids) ORDER BY v.product_id, v.position, v.id
""")
_PICTURES = text("""
    SELECT product_id, image_id, alt FROM product_images
     WHERE product_id = ANY(:ids) ORDER BY product_id, position, image_id
""")
_FIELDS = text("""
    SELECT x.product_id, f.namespace || '.' || f.key AS name, x.value
      FROM custom_field_values x JOIN custom_fields f ON f.id = x.field_id
     WHERE x.product_id = ANY(:ids) ORDER BY x.product_id, f.namespace, f.key, x.position
""")


def find_stored(handles: Collection[str], *, lock: bool = False) -> dict[str, StoredProduct]:
    """Return the products of these handles as they are, by handle. 5 statements; `lock` keeps others from saving."""
    if not handles:
        return {}
    products = session.execute(_LOCKED_PRODUCTS if lock else _PRODUCTS, {"handles": list(handles)}).all()
    if not products:
        return {}
    of_these = {"ids": [row.id for row in products]}
    options: dict[int, dict[int, Any]] = defaultdict(dict)
    for row in session.execute(_OPTIONS, of_these):
        axis = options[row.product_id].setdefault(row.option_id, (row.name, {}, {}, row.linked_to))
        if row.value_id is not None:
            axis[1][row.value] = row.value_id
            if row.swatch is not None:
                axis[2][row.value] = row.swatch
    variants: dict[int, list[Any]] = defaultdict(list)
    for row in session.execute(_VARIANTS, of_these):
        variants[row.product_id].append(row)
    pictures: dict[int, list[PictureDraft]] = defaultdict(list)
    for row in session.execute(_PICTURES, of_these):
        pictures[row.product_id].append(PictureDraft(row.image_id, row.alt))
    fields: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in session.execute(_FIELDS, of_these):
        fields[row.product_id][row.name].append(row.value)
    return {
        row.handle: _stored(row, options[row.id], variants[row.id], tuple(pictures[row.id]), fields[row.id])
        for row in products
    }


def _stored(
    row: Any,
    axes: dict[int, Any],
    variants: list[Any],
    pictures: tuple[PictureDraft, ...],
    fields: Mapping[str, list[str]],
) -> StoredProduct:
    if row.made_to_order:
        # Its axes are edited by `graphs`, and its variants come and go by themselves: no draft speaks of them.
        axes, variants = {}, []
    options = tuple(StoredOption(option_id, name, values) for option_id, (name, values, *_) in axes.items())
    names = {value_id: value for option in options for value, value_id in option.value_ids.items()}
    drafts = []
    variant_ids: dict[tuple[str, ...], int] = {}
    for variant in variants:
        if variant.deleted_at is not None:
            continue
        ids = [int(part) for part in variant.option_key.split("-")] if variant.option_key else []
        values = tuple(names.get(value_id, "") for value_id in ids)
        variant_ids[values] = variant.id
        drafts.append(
            VariantDraft(
                values=values,
                sku=variant.sku,
                barcode=variant.barcode,
                weight_grams=variant.weight_grams,
                requires_shipping=variant.requires_shipping,
                taxable=variant.taxable,
                cost_minor=variant.cost_minor,
                tax_code=variant.tax_code,
                fulfilment_service=variant.fulfilment_service,
                weight_unit=variant.weight_unit,
                unit_total=variant.unit_total,
                unit_base=variant.unit_base,
                prices={price[0]: PriceDraft(price[1], price[2]) for price in variant.prices or ()},
                image_ids=tuple(variant.image_ids or ()),
            )
        )
    draft = ProductDraft(
        title=row.title,
        handle=row.handle,
        description_html=row.description_html,
        vendor=row.vendor,
        product_type=row.product_type,
        status=row.status,
        published_at=row.published_at,
        tax_class=row.tax_class,
        tags=tuple(row.tags),
        seo_title=row.seo_title,
        seo_description=row.seo_description,
        popularity=row.popularity,
        gift_card=row.gift_card,
        category_id=row.category_id,
        fields={name: tuple(values) for name, values in fields.items()},
        options=tuple(
            OptionDraft(name, tuple(values), swatches, linked_to) for name, values, swatches, linked_to in axes.values()
        ),
        variants=tuple(drafts),
        pictures=pictures,
    )
    return StoredProduct(
        id=row.id,
        version=row.version,
        draft=draft,
        options=options,
        variant_ids=variant_ids,
        option_keys={variant.id: variant.option_key for variant in variants if variant.deleted_at is None},
        deleted_by_key={variant.option_key: variant.id for variant in variants if variant.deleted_at is not None},
        made_to_order=row.made_to_order,
    )
