"""What the rows of a file ask for, product by product, before the shop is looked at."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from store.catalog.checks import MAX_LENGTHS, STATUSES, WEIGHT_UNITS
from store.catalog.fields import Field
from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.importer import cells
from store.importer.errors import Refusal
from store.importer.headers import VARIANT_FIELDS
from store.importer.reading import Row

T = TypeVar("T")

_NAMES = ("option1_name", "option2_name", "option3_name")
_VALUES = ("option1_value", "option2_value", "option3_value")


@dataclass(frozen=True)
class StockPatch:
    """How a variant is stocked; `None` is what the file does not say. The quantity counts for new variants only."""

    tracked: bool | None = None
    policy: str | None = None
    quantity: int | None = None


@dataclass(frozen=True)
class VariantPatch:
    """One variant: `columns` are those of its own row; `price` has `amount` and `compare_at` by currency."""

    row: int
    values: tuple[str, ...]
    columns: Mapping[str, Any]
    price: Mapping[str, Mapping[str, int | None]]
    stock: StockPatch
    picture_url: str | None = None


@dataclass(frozen=True)
class PicturePatch:
    """One picture of the gallery."""

    row: int
    url: str
    alt: str | None
    position: int | None


@dataclass(frozen=True)
class ProductPatch:
    """One product. `option_names` is `None` when the file is silent on options; `pictures` likewise.

    `says_no_options` tells `Title / Default Title` from cells left blank.
    """

    handle: str
    row: int
    rows: tuple[int, ...]
    columns: Mapping[str, Any]
    published: bool | None
    option_names: tuple[str, ...] | None
    option_links: Mapping[str, str]
    says_no_options: bool
    variants: tuple[VariantPatch, ...]
    pictures: tuple[PicturePatch, ...] | None
    column_names: Mapping[str, str]


@dataclass(frozen=True)
class Terms:
    """What cells mean in this shop: its currency, foreign ones that the file has columns for, and its custom fields.

    With `product_row` the first row of a product is no variant when rows with options follow.
    """

    currency: str
    foreign: tuple[str, ...] = ()
    fields: Mapping[str, Field] = dataclasses.field(default_factory=dict)
    product_row: bool = False


def unknown_field(name: str) -> Field:
    """Return how a custom field is read that the shop does not have yet: as text; those of `shopify` are lists."""
    namespace, _dot, key = name.partition(".")
    return Field(
        0, namespace, key, name, "text", namespace == "shopify", "", (), filterable=False, visible=False, position=0
    )


class _Reader:
    """Reads the cells of one row and collects what is wrong with them."""

    def __init__(self, row: Row) -> None:
        self.row = row
        self.refusals: list[Refusal] = []

    def refuse(self, field: str, reason: str) -> None:
        self.refusals.append(Refusal(self.row.number, self.row.column(field), reason))

    def read(self, field: str, parse: Callable[[str], T]) -> T | None:
        """Return a cell's value; `None` when there is no such column, or when the cell is refused."""
        cell = self.row.get(field)
        if cell is None:
            return None
        try:
            return parse(cell)
        except Invalid as error:
            self.refuse(field, error.message)
            return None

    def columns(self, parsers: Mapping[str, tuple[str, Callable[[str], Any]]]) -> dict[str, Any]:
        """Return the values of those columns that the file has, by their name in the catalogue."""
        return {
            name: self.read(field, parse) for name, (field, parse) in parsers.items() if self.row.get(field) is not None
        }


def read_product(
    handle: str, rows: Sequence[Row], terms: Terms, sku_rows: dict[str, int], repeats: Callable[[str], bool]
) -> tuple[ProductPatch | None, list[Refusal]]:
    """Return what the rows of one product ask for, and those that can't be read.

    `sku_rows` keeps the rows of SKUs that may come twice in the file, as `repeats` says.
    """
    refusals: list[Refusal] = []
    first = _Reader(rows[0])
    _check_shape(first)
    columns = first.columns(_PRODUCT_PARSERS)
    fields = _fields(first, terms)
    if fields:
        columns["fields"] = fields
    published = first.read("published", lambda cell: cells.boolean(cell, blank=True))
    naming = _naming_row(rows) if terms.product_row else rows[0]
    namer = first if naming is rows[0] else _Reader(naming)
    names, says_no_options = _option_names(namer)
    included = {
        currency: first.read(f"included:{currency}", lambda cell: cells.boolean(cell, blank=True)) is not False
        for currency in terms.foreign
    }
    variants: list[VariantPatch] = []
    pictures: list[PicturePatch] = []
    kept = [rows[0].number]
    for row in rows:
        reader = first if row is rows[0] else _Reader(row)
        if reader is not first:
            _check_shape(reader)
            _check_later_row(reader, rows[0], names)
            if _adds_price(reader, variants, terms):
                if reader.refusals:
                    refusals.extend(reader.refusals)
                else:
                    kept.append(row.number)
                continue
        variant = None
        if reader is not first or naming is rows[0]:
            variant = _variant(reader, names, terms, included, is_first=reader is first)
        picture = _picture(reader)
        if variant is not None:
            _check_unique(reader, variant, variants, sku_rows)
        elif reader is not first and picture is None and not reader.refusals:
            reader.refuse("handle", _("the row holds neither a variant nor a picture"))
        if reader.refusals:
            refusals.extend(reader.refusals)
            if reader is first:
                reason = _("row %(row)s, the first of this product, was refused", row=row.number)
                refusals.extend(Refusal(other.number, other.column("handle"), reason) for other in rows[1:])
                return None, refusals
            continue
        if variant is not None:
            variants.append(variant)
            sku = variant.columns.get("sku")
            if sku and repeats(sku):
                sku_rows[sku] = variant.row
        if picture is not None:
            pictures.append(picture)
        if row is not rows[0]:
            kept.append(row.number)
    patch = ProductPatch(
        handle=handle,
        row=rows[0].number,
        rows=tuple(kept),
        columns=columns,
        published=published,
        option_names=names,
        option_links=_option_links(rows[0], names),
        says_no_options=says_no_options,
        variants=tuple(variants),
        pictures=tuple(pictures) if rows[0].get("image") is not None else None,
        column_names=rows[0].headers,
    )
    return patch, refusals


def _naming_row(rows: Sequence[Row]) -> Row:
    if rows[0].filled(*_VALUES):
        return rows[0]
    return next((row for row in rows[1:] if row.filled(*_NAMES) and row.filled(*_VALUES)), rows[0])


def _fields(reader: _Reader, terms: Terms) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for column in reader.row.cells:
        if column.startswith("field:"):
            name = column.partition(":")[2]
            rule = terms.fields.get(name) or unknown_field(name)
            values = reader.read(column, lambda cell, rule=rule: cells.field_values(cell, rule))  # type: ignore[misc]
            if values is not None:
                found[name] = values
    return found


def _option_links(row: Row, names: tuple[str, ...] | None) -> Mapping[str, str]:
    return {
        name: link
        for name, field in zip(names or (), ("option1_linked", "option2_linked", "option3_linked"), strict=False)
        if (link := row.get(field)) is not None
    }


def _adds_price(reader: _Reader, variants: list[VariantPatch], terms: Terms) -> bool:
    """A row in another currency that names a variant by its SKU alone adds a price to it."""
    currency = (reader.row.get("currency") or "").upper()
    sku = reader.row.get("sku")
    if not currency or not sku or reader.row.filled(*_VALUES):
        return False
    known = next((variant for variant in variants if variant.columns.get("sku") == sku), None)
    if known is None or currency in known.price:
        return False
    price = _price(reader, terms)
    if not reader.refusals:
        place = variants.index(known)
        variants[place] = replace(known, price={**known.price, **price})
    return True


def _check_shape(reader: _Reader) -> None:
    if reader.row.surplus:
        reader.refuse("handle", _("the row has more cells than the header"))
    reader.read("handle", lambda cell: cells.text(cell, 255))
    for field in ("option4_name", "option4_value"):
        if reader.row.filled(field):
            reader.refuse(field, _("a product has at most three options"))


def _option_names(reader: _Reader) -> tuple[tuple[str, ...] | None, bool]:
    names = [reader.read(field, lambda cell: cells.text(cell, MAX_LENGTHS["option"])) or "" for field in _NAMES]
    if not any(names):
        if reader.row.filled(*_VALUES):
            reader.refuse("option1_name", _("the first row of a product names its options"))
        return (() if reader.row.filled(*VARIANT_FIELDS) else None), False
    if names[0].casefold() == "title" and not any(names[1:]):
        value = reader.row.get("option1_value") or ""
        if value.casefold() == "default title":
            return (), True
    used = [name for name in names if name]
    if names[: len(used)] != used or len(set(used)) != len(used):
        reader.refuse("option1_name", _("options are named one after the other, each once"))
    return tuple(used), False


def _check_later_row(reader: _Reader, first: Row, names: tuple[str, ...] | None) -> None:
    title = reader.row.get("title")
    if title and title != first.get("title"):
        reader.refuse("title", _("row %(row)s gives this product another title", row=first.number))
    for place, field in enumerate(_NAMES):
        name = reader.row.get(field)
        if name and name != first.get(field) and (names is None or place >= len(names) or name != names[place]):
            reader.refuse(field, _("row %(row)s names the options of this product differently", row=first.number))


def _variant(
    reader: _Reader,
    names: tuple[str, ...] | None,
    terms: Terms,
    included: Mapping[str, bool],
    *,
    is_first: bool,
) -> VariantPatch | None:
    values = _values(reader, names, is_first=is_first)
    if values is None:
        return None
    columns = reader.columns(_VARIANT_PARSERS)
    if reader.row.get("cost") is not None:
        columns["cost_minor"] = reader.read("cost", lambda cell: cells.amount(cell, terms.currency))
    for name in ("unit_total", "unit_base"):
        if reader.row.get(name) is not None:
            unit = reader.row.get(f"{name}_unit") or ""
            columns[name] = reader.read(name, lambda cell, unit=unit: cells.measure(cell, unit))  # type: ignore[misc]
    price = _price(reader, terms)
    for currency in terms.foreign:
        if not included[currency]:
            price[currency] = {"amount": None, "compare_at": None}
    tracker = reader.row.get("tracker")
    quantity = reader.read("quantity", cells.units)
    stock = StockPatch(
        tracked=bool(tracker) if tracker is not None else None,
        policy=reader.read("policy", cells.selling_policy),
        quantity=quantity,
    )
    url = reader.read("variant_image", lambda cell: cells.address(cell) if cell else "")
    return VariantPatch(reader.row.number, values, columns, price, stock, url)


def _price(reader: _Reader, terms: Terms) -> dict[str, Mapping[str, int | None]]:
    prices: dict[str, Mapping[str, int | None]] = {}
    own = terms.currency
    if reader.row.get("currency"):
        own = reader.read("currency", cells.currency) or own
    for currency, suffix in ((own, ""), *((other, f":{other}") for other in terms.foreign)):
        price = reader.columns(
            {
                "amount": (f"price{suffix}", lambda cell, currency=currency: cells.amount(cell, currency)),  # type: ignore[misc]
                "compare_at": (f"compare_at{suffix}", lambda cell, currency=currency: cells.amount(cell, currency)),  # type: ignore[misc]
            }
        )
        if price.get("compare_at") is not None and "amount" in price and price["amount"] is None:
            if not reader.refusals:
                reader.refuse(f"compare_at{suffix}", _("there is no price that it could be compared with"))
        elif price:
            prices[currency] = price
    return prices


def _values(reader: _Reader, names: tuple[str, ...] | None, *, is_first: bool) -> tuple[str, ...] | None:
    found = [reader.read(field, lambda cell: cells.text(cell, MAX_LENGTHS["value"])) or "" for field in _VALUES]
    if names is None:
        # The first row is silent on options, so this one can't say which variant it means.
        if not is_first and (any(found) or reader.row.filled(*VARIANT_FIELDS)):
            reader.refuse("option1_value", _("the first row of this product names no options"))
        return None
    if not names:
        if is_first:
            return ()
        if any(found) or reader.row.filled(*VARIANT_FIELDS):
            reader.refuse("option1_value", _("this product has no options, so it has one variant only"))
        return None
    if not any(found) and not is_first:
        if reader.row.filled(*VARIANT_FIELDS):
            reader.refuse("option1_value", _("a variant needs its option values"))
        return None
    for place, field in enumerate(_VALUES):
        if place < len(names) and not found[place]:
            reader.refuse(field, _("the value of “%(option)s” is missing", option=names[place][:40]))
        elif place >= len(names) and found[place]:
            reader.refuse(field, _("the product has no option that this could be a value of"))
    return tuple(found[: len(names)])


def _picture(reader: _Reader) -> PicturePatch | None:
    url = reader.read("image", lambda cell: cells.address(cell) if cell else "")
    position = reader.read("image_position", cells.position)
    alt = reader.read("image_alt", lambda cell: cells.text(cell, 1000))
    return PicturePatch(reader.row.number, url, alt, position) if url else None


def _check_unique(
    reader: _Reader, variant: VariantPatch, before: list[VariantPatch], sku_rows: Mapping[str, int]
) -> None:
    twin = next((other for other in before if other.values == variant.values), None)
    if twin is not None:
        reader.refuse("option1_value", _("row %(row)s has the same options", row=twin.row))
    sku = variant.columns.get("sku")
    if sku is not None and sku in sku_rows:
        reader.refuse("sku", _("row %(row)s has the same SKU", row=sku_rows[sku]))


def _required(title: str) -> str:
    if not title:
        raise Invalid(_("a product needs a title"))
    return title


_PRODUCT_PARSERS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "title": ("title", lambda cell: _required(cells.text(cell, MAX_LENGTHS["title"]))),
    "description_html": ("description_html", lambda cell: cells.text(cell, MAX_LENGTHS["description_html"])),
    "vendor": ("vendor", lambda cell: cells.text(cell, MAX_LENGTHS["vendor"])),
    "category": ("category", cells.category),
    "product_type": ("product_type", lambda cell: cells.text(cell, MAX_LENGTHS["product_type"])),
    "tags": ("tags", lambda cell: cells.tags(cell, MAX_LENGTHS["tag"])),
    "status": ("status", lambda cell: cells.choice(cell, STATUSES, blank="active")),
    "gift_card": ("gift_card", lambda cell: cells.boolean(cell, blank=False)),
    "seo_title": ("seo_title", lambda cell: cells.text(cell, MAX_LENGTHS["seo_title"])),
    "seo_description": ("seo_description", lambda cell: cells.text(cell, MAX_LENGTHS["seo_description"])),
}
_VARIANT_PARSERS: Mapping[str, tuple[str, Callable[[str], Any]]] = {
    "sku": ("sku", lambda cell: cells.text(cell, MAX_LENGTHS["sku"]) or None),
    "barcode": ("barcode", lambda cell: cells.text(cell, MAX_LENGTHS["barcode"]) or None),
    "weight_grams": ("grams", cells.grams),
    "weight_unit": ("weight_unit", lambda cell: cells.choice(cell, WEIGHT_UNITS, blank="")),
    "requires_shipping": ("requires_shipping", lambda cell: cells.boolean(cell, blank=True)),
    "fulfilment_service": (
        "fulfilment_service",
        lambda cell: cells.text(cell, MAX_LENGTHS["fulfilment_service"]),
    ),
    "taxable": ("taxable", lambda cell: cells.boolean(cell, blank=True)),
    "tax_code": ("tax_code", lambda cell: cells.text(cell, MAX_LENGTHS["tax_code"])),
}
