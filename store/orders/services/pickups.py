"""Parcels that nobody sends: packed and ready in the shop, until their buyers come for them.

What is ready is still ours: its stock leaves the shelf when it is fetched, and what nobody fetches is called off.
"""

from collections.abc import Mapping

from sqlalchemy import select

from store.core.clock import now
from store.core.db import session
from store.core.errors import Conflict
from store.core.events import emit
from store.core.i18n import gettext as _
from store.orders import parcel_states
from store.orders.events import OrderReady
from store.orders.models import Fulfilment
from store.orders.services import parcels
from store.orders.services.lock import add_event, lock_order
from store.orders.services.units import units_of


def make_ready(order_id: int, fulfilment_id: int, *, actor: str) -> Fulfilment:
    """Note that a parcel can be fetched: its buyer is told in a few minutes, unless it is called off before.

    Raises `Conflict` when the order is sent and not fetched, or the parcel is ready already, and what shipping raises.
    """
    order = lock_order(order_id)
    if order.kind != "pickup":
        raise Conflict(_("This order is sent and not fetched."))
    parcel = parcels.parcel_of(order_id, fulfilment_id)
    if parcel.ready_at is not None and parcel.status == "packed":
        raise Conflict(_("This is ready already, and the customer is told."))
    if parcel.status != "packed":
        parcel.status = parcel_states.after(parcel.status, "pack")
        parcel.packed_at = now()
    if not parcels.may_ship(order):
        raise parcels.NotShippable(_("Only an order that is paid can be handed over."))
    parcel.ready_at = now()
    session.flush()
    add_event(order_id, "ready", actor=actor, fulfilment_id=parcel.id)
    emit(OrderReady(order_id, parcel.id), delay=parcels.mail_waits())
    return parcel


def make_rest_ready(order_id: int, quantities: Mapping[int, int] | None, *, actor: str) -> list[Fulfilment]:
    """Have all of an order ready that is not yet, or a parcel of these units; raises as `make_ready` does."""
    lock_order(order_id)
    waiting = (
        select(Fulfilment.id)
        .where(Fulfilment.order_id == order_id, Fulfilment.status.in_(("pending", "packed")))
        .where(Fulfilment.ready_at.is_(None))
        .order_by(Fulfilment.id)
    )
    ids = [] if quantities is not None else list(session.execute(waiting).scalars())
    if not ids or any(one.open > 0 for one in units_of(order_id).values()):
        ids.append(parcels.prepare_parcel(order_id, quantities, actor=actor).id)
    return [make_ready(order_id, one, actor=actor) for one in ids]


def hand_over(order_id: int, fulfilment_id: int, *, actor: str) -> Fulfilment:
    """Note that a parcel was fetched: its stock is gone and it has arrived. Raises as `ship_parcel` does."""
    if lock_order(order_id).kind != "pickup":
        raise Conflict(_("This order is sent and not fetched."))
    parcels.ship_parcel(order_id, fulfilment_id, carrier="", tracking_number="", actor=actor, told="fetched")
    return parcels.deliver_parcel(order_id, fulfilment_id, actor=actor)
