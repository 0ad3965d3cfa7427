"""Lays what a file asks for over what the shop has: the product as it will be."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from store.catalog.checks import checked
from store.catalog.drafts import OptionDraft, PictureDraft, PriceDraft, ProductDraft, StoredProduct, VariantDraft
from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.importer.errors import Refusal
from store.importer.patches import ProductPatch, VariantPatch
from store.inventory.queries import StockRule


@dataclass(frozen=True)
class World:
    """What the shop has that the patches of a batch speak of.

    `picture_ids` are by address, `category_ids` by the titles from the root; what is new to the shop stands under
    negative numbers until it is noted. `category_paths` are those titles by id.
    """

    currency: str
    moment: datetime
    stored: Mapping[str, StoredProduct]
    sku_owners: Mapping[str, tuple[str, int]]
    picture_ids: Mapping[str, int]
    stock_rules: Mapping[int, StockRule]
    category_ids: Mapping[tuple[str, ...], int] = field(default_factory=dict)
    category_paths: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    made_to_order: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Plan:
    """A product as it is and as it will be; `variant_of_row` says which variant a row speaks of."""

    patch: ProductPatch
    stored: StoredProduct | None
    draft: ProductDraft
    variant_of_row: Mapping[int, tuple[str, ...]]
    axes_replaced: bool
    recreated: frozenset[tuple[str, ...]] = frozenset()
    refusals: Sequence[Refusal] = field(default_factory=tuple)


def merge(patch: ProductPatch, world: World) -> Plan | list[Refusal]:
    """Return the product as it will be with the rows that stay out, or only those when none of it goes in."""
    stored = world.stored.get(patch.handle)
    if patch.handle in world.made_to_order:
        reason = _("it is made to order, which a file of this kind can't describe; change it in the back office")
        return [Refusal(row, patch.column_names.get("handle", "Handle"), reason) for row in patch.rows]
    recreated = _recreated(patch, stored, world)
    refusals = _refused_skus(patch, stored, world, recreated)
    refused = {refusal.row for refusal in refusals}
    patch = replace(patch, variants=tuple(variant for variant in patch.variants if variant.row not in refused))
    if patch.row in refused:
        return _whole(patch, refusals, refused)
    try:
        before = _before(patch, stored, world)
        draft, replaced = _merged(patch, before, world, recreated)
        draft = checked(draft)
    except _RowError as error:
        return _whole(patch, [*refusals, Refusal(error.row, error.column, error.message)], {*refused, error.row})
    except Invalid as error:
        column = patch.column_names.get(str(error.facts.get("field")), str(error.facts.get("field", "handle")))
        return _whole(patch, [*refusals, Refusal(patch.row, column, error.message)], {*refused, patch.row})
    return Plan(
        patch=patch,
        stored=stored,
        draft=draft,
        variant_of_row={variant.row: variant.values for variant in patch.variants},
        axes_replaced=replaced,
        recreated=recreated,
        refusals=tuple(refusals),
    )


class _RowError(Invalid):
    def __init__(self, row: int, column: str, message: str) -> None:
        super().__init__(message)
        self.row = row
        self.column = column


def _whole(patch: ProductPatch, refusals: list[Refusal], told: set[int]) -> list[Refusal]:
    reason = _("row %(row)s keeps this product out", row=refusals[-1].row)
    column = patch.column_names.get("handle", "Handle")
    return [*refusals, *(Refusal(row, column, reason) for row in patch.rows if row not in told)]


def _recreated(patch: ProductPatch, stored: StoredProduct | None, world: World) -> frozenset[tuple[str, ...]]:
    """Return the variants that go because the file gives their SKU to another option value that is new."""
    if stored is None or set(patch.option_names or ()) != {option.name for option in stored.options}:
        return frozenset()
    values_of = {variant_id: values for values, variant_id in stored.variant_ids.items()}
    spoken_of = {_stored_id(patch, stored, variant) for variant in patch.variants}
    gone = set()
    for variant in patch.variants:
        handle, variant_id = world.sku_owners.get(variant.columns.get("sku") or "", ("", 0))
        if handle == patch.handle and variant_id not in spoken_of and _stored_id(patch, stored, variant) is None:
            gone.add(values_of.get(variant_id, ()))
    return frozenset(gone - {()})


def _refused_skus(
    patch: ProductPatch, stored: StoredProduct | None, world: World, gone: frozenset[tuple[str, ...]]
) -> list[Refusal]:
    refusals = []
    recreated = (
        stored is not None
        and patch.option_names is not None
        and set(patch.option_names) != {option.name for option in stored.options}
    )
    given_up = {
        variant_id
        for variant in patch.variants
        if "sku" in variant.columns and (variant_id := _stored_id(patch, stored, variant)) is not None
    }
    for variant in patch.variants:
        owner = world.sku_owners.get(variant.columns.get("sku") or "")
        if owner is None:
            continue
        handle, variant_id = owner
        # Within a product a SKU may move to a variant whose forerunner gives it up in the same file.
        if handle == patch.handle and (recreated or variant_id in given_up):
            continue
        if stored is not None and any(stored.variant_ids.get(values) == variant_id for values in gone):
            continue
        reason = _("it belongs to the product %(handle)s", handle=handle)
        refusals.append(Refusal(variant.row, patch.column_names.get("sku", "SKU"), reason))
    return refusals


def _stored_id(patch: ProductPatch, stored: StoredProduct | None, variant: VariantPatch) -> int | None:
    names = dict(zip(patch.option_names or (), variant.values, strict=True))
    options = stored.options if stored is not None else ()
    if stored is None or set(names) != {option.name for option in options}:
        return None
    return stored.variant_ids.get(tuple(names[option.name] for option in options))


def _before(patch: ProductPatch, stored: StoredProduct | None, world: World) -> ProductDraft:
    if stored is not None:
        return stored.draft
    title = patch.columns.get("title")
    if not title:
        raise _RowError(patch.row, patch.column_names.get("title", "Title"), _("a new product needs a title"))
    return ProductDraft(title=title, handle=patch.handle, published_at=world.moment, variants=())


def _merged(
    patch: ProductPatch, before: ProductDraft, world: World, recreated: frozenset[tuple[str, ...]]
) -> tuple[ProductDraft, bool]:
    columns: dict[str, Any] = dict(patch.columns)
    if "category" in columns:
        columns["category_id"] = _category(columns.pop("category"), before, world)
    if "fields" in columns:
        fields = {**before.fields, **columns["fields"]}
        columns["fields"] = {name: values for name, values in fields.items() if values}
    if columns.get("gift_card", before.gift_card) and columns.get("status", before.status) == "active":
        columns["status"] = "draft"
    if patch.published is not None:
        columns["published_at"] = (before.published_at or world.moment) if patch.published else None
    before = replace(before, variants=tuple(one for one in before.variants if one.values not in recreated))
    options, variants, replaced = _axes(patch, before)
    variants = _merge_variants(patch, variants, world)
    if not variants and not options:
        variants = [VariantDraft()]
    pictures = _gallery(patch, before.pictures, variants, world)
    draft = replace(before, **columns, options=options, variants=tuple(variants), pictures=pictures)
    return draft, replaced


def _category(path: tuple[str, ...], before: ProductDraft, world: World) -> int | None:
    # Titles may come twice in the tree; a product stays where it is when its own place reads the same.
    if before.category_id is not None and world.category_paths.get(before.category_id) == path:
        return before.category_id
    return world.category_ids[path] if path else None


def _axes(patch: ProductPatch, before: ProductDraft) -> tuple[tuple[OptionDraft, ...], list[VariantDraft], bool]:
    names = patch.option_names
    old_names = tuple(option.name for option in before.options)
    if names is None:
        return before.options, list(before.variants), False
    links = patch.option_links
    if not names and old_names and not patch.says_no_options:
        column = patch.column_names.get("option1_value", "Option1 Value")
        raise _RowError(patch.row, column, _("this product has options, so a variant needs their values"))
    known = {option.name: option for option in before.options}
    same = set(names) == set(old_names)
    options = []
    for place, name in enumerate(names):
        old = known[name] if same else OptionDraft(name, ())
        values = (*old.values, *(variant.values[place] for variant in patch.variants))
        link = links.get(name, old.linked_to)
        options.append(replace(old, values=tuple(dict.fromkeys(values)), linked_to=link))
    if not same:
        return tuple(options), [], bool(before.variants)
    order = [old_names.index(name) for name in names]
    kept = [replace(variant, values=tuple(variant.values[place] for place in order)) for variant in before.variants]
    return tuple(options), kept, False


def _merge_variants(patch: ProductPatch, variants: Iterable[VariantDraft], world: World) -> list[VariantDraft]:
    merged = {variant.values: variant for variant in variants}
    for wanted in patch.variants:
        before = merged.get(wanted.values, VariantDraft(values=wanted.values))
        columns = dict(wanted.columns)
        if wanted.price:
            columns["prices"] = _prices(patch, wanted, before)
        if wanted.picture_url is not None:
            columns["image_ids"] = _shown_by(wanted.picture_url, before, world)
        merged[wanted.values] = replace(before, **columns)
    return list(merged.values())


def _shown_by(url: str, before: VariantDraft, world: World) -> tuple[int, ...]:
    if not url:
        return ()
    image_id = world.picture_ids[url]
    # A file names one picture; a variant that has several keeps the others behind it.
    return before.image_ids if before.image_ids[:1] == (image_id,) else (image_id,)


def _prices(patch: ProductPatch, wanted: VariantPatch, before: VariantDraft) -> dict[str, PriceDraft]:
    prices = dict(before.prices)
    for currency, price in wanted.price.items():
        old = prices.get(currency)
        amount = price.get("amount", old.amount_minor if old else None)
        compare_at = price.get("compare_at", old.compare_at_minor if old else None)
        if amount is not None:
            prices[currency] = PriceDraft(amount, compare_at)
        elif compare_at is not None and price.get("compare_at") is not None:
            column = patch.column_names.get("compare_at", "Compare-at price")
            raise _RowError(wanted.row, column, _("there is no price that it could be compared with"))
        else:
            prices.pop(currency, None)
    return prices


def _gallery(
    patch: ProductPatch, before: Sequence[PictureDraft], variants: Iterable[VariantDraft], world: World
) -> tuple[PictureDraft, ...]:
    alts = {picture.image_id: picture.alt for picture in before}
    gallery: dict[int, PictureDraft] = {}
    if patch.pictures is None:
        gallery = {picture.image_id: picture for picture in before}
    else:
        # Pictures without a position follow those with one; the sort keeps rows in order.
        for wanted in sorted(patch.pictures, key=lambda one: (one.position is None, one.position or 0)):
            image_id = world.picture_ids[wanted.url]
            alt = wanted.alt if wanted.alt is not None else alts.get(image_id, "")
            gallery.setdefault(image_id, PictureDraft(image_id, alt))
    named = {world.picture_ids[variant.picture_url] for variant in patch.variants if variant.picture_url}
    for variant in variants:
        for image_id in variant.image_ids:
            # What shows a variant stands in the gallery too.
            if image_id in named:
                gallery.setdefault(image_id, PictureDraft(image_id, alts.get(image_id, "")))
    return tuple(gallery.values())
