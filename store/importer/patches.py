"""What the rows of a file ask for, product by product, before the shop is looked at."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from store.catalog.checks import MAX_LENGTHS, STATUSES
from store.catalog.handles import is_handle, make_handle
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
    """One variant: `columns` are those of its own row, `price` holds `amount` and `compare_at` where the file does."""

    row: int
    values: tuple[str, ...]
    columns: Mapping[str, Any]
    price: Mapping[str, int | None]
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
    says_no_options: bool
    variants: tuple[VariantPatch, ...]
    pictures: tuple[PicturePatch, ...] | None
    column_names: Mapping[str, str]


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


def read_products(rows: Iterable[Row], currency: str) -> tuple[list[ProductPatch], list[Refusal]]:
    """Return what the rows ask for, and the rows that can't be read."""
    groups, refusals = _group(rows)
    patches = []
    sku_rows: dict[str, int] = {}
    for handle, members in groups.items():
        patch = _product(handle, members, currency, sku_rows, refusals)
        if patch is not None:
            patches.append(patch)
    return patches, refusals


def _group(rows: Iterable[Row]) -> tuple[dict[str, list[Row]], list[Refusal]]:
    groups: dict[str, list[Row]] = {}
    spelled: dict[str, str] = {}
    refusals = []
    for row in rows:
        raw = row.get("handle") or ""
        title = row.get("title") or ""
        if not raw and not title:
            refusals.append(
                Refusal(row.number, row.column("handle"), _("it is blank, so the row belongs to no product"))
            )
            continue
        # NUL and length are judged with the row's other cells.
        handle = raw.casefold() if is_handle(raw.casefold()) else make_handle(raw or title)
        if not raw and handle in groups:
            reason = _(
                "another product of this name is in row %(row)s; give both a handle", row=groups[handle][0].number
            )
            refusals.append(Refusal(row.number, row.column("title"), reason))
            continue
        spelling = spelled.setdefault(handle, raw.casefold())
        if spelling != raw.casefold():
            reason = _("“%(raw)s” and “%(other)s” would have the same address", raw=raw[:40], other=spelling[:40])
            refusals.append(Refusal(row.number, row.column("handle"), reason))
            continue
        groups.setdefault(handle, []).append(row)
    return groups, refusals


def _product(
    handle: str, rows: list[Row], currency: str, sku_rows: dict[str, int], refusals: list[Refusal]
) -> ProductPatch | None:
    first = _Reader(rows[0])
    _check_shape(first)
    columns = first.columns(
        {
            "title": ("title", lambda cell: _required(cells.text(cell, MAX_LENGTHS["title"]))),
            "description_html": ("description_html", lambda cell: cells.text(cell, MAX_LENGTHS["description_html"])),
            "vendor": ("vendor", lambda cell: cells.text(cell, MAX_LENGTHS["vendor"])),
            "product_type": ("product_type", lambda cell: cells.text(cell, MAX_LENGTHS["product_type"])),
            "tags": ("tags", lambda cell: cells.tags(cell, MAX_LENGTHS["tag"])),
            "status": ("status", lambda cell: cells.choice(cell, STATUSES, blank="active")),
            "seo_title": ("seo_title", lambda cell: cells.text(cell, MAX_LENGTHS["seo_title"])),
            "seo_description": ("seo_description", lambda cell: cells.text(cell, MAX_LENGTHS["seo_description"])),
        }
    )
    published = first.read("published", lambda cell: cells.boolean(cell, blank=True))
    if first.read("gift_card", lambda cell: cells.boolean(cell, blank=False)):
        first.refuse("gift_card", _("gift cards can't be sold here yet"))
    names, says_no_options = _option_names(first)
    variants: list[VariantPatch] = []
    pictures: list[PicturePatch] = []
    kept = [rows[0].number]
    for row in rows:
        reader = first if row is rows[0] else _Reader(row)
        if reader is not first:
            _check_shape(reader)
            _check_later_row(reader, rows[0], names)
        variant = _variant(reader, names, currency, is_first=reader is first)
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
                return None
            continue
        if variant is not None:
            variants.append(variant)
            if variant.columns.get("sku"):
                sku_rows[variant.columns["sku"]] = variant.row
        if picture is not None:
            pictures.append(picture)
        if row is not rows[0]:
            kept.append(row.number)
    return ProductPatch(
        handle=handle,
        row=rows[0].number,
        rows=tuple(kept),
        columns=columns,
        published=published,
        option_names=names,
        says_no_options=says_no_options,
        variants=tuple(variants),
        pictures=tuple(pictures) if rows[0].get("image") is not None else None,
        column_names=rows[0].headers,
    )


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


def _variant(reader: _Reader, names: tuple[str, ...] | None, currency: str, *, is_first: bool) -> VariantPatch | None:
    values = _values(reader, names, is_first=is_first)
    if values is None:
        return None
    columns = reader.columns(
        {
            "sku": ("sku", lambda cell: cells.text(cell, MAX_LENGTHS["sku"]) or None),
            "barcode": ("barcode", lambda cell: cells.text(cell, MAX_LENGTHS["barcode"]) or None),
            "weight_grams": ("grams", cells.grams),
            "requires_shipping": ("requires_shipping", lambda cell: cells.boolean(cell, blank=True)),
            "taxable": ("taxable", lambda cell: cells.boolean(cell, blank=True)),
            "cost_minor": ("cost", lambda cell: cells.amount(cell, currency)),
        }
    )
    price = reader.columns(
        {
            "amount": ("price", lambda cell: cells.amount(cell, currency)),
            "compare_at": ("compare_at", lambda cell: cells.amount(cell, currency)),
        }
    )
    if "amount" in price and price["amount"] is None and price.get("compare_at") is not None and not reader.refusals:
        reader.refuse("compare_at", _("there is no price that it could be compared with"))
    tracker = reader.row.get("tracker")
    quantity = reader.read("quantity", cells.units)
    stock = StockPatch(
        tracked=bool(tracker) if tracker is not None else None,
        policy=reader.read("policy", cells.selling_policy),
        quantity=quantity,
    )
    url = reader.read("variant_image", lambda cell: cells.address(cell) if cell else "")
    return VariantPatch(reader.row.number, values, columns, price, stock, url)


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
