"""Payments, what their providers told us, and refunds."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from store.core.clock import now
from store.core.db import Model

STATUSES = ("created", "requires_action", "processing", "failed", "voided", "captured")


class Payment(Model):
    """One attempt to pay an order at a provider. Amounts in minor units of `currency`.

    `idempotency_key` goes with the call that opens it, so that a lost reply can be asked for again.
    """

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("provider", "external_id"),
        UniqueConstraint("order_id", "attempt"),
        CheckConstraint(f"status IN ({', '.join(repr(status) for status in STATUSES)})", name="status"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("captured_minor IN (0, amount_minor)", name="captured"),
        CheckConstraint("refunded_minor >= 0 AND refunded_minor <= captured_minor", name="refunded"),
        Index(None, "created_at"),
        Index(
            "payments_open_ix",
            "updated_at",
            postgresql_where=text("status IN ('created', 'requires_action', 'processing')"),
        ),
    )

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    attempt: Mapped[int] = mapped_column(default=1, server_default="1")
    provider: Mapped[str]
    external_id: Mapped[str | None]
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    currency: Mapped[str]
    amount_minor: Mapped[int]
    captured_minor: Mapped[int] = mapped_column(default=0, server_default="0")
    refunded_minor: Mapped[int] = mapped_column(default=0, server_default="0")
    status: Mapped[str] = mapped_column(default="created", server_default="created")
    redirect_url: Mapped[str | None]
    failure: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class PaymentEvent(Model):
    """A provider's notification as it came, once per event id however often it is sent."""

    __tablename__ = "payment_events"
    __table_args__ = (UniqueConstraint("provider", "event_id"), Index(None, "external_id"))

    provider: Mapped[str]
    event_id: Mapped[str]
    kind: Mapped[str]
    external_id: Mapped[str]
    payload: Mapped[dict[str, Any]]
    received_at: Mapped[datetime] = mapped_column(default=now)
    processed_at: Mapped[datetime | None]


class Refund(Model):
    """Money that goes back: asked for under `request_id` (one form, one refund), done when the provider says so."""

    __tablename__ = "refunds"
    __table_args__ = (
        UniqueConstraint("payment_id", "external_id"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("status IN ('requested', 'succeeded', 'failed')", name="status"),
        Index("refunds_requested_ix", "updated_at", postgresql_where=text("status = 'requested'")),
    )

    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id", ondelete="RESTRICT"))
    request_id: Mapped[str] = mapped_column(unique=True)
    external_id: Mapped[str | None]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    reason: Mapped[str] = mapped_column(default="", server_default="")
    restock: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    status: Mapped[str] = mapped_column(default="requested", server_default="requested")
    failure: Mapped[str] = mapped_column(default="", server_default="")
    actor: Mapped[str] = mapped_column(default="system", server_default="system")
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
