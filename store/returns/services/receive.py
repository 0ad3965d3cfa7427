"""A parcel has come back: what is as new goes on the shelf, the rest is written off."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from store.core.clock import now
from store.core.db import session
from store.core.errors import Conflict, Invalid
from store.core.faults import point
from store.core.i18n import gettext as _
from store.orders import services as orders
from store.orders.models import OrderEvent
from store.orders.queries import get_order
from store.returns import states
from store.returns.models import Return
from store.returns.services.lock import lock_return, tell


@dataclass(frozen=True, slots=True)
class Arrived:
    """How many units of a line of a return have come, and how many of them can be sold again."""

    line_id: int
    received: int
    sellable: int


def receive(return_id: int, arrived: Sequence[Arrived], *, actor: str, seen: int | None = None) -> Return:
    """Note what has come back, also bit by bit; raises `Invalid` for more than is awaited, and `IllegalMove`.

    `seen` is how many had come when the form was made: raises `Conflict` when some have been noted since, so that a
    form that is sent twice, or by two people, counts once.
    """
    order, one = lock_return(return_id)
    if seen is not None and seen != sum(line.received for line in one.lines):
        raise Conflict(_("An arrival was noted since this page was opened. Please look at what is here, and go on."))
    status = states.after(one.status, "receive")
    lines = {line.id: line for line in one.lines}
    came = [item for item in arrived if item.received > 0 and item.line_id in lines]
    if not came:
        raise Invalid(_("Please say how many have arrived."), field="received")
    variants = {line.id: line.variant_id for line in get_order(order.id).lines}
    sellable: dict[int, int] = defaultdict(int)
    damaged: dict[int, int] = defaultdict(int)
    back: dict[int, int] = defaultdict(int)
    for item in came:
        line = lines[item.line_id]
        if not 0 <= item.sellable <= item.received <= line.quantity - line.received:
            raise Invalid(_("That is more than was sent back."), field=f"received-{item.line_id}")
        line.received += item.received
        line.sellable += item.sellable
        back[line.order_line_id] += item.received
        sellable[variants[line.order_line_id]] += item.sellable
        damaged[variants[line.order_line_id]] += item.received - item.sellable
    one.status, one.received_at = status, now()
    session.flush()
    orders.take_returned(
        order.id,
        back,
        sellable=dict(sellable),
        damaged=dict(damaged),
        part=f"return:{one.id}:{_receipts(order.id, one.id) + 1}",
        reason=_("Returned and not as new: %(name)s", name=one.name),
        actor=actor,
    )
    point("returns.receive.after_stock")
    tell(one, actor=actor, units=sum(item.received for item in came))
    return one


def _receipts(order_id: int, return_id: int) -> int:
    """How often something of this return has come already."""
    told = select(func.count()).where(
        OrderEvent.order_id == order_id,
        OrderEvent.kind == "return_received",
        OrderEvent.data["return_id"].as_integer() == return_id,
    )
    return session.execute(told).scalar_one()
