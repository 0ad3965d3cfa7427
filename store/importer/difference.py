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

_SHOWN = 60


@dataclass
class RowChange:
    """What becomes of one row: the verdict is create, update or unchanged; `changes` are sentences."""

    row: int
    handle: str
    verdict: str
    label: str = ""
    changes: list[str] = field(default_factory=list)


def describe(plan: Plan, world: World) -> list[RowChange]:
    """Return what becomes of each row of a product that goes in."""
    before = plan.stored.draft if plan.stored else None
    first = RowChange(plan.patch.row, plan.patch.handle, UNCHANGED, plan.draft.title)
    rows = {row: RowChange(row, plan.patch.handle, UNCHANGED) for row in plan.patch.rows} | {first.row: first}
    if before is None:
        first.verdict = CREATE
    else:
        first.changes += _product_changes(before, plan.draft)
        first.changes += _option_changes(plan, before)
    _variant_rows(plan, before, rows, world)
    _picture_rows(plan, before, rows, world)
    for change in rows.values():
        if change.verdict == UNCHANGED and change.changes:
            change.verdict = UPDATE
    return list(rows.values())


def _product_changes(before: ProductDraft, after: ProductDraft) -> list[str]:
    labels = {
        "title": _("title"),
        "description_html": _("description"),
        "vendor": _("vendor"),
        "product_type": _("type"),
        "status": _("status"),
        "seo_title": _("search title"),
        "seo_description": _("search description"),
    }
    changes = [
        _arrow(label, getattr(before, name), getattr(after, name))
        for name, label in labels.items()
        if getattr(before, name) != getattr(after, name)
    ]
    if before.tags != after.tags:
        changes.append(_arrow(_("tags"), ", ".join(before.tags), ", ".join(after.tags)))
    if before.published_at != after.published_at:
        changes.append(_arrow(_("published"), _yes(before.published_at), _yes(after.published_at)))
    return changes


def _option_changes(plan: Plan, before: ProductDraft) -> list[str]:
    old = " × ".join(option.name for option in before.options)
    new = " × ".join(option.name for option in plan.draft.options)
    changes = [_arrow(_("options"), old, new)] if old != new else []
    if plan.axes_replaced:
        changes.append(_("the %(count)s variants there are taken off and made anew", count=len(before.variants)))
    return changes


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
            change.changes += _variant_changes(was, new[patch.values], world.currency)
            change.changes += _stock_changes(plan, was.values, patch.stock, world)


def _variant_changes(before: VariantDraft, after: VariantDraft, currency: str) -> list[str]:
    labels = {
        "sku": _("SKU"),
        "barcode": _("barcode"),
        "weight_grams": _("weight in grams"),
        "requires_shipping": _("needs shipping"),
        "taxable": _("taxable"),
    }
    changes = [
        _arrow(label, getattr(before, name), getattr(after, name))
        for name, label in labels.items()
        if getattr(before, name) != getattr(after, name)
    ]
    if before.cost_minor != after.cost_minor:
        changes.append(_arrow(_("cost"), _money(before.cost_minor, currency), _money(after.cost_minor, currency)))
    nothing = PriceDraft(-1)
    old, new = before.prices.get(currency, nothing), after.prices.get(currency, nothing)
    if old.amount_minor != new.amount_minor:
        changes.append(_arrow(_("price"), _money(old.amount_minor, currency), _money(new.amount_minor, currency)))
    if old.compare_at_minor != new.compare_at_minor:
        label = _("compare-at price")
        changes.append(_arrow(label, _money(old.compare_at_minor, currency), _money(new.compare_at_minor, currency)))
    if before.image_ids != after.image_ids:
        changes.append(_("another picture shows this variant") if after.image_ids else _("its picture is taken off"))
    return changes


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
        rows[plan.patch.row].changes.append(
            ngettext("%(num)s picture is taken off", "%(num)s pictures are taken off", gone)
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
