"""The option picker, computed: which value of which option can be had together with the rest of the choice.

Pure: it knows options, variants and what the shopper asked for, and neither the database nor the page.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from store.catalog.queries.picture import Picture
from store.core.i18n import gettext as _
from store.core.money import Money

State = Literal["available", "sold_out", "impossible"]

# Fields of the same form or address; an option of that name gets a prefix.
_RESERVED = {"product", "quantity", "q", "page", "sort", "market", "csrf-token", "variant", "id"}

_MOST_ADVICE = 4


@dataclass(frozen=True, slots=True)
class OptionView:
    """An axis as stored: its name and its values as (id, label, swatch)."""

    name: str
    values: tuple[tuple[int, str, str | None], ...]


@dataclass(frozen=True, slots=True)
class VariantView:
    """A variant as a page sees it; `value_ids` holds one value per axis, in their order."""

    id: int
    value_ids: tuple[int, ...]
    sku: str | None
    available: bool
    stock_left: int | None
    amount: Money | None
    compare_at: Money | None
    weight_grams: int
    pictures: tuple[int, ...]

    @property
    def can_be_bought(self) -> bool:
        """Return whether there is stock and a price."""
        return self.available and self.amount is not None


@dataclass(frozen=True, slots=True)
class Value:
    """A value of an axis: its place in the address, whether it can be had with the rest, and why not."""

    id: int
    slug: str
    label: str
    swatch: str | None
    state: State
    reason: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis of choice with the field name that carries it."""

    param: str
    name: str
    values: tuple[Value, ...]
    chosen: Value


@dataclass(frozen=True, slots=True)
class Advice:
    """Another choice, close to the one that can't be had: its words and its fields."""

    label: str
    wanted: dict[str, str]


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen now. `variant` is `None` when this combination is not made."""

    axes: tuple[Axis, ...]
    variant: VariantView | None
    advice: tuple[Advice, ...]

    @property
    def wanted(self) -> dict[str, str]:
        """Return the fields of an address that leads to this choice."""
        return {axis.param: axis.chosen.slug for axis in self.axes}

    @property
    def label(self) -> str:
        """Return the chosen values in words, e.g. `Moss / M`."""
        return " / ".join(axis.chosen.label for axis in self.axes)


def choose(options: Sequence[OptionView], variants: Sequence[VariantView], wanted: Mapping[str, str]) -> Choice:
    """Return the choice that an address asks for.

    Unknown fields and values are ignored; what is not asked for is filled with the first variant that can be
    bought. A combination that is not made stays chosen, so that the page can explain it.
    """
    params = _params(options)
    slugs = [_slugs(option) for option in options]
    asked = [slugs[axis].get(wanted.get(params[axis], "")) for axis in range(len(options))]
    picked = _complete(asked, variants)
    if picked is None:
        return Choice((), None, ())
    by_values = {variant.value_ids: variant for variant in variants}
    axes = tuple(
        _axis(option, params[axis], slugs[axis], axis, picked, by_values, options)
        for axis, option in enumerate(options)
    )
    variant = by_values.get(picked)
    advice: tuple[Advice, ...] = ()
    if variant is None or not variant.can_be_bought:
        advice = _advise(picked, variants, axes)
    return Choice(axes, variant, advice)


def _complete(asked: Sequence[int | None], variants: Sequence[VariantView]) -> tuple[int, ...] | None:
    if not variants:
        return None

    def fit(variant: VariantView) -> tuple[int, bool]:
        agreed = sum(1 for want, value in zip(asked, variant.value_ids, strict=True) if want == value)
        return agreed, variant.can_be_bought

    # max() keeps the first of equals: the merchant's order decides.
    nearest = max(variants, key=fit)
    return tuple(value if want is None else want for want, value in zip(asked, nearest.value_ids, strict=True))


def _axis(
    option: OptionView,
    param: str,
    slugs: Mapping[str, int],
    axis: int,
    picked: tuple[int, ...],
    by_values: Mapping[tuple[int, ...], VariantView],
    options: Sequence[OptionView],
) -> Axis:
    others = ", ".join(
        label
        for number, other in enumerate(options)
        if number != axis
        for id_, label, _swatch in other.values
        if id_ == picked[number]
    )
    slug_of = {id_: slug for slug, id_ in slugs.items()}
    values = []
    for id_, label, swatch in option.values:
        variant = by_values.get((*picked[:axis], id_, *picked[axis + 1 :]))
        state: State = "impossible" if variant is None else "available" if variant.can_be_bought else "sold_out"
        values.append(Value(id_, slug_of[id_], label, swatch, state, _reason(state, others), id_ == picked[axis]))
    return Axis(param, option.name, tuple(values), next(value for value in values if value.chosen))


def _reason(state: State, others: str) -> str:
    if state == "available":
        return ""
    if state == "sold_out":
        return _("sold out in %(others)s", others=others) if others else _("sold out")
    return _("not made in %(others)s", others=others) if others else _("not made")


def _advise(picked: tuple[int, ...], variants: Iterable[VariantView], axes: Sequence[Axis]) -> tuple[Advice, ...]:
    near = [
        variant
        for variant in variants
        if variant.can_be_bought and sum(1 for a, b in zip(variant.value_ids, picked, strict=True) if a != b) == 1
    ]
    values = [{value.id: value for value in axis.values} for axis in axes]
    return tuple(
        Advice(
            " / ".join(values[axis][id_].label for axis, id_ in enumerate(variant.value_ids)),
            {axes[axis].param: values[axis][id_].slug for axis, id_ in enumerate(variant.value_ids)},
        )
        for variant in near[:_MOST_ADVICE]
    )


def _params(options: Sequence[OptionView]) -> list[str]:
    taken: list[str] = []
    for number, option in enumerate(options, start=1):
        name = _slug(option.name) or f"option-{number}"
        if name in _RESERVED or name in taken:
            name = f"option-{number}-{name}"
        taken.append(name)
    return taken


def _slugs(option: OptionView) -> dict[str, int]:
    slugs: dict[str, int] = {}
    for id_, label, _swatch in option.values:
        slug = _slug(label) or str(id_)
        slugs[slug if slug not in slugs else f"{slug}-{id_}"] = id_
    return slugs


def _slug(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def option_fields(options: Sequence[OptionView], value_ids: Sequence[int]) -> dict[str, str]:
    """Return the fields of an address that leads to the variant with these values."""
    fields = {}
    for param, option, id_ in zip(_params(options), options, value_ids, strict=False):
        slug = next((slug for slug, found in _slugs(option).items() if found == id_), None)
        if slug is not None:
            fields[param] = slug
    return fields


def pictures_first(all_pictures: Sequence[tuple[int, Picture]], variant: VariantView | None) -> tuple[Picture, ...]:
    """Return the gallery with the pictures of the chosen variant leading."""
    own = set(variant.pictures) if variant else set()
    return tuple(picture for _id, picture in sorted(all_pictures, key=lambda one: one[0] not in own))
