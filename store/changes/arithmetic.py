"""What a change makes of an order, to the cent. Pure: it reads nothing but its arguments.

Lines that were there keep the tax rate they were sold at; the order's totals are computed by the calculator that every
cart goes through.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from store.changes.errors import HasLeft, NothingChanged, NothingLeft, ReasonMissing
from store.changes.wanted import MOST_LINES, MOST_PIECES, Wanted, WantedLine
from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.pricing.totals import LineInput, LineTotals, Reduction, Rules, Totals, compute


@dataclass(frozen=True, slots=True)
class Piece:
    """A variant as a new line copies it; `unit_minor` is the catalogue's price as the shop shows it, if it has one."""

    variant_id: int
    product_id: int
    product_handle: str
    title: str
    variant_title: str
    sku: str
    image_key: str | None
    tax_class: str
    tax_rate: Decimal
    unit_minor: int | None
    looks: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """A line of the order as it stands; `left_house` pieces of it are in parcels, sent or called off."""

    line_id: int
    variant_id: int
    title: str
    variant_title: str
    quantity: int
    unit_minor: int
    tax_rate: Decimal
    total_minor: int
    left_house: int = 0
    discount_minor: int = 0
    tax_class: str = "standard"


@dataclass(frozen=True, slots=True)
class Delivery:
    """What delivery costs, as the shop shows its prices; `listed_minor` is what this way costs by itself."""

    price_minor: int
    price_before_minor: int
    listed_minor: int
    other_way: bool = False

    @property
    def changed(self) -> bool:
        """Whether it is another than before."""
        return self.other_way or self.price_minor != self.price_before_minor


@dataclass(frozen=True, slots=True)
class Row:
    """A line before and after; `wanted` is what asked for it. Amounts are what is paid for it in all."""

    wanted: WantedLine
    title: str
    variant_title: str
    quantity_before: int
    quantity: int
    unit_minor: int
    list_minor: int | None
    total_before_minor: int
    total_minor: int
    left_house: int
    priced: LineTotals | None

    @property
    def changed(self) -> bool:
        """Whether the line is not what it was."""
        return self.quantity != self.quantity_before or self.total_minor != self.total_before_minor


@dataclass(frozen=True, slots=True)
class Reckoning:
    """An order as it would be: its lines with those that go, its totals, and what it costs more (or less)."""

    rows: tuple[Row, ...]
    totals: Totals
    difference_minor: int
    delivery_changed: bool

    @property
    def changed(self) -> bool:
        """Whether anything is another than before."""
        return self.delivery_changed or any(row.changed for row in self.rows)

    @property
    def units_before(self) -> int:
        """Return how many pieces were in it."""
        return sum(row.quantity_before for row in self.rows)

    @property
    def units(self) -> int:
        """Return how many pieces are in it."""
        return sum(row.quantity for row in self.rows)


def reckon(
    standing: Sequence[Standing],
    wanted: Wanted,
    pieces: Mapping[int, Piece],
    delivery: Delivery,
    *,
    total_before_minor: int,
    prices_include_tax: bool,
    rules: Rules,
) -> Reckoning:
    """Compute what an order would be, by the rules it was priced by.

    A line that is not wanted by name goes; a new line's price is the catalogue's unless it has one of its own. Raises
    `HasLeft`, `ReasonMissing`, `NothingLeft` or `Invalid` with its `field`.
    """
    if len(wanted.lines) > MOST_LINES:
        raise Invalid(_("An order has at most %(most)s lines.", most=MOST_LINES))
    by_id = {line.line_id: line for line in wanted.lines if line.line_id is not None}
    places: list[tuple[WantedLine, Standing | None]] = [
        (by_id.get(line.line_id) or WantedLine(line.variant_id, 0, line_id=line.line_id), line) for line in standing
    ]
    places += [(line, None) for line in wanted.lines if line.line_id is None]
    inputs = [_input(line, was, pieces) for line, was in places]
    if not any(one.quantity for one in inputs):
        raise NothingLeft(_("Nothing would be left in this order. Cancel it instead."))
    _check_delivery(delivery, wanted)
    totals = compute(
        [one for one in inputs if one.quantity],
        shipping_minor=delivery.price_minor,
        prices_include_tax=prices_include_tax,
        rules=rules,
        reductions=[one for line, was in places if was is not None for one in _reductions(line, was)],
    )
    priced = {line.key: line for line in totals.lines}
    rows = tuple(
        _row(line, was, one, priced.get(one.key), pieces) for (line, was), one in zip(places, inputs, strict=True)
    )
    return Reckoning(
        rows=rows,
        totals=totals,
        difference_minor=totals.total_minor - total_before_minor,
        delivery_changed=delivery.changed,
    )


def check_changed(reckoning: Reckoning) -> None:
    """Raise `NothingChanged` when what is wanted is what is there."""
    if not reckoning.changed:
        raise NothingChanged(_("Nothing is changed yet."))


def _input(line: WantedLine, was: Standing | None, pieces: Mapping[int, Piece]) -> LineInput:
    if not 0 <= line.quantity <= MOST_PIECES:
        raise Invalid(_("Please enter a number up to %(most)s.", most=MOST_PIECES), field=f"{line.key}-quantity")
    if was is not None:
        unit, rate = was.unit_minor, was.tax_rate
        _check_left(line, was)
    else:
        piece = pieces.get(line.variant_id)
        if piece is None:
            raise Invalid(_("This is not in the shop any more."), field=f"{line.key}-quantity")
        if piece.unit_minor is None and line.unit_minor is None:
            raise Invalid(
                _("%(title)s has no price here: enter one, and why.", title=piece.title), field=f"{line.key}-unit"
            )
        unit, rate = piece.unit_minor or 0, piece.tax_rate
    if line.unit_minor is not None and line.quantity:
        if not 0 <= line.unit_minor < 10**9:
            raise Invalid(_("Please enter a price of zero or more."), field=f"{line.key}-unit")
        if line.unit_minor != unit and not line.reason.strip():
            raise ReasonMissing(_("Say why this price is another one."), field=f"{line.key}-reason")
        unit = line.unit_minor
    tax_class = was.tax_class if was is not None else pieces[line.variant_id].tax_class
    return LineInput(line.key, unit, line.quantity, rate, tax_class=tax_class)


def _reductions(line: WantedLine, was: Standing) -> list[Reduction]:
    """Return what goes on being taken off a line: as much of each piece as before, none of a price of its own."""
    if not was.discount_minor or not line.quantity or line.unit_minor is not None:
        return []
    amount = was.discount_minor * min(line.quantity, was.quantity) // was.quantity
    return [Reduction(_("Discount"), amount, on=line.key)]


def _check_delivery(delivery: Delivery, wanted: Wanted) -> None:
    if not 0 <= delivery.price_minor < 10**9:
        raise Invalid(_("Please enter a price of zero or more."), field="shipping")
    if delivery.price_minor != delivery.listed_minor and not wanted.shipping_reason.strip():
        raise ReasonMissing(_("Say why this price is another one."), field="shipping-reason")


def _check_left(line: WantedLine, was: Standing) -> None:
    if not was.left_house:
        return
    if line.quantity < was.left_house:
        raise HasLeft(
            _("%(left)s of %(title)s are packed, sent or called off already, so they stay in the order.",
              left=was.left_house, title=was.title),
            field=f"{line.key}-quantity", left=was.left_house,
        )  # fmt: skip
    if line.unit_minor not in (None, was.unit_minor):
        raise HasLeft(
            _("Pieces of %(title)s are packed, sent or called off already, so its price stays.", title=was.title),
            field=f"{line.key}-unit", left=was.left_house,
        )  # fmt: skip


def _row(
    line: WantedLine, was: Standing | None, one: LineInput, priced: LineTotals | None, pieces: Mapping[int, Piece]
) -> Row:
    piece = pieces.get(line.variant_id)
    facts = was or piece
    assert facts is not None  # `_input` has refused what is neither
    return Row(
        wanted=line,
        title=facts.title,
        variant_title=facts.variant_title,
        quantity_before=was.quantity if was else 0,
        quantity=one.quantity,
        unit_minor=one.unit_minor,
        list_minor=was.unit_minor if was else piece.unit_minor if piece else None,
        total_before_minor=was.total_minor if was else 0,
        total_minor=priced.total_minor if priced else 0,
        left_house=was.left_house if was else 0,
        priced=priced,
    )
