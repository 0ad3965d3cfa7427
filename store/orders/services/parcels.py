"""Parcels of an order: put together, packed, sent, taken back within minutes, delivered or called off.

Each holds its share of the order's stock under a part of its own, so that one parcel leaves and another stays.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from sqlalchemy import insert, select, text

from store.core.clock import now
from store.core.db import session
from store.core.errors import Conflict, Invalid, NotFound
from store.core.events import emit
from store.core.faults import point
from store.core.i18n import gettext as _
from store.core.settings import Settings
from store.inventory import services as inventory
from store.orders import parcel_states
from store.orders.events import OrderShipped
from store.orders.models import Fulfilment, FulfilmentLine, Order
from store.orders.services.lock import add_event, hold_reference, lock_order
from store.orders.services.units import needs_of, parcel_part, units_of, write_fulfilment
from store.orders.states import SHIPPABLE_PAYMENT
from store.shop.queries import get_shop

MAX_TEXT = 100
_MAX_LINK = 500
_MOST_NUMBERS = 20

# The mail waits a little longer than the step back is open, so that none tells of a parcel that stayed.
_GRACE = timedelta(seconds=10)

_undo_for = timedelta(0)


_WAITS_FOR_A_DIFFERENCE = text(
    "SELECT 1 FROM order_changes WHERE order_id = :order_id AND status = 'requested' AND settlement = 'charge'"
)
_GOING_BACK = text("""
    SELECT coalesce(sum(r.credit_minor), 0)::bigint FROM refunds r JOIN payments p ON p.id = r.payment_id
     WHERE p.order_id = :order_id AND r.status = 'requested'
""")


class NotShippable(Conflict):
    """Only an order that is here and that has been paid for can be shipped."""


def configure(settings: Settings) -> None:
    """Take from the settings how long a parcel that left can be taken back."""
    global _undo_for
    _undo_for = timedelta(seconds=settings.shipping_undo_seconds)


def undo_for() -> timedelta:
    """Return how long a parcel that leaves now can be taken back: the desk says it, else the settings."""
    seconds = get_shop().shipping_undo_seconds
    return _undo_for if seconds is None else timedelta(seconds=seconds)


def may_ship(order: Order) -> bool:
    """Whether what is left of an order may be put into parcels.

    What is promised is taken parcel by parcel, so an order that has begun to leave goes on leaving partly paid; not
    one whose customer is asked to pay more, as for an exchange, and not one all of whose money is on its way back.
    """
    return not _why_not(order)


def _why_not(order: Order) -> str:
    """Return why nothing of an order may leave; nothing when it may."""
    if order.status == "cancelled":
        return _("This order was cancelled, so it can't be shipped.")
    if order.fulfilment_status not in ("unfulfilled", "partial"):
        return _("This order has left already.")
    going_on = (order.fulfilment_status, order.payment_status) == ("partial", "partially_paid") and not (
        session.execute(_WAITS_FOR_A_DIFFERENCE, {"order_id": order.id}).first()
    )
    if order.status != "placed" or not (order.payment_status in SHIPPABLE_PAYMENT or order.ship_unpaid or going_on):
        return _("Only an order that is paid can be shipped.")
    going_back = session.execute(_GOING_BACK, {"order_id": order.id}).scalar_one()
    if going_back and going_back >= order.total_minor - order.credited_minor:
        return _("All money of this order is on its way back, so it can't be shipped.")
    return ""


def mail_waits(undo: timedelta | None = None) -> timedelta:
    """Return how long a mail waits that tells what can be undone for a while."""
    waits = undo_for() if undo is None else undo
    return waits + _GRACE if waits else timedelta(0)


def undo_until(parcel: Fulfilment) -> datetime | None:
    """Return until when a parcel that left can be taken back; `None` when it can't."""
    until = parcel.undo_until
    return until if until is not None and parcel.status == "shipped" and until > now() else None


def prepare_parcel(order_id: int, quantities: Mapping[int, int] | None, *, actor: str) -> Fulfilment:
    """Put units of lines, or with `None` all that is left, into a new parcel that has not left yet.

    Raises `NotShippable`, or `Invalid` when nothing or more than is left was chosen.
    """
    parcel, count = _put_together(order_id, quantities, actor)
    add_event(order_id, "parcel_prepared", actor=actor, fulfilment_id=parcel.id, units=count)
    return parcel


def pack_parcel(order_id: int, fulfilment_id: int, *, actor: str) -> Fulfilment:
    """Note that a parcel is packed and waits for its carrier."""
    lock_order(order_id)
    parcel = parcel_of(order_id, fulfilment_id)
    parcel.status = parcel_states.after(parcel.status, "pack")
    parcel.packed_at = now()
    session.flush()
    add_event(order_id, "packed", actor=actor, fulfilment_id=parcel.id)
    return parcel


def ship_parcel(
    order_id: int,
    fulfilment_id: int,
    *,
    carrier: str,
    tracking_number: str,
    actor: str,
    tracking_link: str = "",
    told: str = "shipped",
) -> Fulfilment:
    """Send a parcel: its stock leaves the shelf, and the shopper is told when it can't be taken back any more.

    `tracking_number` may be several with commas between; the timeline tells of it by the word `told`. Raises
    `NotShippable` when the order's money has gone back in the meantime, `Invalid` for texts that can't be kept, and
    `IllegalMove` when the parcel has left already.
    """
    written = _tracking(carrier, tracking_number, tracking_link)
    order = lock_order(order_id)
    parcel = parcel_of(order_id, fulfilment_id)
    status = parcel_states.after(parcel.status, "ship")
    why_not = _why_not(order)
    if why_not:
        raise NotShippable(why_not)
    _write_tracking(parcel, written)
    parcel.status = status
    parcel.shipped_at = now()
    parcel.packed_at = parcel.packed_at or parcel.shipped_at
    waits = undo_for()
    parcel.undo_until = parcel.shipped_at + waits if waits else None
    session.flush()
    inventory.ship(hold_reference(order_id), part=parcel_part(parcel.id), actor=actor)
    point("orders.ship.after_stock")
    write_fulfilment(order)
    add_event(
        order_id,
        told,
        actor=actor,
        carrier=parcel.carrier,
        tracking_number=", ".join(parcel.tracking_numbers),
        fulfilment_id=parcel.id,
    )
    emit(OrderShipped(order_id, parcel.id, parcel.attempt), delay=mail_waits(waits))
    return parcel


def ship(
    order_id: int,
    *,
    carrier: str,
    tracking_number: str,
    actor: str,
    quantities: Mapping[int, int] | None = None,
) -> Fulfilment:
    """Send what is left of an order, or some of it, as one parcel at once; raises as the two steps do."""
    _tracking(carrier, tracking_number, "")
    parcel, _count = _put_together(order_id, quantities, actor)
    return ship_parcel(order_id, parcel.id, carrier=carrier, tracking_number=tracking_number, actor=actor)


def ship_rest(order_id: int, *, carrier: str, tracking_number: str, actor: str) -> list[Fulfilment]:
    """Send all of an order that has not left: the parcels that wait, and one more for what is in none.

    Raises as `ship` does.
    """
    lock_order(order_id)
    waiting = select(Fulfilment.id).where(Fulfilment.order_id == order_id, Fulfilment.status.in_(("pending", "packed")))
    ids = session.execute(waiting.order_by(Fulfilment.id)).scalars().all()
    sent = [ship_parcel(order_id, one, carrier=carrier, tracking_number=tracking_number, actor=actor) for one in ids]
    if not sent or any(one.open > 0 for one in units_of(order_id).values()):
        sent.append(ship(order_id, carrier=carrier, tracking_number=tracking_number, actor=actor))
    return sent


def take_parcel_back(order_id: int, fulfilment_id: int, *, actor: str) -> Fulfilment:
    """Undo that a parcel left, while nobody has been told: it is packed again and its stock is there again.

    Raises `IllegalMove` when it has not left, and `Conflict` when the customer may know of it.
    """
    order = lock_order(order_id)
    parcel = parcel_of(order_id, fulfilment_id)
    status = parcel_states.after(parcel.status, "take_back")
    if undo_until(parcel) is None:
        raise Conflict(_("The customer has been told that this parcel is on its way."))
    parcel.status = status
    parcel.shipped_at = parcel.undo_until = None
    parcel.attempt += 1
    session.flush()
    inventory.unship(hold_reference(order_id), part=parcel_part(parcel.id), actor=actor)
    point("orders.take_parcel_back.after_stock")
    write_fulfilment(order)
    add_event(order_id, "taken_back", actor=actor, fulfilment_id=parcel.id)
    return parcel


def cancel_parcel(order_id: int, fulfilment_id: int, *, actor: str) -> Fulfilment:
    """Call a parcel off that has not left: what was in it is to be sent again."""
    order = lock_order(order_id)
    parcel = parcel_of(order_id, fulfilment_id)
    parcel.status = parcel_states.after(parcel.status, "cancel")
    parcel.cancelled_at = now()
    session.flush()
    inventory.split(hold_reference(order_id), None, source=parcel_part(parcel.id), target="", actor=actor)
    point("orders.cancel_parcel.after_stock")
    write_fulfilment(order)
    add_event(order_id, "parcel_cancelled", actor=actor, fulfilment_id=parcel.id)
    return parcel


def deliver_parcel(
    order_id: int, fulfilment_id: int, *, actor: str = "system", at: datetime | None = None
) -> Fulfilment:
    """Note that a parcel has arrived; a second call does nothing. Raises `IllegalMove` when it has not left."""
    order = lock_order(order_id)
    parcel = parcel_of(order_id, fulfilment_id)
    if parcel.status == "delivered":
        return parcel
    parcel.status = parcel_states.after(parcel.status, "deliver")
    parcel.delivered_at = at or now()
    session.flush()
    write_fulfilment(order)
    add_event(order_id, "delivered", actor=actor, fulfilment_id=parcel.id)
    return parcel


def write_tracking(
    order_id: int, fulfilment_id: int, *, carrier: str, tracking_number: str, actor: str, tracking_link: str = ""
) -> Fulfilment:
    """Correct who takes a parcel and under which number; raises `Invalid`."""
    written = _tracking(carrier, tracking_number, tracking_link)
    lock_order(order_id)
    parcel = parcel_of(order_id, fulfilment_id)
    if parcel.status == "cancelled":
        raise Conflict(_("This parcel was called off."))
    _write_tracking(parcel, written)
    session.flush()
    add_event(
        order_id,
        "tracking",
        actor=actor,
        carrier=parcel.carrier,
        tracking_number=", ".join(parcel.tracking_numbers),
        fulfilment_id=parcel.id,
    )
    return parcel


def parcel_of(order_id: int, fulfilment_id: int) -> Fulfilment:
    """Return a parcel of an order under its lock; raises `NotFound`."""
    parcel = session.execute(
        select(Fulfilment)
        .where(Fulfilment.id == fulfilment_id, Fulfilment.order_id == order_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if parcel is None:
        raise NotFound(_("This parcel is not here any more."))
    return parcel


def _put_together(order_id: int, quantities: Mapping[int, int] | None, actor: str) -> tuple[Fulfilment, int]:
    order = lock_order(order_id)
    units = units_of(order_id)
    why_not = _why_not(order)
    if why_not:
        raise NotShippable(why_not)
    left = {one.line_id: one.open for one in units.values() if one.open > 0}
    chosen = left if quantities is None else {line_id: count for line_id, count in quantities.items() if count}
    if not left:
        raise NotShippable(_("Everything is in a parcel already."))
    if not chosen:
        raise Invalid(_("Choose what goes into the parcel."), field="quantities")
    for line_id, count in chosen.items():
        if not 0 < count <= left.get(line_id, 0):
            raise Invalid(_("Only %(left)s of this are left to send.", left=left.get(line_id, 0)), field=str(line_id))
    parcel = Fulfilment(order_id=order_id)
    session.add(parcel)
    session.flush()
    session.execute(
        insert(FulfilmentLine),
        [
            {"fulfilment_id": parcel.id, "order_line_id": line_id, "quantity": count}
            for line_id, count in chosen.items()
        ],
    )
    # The last parcel takes all that the order still holds, whatever sets have been made of since.
    needs = None if chosen == left else needs_of(units, chosen)
    inventory.split(hold_reference(order_id), needs, target=parcel_part(parcel.id), actor=actor)
    point("orders.prepare_parcel.after_stock")
    return parcel, sum(chosen.values())


def _tracking(carrier: str, numbers: str, link: str) -> tuple[str, list[str], str]:
    carrier, link = carrier.strip(), link.strip()
    given = [one.strip() for one in numbers.replace(";", ",").replace("\n", ",").split(",") if one.strip()]
    for field, value in (("carrier", carrier), *(("tracking_number", one) for one in given)):
        if len(value) > MAX_TEXT:
            raise Invalid(_("Please keep this under %(limit)s characters.", limit=MAX_TEXT), field=field)
    if len(given) > _MOST_NUMBERS:
        raise Invalid(_("One parcel has up to %(most)s numbers.", most=_MOST_NUMBERS), field="tracking_number")
    if link and (len(link) > _MAX_LINK or urlsplit(link).scheme not in ("http", "https")):
        raise Invalid(_("Enter the whole address of the page, beginning with https://."), field="tracking_link")
    return carrier, list(dict.fromkeys(given)), link


def _write_tracking(parcel: Fulfilment, written: tuple[str, list[str], str]) -> None:
    before = parcel.tracking_numbers
    parcel.carrier, numbers, link = written
    parcel.tracking_number, parcel.further_numbers = (numbers[0], numbers[1:]) if numbers else ("", [])
    # The page that came with a label stays as long as its number does.
    parcel.tracking_link = link or (parcel.tracking_link if numbers == before else "")
