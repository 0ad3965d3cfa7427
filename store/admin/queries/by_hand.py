"""What has come for an order by hand, what is still to come, and what staff have to pay out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from store.core import ids
from store.core.db import session
from store.core.money import Money
from store.orders.models import Order
from store.payments.models import Capture, Payment, Refund
from store.payments.offline.awaited import due_of
from store.payments.queries import list_payments
from store.payments.states import OPEN


@dataclass(frozen=True)
class Receipt:
    """Money that somebody here saw come."""

    amount_minor: int
    received_on: date | None
    reference: str
    actor: str
    noted_at: datetime


@dataclass(frozen=True)
class Payout:
    """A refund that a person has to make."""

    refund_id: int
    amount_minor: int
    reason: str


@dataclass(frozen=True)
class ByHand:
    """`due` is what the customer still owes (below zero: what we owe); `way` how it is to come, if that is agreed."""

    due: Money
    way: str
    receipts: Sequence[Receipt]
    payouts: Sequence[Payout]
    takes_money: bool
    # For the form that gives the difference back.
    request_id: str


def get_by_hand(order: Order) -> ByHand:
    """Return an order's money by hand (3 statements)."""
    payments = list_payments(order.id)
    due = due_of(order, payments)
    opened = next((one for one in reversed(payments) if one.offline and one.status in OPEN), None)
    # A transfer may come although the order was paid another way since: it is noted, seen as too much, and given back.
    agreed = any(one.offline for one in payments)
    promised = any(one.status == "authorized" for one in payments)
    receipts = session.execute(
        select(Capture.amount_minor, Capture.received_on, Capture.reference, Capture.actor, Capture.created_at)
        .join(Payment, Payment.id == Capture.payment_id)
        .where(Payment.order_id == order.id, Payment.offline)
        .order_by(Capture.id)
    )
    payouts = session.execute(
        select(Refund.id, Refund.amount_minor, Refund.reason)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Payment.order_id == order.id, Payment.offline, Refund.status == "requested")
        .order_by(Refund.id)
    )
    return ByHand(
        due=due,
        way=opened.provider if opened else "",
        receipts=[Receipt(*row) for row in receipts],
        payouts=[Payout(*row) for row in payouts],
        takes_money=order.status in ("pending", "placed") and (agreed or (due.minor > 0 and not promised)),
        request_id=ids.token(),
    )
