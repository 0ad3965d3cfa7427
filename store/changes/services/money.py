"""What a change asks of payments, in one place."""

from collections.abc import Sequence
from datetime import timedelta

from store.changes.models import OrderChange
from store.core.db import transaction
from store.core.errors import Conflict
from store.core.i18n import gettext as _
from store.core.queue import enqueue
from store.orders import services as orders
from store.orders.models import Order
from store.orders.states import owed
from store.payments import services as payments
from store.payments.models import Payment
from store.payments.queries import list_open_payments
from store.payments.services import statuses
from store.payments.states import OPEN

# By then whoever changed the order has asked for it, or their process is gone.
_IF_NOBODY_DID = timedelta(seconds=15)


def call_off_open_payments(order_id: int) -> None:
    """Stop attempts to pay that are under way: they would bring an amount that is not asked for any more.

    Raises `Conflict` when one can't be stopped, and `Unavailable` when its provider does not answer.
    """
    with transaction():
        opened = [payment for payment in list_open_payments(order_id) if not payment.offline]
    for payment in opened:
        if payments.void_payment(payment.id).status in OPEN:
            raise Conflict(_("A payment of this order is being processed. It can be changed when that is over."))


def due(order: Order, held: Sequence[Payment]) -> int:
    """Return what nobody has paid or promised yet; below zero: what we hold above what is owed.

    Promised money counts like paid, for what is still taken of it follows the order's total.
    """
    money = statuses.facts(held)
    owes = owed(order.status, total_minor=order.total_minor, credited_minor=order.credited_minor)
    open_minor = owes - money.kept_minor
    if open_minor <= 0:
        return open_minor
    return max(0, open_minor - max(0, money.authorized_minor - money.captured_minor))


def settlement(order: Order, held: Sequence[Payment], *, due_before: int, waive: bool) -> str:
    """Return how the difference of a change is settled, from how the money stands before and after it."""
    if order.status == "pending":
        return "with_order"
    due_after = due(order, held)
    if due_after < 0:
        return "refund"
    if due_after == 0:
        return "none"
    if waive:
        return "waive"
    return "with_order" if due_before > 0 else "charge"


def forgive(order: Order, held: Sequence[Payment], amount_minor: int, *, actor: str, reason: str) -> None:
    """Lower what the customer owes; the caller holds the locks."""
    if amount_minor > 0:
        orders.credit(order.id, amount_minor, actor=actor, reason=reason)
        statuses.write(order, held)


def pay_back(change: OrderChange) -> None:
    """Give back what we hold above what is owed, once for a change however often it is asked; outside transactions."""
    ended = "back" if change.status in ("declined", "cancelled") else "less"
    payments.settle_difference(
        change.order_id,
        request_id=f"change:{change.id}:{ended}",
        actor=change.actor,
        reason=change.reason or _("The order was changed."),
    )


def promise_pay_back(change: OrderChange) -> None:
    """Have what is too much given back even if this process is gone before it has asked for it."""
    enqueue(
        "changes.pay_back",
        dedupe=f"changes.pay_back:{change.id}:{change.status}",
        delay=_IF_NOBODY_DID,
        order_id=change.order_id,
        change_id=change.id,
    )


def write_statuses(order: Order, held: Sequence[Payment]) -> None:
    """Write what follows for the order's payment, and what money by hand is waited for; the caller holds the locks."""
    waited = next((one for one in held if one.offline and one.status in OPEN), None)
    if waited is not None:
        waited.amount_minor = max(waited.captured_minor + due(order, held), waited.captured_minor, 1)
    statuses.write(order, held)
