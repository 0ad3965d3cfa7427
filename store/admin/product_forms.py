"""From the product form to a draft: texts by field, money by `Money`, one complaint at each field that has one."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from wtforms import SelectField

from store.catalog.drafts import OptionDraft, PriceDraft, ProductDraft, StoredProduct, VariantDraft
from store.core.clock import now
from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.core.money import Money
from store.tax.classes import CLASSES, STANDARD
from store.web.forms import Form, Required, StringField, TextAreaField

STATUSES = [
    ("draft", lazy_gettext("Draft: nobody sees it")),
    ("active", lazy_gettext("Active: on sale")),
    ("archived", lazy_gettext("Archived: not on sale any more")),
]
MAX_COMBINATIONS = 200

# The columns of the variant table that can be edited.
CELLS = ("sku", "price", "compare_at", "weight")
_MAX_WEIGHT = 10_000_000


class ProductForm(Form):
    """What describes a product."""

    title = StringField(lazy_gettext("Title"), validators=[Required()])
    handle = StringField(lazy_gettext("Address"))
    description_html = TextAreaField(lazy_gettext("Description"), longest=50_000)
    vendor = StringField(lazy_gettext("Brand"))
    product_type = StringField(lazy_gettext("Type"))
    tax_class = SelectField(
        lazy_gettext("Tax class"), choices=list(CLASSES.items()), default=STANDARD, validate_choice=False
    )
    tags = StringField(lazy_gettext("Tags"), longest=2000)
    status = SelectField(lazy_gettext("Status"), choices=STATUSES)
    seo_title = StringField(lazy_gettext("Title for search engines"))
    seo_description = TextAreaField(lazy_gettext("Description for search engines"), longest=1000)


@dataclass
class VariantInput:
    """One row of the variant table as it is shown or was sent; `errors` by column."""

    variant_id: int
    values: tuple[str, ...]
    sku: str
    price: str
    compare_at: str
    weight: str
    errors: dict[str, str] = field(default_factory=dict)


def describe(form: ProductForm, before: ProductDraft) -> ProductDraft:
    """Return the draft with the form's texts in it; its handle stays, links point at it."""
    status = form.status.data
    return replace(
        before,
        title=form.title.data or "",
        description_html=form.description_html.data or "",
        vendor=form.vendor.data or "",
        product_type=form.product_type.data or "",
        tax_class=form.tax_class.data if form.tax_class.data in CLASSES else before.tax_class,
        tags=tuple(tag.strip() for tag in (form.tags.data or "").split(",") if tag.strip()),
        status=status,
        published_at=before.published_at or (now() if status == "active" else None),
        seo_title=form.seo_title.data or "",
        seo_description=form.seo_description.data or "",
    )


def rows_of(stored: StoredProduct, currency: str) -> list[VariantInput]:
    """Return the variant table as it is stored."""
    rows = []
    for variant in stored.draft.variants:
        price = variant.prices.get(currency)
        rows.append(
            VariantInput(
                variant_id=stored.variant_ids[variant.values],
                values=variant.values,
                sku=variant.sku or "",
                price=_amount(price.amount_minor, currency) if price else "",
                compare_at=_amount(price.compare_at_minor, currency) if price else "",
                weight=str(variant.weight_grams or ""),
            )
        )
    return rows


def cells_of(stored: StoredProduct, currency: str) -> dict[str, str]:
    """Return the variant table and the options' values by the names of their fields."""
    cells = {
        f"{column}-{row.variant_id}": str(getattr(row, column)) for row in rows_of(stored, currency) for column in CELLS
    }
    return cells | {
        f"option-{number}-values": ", ".join(option.values) for number, option in enumerate(stored.draft.options)
    }


def labels_of(stored: StoredProduct, form: ProductForm) -> dict[str, str]:
    """Return what the fields of a product are called, by their names."""
    words = {"sku": _("SKU"), "price": _("Price"), "compare_at": _("Before"), "weight": _("Grams")}
    labels = {one.name: str(one.label.text) for one in form}
    for values, variant_id in stored.variant_ids.items():
        of_variant = " · ".join(values)
        for column in CELLS:
            word = words[column]
            labels[f"{column}-{variant_id}"] = f"{of_variant}: {word}" if of_variant else word
    for number, option in enumerate(stored.draft.options):
        labels[f"option-{number}-values"] = _("Values of %(option)s", option=option.name)
    return labels


def take_rows(rows: list[VariantInput], sent: Mapping[str, str]) -> None:
    """Put what was sent into the rows, by variant id."""
    for row in rows:
        for column in CELLS:
            text = sent.get(f"{column}-{row.variant_id}")
            if text is not None:
                setattr(row, column, text.strip()[:255])


def price_variants(draft: ProductDraft, rows: list[VariantInput], currency: str) -> ProductDraft | None:
    """Return the draft with the table in it, or `None` when a row has errors, which then stand in it."""
    by_values = {row.values: row for row in rows}
    variants = tuple(_variant(variant, by_values[variant.values], currency) for variant in draft.variants)
    skus = [row.sku for row in rows if row.sku]
    for row in rows:
        if row.sku and skus.count(row.sku) > 1:
            row.errors["sku"] = _("Two variants have this SKU.")
    return None if any(row.errors for row in rows) else replace(draft, variants=variants)


def read_options(sent: Mapping[str, str]) -> tuple[OptionDraft, ...]:
    """Return up to three axes from `option-<n>-name` and `option-<n>-values` (separated by commas)."""
    options = []
    for number in range(3):
        name = sent.get(f"option-{number}-name", "").strip()
        values = tuple(
            dict.fromkeys(v.strip() for v in sent.get(f"option-{number}-values", "").split(",") if v.strip())
        )
        if not name and not values:
            continue
        if not name:
            raise Invalid(_("Give these values a name, such as Colour."), field=f"option-{number}-name")
        if not values:
            raise Invalid(_("Write the values of this option, separated by commas."), field=f"option-{number}-values")
        options.append(OptionDraft(name, values))
    return tuple(options)


def combine(options: tuple[OptionDraft, ...], pattern: VariantDraft) -> tuple[VariantDraft, ...]:
    """Return a variant for each combination of the options' values; raises `Invalid` for too many."""
    combinations = list(itertools.product(*(option.values for option in options)))
    if len(combinations) > MAX_COMBINATIONS:
        raise Invalid(
            _("These options make %(count)s variants; at most %(most)s can be made at once.",
              count=len(combinations), most=MAX_COMBINATIONS),
            field="option-0-values",
        )  # fmt: skip
    return tuple(replace(pattern, values=values) for values in combinations)


def widen(draft: ProductDraft, options: tuple[OptionDraft, ...]) -> ProductDraft:
    """Return the draft with values added to its options, and a variant for each new combination.

    New variants take price and weight from the first one. Raises `Invalid` when a value or an option would go:
    variants that were sold must not vanish by a slip of the pen.
    """
    if [option.name for option in options] != [option.name for option in draft.options]:
        raise Invalid(_("The options of a product stay; only values can be added."), field="option-0-name")
    for number, (old, new) in enumerate(zip(draft.options, options, strict=True)):
        gone = set(old.values) - set(new.values)
        if gone:
            raise Invalid(
                _("%(values)s can't be taken away here.", values=", ".join(sorted(gone))),
                field=f"option-{number}-values",
            )
    merged = tuple(replace(old, values=new.values) for old, new in zip(draft.options, options, strict=True))
    known = {variant.values: variant for variant in draft.variants}
    pattern = replace(draft.variants[0], sku=None, barcode=None, image_ids=())
    new_values = {
        value for old, new in zip(draft.options, merged, strict=True) for value in set(new.values) - set(old.values)
    }
    wanted = combine(merged, pattern)
    # Combinations that were left out on purpose stay out; only those with a new value are made.
    variants = tuple(
        known.get(variant.values, variant)
        for variant in wanted
        if variant.values in known or new_values & set(variant.values)
    )
    return replace(draft, options=merged, variants=variants)


def read_price(text: str, currency: str) -> int | None:
    """Return an amount in minor units, `None` for nothing; raises `Invalid`. A comma counts as the decimal point."""
    text = text.strip()
    if not text:
        return None
    if text.count(",") == 1 and "." not in text:
        text = text.replace(",", ".")
    minor = Money.parse(text, currency).minor
    if minor < 0:
        raise Invalid(_("A price is zero or more."))
    return minor


def _variant(variant: VariantDraft, row: VariantInput, currency: str) -> VariantDraft:
    amounts: dict[str, int | None] = {}
    for column in ("price", "compare_at"):
        try:
            amounts[column] = read_price(getattr(row, column), currency)
        except Invalid as error:
            row.errors[column] = error.message
    if not row.weight.isascii() or not (row.weight or "0").isdecimal() or int(row.weight or 0) > _MAX_WEIGHT:
        row.errors["weight"] = _("Please enter whole grams.")
    if amounts.get("compare_at") is not None and amounts.get("price") is None and "price" not in row.errors:
        row.errors["price"] = _("An earlier price needs a price now.")
    if row.errors:
        return variant
    prices = dict(variant.prices)
    price = amounts["price"]
    if price is None:
        prices.pop(currency, None)
    else:
        prices[currency] = PriceDraft(price, amounts["compare_at"])
    return replace(variant, sku=row.sku or None, weight_grams=int(row.weight or 0), prices=prices)


def _amount(minor: int | None, currency: str) -> str:
    return "" if minor is None else str(Money(minor, currency).decimal())
