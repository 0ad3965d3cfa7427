"""Says in words what a plan changes, row by row."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from store.catalog.drafts import PriceDraft, ProductDraft, VariantDraft
from store.core.i18n import gettext as _
from store.core.i18n import ngettext
from store.core.money import Money
from store.importer.merging import Plan, World
from store.importer.patches import StockPatch

CREATE = "create"
UPDATE = "update"
UNCHANGED = "unchanged"
SKIPPED = "skipped"

ERASES = "erases"
RECREATES = "recreates"

_SHOWN = 60


@dataclass
class RowChange:
    """What becomes of one row: the verdict is create, update or unchanged; `changes` are sentences.

    `flags` warn: `erases` where a blank cell takes something away, `recreates` where a variant is made anew.
    """

    row: int
    handle: str
    verdict: str
    label: str = ""
    changes: list[str] = field(default_factory=list)
    flags: list[str] = field(default_factory=list)

    def note(self, change: str | None, *, erases: bool = False) -> None:
        """Keep a sentence, and whether something is taken away by it."""
        if change is None:
            return
        self.changes.append(change)
        if erases and ERASES not in self.flags:
            self.flags.append(ERASES)


def describe(plan: Plan, world: World) -> list[RowChange]:
    """Return what becomes of each row of a product that goes in."""
    before = plan.stored.draft if plan.stored else None
    first = RowChange(plan.patch.row, plan.patch.handle, UNCHANGED, plan.draft.title)
    rows = {row: RowChange(row, plan.patch.handle, UNCHANGED) for row in plan.patch.rows} | {first.row: first}
    if before is None:
        first.verdict = CREATE
    else:
        _product_changes(first, before, plan.draft, world)
        _option_changes(first, plan, before)
    if plan.draft.gift_card and not (before and before.gift_card):
        first.changes.append(_("gift cards can't be sold here yet, so it stays a draft"))
    _variant_rows(plan, before, rows, world)
    _picture_rows(plan, before, rows, world)
    for change in rows.values():
        if change.verdict == UNCHANGED and change.changes:
            change.verdict = UPDATE
    return list(rows.values())


def _product_changes(row: RowChange, before: ProductDraft, after: ProductDraft, world: World) -> None:
    for name, label in _product_labels().items():
        _compare(row, label, getattr(before, name), getattr(after, name))
    _compare(row, _("tags"), ", ".join(before.tags), ", ".join(after.tags))
    if before.published_at != after.published_at:
        row.note(_arrow(_("published"), _yes(before.published_at), _yes(after.published_at)))
    if before.category_id != after.category_id:
        paths: dict[int | None, tuple[str, ...]] = {number: path for path, number in world.category_ids.items()}
        paths.update(world.category_paths.items())
        old, new = (" > ".join(paths.get(one.category_id, ())) for one in (before, after))
        _compare(row, _("category"), old, new)
    for name in sorted(before.fields.keys() | after.fields.keys()):
        _compare(row, name, "; ".join(before.fields.get(name, ())), "; ".join(after.fields.get(name, ())))


def _product_labels() -> dict[str, str]:
    return {
        "title": _("title"),
        "description_html": _("description"),
        "vendor": _("vendor"),
        "product_type": _("type"),
        "status": _("status"),
        "gift_card": _("gift card"),
        "seo_title": _("search title"),
        "seo_description": _("search description"),
    }


def _compare(row: RowChange, label: str, before: object, after: object) -> None:
    if before != after:
        row.note(_arrow(label, before, after), erases=after in (None, "") and before not in (None, ""))


def _option_changes(row: RowChange, plan: Plan, before: ProductDraft) -> None:
    old = " × ".join(option.name for option in before.options)
    new = " × ".join(option.name for option in plan.draft.options)
    if old != new:
        row.note(_arrow(_("options"), old, new))
    linked = {option.name: option.linked_to for option in before.options}
    for option in plan.draft.options:
        _compare(row, _("%(option)s is linked to", option=option.name), linked.get(option.name, ""), option.linked_to)
    if plan.axes_replaced:
        row.note(_("the %(count)s variants there are taken off and made anew", count=len(before.variants)))
    for values in sorted(plan.recreated):
        row.note(_("the variant %(name)s is taken off and made anew", name=_shown(" / ".join(values))))
    if plan.axes_replaced or plan.recreated:
        row.flags.append(RECREATES)


def _variant_rows(plan: Plan, before: ProductDraft | None, rows: Mapping[int, RowChange], world: World) -> None:
    names = [option.name for option in plan.draft.options]
    old_names = [option.name for option in before.options] if before else []
    old = {
        frozenset(zip(old_names, variant.values, strict=True)): variant
        for variant in (before.variants if before else ())
    }
    new = {variant.values: variant for variant in plan.draft.variants}
    if before is None and not plan.patch.variants:
        rows[plan.patch.row].changes += _notes(plan.draft.variants[0], StockPatch(), world.currency)
    for patch in plan.patch.variants:
        change = rows[patch.row]
        change.label = change.label or " / ".join(patch.values)
        was = None if plan.axes_replaced else old.get(frozenset(zip(names, patch.values, strict=True)))
        if was is None:
            if before is None:
                change.verdict = CREATE
            else:
                change.verdict = CREATE if change.row != plan.patch.row else UPDATE
                change.changes.append(
                    _("new variant %(name)s", name=_shown(" / ".join(patch.values) or _("(only one)")))
                )
            change.changes += _notes(new[patch.values], patch.stock, world.currency)
        else:
            _variant_changes(change, was, new[patch.values], world.currency)
            change.changes += _stock_changes(plan, was.values, patch.stock, world)


def _variant_changes(row: RowChange, before: VariantDraft, after: VariantDraft, own: str) -> None:
    if before == after:
        return
    for name, label in _variant_labels().items():
        _compare(row, label, getattr(before, name), getattr(after, name))
    _compare(row, _("cost"), _money(before.cost_minor, own), _money(after.cost_minor, own))
    nothing = PriceDraft(-1)
    for currency in sorted(before.prices.keys() | after.prices.keys()):
        old, new = before.prices.get(currency, nothing), after.prices.get(currency, nothing)
        _compare(row, _("price"), _money(old.amount_minor, currency), _money(new.amount_minor, currency))
        was, will = _money(old.compare_at_minor, currency), _money(new.compare_at_minor, currency)
        _compare(row, _("compare-at price"), was, will)
    if before.image_ids != after.image_ids:
        words = _("another picture shows this variant") if after.image_ids else _("its picture is taken off")
        row.note(words, erases=not after.image_ids)


def _variant_labels() -> dict[str, str]:
    return {
        "sku": _("SKU"),
        "barcode": _("barcode"),
        "weight_grams": _("weight in grams"),
        "weight_unit": _("unit of weight"),
        "requires_shipping": _("needs shipping"),
        "fulfilment_service": _("fulfilment service"),
        "taxable": _("taxable"),
        "tax_code": _("tax code"),
        "unit_total": _("measure"),
        "unit_base": _("measure of the unit price"),
    }


def _stock_changes(plan: Plan, values: tuple[str, ...], stock: StockPatch, world: World) -> list[str]:
    rule = world.stock_rules.get(plan.stored.variant_ids[values]) if plan.stored else None
    if rule is None:
        return []
    changes = []
    if stock.tracked is not None and stock.tracked != rule.tracked:
        changes.append(_arrow(_("stock is counted"), rule.tracked, stock.tracked))
    if stock.policy is not None and stock.policy != rule.policy:
        changes.append(_arrow(_("when none is left"), rule.policy, stock.policy))
    return changes


def _notes(variant: VariantDraft, stock: StockPatch, currency: str) -> list[str]:
    notes = []
    if currency not in variant.prices:
        notes.append(_("it has no price, so it can't be bought yet"))
    if (stock.quantity or 0) < 0:
        notes.append(_("%(count)s were oversold there; its stock begins at 0", count=-(stock.quantity or 0)))
    return notes


def _picture_rows(plan: Plan, before: ProductDraft | None, rows: Mapping[int, RowChange], world: World) -> None:
    if plan.patch.pictures is None:
        return
    old = {picture.image_id: picture for picture in before.pictures} if before else {}
    new = {picture.image_id: picture for picture in plan.draft.pictures}
    order = [image_id for image_id in old if image_id in new]
    moved = order != [image_id for image_id in new if image_id in old]
    for patch in plan.patch.pictures:
        image_id = world.picture_ids[patch.url]
        change = rows[patch.row]
        was = old.get(image_id)
        if was is None:
            if change.verdict == UNCHANGED and patch.row != plan.patch.row and patch.row not in plan.variant_of_row:
                change.verdict = CREATE
            if before is not None:
                change.changes.append(_("new picture %(url)s", url=_shown(patch.url)))
        elif was.alt != new[image_id].alt:
            change.changes.append(_arrow(_("picture's words"), was.alt, new[image_id].alt))
    if moved:
        rows[plan.patch.row].changes.append(_("the pictures change their order"))
    gone = len(old.keys() - new.keys())
    if gone:
        rows[plan.patch.row].note(
            ngettext("%(num)s picture is taken off", "%(num)s pictures are taken off", gone), erases=True
        )


def _arrow(label: str, before: object, after: object) -> str:
    return f"{label}: {_value(before)} → {_value(after)}"


def _value(value: object) -> str:
    if isinstance(value, bool):
        return _yes(value)
    return _shown(str(value)) if value not in (None, "") else "—"


def _yes(value: object) -> str:
    return _("yes") if value else _("no")


def _money(minor: int | None, currency: str) -> str:
    return "" if minor is None or minor < 0 else str(Money(minor, currency))


def _shown(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _SHOWN else f"{flat[: _SHOWN - 1]}…"
