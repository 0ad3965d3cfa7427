"""What is credited without money going back, because it had not come yet: kept by line in the order's timeline."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select

from store.core.db import session
from store.orders import services as orders
from store.orders.models import OrderEvent
from store.payments.models import Payment, Refund, RefundLine
from store.pricing.refunds import Earlier

CREDITED, RESTOCKED = "credited", "restocked"


@dataclass(frozen=True, slots=True)
class LinePart:
    """What goes back for a line of the order; `quantity` may be nought where only money goes back."""

    order_line_id: int
    quantity: int
    amount_minor: int
    restock: bool = False


@dataclass(frozen=True, slots=True)
class RefundParts:
    """What a refund is for: units of lines, delivery, and goodwill on top. Amounts in minor units, with their tax."""

    lines: tuple[LinePart, ...] = ()
    shipping_minor: int = 0
    goodwill_minor: int = 0

    @property
    def total_minor(self) -> int:
        """Return what is credited in all."""
        return sum(line.amount_minor for line in self.lines) + self.shipping_minor + self.goodwill_minor


@dataclass(frozen=True, slots=True)
class Credit:
    """Parts of an order that were credited at a moment."""

    at: datetime
    parts: RefundParts

    @property
    def earlier(self) -> Earlier:
        """The same as `pricing.refunds` wants to hear of it."""
        lines = {one.order_line_id: (one.quantity, one.amount_minor) for one in self.parts.lines}
        return Earlier(dict(lines.items()), self.parts.shipping_minor, self.parts.goodwill_minor)


def credit(order_id: int, parts: RefundParts, *, request_id: str, actor: str, reason: str) -> None:
    """Lower what the customer owes by parts of an order, and keep which; the caller holds the locks."""
    orders.credit(
        order_id,
        parts.total_minor,
        actor=actor,
        reason=reason,
        request_id=request_id,
        lines=[[one.order_line_id, one.quantity, one.amount_minor, one.restock] for one in parts.lines],
        shipping_minor=parts.shipping_minor,
        goodwill_minor=parts.goodwill_minor,
    )


def is_credited(order_id: int, request_id: str) -> bool:
    """Whether a form has credited something of this order already."""
    told = select(OrderEvent.id).where(
        OrderEvent.order_id == order_id,
        OrderEvent.kind == CREDITED,
        OrderEvent.data["request_id"].astext == request_id,
    )
    return session.execute(told.limit(1)).first() is not None


def list_credits(order_id: int) -> list[Credit]:
    """Return what was credited of an order by parts, oldest first (1 statement)."""
    told = session.execute(
        select(OrderEvent)
        .where(OrderEvent.order_id == order_id, OrderEvent.kind == CREDITED, OrderEvent.data.has_key("request_id"))
        .order_by(OrderEvent.id)
    ).scalars()
    return [
        Credit(
            one.at,
            RefundParts(
                tuple(LinePart(*line) for line in one.data["lines"]),
                one.data["shipping_minor"],
                one.data["goodwill_minor"],
            ),
        )
        for one in told
    ]


def still_to_restock(order_id: int, wanted: Mapping[int, int]) -> dict[int, int]:
    """Return by line how many units have to go back on the shelf so that as many more as wanted are there.

    What a refund that was refused has put there lies there already: the next one takes no further pieces for it.
    """
    if not any(wanted.values()):
        return {}
    taken = _restocked(order_id)
    counted = dict.fromkeys(wanted, 0)
    rows = session.execute(
        select(RefundLine.order_line_id, func.sum(RefundLine.quantity))
        .join(Refund, Refund.id == RefundLine.refund_id)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.order_id == order_id, Refund.status != "failed", RefundLine.restock)
        .group_by(RefundLine.order_line_id)
    )
    for line_id, units in rows:
        counted[line_id] = counted.get(line_id, 0) + int(units)
    for one in list_credits(order_id):
        for line in one.parts.lines:
            counted[line.order_line_id] = counted.get(line.order_line_id, 0) + line.quantity * line.restock
    needed = {line_id: units - max(taken.get(line_id, 0) - counted[line_id], 0) for line_id, units in wanted.items()}
    return {line_id: units for line_id, units in needed.items() if units > 0}


def _restocked(order_id: int) -> dict[int, int]:
    """Units by line that refunds have put back on the shelf, whatever became of their money."""
    told = select(OrderEvent.data["lines"]).where(
        OrderEvent.order_id == order_id,
        OrderEvent.kind == RESTOCKED,
        OrderEvent.data["part"].astext.startswith("refund:"),
    )
    taken: dict[int, int] = {}
    for lines in session.execute(told).scalars():
        for line_id, units in lines:
            taken[line_id] = taken.get(line_id, 0) + units
    return taken
