"""The option picker, computed: which value of which option can be had together with the rest of the choice.

Pure: it knows options, what is offered and what the shopper asked for, and neither the database nor the page. What is
offered is either a row for each variant, or the graph of a product made to order; both answer the same questions.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Literal, Protocol

from store.catalog.queries.picture import Picture
from store.catalog.queries.prices import Tier
from store.core.i18n import gettext as _
from store.core.money import Money

State = Literal["available", "sold_out", "impossible"]

# Fields of the same form or address; an option of that name gets a prefix.
_RESERVED = {"product", "quantity", "q", "page", "sort", "market", "csrf-token", "variant", "id"}

_MOST_ADVICE = 4
# How many values of an axis a way out is looked for, where most lead nowhere.
_MOST_ATTEMPTS = 12

# An axis with more values than this is shown in part, with a field to find the others.
MOST_AT_ONCE = 12
# How many of them are shown: rows of the compact picker.
_SHOWN = 24
FIND, ALL = "find-", "all-"
_LONGEST_FIND = 60


@dataclass(frozen=True, slots=True)
class OptionView:
    """An axis as stored: its name and its values as (id, label, swatch)."""

    name: str
    values: tuple[tuple[int, str, str | None], ...]


@dataclass(frozen=True, slots=True)
class VariantView:
    """A variant as a page sees it; `value_ids` holds one value per axis, in their order.

    A variant made to order has the id 0 here: it gets one when it is wanted.
    """

    id: int
    value_ids: tuple[int, ...]
    sku: str | None
    available: bool
    stock_left: int | None
    amount: Money | None
    compare_at: Money | None
    weight_grams: int
    pictures: tuple[int, ...]
    # What each piece costs by their number; `amount` and `compare_at` are those of one piece.
    tiers: tuple[Tier, ...] = ()

    @property
    def can_be_bought(self) -> bool:
        """Return whether there is stock and a price."""
        return self.available and self.amount is not None


@dataclass(frozen=True, slots=True)
class Value:
    """A value of an axis: its place in the address, whether it can be had with the rest, and why not.

    `difference` is what it costs more, or less, than what is chosen now; `instead` leads to the nearest choice that
    holds a value which can't be had with the rest.
    """

    id: int
    slug: str
    label: str
    swatch: str | None
    state: State
    reason: str
    chosen: bool
    difference: Money | None = None
    instead: "Advice | None" = None


@dataclass(frozen=True, slots=True)
class Axis:
    """An axis of choice with the field name that carries it; `values` are those shown, of `total`.

    `sought` is what the shopper looks for among many values, of which `found` fit. `is_whole` says that all are asked
    for at once.
    """

    param: str
    name: str
    values: tuple[Value, ...]
    chosen: Value
    total: int
    sought: str = ""
    found: int = 0
    is_whole: bool = False

    @property
    def is_long(self) -> bool:
        """Return whether there are too many values to show them all."""
        return self.total > MOST_AT_ONCE


@dataclass(frozen=True, slots=True)
class Advice:
    """Another choice, close to the one that can't be had: its words and its fields."""

    label: str
    wanted: dict[str, str]


@dataclass(frozen=True, slots=True)
class Choice:
    """What is chosen now. `variant` is `None` when this combination is not made, for the `reason` that is given."""

    axes: tuple[Axis, ...]
    variant: VariantView | None
    advice: tuple[Advice, ...]
    reason: str = ""

    @property
    def wanted(self) -> dict[str, str]:
        """Return the fields of an address that leads to this choice."""
        return {axis.param: axis.chosen.slug for axis in self.axes}

    @property
    def label(self) -> str:
        """Return the chosen values in words, e.g. `Moss / M`."""
        return " / ".join(axis.chosen.label for axis in self.axes)


class Offers(Protocol):
    """What can be chosen of a product."""

    def find(self, values: tuple[int, ...]) -> VariantView | None:
        """Return the variant with these values, or `None` when it is not made."""

    def refusal(self, values: tuple[int, ...]) -> str:
        """Return the merchant's reason why it is not made, or nothing."""

    def complete(self, asked: Sequence[int | None], near: Sequence[int] | None = None) -> tuple[int, ...] | None:
        """Return a choice that keeps what is asked for and can be bought if any can, close to `near`."""

    def neighbours(self, picked: tuple[int, ...]) -> Iterator[VariantView]:
        """Yield the choices that differ in one value and can be bought, the merchant's order first."""

    def nearest(self, picked: tuple[int, ...]) -> VariantView | None:
        """Return a choice that can be bought and keeps what it can of this one, or `None` when nothing can be."""


class Rows:
    """What is offered of a product with a row for each variant."""

    def __init__(self, variants: Sequence[VariantView]) -> None:
        self._variants = variants
        self._by_values = {variant.value_ids: variant for variant in variants}

    def find(self, values: tuple[int, ...]) -> VariantView | None:
        """Return the variant with these values."""
        return self._by_values.get(values)

    def refusal(self, values: tuple[int, ...]) -> str:  # noqa: ARG002 - rows know no reasons
        """Return nothing: a row that is not there does not say why."""
        return ""

    def complete(self, asked: Sequence[int | None], near: Sequence[int] | None = None) -> tuple[int, ...] | None:
        """Return what is asked for, filled with the values of the nearest variant."""
        if not self._variants:
            return None

        def fit(variant: VariantView) -> tuple[int, int, bool]:
            agreed = sum(1 for want, value in zip(asked, variant.value_ids, strict=True) if want == value)
            kept = sum(1 for one, value in zip(near or (), variant.value_ids, strict=False) if one == value)
            return agreed, kept, variant.can_be_bought

        # max() keeps the first of equals: the merchant's order decides.
        nearest = max(self._variants, key=fit)
        return tuple(value if want is None else want for want, value in zip(asked, nearest.value_ids, strict=True))

    def neighbours(self, picked: tuple[int, ...]) -> Iterator[VariantView]:
        """Yield the variants that differ in one value and can be bought."""
        for variant in self._variants:
            if variant.can_be_bought and sum(a != b for a, b in zip(variant.value_ids, picked, strict=True)) == 1:
                yield variant

    def nearest(self, picked: tuple[int, ...]) -> VariantView | None:
        """Return the variant that can be bought and shares the most values with this choice."""
        there = [variant for variant in self._variants if variant.can_be_bought]
        return max(there, key=lambda one: sum(map(int.__eq__, one.value_ids, picked)), default=None)


def choose(options: Sequence[OptionView], offered: Sequence[VariantView] | Offers, wanted: Mapping[str, str]) -> Choice:
    """Return the choice that an address asks for.

    Unknown fields and values are ignored; what is not asked for is filled with the first variant that can be
    bought. A combination that is not made stays chosen, so that the page can explain it. Of an axis with many values
    only those are judged that are shown: the first, or those that `find-<param>` looks for.
    """
    offers = Rows(offered) if isinstance(offered, Sequence) else offered
    picker = _Picker(options, offers)
    asked = [slugs.get(wanted.get(param, "")) for param, slugs in zip(picker.params, picker.slugs, strict=True)]
    picked = offers.complete(asked)
    if picked is None:
        return Choice((), None, ())
    variant = offers.find(picked)
    axes = tuple(picker.axis(number, picked, variant, wanted) for number in range(len(options)))
    advice: tuple[Advice, ...] = ()
    if variant is None or not variant.can_be_bought:
        near = list(islice(offers.neighbours(picked), _MOST_ADVICE))
        if not near and (another := offers.nearest(picked)) is not None:
            near = [another]
        advice = tuple(picker.advice(one.value_ids) for one in near)
    return Choice(axes, variant, advice, "" if variant else offers.refusal(picked))


class _Picker:
    """The axes of a product with the names that addresses give them."""

    def __init__(self, options: Sequence[OptionView], offers: Offers) -> None:
        self.options = options
        self.offers = offers
        self.params = _params(options)
        self.slugs = [_slugs(option) for option in options]
        self._slug_of = [{id_: slug for slug, id_ in slugs.items()} for slugs in self.slugs]
        self._labels = {id_: label for option in options for id_, label, _swatch in option.values}

    def axis(self, axis: int, picked: tuple[int, ...], now: VariantView | None, wanted: Mapping[str, str]) -> Axis:
        option, param = self.options[axis], self.params[axis]
        others = ", ".join(self._labels[id_] for number, id_ in enumerate(picked) if number != axis)
        sought = " ".join(wanted.get(FIND + param, "").split())[:_LONGEST_FIND]
        is_whole = not sought and wanted.get(ALL + param) == "1"
        found = _sought(option, sought) if len(option.values) > MOST_AT_ONCE else option.values
        shown = found
        if len(option.values) > MOST_AT_ONCE and not is_whole:
            first = found[:_SHOWN]
            # What is chosen belongs to the form, whatever is looked for.
            shown = first if any(one[0] == picked[axis] for one in first) else (self._stored(axis, picked), *first)
        values = []
        ways_out = attempts = 0
        for id_, label, swatch in shown:
            swapped = (*picked[:axis], id_, *picked[axis + 1 :])
            variant = self.offers.find(swapped)
            state: State = "impossible" if variant is None else "available" if variant.can_be_bought else "sold_out"
            reason = (variant is None and self.offers.refusal(swapped)) or _reason(state, others)
            instead = None
            if variant is None and id_ != picked[axis] and ways_out < _MOST_ADVICE and attempts < _MOST_ATTEMPTS:
                attempts += 1
                instead = self._way_out(axis, id_, picked)
                ways_out += instead is not None
            values.append(
                Value(
                    id=id_,
                    slug=self._slug_of[axis][id_],
                    label=label,
                    swatch=swatch,
                    state=state,
                    reason=reason,
                    chosen=id_ == picked[axis],
                    difference=_difference(variant, now),
                    instead=instead,
                )
            )
        return Axis(
            param=param,
            name=option.name,
            values=tuple(values),
            chosen=next(value for value in values if value.chosen),
            total=len(option.values),
            sought=sought,
            found=len(found),
            is_whole=is_whole,
        )

    def advice(self, values: Sequence[int]) -> Advice:
        return Advice(
            " / ".join(self._labels[id_] for id_ in values),
            {self.params[axis]: self._slug_of[axis][id_] for axis, id_ in enumerate(values)},
        )

    def _stored(self, axis: int, picked: tuple[int, ...]) -> tuple[int, str, str | None]:
        return next(one for one in self.options[axis].values if one[0] == picked[axis])

    def _way_out(self, axis: int, value: int, picked: tuple[int, ...]) -> Advice | None:
        """Return the nearest choice with a value that does not go with the rest."""
        asked = [value if number == axis else None for number in range(len(picked))]
        near = self.offers.complete(asked, near=picked)
        return None if near is None or self.offers.find(near) is None else self.advice(near)


def _sought(option: OptionView, text: str) -> tuple[tuple[int, str, str | None], ...]:
    words = _slug(text).split("-") if _slug(text) else text.casefold().split()
    if not words:
        return option.values
    return tuple(
        one for one in option.values if all(word in _slug(one[1]) or word in one[1].casefold() for word in words)
    )


def _difference(variant: VariantView | None, now: VariantView | None) -> Money | None:
    if variant is None or now is None or variant.amount is None or now.amount is None:
        return None
    minor = variant.amount.minor - now.amount.minor
    return Money(minor, now.amount.currency) if minor else None


def _reason(state: State, others: str) -> str:
    if state == "available":
        return ""
    if state == "sold_out":
        return _("sold out in %(others)s", others=others) if others else _("sold out")
    return _("not made in %(others)s", others=others) if others else _("not made")


def _params(options: Sequence[OptionView]) -> list[str]:
    taken: list[str] = []
    for number, option in enumerate(options, start=1):
        name = _slug(option.name) or f"option-{number}"
        if name in _RESERVED or name in taken:
            name = f"option-{number}-{name}"
        taken.append(name)
    return taken


@lru_cache(maxsize=4096)
def _slugs(option: OptionView) -> Mapping[str, int]:
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
    return address_of(options)(value_ids)


def fields_of(options: Sequence[OptionView]) -> dict[int, tuple[str, str]]:
    """Return the field and its content that choose each value, by the value's id."""
    named = zip(_params(options), options, strict=True)
    return {id_: (param, slug) for param, option in named for slug, id_ in _slugs(option).items()}


def address_of(options: Sequence[OptionView]) -> Callable[[Sequence[int]], dict[str, str]]:
    """Return what `option_fields` does, for many variants of one product."""
    params = _params(options)
    slug_of = [{id_: slug for slug, id_ in _slugs(option).items()} for option in options]

    def fields(value_ids: Sequence[int]) -> dict[str, str]:
        named = zip(params, slug_of, value_ids, strict=False)
        return {param: slugs[id_] for param, slugs, id_ in named if id_ in slugs}

    return fields


def pictures_first(all_pictures: Sequence[tuple[int, Picture]], variant: VariantView | None) -> tuple[Picture, ...]:
    """Return the gallery with the pictures of the chosen variant leading."""
    own = set(variant.pictures) if variant else set()
    return tuple(picture for _id, picture in sorted(all_pictures, key=lambda one: one[0] not in own))
