"""What a customer does on the bank's own pages, one function for each button."""

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from store.core.db import session
from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.core.queue import enqueue
from store.payments.testbank.books import lock_payment, move
from store.payments.testbank.models import BankPayment

MAX_DELAY = timedelta(hours=24)


def decide(payment_id: str, outcome: str, *, delay: timedelta = timedelta(0)) -> BankPayment:
    """Do what a button of the payment page says; a payment that is settled stays as it is.

    Raises `NotFound` for an unknown payment or an unknown button.
    """
    action = ACTIONS.get(outcome)
    payment = lock_payment(payment_id)
    if payment is None or action is None:
        raise NotFound(_("The bank knows no such payment."))
    if payment.status in ("requires_payment", "requires_action"):
        action(payment, min(max(delay, timedelta(0)), MAX_DELAY))
    return payment


def settle_later(payment_id: str, status: str) -> None:
    """End the processing of a payment; nothing happens when it has ended before."""
    payment = lock_payment(payment_id)
    if payment is not None and payment.status == "processing":
        move(payment, status, reason=_("The transfer was not covered.") if status == "declined" else "")


def _pay(payment: BankPayment, _delay: timedelta) -> None:
    move(payment, _good(payment))


def _good(payment: BankPayment) -> str:
    """Return what paying leads to: money taken, or only promised where the shop asked for that."""
    return "authorized" if payment.manual_capture else "succeeded"


def _pay_told_twice(payment: BankPayment, _delay: timedelta) -> None:
    move(payment, _good(payment), fault="duplicate")


def _pay_told_in_wrong_order(payment: BankPayment, _delay: timedelta) -> None:
    move(payment, "processing", fault="reorder")
    move(payment, _good(payment))


def _pay_told_late(payment: BankPayment, _delay: timedelta) -> None:
    move(payment, _good(payment), fault="delay")


def _pay_untold(payment: BankPayment, _delay: timedelta) -> None:
    move(payment, _good(payment), fault="drop")


def _decline(payment: BankPayment, _delay: timedelta) -> None:
    move(payment, "declined", reason=_("The card was declined."))


def _challenge(payment: BankPayment, _delay: timedelta) -> None:
    if payment.status == "requires_payment":
        move(payment, "requires_action")


def _deny(payment: BankPayment, _delay: timedelta) -> None:
    move(payment, "declined", reason=_("The customer could not be authenticated."))


def _pay_later(payment: BankPayment, delay: timedelta) -> None:
    move(payment, "processing")
    _settle_after(payment, _good(payment), delay)


def _fail_later(payment: BankPayment, delay: timedelta) -> None:
    move(payment, "processing")
    _settle_after(payment, "declined", delay)


def _settle_after(payment: BankPayment, status: str, delay: timedelta) -> None:
    session.flush()
    enqueue(
        "testbank.settle", dedupe=f"testbank:settle:{payment.id}", delay=delay, payment_id=payment.id, status=status
    )


ACTIONS: Final[dict[str, Callable[[BankPayment, timedelta], None]]] = {
    "pay": _pay,
    "decline": _decline,
    "challenge": _challenge,
    "approve": _pay,
    "deny": _deny,
    "pay_later": _pay_later,
    "fail_later": _fail_later,
    "pay_told_twice": _pay_told_twice,
    "pay_told_in_wrong_order": _pay_told_in_wrong_order,
    "pay_told_late": _pay_told_late,
    "pay_untold": _pay_untold,
    "pay_and_leave": _pay,
}
