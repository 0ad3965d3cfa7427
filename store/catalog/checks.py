"""What a product may be, judged before anything is written."""

import re
from collections.abc import Mapping
from dataclasses import replace

from store.catalog.drafts import MAX_OPTIONS, ProductDraft, VariantDraft
from store.catalog.handles import is_handle, make_handle
from store.catalog.sanitize import clean_html
from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.core.money import MAX_MINOR

STATUSES = ("draft", "active", "archived")

# In characters. They bound what a page has to show, not what the database can hold.
MAX_LENGTHS: Mapping[str, int] = {
    "title": 255,
    "description_html": 200_000,
    "vendor": 255,
    "product_type": 255,
    "seo_title": 255,
    "seo_description": 1000,
    "tag": 255,
    "option": 255,
    "value": 255,
    "sku": 255,
    "barcode": 255,
    "tax_code": 255,
    "fulfilment_service": 255,
    "field": 5000,
}
WEIGHT_UNITS = ("", "g", "kg", "oz", "lb")
MAX_TAGS = 250
MAX_VARIANTS = 2000
MAX_WEIGHT_GRAMS = 10_000_000

MAX_FIELDS = 250
MAX_FIELD_VALUES = 250

# What a unit price is for: `750 ml`, `1 kg`.
_MEASURE = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})? [A-Za-z0-9]{1,12}")
_SWATCH = re.compile(r"#[0-9a-f]{6}")


def checked(draft: ProductDraft) -> ProductDraft:
    """Return the draft as it can be written: texts bounded, HTML cleaned, tags once; raises `Invalid` with `field`."""
    title = _text(draft.title.strip(), "title")
    if not title:
        raise Invalid(_("A product needs a title."), field="title")
    handle = draft.handle or make_handle(title)
    if not is_handle(handle):
        raise Invalid(_("An address has only small letters, digits and single hyphens."), field="handle")
    if draft.status not in STATUSES:
        raise Invalid(_("A product is a draft, active or archived."), field="status")
    tags = tuple(dict.fromkeys(_text(tag.strip(), "tag") for tag in draft.tags if tag.strip()))
    if len(tags) > MAX_TAGS:
        raise Invalid(_("A product has at most %(limit)s tags.", limit=MAX_TAGS), field="tags")
    if draft.gift_card and draft.status == "active":
        raise Invalid(_("Gift cards can't be sold here yet, so this product stays a draft."), field="status")
    _check_options(draft)
    _check_variants(draft)
    _check_fields(draft)
    return replace(
        draft,
        title=title,
        handle=handle,
        description_html=clean_html(_text(draft.description_html, "description_html")),
        vendor=_text(draft.vendor.strip(), "vendor"),
        product_type=_text(draft.product_type.strip(), "product_type"),
        seo_title=_text(draft.seo_title.strip(), "seo_title"),
        seo_description=_text(draft.seo_description.strip(), "seo_description"),
        tags=tags,
    )


def _check_options(draft: ProductDraft) -> None:
    if len(draft.options) > MAX_OPTIONS:
        raise Invalid(_("A product has at most three options."), field="options")
    names = [_text(option.name, "option") for option in draft.options]
    if not all(names) or len(set(names)) != len(names):
        raise Invalid(_("Each option needs a name of its own."), field="options")
    for option in draft.options:
        values = [_text(value, "value") for value in option.values]
        if not all(values) or len(set(values)) != len(values):
            raise Invalid(_("Each value of an option is written once."), field="options")
        if not all(_SWATCH.fullmatch(colour) for colour in option.swatches.values()):
            raise Invalid(_("A colour is written like #1a2b3c."), field="options")


def _check_variants(draft: ProductDraft) -> None:
    if len(draft.variants) > MAX_VARIANTS:
        raise Invalid(_("A product has at most %(limit)s variants.", limit=MAX_VARIANTS), field="variants")
    combinations = [variant.values for variant in draft.variants]
    if len(set(combinations)) != len(combinations):
        raise Invalid(_("Two variants have the same options."), field="variants")
    skus = [variant.sku for variant in draft.variants if variant.sku is not None]
    if len(set(skus)) != len(skus):
        raise Invalid(_("Two variants have the same SKU."), field="sku")
    for variant in draft.variants:
        _check_variant(draft, variant)


def _check_variant(draft: ProductDraft, variant: VariantDraft) -> None:
    if len(variant.values) != len(draft.options) or any(
        value not in option.values for value, option in zip(variant.values, draft.options, strict=False)
    ):
        raise Invalid(_("A variant has one value on each option."), field="variants")
    if variant.sku is not None and not _text(variant.sku, "sku").strip():
        raise Invalid(_("A SKU can't be blank."), field="sku")
    _text(variant.barcode or "", "barcode")
    _text(variant.tax_code, "tax_code")
    _text(variant.fulfilment_service, "fulfilment_service")
    if variant.weight_unit not in WEIGHT_UNITS:
        raise Invalid(_("A weight is shown in g, kg, oz or lb."), field="weight_unit")
    if not all(_MEASURE.fullmatch(measure) for measure in (variant.unit_total, variant.unit_base) if measure):
        raise Invalid(_("A measure is a number with its unit, such as 750 ml."), field="unit_total")
    if not 0 <= variant.weight_grams <= MAX_WEIGHT_GRAMS:
        raise Invalid(_("This is not a weight in grams."), field="weight_grams")
    amounts = [variant.cost_minor or 0]
    for price in variant.prices.values():
        amounts += [price.amount_minor, price.compare_at_minor or 0]
    if not all(0 <= amount <= MAX_MINOR for amount in amounts):
        raise Invalid(_("A price is zero or more."), field="prices")


def _check_fields(draft: ProductDraft) -> None:
    if len(draft.fields) > MAX_FIELDS or any(len(values) > MAX_FIELD_VALUES for values in draft.fields.values()):
        raise Invalid(_("A product has at most %(limit)s custom fields.", limit=MAX_FIELDS), field="fields")
    for values in draft.fields.values():
        if not values or not all(_text(value, "field") for value in values):
            raise Invalid(_("A custom field without a value is left out."), field="fields")


def _text(text: str, field: str) -> str:
    if "\0" in text:
        raise Invalid(_("This text holds a character that can't be stored."), field=field)
    if len(text) > MAX_LENGTHS[field]:
        raise Invalid(_("This text is longer than %(limit)s characters.", limit=MAX_LENGTHS[field]), field=field)
    return text
