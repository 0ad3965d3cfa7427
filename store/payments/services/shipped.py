"""Promised money is taken when the goods leave, if the shop wants it so."""

from collections.abc import Hashable, Sequence

from store.core.db import transaction
from store.core.settings import Settings
from store.orders import services as orders
from store.orders.models import Order
from store.orders.parts import parts_of
from store.orders.queries import get_order
from store.payments.errors import NothingPaid
from store.payments.models import Capture, Payment
from store.payments.queries import list_payments
from store.payments.services import statuses
from store.payments.services.capture import asked_for, capture_reckoned
from store.pricing.refunds import Asked, split
from store.shop.queries import get_shop

_wanted = False


def configure(settings: Settings) -> None:
    """Take from the settings whether shipping takes promised money."""
    global _wanted
    _wanted = settings.capture_on_shipping


def takes_when_shipped() -> bool:
    """Whether shipping takes promised money: the desk says it, else the settings."""
    wanted = get_shop().capture_on_shipping
    return _wanted if wanted is None else wanted


def capture_shipped(order_id: int, *, request_id: str) -> Capture | None:
    """Take what the parcels that left so far are worth, with the delivery, and is not taken yet.

    With the last parcel all that is owed is taken, and the rest of the promise is given up. `None` when there is
    nothing to take, or when staff take promised money themselves.
    """
    with transaction():
        if not takes_when_shipped():
            return None
        order = get_order(order_id)
        promised = any(one.status == "authorized" for one in list_payments(order_id))
    if order.status != "placed" or not promised:
        return None
    try:
        return capture_reckoned(order_id, _worth, request_id=request_id, actor="system")
    except NothingPaid:
        # Staff took it, or gave it back, a moment ago.
        return None


def _worth(order: Order, payments: Sequence[Payment], payment: Payment) -> tuple[int, bool] | None:
    """Reckon under the locks: what another parcel is taking right now must not be taken for this one as well."""
    units = orders.units_of(order.id)
    under_way = asked_for(payment)
    left = payment.authorized_minor - payment.captured_minor - under_way
    due = statuses.due(order, payments) - under_way
    if not any(one.quantity - one.cancelled - one.sent for one in units.values()):
        amount, final = min(left, due), True
    else:
        sent: dict[Hashable, int] = {line_id: one.sent for line_id, one in units.items() if one.sent}
        worth = split(parts_of(order), Asked(sent, order.shipping_minor)).amount_minor
        taken = sum(one.captured_minor for one in payments) + under_way
        amount, final = min(left, due, worth - taken), False
    return (amount, final) if amount > 0 else None
