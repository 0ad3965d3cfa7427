"""Products as they were before a run and as it left them: what undoing compares and brings back."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from store.catalog.drafts import OptionDraft, PictureDraft, PriceDraft, ProductDraft, VariantDraft

# How a variant is stocked, by its values: counted or not, and what happens when none is left.
Rules = Mapping[tuple[str, ...], tuple[bool, str]]

_OWN = tuple(
    field.name
    for field in fields(ProductDraft)
    if field.name not in ("tags", "published_at", "fields", "options", "variants", "pictures", "popularity")
)
_VARIANT_OWN = tuple(
    field.name for field in fields(VariantDraft) if field.name not in ("values", "prices", "image_ids")
)


@dataclass(frozen=True)
class Snapshot:
    """A product with the rules of its stock."""

    draft: ProductDraft
    rules: Rules


def to_json(snapshot: Snapshot) -> dict[str, Any]:
    """Return a snapshot as it is kept."""
    draft = snapshot.draft
    return {
        **{name: getattr(draft, name) for name in _OWN},
        "tags": draft.tags,
        "published_at": draft.published_at.isoformat() if draft.published_at else None,
        "fields": {name: draft.fields[name] for name in draft.fields},
        "options": [[one.name, one.values, dict(one.swatches), one.linked_to] for one in draft.options],
        "variants": [
            [
                one.values,
                [getattr(one, name) for name in _VARIANT_OWN],
                {currency: [price.amount_minor, price.compare_at_minor] for currency, price in one.prices.items()},
                one.image_ids,
                snapshot.rules.get(one.values),
            ]
            for one in draft.variants
        ],
        "pictures": [[one.image_id, one.alt] for one in draft.pictures],
    }


def from_json(kept: Mapping[str, Any]) -> Snapshot:
    """Return what `to_json` kept."""
    variants = []
    rules = {}
    for values, own, prices, image_ids, rule in kept["variants"]:
        variants.append(
            VariantDraft(
                values=tuple(values),
                prices={currency: PriceDraft(*price) for currency, price in prices.items()},
                image_ids=tuple(image_ids),
                **dict(zip(_VARIANT_OWN, own, strict=True)),
            )
        )
        if rule is not None:
            rules[tuple(values)] = (rule[0], rule[1])
    published = kept["published_at"]
    draft = ProductDraft(
        **{name: kept[name] for name in _OWN},
        tags=tuple(kept["tags"]),
        published_at=datetime.fromisoformat(published) if published else None,
        fields={name: tuple(values) for name, values in kept["fields"].items()},
        options=tuple(
            OptionDraft(name, tuple(values), swatches, linked) for name, values, swatches, linked in kept["options"]
        ),
        variants=tuple(variants),
        pictures=tuple(PictureDraft(image_id, alt) for image_id, alt in kept["pictures"]),
    )
    return Snapshot(draft, rules)


@dataclass(frozen=True)
class Reversal:
    """A product as it should be once a run is undone, and what of it stays because somebody changed it since."""

    snapshot: Snapshot
    kept: tuple[str, ...]


def reverse(before: Snapshot, after: Snapshot, present: Snapshot) -> Reversal:
    """Return the present state with what the run changed put back, field by field.

    What is no longer as the run left it was edited since and stays; `kept` names it.
    """
    kept: list[str] = []
    changes: dict[str, Any] = {}
    for name in (*_OWN, "tags", "published_at", "pictures"):
        old, new, now = (getattr(one.draft, name) for one in (before, after, present))
        if old not in (new, now):
            if now == new:
                changes[name] = old
            else:
                kept.append(name)
    changes["fields"] = _fields(before.draft, after.draft, present.draft, kept)
    if [one.name for one in after.draft.options] != [one.name for one in present.draft.options]:
        kept.append("options")
        return Reversal(Snapshot(replace(present.draft, **changes), present.rules), tuple(kept))
    variants, rules = _variants(before, after, present, kept)
    names = [one.name for one in before.draft.options]
    if names == [one.name for one in after.draft.options]:
        changes["options"] = _options(before, present, variants)
    else:
        changes["options"] = before.draft.options
        variants = [one for one in variants if len(one.values) == len(names)]
        if any(one.values not in {was.values for was in before.draft.variants} for one in variants):
            kept.append("variants")
            variants = [one for one in variants if one.values in {was.values for was in before.draft.variants}]
    draft = replace(present.draft, **changes, variants=tuple(variants))
    return Reversal(Snapshot(draft, rules), tuple(kept))


def _fields(
    before: ProductDraft, after: ProductDraft, present: ProductDraft, kept: list[str]
) -> dict[str, tuple[str, ...]]:
    found = dict(present.fields)
    for name in sorted(before.fields.keys() | after.fields.keys()):
        old, new, now = (one.fields.get(name, ()) for one in (before, after, present))
        if old in (new, now):
            continue
        if now != new:
            kept.append(name)
        elif old:
            found[name] = old
        else:
            found.pop(name, None)
    return found


def _variants(
    before: Snapshot, after: Snapshot, present: Snapshot, kept: list[str]
) -> tuple[list[VariantDraft], dict[tuple[str, ...], tuple[bool, str]]]:
    old = {one.values: one for one in before.draft.variants}
    new = {one.values: one for one in after.draft.variants}
    now = {one.values: one for one in present.draft.variants}
    rules = dict(present.rules)
    result: dict[tuple[str, ...], VariantDraft] = {}
    for values, variant in now.items():
        label = " / ".join(values)
        if values in old and values in new:
            result[values] = _variant(old[values], new[values], variant, label, kept)
            was, left = before.rules.get(values), after.rules.get(values)
            if was is not None and was != left:
                if present.rules.get(values) == left:
                    rules[values] = was
                else:
                    kept.append(f"{label} stock".strip())
        elif values in new and values not in old:
            # The run made it, so it goes, unless somebody has worked on it since.
            if variant != new[values]:
                kept.append(label or "variant")
                result[values] = variant
        else:
            result[values] = variant
    for values, variant in old.items():
        if values not in new and values not in now:
            result[values] = variant
            if values in before.rules:
                rules[values] = before.rules[values]
    places = {values: place for place, values in enumerate(old)}
    ordered = sorted(result.values(), key=lambda one: places.get(one.values, len(places)))
    return ordered, rules


def _variant(old: VariantDraft, new: VariantDraft, now: VariantDraft, label: str, kept: list[str]) -> VariantDraft:
    changes: dict[str, Any] = {}
    for name in (*_VARIANT_OWN, "image_ids"):
        was, left, is_now = (getattr(one, name) for one in (old, new, now))
        if was not in (left, is_now):
            if is_now == left:
                changes[name] = was
            else:
                kept.append(f"{label} {name}".strip())
    prices = dict(now.prices)
    for currency in old.prices.keys() | new.prices.keys():
        before, after, present = (one.prices.get(currency) for one in (old, new, now))
        if before in (after, present):
            continue
        if present != after:
            kept.append(f"{label} price {currency}".strip())
        elif before is None:
            prices.pop(currency, None)
        else:
            prices[currency] = before
    return replace(now, prices=prices, **changes)


def _options(before: Snapshot, present: Snapshot, variants: list[VariantDraft]) -> tuple[OptionDraft, ...]:
    known = {one.name: one for one in before.draft.options}
    options = []
    for place, option in enumerate(present.draft.options):
        used = {variant.values[place] for variant in variants}
        old = known.get(option.name)
        values = [value for value in option.values if value in used or (old and value in old.values)]
        values += [value for value in (old.values if old else ()) if value not in values]
        options.append(replace(option, values=tuple(values), linked_to=old.linked_to if old else option.linked_to))
    return tuple(options)
