"""What is offered of a product made to order, computed from its values: no choice has a row until it is wanted.

A choice costs the base and what its values add, unless an exception says otherwise; it is made when no two of its
values exclude each other and no exception blocks it; it can be had when each kind of blank has one for it. The cross
product is never walked: a choice is judged by itself, and searched for axis by axis.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from random import Random
from typing import Any

from store.catalog.queries.choice import OptionView, VariantView
from store.catalog.queries.prices import BASE_PRICES_JSON, PriceScope, one_piece, tiers_from
from store.core.i18n import gettext as _
from store.core.money import MAX_MINOR, Money

# Over a row `p` of products: everything that tells its choices, NULL for a product with rows of its own.
GRAPH_JSON = f"""
    CASE WHEN p.made_to_order THEN json_build_object(
      'pattern', (SELECT json_build_array(sku, weight_grams) FROM variant_patterns WHERE product_id = p.id),
      'base', {BASE_PRICES_JSON},
      'values', (SELECT json_agg(json_build_array(ov.id, ov.sku_part,
            (SELECT delta_minor FROM option_value_prices WHERE value_id = ov.id AND currency = :currency),
            EXISTS (SELECT FROM option_value_prices WHERE value_id = ov.id AND delta_minor <> 0)))
          FROM options o JOIN option_values ov ON ov.option_id = o.id WHERE o.product_id = p.id),
      'exclusions', (SELECT json_agg(json_build_array(value_id, other_value_id, reason))
          FROM option_exclusions WHERE product_id = p.id),
      'overrides', (SELECT json_agg(json_build_array(co.option_key, co.sku, co.blocked, co.reason, co.image_id,
            (SELECT json_build_array(amount_minor, compare_at_minor) FROM override_prices
              WHERE override_id = co.id AND currency = :currency)))
          FROM choice_overrides co WHERE co.product_id = p.id),
      'blanks', (SELECT json_agg(json_build_array(value_ids, available, stock_left)) FROM blanks
          WHERE product_id = p.id)) END
"""

# A graph in which nearly nothing goes together is given up after this many tries.
_MOST_TRIES = 20_000

# How near a picture is to the choice that it is the merchant's own picture of.
OWN = 3.0


@dataclass(frozen=True, slots=True)
class Override:
    """An exception for the choices that hold certain values."""

    amount: Money | None = None
    compare_at: Money | None = None
    sku: str | None = None
    blocked: bool = False
    reason: str = ""
    picture: int | None = None


@dataclass(frozen=True, slots=True)
class BlankView:
    """What lies on the shelf for some values: whether one can be had, and how many are left when few are."""

    available: bool
    stock_left: int | None = None


_NO_BLANK = BlankView(available=False)


@dataclass(frozen=True)
class Graph:
    """The choices of a product made to order; answers what `choose` asks of offers.

    `axes` are the value ids of each axis; `exclusions` hold each pair in the order of the axes; the keys of
    `overrides` and `blanks` are value ids in the order of the axes. `unpriced` values have no price in this currency.
    """

    axes: tuple[tuple[int, ...], ...]
    base: Money | None = None
    compare_at: Money | None = None
    sku: str = ""
    weight_grams: int = 0
    deltas: Mapping[int, int] | None = None
    unpriced: frozenset[int] = frozenset()
    sku_parts: Mapping[int, str] | None = None
    labels: Mapping[int, str] | None = None
    exclusions: Mapping[tuple[int, int], str] | None = None
    overrides: Mapping[tuple[int, ...], Override] | None = None
    blanks: Mapping[tuple[int, ...], BlankView] | None = None

    def find(self, values: tuple[int, ...]) -> VariantView | None:
        """Return the variant that this choice is or would be, or `None` when it is not made."""
        if self._refused(values) is not None:
            return None
        amount, compare_at = self.price(values)
        available, left = self._standing(values)
        return VariantView(
            id=0,
            value_ids=values,
            sku=self._sku(values),
            available=available,
            stock_left=left,
            amount=amount,
            compare_at=compare_at,
            weight_grams=self.weight_grams,
            pictures=self._pictures(values),
        )

    def refusal(self, values: tuple[int, ...]) -> str:
        """Return the merchant's reason against a choice; a pair without one is named."""
        refused = self._refused(values)
        if refused is None:
            return ""
        reason, pair = refused
        if reason or not pair:
            return reason
        first, second = ((self.labels or {}).get(id_, "") for id_ in pair)
        return _("%(first)s and %(second)s don't go together", first=first, second=second)

    def price(self, values: tuple[int, ...]) -> tuple[Money | None, Money | None]:
        """Return what a choice costs, and the earlier price that is struck through beside it."""
        own = next((one for one in self._overrides_of(values) if one.amount is not None), None)
        if own is not None:
            return own.amount, own.compare_at
        if self.base is None or not self.unpriced.isdisjoint(values):
            return None, None
        added = sum((self.deltas or {}).get(id_, 0) for id_ in values)
        amount = _within(self.base.minor + added, self.base.currency)
        before = None if self.compare_at is None else _within(self.compare_at.minor + added, self.base.currency)
        return amount, before

    def bounds(self) -> tuple[int, int] | None:
        """Return the lowest and the highest price in minor units, as far as values and exceptions tell them."""
        amounts = [one.amount.minor for one in (self.overrides or {}).values() if one.amount and not one.blocked]
        if self.base is not None:
            priced = [[(self.deltas or {}).get(id_, 0) for id_ in ids if id_ not in self.unpriced] for ids in self.axes]
            if all(priced):
                amounts += [_bounded(self.base.minor + sum(pick(axis) for axis in priced)) for pick in (min, max)]
        return (min(amounts), max(amounts)) if amounts else None

    def complete(
        self, asked: Sequence[int | None], near: Sequence[int] | None = None, *, chance: Random | None = None
    ) -> tuple[int, ...] | None:
        """Return a choice that keeps what is asked for: one that can be bought, else one that is made, else any.

        Values of `near` are tried first, then the merchant's order, or any order by `chance`.
        """
        if not all(self.axes):
            return None
        plain = tuple(values[0] if want is None else want for want, values in zip(asked, self.axes, strict=True))
        if self._nothing_is_made or any(want not in self._living for want in asked if want is not None):
            return plain
        orders = []
        for axis, (want, values) in enumerate(zip(asked, self.axes, strict=True)):
            ordered = [id_ for id_ in values if id_ in self._living]
            if chance is not None:
                chance.shuffle(ordered)
            if near is not None:
                ordered.sort(key=lambda id_, kept=near[axis]: id_ != kept)  # type: ignore[misc]
            orders.append(ordered if want is None else [want])
        for stocked in (False,) if self._nothing_is_left else (True, False):
            found = self._search(orders, stocked=stocked)
            if found is not None:
                return found
        return plain

    def neighbours(self, picked: tuple[int, ...]) -> Iterator[VariantView]:
        """Yield the choices that differ in one value and can be bought."""
        for axis, values in enumerate(self.axes):
            for id_ in values:
                if id_ != picked[axis]:
                    variant = self.find((*picked[:axis], id_, *picked[axis + 1 :]))
                    if variant is not None and variant.can_be_bought:
                        yield variant

    def nearest(self, picked: tuple[int, ...]) -> VariantView | None:
        """Return a choice that can be bought and keeps what it can of this one, or `None` when nothing can be."""
        values = self.complete([None] * len(self.axes), near=picked)
        variant = None if values is None else self.find(values)
        return variant if variant is not None and variant.can_be_bought else None

    def nearness(self, picked: Sequence[int]) -> dict[int, float]:
        """Return how close the pictures of exceptions are to a choice: 3 for its own, 0 for what shares nothing."""
        near: dict[int, float] = {}
        for key, one in (self.overrides or {}).items():
            if one.picture is not None:
                shared = len(set(key) & set(picked))
                close = OWN if shared == len(key) else 2.0 * shared / len(key)
                near[one.picture] = max(near.get(one.picture, 0.0), close)
        return near

    def around(self, picked: tuple[int, ...], most: int) -> Iterator[VariantView]:
        """Yield the choice itself and those that differ in one value, as far as they are made: at most so many."""
        seen = 0
        swaps = ((axis, id_) for axis, values in enumerate(self.axes) for id_ in values if id_ != picked[axis])
        for values in (picked, *((*picked[:axis], id_, *picked[axis + 1 :]) for axis, id_ in swaps)):
            variant = self.find(values)
            if variant is not None:
                yield variant
                seen += 1
                if seen == most:
                    return

    @cached_property
    def _axis_of(self) -> dict[int, int]:
        return {id_: axis for axis, values in enumerate(self.axes) for id_ in values}

    @cached_property
    def _partners(self) -> dict[int, dict[int, str]]:
        partners: dict[int, dict[int, str]] = {}
        for (first, second), reason in (self.exclusions or {}).items():
            partners.setdefault(first, {})[second] = reason
            partners.setdefault(second, {})[first] = reason
        return partners

    @cached_property
    def _living(self) -> frozenset[int]:
        """The values that go with some value of each other axis, as far as pairs tell."""
        living = [set(values) for values in self.axes]
        went_out = True
        while went_out:
            went_out = False
            for axis, values in enumerate(living):
                for id_ in values & self._partners.keys():
                    against = self._partners[id_]
                    if any(others <= against.keys() for other, others in enumerate(living) if other != axis):
                        values.discard(id_)
                        went_out = True
        return frozenset().union(*living) if all(living) else frozenset()

    @cached_property
    def _nothing_is_made(self) -> bool:
        """Whether no choice is made at all: then nobody searches for one again."""
        return not self._living or self._search(self._all_living, stocked=False) is None

    @cached_property
    def _nothing_is_left(self) -> bool:
        """Whether no choice can be bought."""
        return self._search(self._all_living, stocked=True) is None

    @property
    def _all_living(self) -> list[list[int]]:
        return [[id_ for id_ in values if id_ in self._living] for values in self.axes]

    @cached_property
    def _kinds(self) -> dict[tuple[int, ...], dict[tuple[int, ...], BlankView]]:
        """The blanks by the axes that they have values of."""
        kinds: dict[tuple[int, ...], dict[tuple[int, ...], BlankView]] = {}
        for key, blank in (self.blanks or {}).items():
            axes = tuple(self._axis_of.get(id_, -1) for id_ in key)
            if -1 not in axes:
                kinds.setdefault(axes, {})[key] = blank
        return kinds

    @cached_property
    def _override_axes(self) -> list[tuple[int, ...]]:
        """The sets of axes that exceptions name, those that name the most first."""
        named = {tuple(self._axis_of.get(id_, -1) for id_ in key) for key in self.overrides or {}}
        return sorted((axes for axes in named if -1 not in axes), key=lambda axes: (-len(axes), axes))

    def _overrides_of(self, values: Sequence[int]) -> Iterator[Override]:
        for axes in self._override_axes:
            found = (self.overrides or {}).get(tuple(values[axis] for axis in axes))
            if found is not None:
                yield found

    def _pictures(self, values: Sequence[int]) -> tuple[int, ...]:
        return tuple(one.picture for one in self._overrides_of(values) if one.picture is not None)[:1]

    def _refused(self, values: tuple[int, ...]) -> tuple[str, tuple[int, int] | None] | None:
        for first, second in combinations(values, 2):
            against = self._partners.get(first)
            if against is not None and second in against:
                return against[second], (first, second)
        for one in self._overrides_of(values):
            if one.blocked:
                return one.reason, None
        return None

    def _standing(self, values: Sequence[int]) -> tuple[bool, int | None]:
        if not self._kinds:
            return False, 0
        blanks = [found.get(tuple(values[axis] for axis in axes), _NO_BLANK) for axes, found in self._kinds.items()]
        left = [blank.stock_left for blank in blanks if blank.stock_left is not None]
        return all(blank.available for blank in blanks), min(left, default=None)

    def _sku(self, values: Sequence[int]) -> str | None:
        full = (self.overrides or {}).get(tuple(values))
        if full is not None and full.sku:
            return full.sku
        parts = [self.sku, *((self.sku_parts or {}).get(id_, "") for id_ in values)]
        return "-".join(part for part in parts if part) or None

    def _search(self, orders: Sequence[Sequence[int]], *, stocked: bool) -> tuple[int, ...] | None:
        """Decide one axis after the other, those of the blanks first, and turn back where nothing can follow."""
        of_blanks = {axis for axes in self._kinds for axis in axes}
        # What is asked for leaves nothing to decide, so it comes before all.
        turns = sorted(range(len(orders)), key=lambda axis: (len(orders[axis]) > 1, axis not in of_blanks, axis))
        picked: dict[int, int] = {}
        tries = 0

        def follow(turn: int) -> tuple[int, ...] | None:
            nonlocal tries
            if turn == len(turns):
                values = tuple(picked[axis] for axis in range(len(turns)))
                return values if not stocked or self._can_be_bought(values) else None
            axis = turns[turn]
            for id_ in orders[axis]:
                tries += 1
                if tries > _MOST_TRIES:
                    return None
                picked[axis] = id_
                if self._may_go_on(picked, axis, stocked=stocked):
                    found = follow(turn + 1)
                    if found is not None:
                        return found
                del picked[axis]
            return None

        return follow(0)

    def _may_go_on(self, picked: Mapping[int, int], latest: int, *, stocked: bool) -> bool:
        partners = self._partners.get(picked[latest])
        if partners is not None and any(id_ in partners for id_ in picked.values()):
            return False
        for axes in self._override_axes:
            if latest in axes and all(axis in picked for axis in axes):
                found = (self.overrides or {}).get(tuple(picked[axis] for axis in axes))
                if found is not None and found.blocked:
                    return False
        if not stocked:
            return True
        return all(
            blanks.get(tuple(picked[axis] for axis in axes), _NO_BLANK).available
            for axes, blanks in self._kinds.items()
            if latest in axes and all(axis in picked for axis in axes)
        )

    def _can_be_bought(self, values: tuple[int, ...]) -> bool:
        variant = self.find(values)
        return variant is not None and variant.can_be_bought


def graph_from(found: Mapping[str, Any] | None, options: Sequence[OptionView], prices: PriceScope) -> Graph | None:
    """Return the graph that `GRAPH_JSON` described, or `None` for a product that is not made to order."""
    if found is None:
        return None
    sku, weight = found["pattern"] or ("", 0)
    currency = prices.currency
    base, compare_at = one_piece(tiers_from(found["base"] or (), prices), prices)
    values = found["values"] or ()
    return Graph(
        axes=tuple(tuple(id_ for id_, _label, _swatch in option.values) for option in options),
        base=base,
        compare_at=compare_at,
        sku=sku,
        weight_grams=weight,
        deltas={id_: delta for id_, _part, delta, _elsewhere in values if delta},
        # What costs more in another currency is not given away in this one.
        unpriced=frozenset(id_ for id_, _part, delta, elsewhere in values if delta is None and elsewhere),
        sku_parts={id_: part for id_, part, _delta, _elsewhere in values if part},
        labels={id_: label for option in options for id_, label, _swatch in option.values},
        exclusions={(first, second): reason for first, second, reason in found["exclusions"] or ()},
        overrides={
            values_of(key): Override(
                amount=None if price is None else Money(price[0], currency),
                compare_at=None if price is None or price[1] is None else Money(price[1], currency),
                sku=sku,
                blocked=blocked,
                reason=reason,
                picture=image_id,
            )
            for key, sku, blocked, reason, image_id, price in found["overrides"] or ()
        },
        blanks={tuple(ids): BlankView(available, left) for ids, available, left in found["blanks"] or ()},
    )


def values_of(option_key: str) -> tuple[int, ...]:
    """Return the value ids of a variant's `option_key`."""
    return tuple(int(part) for part in option_key.split("-")) if option_key else ()


def _within(minor: int, currency: str) -> Money:
    return Money(_bounded(minor), currency)


def _bounded(minor: int) -> int:
    """A price is zero or more, whatever its values take off it."""
    return min(max(minor, 0), MAX_MINOR)
