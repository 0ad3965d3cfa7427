"""Where the units of an order's lines are: to be sent, in a parcel, away, or given up."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text

from store.core.clock import now
from store.core.db import session
from store.core.errors import Conflict
from store.core.faults import point
from store.core.i18n import gettext as _
from store.inventory import services as inventory
from store.orders import states
from store.orders.models import Order
from store.orders.services.lock import add_event, hold_reference, lock_order
from store.orders.states import LineFacts

_UNITS = text("""
    SELECT l.id, l.variant_id, l.quantity, l.cancelled_quantity, l.returned_quantity,
           coalesce(sum(fl.quantity) FILTER (WHERE f.status IN ('pending', 'packed')), 0)::bigint AS waiting,
           coalesce(sum(fl.quantity) FILTER (WHERE f.status IN ('shipped', 'delivered')), 0)::bigint AS sent,
           coalesce(sum(fl.quantity) FILTER (WHERE f.status = 'delivered'), 0)::bigint AS delivered
      FROM order_lines l
      LEFT JOIN fulfilment_lines fl ON fl.order_line_id = l.id
      LEFT JOIN fulfilments f ON f.id = fl.fulfilment_id AND f.status <> 'cancelled'
     WHERE l.order_id = :order_id
     GROUP BY l.id ORDER BY l.position
""")
_CALL_OFF = text("""
    UPDATE fulfilments SET status = 'cancelled', cancelled_at = :moment
     WHERE order_id = :order_id AND status IN ('pending', 'packed')
    RETURNING id
""")
_COUNT = text("""
    UPDATE order_lines
       SET cancelled_quantity = cancelled_quantity + :cancelled, returned_quantity = returned_quantity + :returned
     WHERE id = :id
""")


class InParcel(Conflict):
    """What should not leave lies in a parcel that waits to leave."""


@dataclass(frozen=True, slots=True)
class Units:
    """How the units of one line stand."""

    line_id: int
    variant_id: int
    quantity: int
    cancelled: int
    returned: int
    waiting: int
    sent: int
    delivered: int

    @property
    def open(self) -> int:
        """How many are still to be put into a parcel."""
        return self.quantity - self.cancelled - self.waiting - self.sent

    @property
    def away(self) -> int:
        """How many are with the customer."""
        return self.sent - self.returned


def units_of(order_id: int) -> dict[int, Units]:
    """Return how each line of an order stands, by its id (1 statement)."""
    return {row.id: Units(*row) for row in session.execute(_UNITS, {"order_id": order_id})}


def parcel_part(fulfilment_id: int) -> str:
    """Return under which part of the order's stock a parcel holds its own."""
    return f"parcel:{fulfilment_id}"


def needs_of(units: Mapping[int, Units], quantities: Mapping[int, int]) -> dict[int, int]:
    """Return quantities by line as quantities by variant."""
    needs: dict[int, int] = defaultdict(int)
    for line_id, quantity in quantities.items():
        needs[units[line_id].variant_id] += quantity
    return needs


def write_fulfilment(order: Order) -> None:
    """Write down how far the goods of an order are, from its parcels and returns. The caller holds its lock."""
    order.fulfilment_status = states.fulfilment_status(
        [
            LineFacts(
                quantity=one.quantity - one.cancelled,
                shipped=one.sent,
                delivered=one.delivered,
                returned=one.returned,
            )
            for one in units_of(order.id).values()
        ]
    )
    session.flush()


def call_off_parcels(order_id: int, *, actor: str) -> None:
    """Call off the parcels of an order that have not left; their stock is the order's again."""
    for fulfilment_id in session.execute(_CALL_OFF, {"order_id": order_id, "moment": now()}).scalars():
        inventory.split(hold_reference(order_id), None, source=parcel_part(fulfilment_id), target="", actor=actor)


def take_back(order_id: int, quantities: Mapping[int, int], *, part: str, actor: str = "system") -> None:
    """Put units of lines back on the shelf: those that have not left are not sent any more, then those sent return.

    `part` names what took them back, such as `refund:7`. Raises `InParcel` when they lie in a parcel that is about to
    leave.
    """
    order = lock_order(order_id)
    units = units_of(order_id)
    reference = hold_reference(order_id)
    cancelled = {line_id: min(count, units[line_id].open) for line_id, count in quantities.items()}
    returned = {line_id: count - cancelled[line_id] for line_id, count in quantities.items()}
    if any(units[line_id].waiting and count > units[line_id].away for line_id, count in returned.items()):
        raise InParcel(_("Some of this lies in a parcel that is about to leave. Call the parcel off first."))
    returned = {line_id: min(count, units[line_id].away) for line_id, count in returned.items()}
    _count(cancelled, returned)
    inventory.split(reference, needs_of(units, cancelled), target=part, actor=actor)
    inventory.release(reference, part=part, actor=actor)
    _restock(reference, needs_of(units, returned), part, actor)
    write_fulfilment(order)
    moved = {line_id: cancelled[line_id] + returned[line_id] for line_id in quantities}
    add_event(
        order_id,
        "restocked",
        actor=actor,
        part=part,
        units=sum(moved.values()),
        lines=[[line_id, count] for line_id, count in moved.items() if count],
    )
    point("orders.take_back.after_stock")


def take_all_back(order_id: int, *, actor: str = "system") -> None:
    """Put everything of an order back on the shelf, as when all its money has gone back."""
    order = lock_order(order_id)
    reference = hold_reference(order_id)
    call_off_parcels(order_id, actor=actor)
    if order.status == "placed":
        units = units_of(order_id).values()
        _count({one.line_id: one.open for one in units}, {one.line_id: one.away for one in units})
        write_fulfilment(order)
    inventory.release(reference, actor=actor)
    inventory.restock(reference, actor=actor)


def take_returned(
    order_id: int,
    quantities: Mapping[int, int],
    *,
    sellable: Mapping[int, int],
    damaged: Mapping[int, int],
    part: str,
    reason: str,
    actor: str,
) -> None:
    """Note units of lines that came back: those of `sellable` variants go on the shelf, the `damaged` are written off.

    `part` names what brought them back and is new each time; `reason` stands in the ledger beside what is written off.
    """
    order = lock_order(order_id)
    units = units_of(order_id)
    _count({}, {line_id: min(count, units[line_id].away) for line_id, count in quantities.items()})
    came: dict[int, int] = defaultdict(int)
    for variant_id, count in (*sellable.items(), *damaged.items()):
        came[variant_id] += count
    reference = hold_reference(order_id)
    _restock(reference, came, part, actor)
    inventory.write_off(reference, damaged, part=part, reason=reason, actor=actor)
    write_fulfilment(order)


def _count(cancelled: Mapping[int, int], returned: Mapping[int, int]) -> None:
    ids = sorted(line_id for line_id in {*cancelled, *returned} if cancelled.get(line_id) or returned.get(line_id))
    for line_id in ids:
        session.execute(
            _COUNT, {"id": line_id, "cancelled": cancelled.get(line_id, 0), "returned": returned.get(line_id, 0)}
        )
    # What this session has read of the lines is old now.
    session.expire_all()


def _restock(reference: str, needs: Mapping[int, int], part: str, actor: str) -> None:
    inventory.split(reference, needs, source=None, target=part, state="shipped", actor=actor)
    inventory.restock(reference, part=part, actor=actor)
