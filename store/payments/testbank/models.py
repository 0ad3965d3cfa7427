"""The test bank's books."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from store.core.clock import now
from store.core.db import KeylessModel, Model


class BankPayment(KeylessModel):
    """A payment as the bank knows it."""

    __tablename__ = "test_bank_payments"
    __table_args__ = (
        CheckConstraint(
            "status IN ('requires_payment', 'requires_action', 'processing', 'declined', 'authorized', 'cancelled', "
            "'succeeded')",
            name="status",
        ),
        CheckConstraint("captured_minor >= 0 AND captured_minor <= amount_minor", name="captured"),
        CheckConstraint("refunded_minor >= 0 AND refunded_minor <= captured_minor", name="refunded"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    amount_minor: Mapped[int]
    manual_capture: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    captured_minor: Mapped[int] = mapped_column(default=0, server_default="0")
    refunded_minor: Mapped[int] = mapped_column(default=0, server_default="0")
    currency: Mapped[str]
    reference: Mapped[str]
    return_url: Mapped[str]
    status: Mapped[str] = mapped_column(default="requires_payment", server_default="requires_payment")
    decline_reason: Mapped[str] = mapped_column(default="", server_default="")
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    created_at: Mapped[datetime] = mapped_column(default=now)


class BankRefund(KeylessModel):
    """A refund as the bank knows it."""

    __tablename__ = "test_bank_refunds"
    __table_args__ = (CheckConstraint("status IN ('succeeded', 'failed')", name="status"),)

    id: Mapped[str] = mapped_column(primary_key=True)
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    payment_id: Mapped[str]
    amount_minor: Mapped[int]
    status: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)


class BankKnob(Model):
    """A fault to act out: which call, how, and how many times more."""

    __tablename__ = "test_bank_knobs"
    __table_args__ = (UniqueConstraint("call", "fault"), CheckConstraint("remaining >= 0", name="remaining"))

    call: Mapped[str]
    fault: Mapped[str]
    remaining: Mapped[int] = mapped_column(default=1, server_default="1")
