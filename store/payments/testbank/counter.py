"""The bank's counter: what a shop may ask of it. It keeps its own books and knows nothing of the shop's."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import select

from store.core import ids
from store.core.db import session, transaction
from store.core.rows import put
from store.payments.testbank import knobs
from store.payments.testbank.books import lock_payment, move
from store.payments.testbank.models import BankPayment, BankRefund

T = TypeVar("T")

# Longer than a caller of the test gateway waits, short enough for a test.
HANG_SECONDS = 0.3


class Refused(Exception):
    """The bank says no; the text says why."""


class NoAnswer(Exception):
    """The line is dead. What was asked may have been done."""


def open_payment(
    *,
    idempotency_key: str,
    amount_minor: int,
    currency: str,
    reference: str,
    return_url: str,
    manual_capture: bool = False,
) -> BankPayment:
    """Open a payment, or answer with the one that the key has opened before; raises `Refused` for other parameters."""

    def work() -> BankPayment:
        made = BankPayment(
            id=f"tb_{ids.token()}",
            idempotency_key=idempotency_key,
            amount_minor=amount_minor,
            currency=currency,
            reference=reference,
            return_url=return_url,
            manual_capture=manual_capture,
        )
        if put(made, unless="idempotency_key"):
            return made
        with transaction():
            payment = session.execute(
                select(BankPayment).where(BankPayment.idempotency_key == idempotency_key)
            ).scalar_one()
        if (payment.amount_minor, payment.currency, payment.reference) != (amount_minor, currency, reference):
            raise Refused("This idempotency key was used with other parameters.")
        return payment

    return _serve("start", work, alone=True)


def look_up(payment_id: str) -> BankPayment:
    """Answer a payment; raises `Refused` when there is none."""

    def work() -> BankPayment:
        payment = session.get(BankPayment, payment_id, populate_existing=True)
        if payment is None:
            raise Refused("No such payment.")
        return payment

    return _serve("fetch", work)


def cancel(payment_id: str) -> BankPayment:
    """Close a payment nobody has paid; what is settled stays as it is, and what is under way can't be stopped."""

    def work() -> BankPayment:
        payment = lock_payment(payment_id)
        if payment is None:
            raise Refused("No such payment.")
        if payment.status == "processing":
            raise Refused("This payment is being processed and can't be cancelled.")
        if payment.status in ("requires_payment", "requires_action", "authorized"):
            # What was taken of a promise stays taken.
            move(payment, "succeeded" if payment.captured_minor else "cancelled")
        return payment

    return _serve("cancel", work)


def capture(payment_id: str, *, amount_minor: int, final: bool, idempotency_key: str) -> BankPayment:
    """Take a part of what was promised; the same key takes once."""

    def work() -> BankPayment:
        payment = lock_payment(payment_id)
        if payment is None:
            raise Refused("No such payment.")
        taken: dict[str, int] = payment.facts.get("captures", {})
        if idempotency_key in taken:
            if taken[idempotency_key] != amount_minor:
                raise Refused("This idempotency key was used with other parameters.")
            return payment
        if payment.status != "authorized" or not 0 < amount_minor <= payment.amount_minor - payment.captured_minor:
            raise Refused("That is more than this payment has promised.")
        payment.captured_minor += amount_minor
        payment.facts = {**payment.facts, "captures": {**taken, idempotency_key: amount_minor}}
        session.flush()
        if final or payment.captured_minor == payment.amount_minor:
            move(payment, "succeeded")
        return payment

    return _serve("capture", work)


def refund(payment_id: str, *, amount_minor: int, idempotency_key: str) -> BankRefund:
    """Send money back; the same key answers the same refund. A refusal is kept under its key as well."""

    def work() -> BankRefund:
        payment = lock_payment(payment_id)
        if payment is None:
            raise Refused("No such payment.")
        known = _refund_by_key(idempotency_key)
        if known is not None:
            if (known.payment_id, known.amount_minor) != (payment_id, amount_minor):
                raise Refused("This idempotency key was used with other parameters.")
            return known
        if payment.refunded_minor + amount_minor > payment.captured_minor:
            raise Refused("That is more than this payment has left.")
        payment.refunded_minor += amount_minor
        return write("succeeded")

    def write(status: str) -> BankRefund:
        made = BankRefund(
            id=f"tr_{ids.token()}",
            idempotency_key=idempotency_key,
            payment_id=payment_id,
            amount_minor=amount_minor,
            status=status,
        )
        session.add(made)
        session.flush()
        return made

    return _serve("refund", work, refuse=lambda: _refund_by_key(idempotency_key) or write("failed"))


def find_refund(payment_id: str, *, idempotency_key: str) -> BankRefund | None:
    """Answer the refund that was asked for under a key."""
    with transaction():
        known = _refund_by_key(idempotency_key)
    return known if known is not None and known.payment_id == payment_id else None


def list_since(moment: datetime) -> Sequence[BankPayment]:
    """Answer the payments opened at or after a moment, the oldest first."""
    with transaction():
        return (
            session.execute(
                select(BankPayment)
                .where(BankPayment.created_at >= moment)
                .order_by(BankPayment.created_at)
                .execution_options(populate_existing=True)
            )
            .scalars()
            .all()
        )


def _refund_by_key(idempotency_key: str) -> BankRefund | None:
    return session.execute(select(BankRefund).where(BankRefund.idempotency_key == idempotency_key)).scalar_one_or_none()


def _serve(call: str, work: Callable[[], T], *, refuse: Callable[[], T] | None = None, alone: bool = False) -> T:
    """Do what was asked, or what the knob for this call says; work that stands `alone` needs no transaction."""
    fault = knobs.take(call)
    if alone and fault is None:
        return work()
    if fault == "error_500":
        raise NoAnswer("500 Internal Server Error")
    if fault == "declined":
        if refuse is None:
            raise Refused("The bank refuses this call.")
        with transaction():
            return refuse()
    if fault == "hang":
        time.sleep(HANG_SECONDS)
    with transaction():
        answer = work()
    if fault in ("lost_reply", "hang"):
        raise NoAnswer("timed out")
    return answer
