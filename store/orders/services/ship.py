"""An order leaves the house."""

from sqlalchemy import insert, select

from store.core.db import session
from store.core.errors import Conflict, Invalid
from store.core.events import emit
from store.core.faults import point
from store.core.i18n import gettext as _
from store.inventory import services as inventory
from store.orders.events import OrderShipped
from store.orders.models import Fulfilment, FulfilmentLine, OrderLine
from store.orders.services.lock import add_event, hold_reference, lock_order
from store.orders.states import SHIPPABLE_PAYMENT

MAX_TEXT = 100


class NotShippable(Conflict):
    """Only a paid order that is still here can be shipped."""


def ship(order_id: int, *, carrier: str, tracking_number: str, actor: str) -> Fulfilment:
    """Ship the whole order: its stock leaves the shelf and the shopper is told.

    Raises `NotShippable` when it is unpaid, refunded, cancelled or has left already; `Invalid` for overlong texts.
    """
    carrier, tracking_number = carrier.strip(), tracking_number.strip()
    for field, value in (("carrier", carrier), ("tracking_number", tracking_number)):
        if len(value) > MAX_TEXT:
            raise Invalid(_("Please keep this under %(limit)s characters.", limit=MAX_TEXT), field=field)
    order = lock_order(order_id)
    if order.fulfilment_status == "fulfilled":
        raise NotShippable(_("This order has left already."))
    if order.status != "placed" or not (order.ship_unpaid or order.payment_status in SHIPPABLE_PAYMENT):
        raise NotShippable(_("Only an order that is paid can be shipped."))
    fulfilment = Fulfilment(order_id=order_id, carrier=carrier, tracking_number=tracking_number)
    session.add(fulfilment)
    session.flush()
    lines = session.execute(select(OrderLine.id, OrderLine.quantity).where(OrderLine.order_id == order_id)).all()
    session.execute(
        insert(FulfilmentLine),
        [{"fulfilment_id": fulfilment.id, "order_line_id": line.id, "quantity": line.quantity} for line in lines],
    )
    inventory.ship(hold_reference(order_id), actor=actor)
    point("orders.ship.after_stock")
    order.fulfilment_status = "fulfilled"
    session.flush()
    add_event(
        order_id, "shipped", actor=actor, carrier=carrier, tracking_number=tracking_number, fulfilment_id=fulfilment.id
    )
    emit(OrderShipped(order_id, fulfilment.id))
    return fulfilment
