"""How a payment moves in the bank's books, and the notification that each move sends."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from store.core.clock import now
from store.core.db import session
from store.core.queue import enqueue
from store.payments.testbank import knobs
from store.payments.testbank.models import BankPayment

# How much later than it should a notification comes that is overtaken, or simply late.
OVERTAKEN_BY = timedelta(seconds=3)
LATE_BY = timedelta(seconds=20)


def lock_payment(payment_id: str) -> BankPayment | None:
    """Return a payment under its lock."""
    return session.execute(
        select(BankPayment)
        .where(BankPayment.id == payment_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()


def move(payment: BankPayment, status: str, *, reason: str = "", fault: str | None = None) -> None:
    """Change a payment's status and tell the shop; `fault` is what happens to that notification on its way."""
    payment.status = status
    if status == "succeeded" and not payment.manual_capture:
        payment.captured_minor = payment.amount_minor
    payment.decline_reason = reason
    number = int(payment.facts.get("notices", 0)) + 1
    # A new dictionary, because a change inside the old one would not be noticed.
    payment.facts = {**payment.facts, "notices": number}
    session.flush()
    _notify(payment, f"payment.{status}", f"evt_{payment.id}_{number}", fault or knobs.take("webhook"))


def _notify(payment: BankPayment, kind: str, event_id: str, fault: str | None) -> None:
    if fault == "drop":
        return
    delay = {"reorder": OVERTAKEN_BY, "delay": LATE_BY}.get(fault or "", timedelta(0))
    notice: dict[str, Any] = {
        "event_id": event_id,
        "kind": kind,
        "payment_id": payment.id,
        "status": payment.status,
        "amount_minor": payment.amount_minor,
        "currency": payment.currency,
        "reference": payment.reference,
        "created": int(now().timestamp()),
    }
    for copy in range(2 if fault == "duplicate" else 1):
        enqueue("testbank.deliver", dedupe=f"testbank:{event_id}:{copy}", delay=delay, notice=notice)
