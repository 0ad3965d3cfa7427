"""What of an order can go back, and what a choice of it comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from store.core.db import session
from store.orders.models import Order, OrderLine
from store.orders.parts import parts_of
from store.orders.services import units_of
from store.payments.models import RefundLine
from store.payments.services import LinePart, RefundParts
from store.pricing.rates import SHIPPING
from store.pricing.refunds import Asked, Split, left_of, split
from store.returns.reckoning import list_before


@dataclass(frozen=True, slots=True)
class LineLeft:
    """A line of an order: how many units nothing has gone back for, what they hold, and where they are."""

    line: OrderLine
    units: int
    amount_minor: int
    on_shelf: int
    in_parcel: int
    away: int


@dataclass(frozen=True, slots=True)
class Chosen:
    """What staff have chosen to give back."""

    quantities: Mapping[int, int] = field(default_factory=dict)
    restock: frozenset[int] = frozenset()
    shipping_minor: int = 0
    goodwill_minor: int = 0


def list_left(order: Order) -> tuple[Sequence[LineLeft], int]:
    """Return the lines with what is left to go back of each, and the same of the delivery (3 statements)."""
    left = {one.key: one for one in left_of(parts_of(order), list_before(order))}
    units = units_of(order.id)
    lines = [
        LineLeft(
            line,
            left[line.id].quantity,
            left[line.id].amount_minor,
            units[line.id].open,
            units[line.id].waiting,
            units[line.id].away,
        )
        for line in order.lines
    ]
    return lines, left[SHIPPING].amount_minor


def has_restocked(refund_ids: Sequence[int]) -> bool:
    """Whether any of these refunds has put pieces back on the shelf. 1 statement."""
    named = select(RefundLine.refund_id).where(RefundLine.refund_id.in_(refund_ids), RefundLine.restock)
    return session.execute(named.limit(1)).first() is not None


def reckon(order: Order, chosen: Chosen) -> tuple[Split, RefundParts]:
    """Return what a choice comes to, and how it is asked for; raises `MoreThanLeft`."""
    found = split(
        parts_of(order),
        Asked(dict(chosen.quantities.items()), chosen.shipping_minor, chosen.goodwill_minor),
        list_before(order),
    )
    return found, RefundParts(
        lines=tuple(
            LinePart(int(str(one.key)), one.quantity, one.amount_minor, restock=one.key in chosen.restock)
            for one in found.lines
        ),
        shipping_minor=found.shipping_minor,
        goodwill_minor=found.goodwill_minor,
    )
