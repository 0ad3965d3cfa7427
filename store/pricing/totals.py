"""Lines in, totals out, to the cent: lines, what is taken off, delivery, tax, total.

The one calculator of carts, orders and changed orders. Rounding is half up, at one declared level: once per line,
because some tax offices check each line, or once per rate over the whole order, as EN 16931 (BR-CO-17) has it. Then the
tax of a rate is shared out over its lines (largest remainder), so that lines add up either way. Sums are sums of line
values and are never computed from rates again.
"""

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from store.pricing import trace
from store.pricing.rates import SHIPPING, RateTotals, tax_of, with_other_tax
from store.pricing.sharing import share_out

Rounding = Literal["line", "rate"]
ShippingRule = Literal["highest", "proportional", "own"]

_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class LineInput:
    """What is to be priced: unit price in minor units as the shop shows it, with or without tax.

    `shelf_rate` is the rate that a price shown with tax contains, where the net price shall stay and not the shown one.
    """

    key: Hashable
    unit_minor: int
    quantity: int
    tax_rate: Decimal
    shelf_rate: Decimal | None = None
    tax_class: str = "standard"


@dataclass(frozen=True, slots=True)
class Reduction:
    """An amount off, as prices are shown: of one line (`on` its key), of delivery (`SHIPPING`), or of all lines."""

    label: str
    amount_minor: int
    on: Hashable | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """How tax is rounded, and which rate delivery bears: the highest of the goods, theirs in proportion, its own."""

    rounding: Rounding = "line"
    shipping: ShippingRule = "highest"
    shipping_rate: Decimal = _NOTHING
    shipping_shelf_rate: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LineTotals:
    """A priced line; `total_minor` is what is paid for it, and contains `tax_minor`.

    `discount_minor` is what was taken off, as prices are shown; the unit prices are those before it.
    """

    key: Hashable
    quantity: int
    unit_net_minor: int
    unit_gross_minor: int
    tax_rate: Decimal
    tax_minor: int
    total_minor: int
    discount_minor: int = 0
    tax_class: str = "standard"


@dataclass(frozen=True, slots=True)
class Totals:
    """A priced basket; `total_minor = subtotal_minor + shipping_minor`, both with their tax.

    `shipping_tax_rate` is the highest of the rates that delivery bears, `shipping_taxes` all of them.
    """

    lines: tuple[LineTotals, ...]
    subtotal_minor: int
    shipping_minor: int
    shipping_tax_rate: Decimal
    shipping_tax_minor: int
    tax_minor: int
    total_minor: int
    discount_minor: int = 0
    shipping_taxes: tuple[RateTotals, ...] = ()
    rules: Rules = Rules()
    trace: tuple[dict[str, Any], ...] = ()

    def by_rate(self) -> tuple[RateTotals, ...]:
        """Return what bears each rate, the highest first."""
        found: dict[Decimal, list[int]] = defaultdict(lambda: [0, 0])
        for line in self.lines:
            found[line.tax_rate][0] += line.total_minor
            found[line.tax_rate][1] += line.tax_minor
        for share in self.shipping_taxes:
            found[share.rate][0] += share.amount_minor
            found[share.rate][1] += share.tax_minor
        return tuple(RateTotals(rate, *found[rate]) for rate in sorted(found, reverse=True))


@dataclass(slots=True)
class _Portion:
    """Money at one rate: of a line, or of delivery. `amount` is as prices are shown, `tax` comes last."""

    rate: Decimal
    amount: int
    tax: int = 0


def compute(
    lines: Sequence[LineInput],
    *,
    shipping_minor: int,
    prices_include_tax: bool,
    rules: Rules = Rules(),
    reductions: Sequence[Reduction] = (),
) -> Totals:
    """Price a basket."""
    steps = trace.Trace()
    units = [_unit(line, prices_include_tax=prices_include_tax) for line in lines]
    for line, unit in zip(lines, units, strict=True):
        steps.line(unit, line.quantity, shown=line.unit_minor, shelf_rate=line.shelf_rate, rate=line.tax_rate)
    bases = [unit * line.quantity for line, unit in zip(lines, units, strict=True)]
    goods, delivery = _reduce(lines, bases, shipping_minor, reductions, steps)
    portions = [_Portion(line.tax_rate, amount) for line, amount in zip(lines, goods, strict=True)]
    shipping = _shipping(lines, goods, delivery, rules, prices_include_tax=prices_include_tax)
    steps.delivery(shipping, rules.shipping)
    _tax([*portions, *shipping], rules.rounding, steps, prices_include_tax=prices_include_tax)
    added = 0 if prices_include_tax else 1
    priced = tuple(
        _line(line, unit, base, portion, prices_include_tax=prices_include_tax)
        for line, unit, base, portion in zip(lines, units, bases, portions, strict=True)
    )
    taxes = tuple(RateTotals(one.rate, one.amount + added * one.tax, one.tax) for one in shipping)
    subtotal = sum(line.total_minor for line in priced)
    shipping_total, shipping_tax = sum(one.amount_minor for one in taxes), sum(one.tax_minor for one in taxes)
    tax = sum(line.tax_minor for line in priced) + shipping_tax
    steps.total(subtotal, shipping_total, tax)
    return Totals(
        lines=priced,
        subtotal_minor=subtotal,
        shipping_minor=shipping_total,
        shipping_tax_rate=max((one.rate for one in shipping), default=_NOTHING),
        shipping_tax_minor=shipping_tax,
        tax_minor=tax,
        total_minor=subtotal + shipping_total,
        discount_minor=sum(line.discount_minor for line in priced),
        shipping_taxes=taxes,
        rules=rules,
        trace=steps.done(),
    )


def _unit(line: LineInput, *, prices_include_tax: bool) -> int:
    if not prices_include_tax or line.shelf_rate is None or line.shelf_rate == line.tax_rate:
        return line.unit_minor
    return with_other_tax(line.unit_minor, line.shelf_rate, line.tax_rate)


def _reduce(
    lines: Sequence[LineInput],
    bases: Sequence[int],
    shipping_minor: int,
    reductions: Sequence[Reduction],
    steps: trace.Trace,
) -> tuple[list[int], int]:
    """Take off one reduction after the other, none below nothing; return what lines and delivery still cost."""
    goods, delivery = list(bases), shipping_minor
    places = {line.key: place for place, line in enumerate(lines)}
    for reduction in reductions:
        if reduction.on == SHIPPING:
            taken = min(reduction.amount_minor, delivery)
            delivery -= taken
        elif reduction.on is not None:
            place = places[reduction.on]
            taken = min(reduction.amount_minor, goods[place])
            goods[place] -= taken
        else:
            taken = min(reduction.amount_minor, sum(goods))
            goods = [left - share for left, share in zip(goods, share_out(taken, goods), strict=True)]
        steps.reduction(reduction.label, taken, places.get(reduction.on), on_delivery=reduction.on == SHIPPING)
    return goods, delivery


def _shipping(
    lines: Sequence[LineInput], goods: Sequence[int], delivery: int, rules: Rules, *, prices_include_tax: bool
) -> list[_Portion]:
    """Return delivery as portions, one for each rate that it bears."""
    if rules.shipping == "own":
        weights = {(rules.shipping_rate, rules.shipping_shelf_rate): 1}
    elif rules.shipping == "proportional" and any(goods):
        weights = defaultdict(int)
        for line, amount in zip(lines, goods, strict=True):
            weights[line.tax_rate, line.shelf_rate] += amount
    else:
        highest = max(lines, key=lambda line: line.tax_rate, default=None)
        weights = {(highest.tax_rate, highest.shelf_rate) if highest else (_NOTHING, None): 1}
    shares = share_out(delivery, list(weights.values()))
    portions: dict[Decimal, _Portion] = {}
    for (rate, shelf_rate), share in zip(weights, shares, strict=True):
        changed = prices_include_tax and shelf_rate is not None and shelf_rate != rate
        amount = with_other_tax(share, shelf_rate, rate) if changed and shelf_rate is not None else share
        portions.setdefault(rate, _Portion(rate, 0)).amount += amount
    return sorted(portions.values(), key=lambda portion: portion.rate, reverse=True)


def _tax(portions: Sequence[_Portion], rounding: Rounding, steps: trace.Trace, *, prices_include_tax: bool) -> None:
    """Find the tax of every portion, rounded once each or once for all portions of a rate."""
    rates: dict[Decimal, list[_Portion]] = defaultdict(list)
    for portion in portions:
        rates[portion.rate].append(portion)
    for rate in sorted(rates, reverse=True):
        together = rates[rate]
        base = sum(one.amount for one in together)
        if rounding == "rate":
            whole = tax_of(base, rate, prices_include_tax=prices_include_tax)
            for portion, share in zip(together, share_out(whole, [one.amount for one in together]), strict=True):
                portion.tax = share
        else:
            for portion in together:
                portion.tax = tax_of(portion.amount, rate, prices_include_tax=prices_include_tax)
        if base:
            steps.tax(rate, base, sum(one.tax for one in together), rounding, included=prices_include_tax)


def _line(line: LineInput, unit: int, base: int, portion: _Portion, *, prices_include_tax: bool) -> LineTotals:
    unit_tax = tax_of(unit, line.tax_rate, prices_include_tax=prices_include_tax)
    return LineTotals(
        key=line.key,
        quantity=line.quantity,
        unit_net_minor=unit - unit_tax if prices_include_tax else unit,
        unit_gross_minor=unit if prices_include_tax else unit + unit_tax,
        tax_rate=line.tax_rate,
        tax_minor=portion.tax,
        total_minor=portion.amount if prices_include_tax else portion.amount + portion.tax,
        discount_minor=base - portion.amount,
        tax_class=line.tax_class,
    )
