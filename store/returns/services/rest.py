"""What has not left of an order is not sent any more: its money goes back, the delivery stays paid."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select

from store.changes.queries import find_live_change
from store.core.db import retrying, session
from store.core.errors import Conflict
from store.core.i18n import gettext as _
from store.core.queue import enqueue
from store.orders import services as orders
from store.orders.models import Order, OrderEvent
from store.orders.queries import get_order
from store.payments import services as payments
from store.payments.models import Refund
from store.payments.services import LinePart, RefundParts, statuses
from store.payments.services.lock import lock_order_payments
from store.returns.reckoning import reckon, units_left

CALLED_OFF = "rest_called_off"

# By then whoever called it off has long been answered, or their process is gone.
_FINISH_AFTER = timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Rest:
    """What has not left: units by line, those of them that lie in parcels, and what is credited for them."""

    units: dict[int, int]
    in_parcels: int
    parts: RefundParts

    @property
    def count(self) -> int:
        """How many pieces are not sent any more."""
        return sum(self.units.values())


def find_rest(order: Order) -> Rest | None:
    """Return what can be called off of an order that has begun to leave; `None` when nothing can."""
    if order.status != "placed" or order.fulfilment_status != "partial" or find_live_change(order.id) is not None:
        return None
    units = orders.units_of(order.id).values()
    rest = {one.line_id: one.open + one.waiting for one in units if one.open + one.waiting > 0}
    left = units_left(order)
    # Of a piece that was paid back already only the piece is called off.
    paid = {line_id: min(count, left.get(line_id, 0)) for line_id, count in rest.items() if left.get(line_id, 0)}
    lines = reckon(order, paid, with_delivery=False).lines if paid else ()
    parts = RefundParts(tuple(LinePart(int(str(one.key)), one.quantity, one.amount_minor) for one in lines))
    return Rest(rest, sum(one.waiting for one in units), parts)


def cancel_rest(order_id: int, *, request_id: str, expected_minor: int, actor: str, reason: str) -> list[Refund]:
    """Call off what has not left of an order, and give back what was paid for it; call it outside of transactions.

    Parcels that wait are called off, the stock is free, and the delivery stays paid. What was promised for it and is
    not owed any more is given up at the provider. One `request_id` does it once; the list is empty where nothing had
    been paid for it. Raises `Conflict` when nothing is left to send, or when it comes to something else than was shown.
    """

    def call_off() -> RefundParts:
        order = get_order(orders.lock_order(order_id).id)
        rest = find_rest(order)
        if rest is None:
            raise Conflict(_("Nothing of this order is left that could be called off."))
        if rest.parts.total_minor != expected_minor:
            raise Conflict(_("Something changed since this page was opened. Please look once more."))
        orders.call_off_parcels(order_id, actor=actor)
        orders.take_back(order_id, rest.units, part=f"rest:{request_id}", actor=actor)
        orders.add_event(order_id, CALLED_OFF, actor=actor, reason=reason, units=rest.count, request_id=request_id)
        enqueue(
            "returns.give_up_promise",
            dedupe=f"returns.give_up_promise:{request_id}",
            delay=_FINISH_AFTER,
            order_id=order_id,
        )
        return rest.parts

    if expected_minor:
        made = payments.refund(order_id, request_id=request_id, actor=actor, reason=reason, parts=call_off)
    else:
        retrying(lambda: None if _is_called_off(order_id, request_id) else call_off())
        made = []
    give_up_promise(order_id)
    return made


def give_up_promise(order_id: int) -> None:
    """Give up at the provider what was promised for an order that owes nothing more; outside of transactions."""

    def find() -> int | None:
        order, held = lock_order_payments(order_id)
        promised = next((one for one in held if one.status == "authorized"), None)
        if promised is None or order.status != "placed" or statuses.due(order, held) > 0:
            return None
        return promised.id

    payment_id = retrying(find)
    if payment_id is not None:
        payments.void_payment(payment_id)


def _is_called_off(order_id: int, request_id: str) -> bool:
    orders.lock_order(order_id)
    told = select(OrderEvent.id).where(
        OrderEvent.order_id == order_id,
        OrderEvent.kind == CALLED_OFF,
        OrderEvent.data["request_id"].astext == request_id,
    )
    return session.execute(told.limit(1)).first() is not None
