"""Money that has yet to come by hand, as shoppers are told on page and in mails."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from store.core.i18n import gettext as _
from store.core.money import Money
from store.orders.models import Order
from store.orders.states import owed
from store.payments.models import Payment
from store.payments.offline.methods import get_method
from store.payments.offline.models import BANK_TRANSFER
from store.payments.queries import list_payments
from store.payments.states import OPEN


@dataclass(frozen=True)
class Awaited:
    """What is still to come for an order by hand: how much, how, and by when where that is said.

    `rows` are facts with their names, such as the account; `words` is what the shop says itself.
    """

    code: str
    due: Money
    sentence: str
    rows: Sequence[tuple[str, str]]
    words: str
    until: datetime | None
    # Whether nothing is under way besides: then it may be paid another way, too.
    alone: bool = True


def find_awaited(order: Order) -> Awaited | None:
    """Return what is still to come by hand for a placed order, if it is (1 statement)."""
    if order.status != "placed":
        return None
    payments = list_payments(order.id)
    opened = next((one for one in reversed(payments) if one.offline and one.status in OPEN), None)
    due = due_of(order, payments)
    if opened is None or due.minor <= 0:
        return None
    method = get_method(opened.provider)
    processing = sum(one.amount_minor for one in payments if not one.offline and one.status == "processing")
    if processing:
        sentence = _(
            "A payment of %(amount)s is being processed. Please wait for it, and pay nothing besides.",
            amount=Money(processing, order.currency),
        )
        return Awaited(opened.provider, due, sentence, (), "", None, alone=False)
    if opened.provider != BANK_TRANSFER:
        sentence = _("Please have the money ready when the parcel comes.")
        return Awaited(opened.provider, due, sentence, (), method.instructions, None)
    rows = (
        (_("Account holder"), method.account_holder),
        (_("IBAN"), _in_fours(method.iban)),
        (_("BIC"), method.bic),
        (_("Write on the transfer"), str(order.number)),
    )
    return Awaited(
        opened.provider,
        due,
        _("Please transfer the money to this account. The parcel leaves when it has come."),
        [(name, value) for name, value in rows if value],
        method.instructions,
        pay_until(order),
    )


def due_of(order: Order, payments: Sequence[Payment]) -> Money:
    """Return what the customer still has to pay for an order; below zero is what we owe them."""
    owes = owed(order.status, total_minor=order.total_minor, credited_minor=order.credited_minor)
    kept = sum(one.captured_minor - one.refunded_minor for one in payments)
    return Money(owes - kept, order.currency)


def pay_until(order: Order) -> datetime | None:
    """Return when an order that waits for a transfer is called off."""
    if order.placed_at is None:
        return None
    return order.placed_at + timedelta(days=get_method(BANK_TRANSFER).days_to_pay)


def _in_fours(iban: str) -> str:
    return " ".join(iban[place : place + 4] for place in range(0, len(iban), 4))
