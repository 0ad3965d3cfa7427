"""The one place that writes how the payment of an order stands."""

from collections.abc import Sequence

from store.core.db import session
from store.orders.models import Order
from store.orders.states import MoneyFacts, owed, payment_status
from store.payments.models import Payment


def facts(payments: Sequence[Payment]) -> MoneyFacts:
    """Return the money of an order over all its payments."""
    return MoneyFacts(
        authorized_minor=sum(one.authorized_minor for one in payments if one.status in ("authorized", "captured")),
        captured_minor=sum(one.captured_minor for one in payments),
        refunded_minor=sum(one.refunded_minor for one in payments),
        voided=any(one.status == "voided" and one.authorized_minor for one in payments),
    )


def write(order: Order, payments: Sequence[Payment]) -> None:
    """Write the payment status that follows from an order and all its payments; the caller holds their locks."""
    order.payment_status = payment_status(
        order.status, total_minor=order.total_minor, credited_minor=order.credited_minor, money=facts(payments)
    )
    session.flush()


def due(order: Order, payments: Sequence[Payment]) -> int:
    """Return what the customer still has to pay for an order, in minor units; below zero is what we owe them."""
    owes = owed(order.status, total_minor=order.total_minor, credited_minor=order.credited_minor)
    return owes - facts(payments).kept_minor
