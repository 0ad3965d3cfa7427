"""What of an order can go back, and what a choice of it comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select

from store.core.db import session
from store.orders.models import Order, OrderLine
from store.orders.parts import parts_of
from store.orders.services import units_of
from store.payments.models import Payment, Refund
from store.payments.services import LinePart, RefundParts
from store.pricing.rates import SHIPPING
from store.pricing.refunds import Asked, Earlier, Split, left_of, split
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
    left = {one.key: one for one in left_of(parts_of(order), list_earlier(order))}
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


def list_earlier(order: Order) -> list[Earlier]:
    """Return what has gone back of an order, is on its way, was exchanged, or was credited without a refund."""
    found = list_before(order.id)
    row = session.execute(
        select(
            func.coalesce(func.sum(Refund.credit_minor), 0).label("all"),
            func.coalesce(func.sum(Refund.credit_minor).filter(Refund.status == "succeeded"), 0).label("done"),
        )
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.order_id == order.id, Refund.status != "failed")
    ).one()
    counted = sum(
        sum(amount for _units, amount in one.lines.values()) + one.shipping_minor + one.goodwill_minor for one in found
    )
    uncounted = order.credited_minor - int(row.done) - (counted - int(row.all))
    return [*found, Earlier(goodwill_minor=uncounted)] if uncounted > 0 else found


def list_made(order_id: int, request_id: str) -> Sequence[Refund]:
    """Return the refunds that a form has made already."""
    made = (
        select(Refund)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.order_id == order_id, Refund.request_id.startswith(request_id, autoescape=True))
    )
    return session.execute(made.order_by(Refund.id)).scalars().all()


def reckon(order: Order, chosen: Chosen) -> tuple[Split, RefundParts]:
    """Return what a choice comes to, and how it is asked for; raises `MoreThanLeft`."""
    found = split(
        parts_of(order),
        Asked(dict(chosen.quantities.items()), chosen.shipping_minor, chosen.goodwill_minor),
        list_earlier(order),
    )
    return found, RefundParts(
        lines=tuple(
            LinePart(int(str(one.key)), one.quantity, one.amount_minor, restock=one.key in chosen.restock)
            for one in found.lines
        ),
        shipping_minor=found.shipping_minor,
        goodwill_minor=found.goodwill_minor,
    )
