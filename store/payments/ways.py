"""In which ways an order can be paid as it stands."""

from dataclasses import dataclass

from store.core.money import Money
from store.orders.models import Order
from store.payments.offline.awaited import due_of
from store.payments.providers import all_providers
from store.payments.queries import ProviderChoice, list_payments, list_providers
from store.payments.states import OPEN


@dataclass(frozen=True)
class Ways:
    """The ways that are offered, which of them stands first, and how much is to be paid."""

    offered: list[ProviderChoice]
    chosen: str
    amount: Money
    # Whether a payment is being processed: then there is nothing to do but wait.
    processing: bool


def ways_to_pay(order: Order) -> Ways:
    """Return how an order can be paid, with the way that was chosen last (2 statements at most).

    A placed order that waits for money by hand can be paid online instead. It can't go from a transfer to cash or back:
    whether its parcel leaves before the money was agreed with the order.
    """
    payments = list_payments(order.id)
    offered = list_providers(order.currency, order.shipping_address.get("country"), delivery=order.shipping_method_code)
    if order.status == "placed":
        waits = any(one.offline and one.status in OPEN for one in payments)
        offered = [one for one in offered if not one.offline or not (waits or _comes_too_late(order, one))]
    last = payments[-1].provider if payments else ""
    chosen = next((one.code for one in offered if one.code == last), offered[0].code if offered else "")
    promised = sum(one.authorized_minor - one.captured_minor for one in payments if one.status == "authorized")
    processing = any(one.status == "processing" for one in payments)
    return Ways(offered, chosen, due_of(order, payments) - Money(promised, order.currency), processing)


def _comes_too_late(order: Order, way: ProviderChoice) -> bool:
    """Whether the money comes with a parcel that does not leave before the money."""
    return all_providers()[way.code].ships_unpaid and not order.ship_unpaid
