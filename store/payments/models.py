"""Payments, what their providers told us, captures and refunds."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from store.core.clock import now
from store.core.db import KeylessModel, Model

STATUSES = ("created", "requires_action", "processing", "failed", "authorized", "voided", "captured")


class Payment(Model):
    """One attempt to pay an order at a provider. Amounts in minor units of `currency`.

    `idempotency_key` goes with the call that opens it, so that a lost reply can be asked for again. Of
    `authorized_minor` the part above `captured_minor` may still be taken while it is `authorized`. An `offline`
    payment has no provider to ask: staff write down what came, which may be less or more than was asked for. With
    `token_sent` the call that opens it may have taken the money at once, whatever became of its answer.
    """

    __tablename__ = "payments"
    __table_args__ = (
        UniqueConstraint("provider", "external_id"),
        UniqueConstraint("order_id", "attempt"),
        CheckConstraint(f"status IN ({', '.join(repr(status) for status in STATUSES)})", name="status"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("capture_mode IN ('automatic', 'manual')", name="capture_mode"),
        CheckConstraint("captured_minor >= 0 AND (captured_minor <= amount_minor OR offline)", name="captured"),
        CheckConstraint("authorized_minor >= 0 AND authorized_minor <= amount_minor", name="authorized"),
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
    capture_mode: Mapped[str] = mapped_column(default="automatic", server_default="automatic")
    offline: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    token_sent: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    authorized_minor: Mapped[int] = mapped_column(default=0, server_default="0")
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


class Capture(Model):
    """Money taken of what was authorised, asked for under `request_id` (one form, one capture), or received by hand.

    `reference` is what a bank statement says of money received, `received_on` its day.
    """

    __tablename__ = "captures"
    __table_args__ = (
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("status IN ('requested', 'succeeded', 'failed')", name="status"),
        Index(None, "payment_id"),
        Index("captures_requested_ix", "updated_at", postgresql_where=text("status = 'requested'")),
    )

    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id", ondelete="RESTRICT"))
    request_id: Mapped[str] = mapped_column(unique=True)
    external_id: Mapped[str | None]
    amount_minor: Mapped[int]
    # Nothing more is to be taken after this one.
    final: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    status: Mapped[str] = mapped_column(default="requested", server_default="requested")
    failure: Mapped[str] = mapped_column(default="", server_default="")
    reference: Mapped[str] = mapped_column(default="", server_default="")
    received_on: Mapped[date | None]
    actor: Mapped[str] = mapped_column(default="system", server_default="system")
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class Refund(Model):
    """Money that goes back: asked for under `request_id` (one form, one refund), done when the provider says so.

    `credit_minor` of it lowers what the customer owes (goods, delivery, goodwill); the rest was never owed: a second
    payment, or an order that became cheaper. `shipping_minor` is the part of the credit that is for delivery.
    """

    __tablename__ = "refunds"
    __table_args__ = (
        UniqueConstraint("payment_id", "external_id"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("credit_minor >= 0 AND credit_minor <= amount_minor", name="credit"),
        CheckConstraint("shipping_minor >= 0 AND shipping_minor <= credit_minor", name="shipping"),
        CheckConstraint("status IN ('requested', 'succeeded', 'failed')", name="status"),
        Index("refunds_requested_ix", "updated_at", postgresql_where=text("status = 'requested'")),
    )

    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id", ondelete="RESTRICT"))
    request_id: Mapped[str] = mapped_column(unique=True)
    external_id: Mapped[str | None]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    credit_minor: Mapped[int] = mapped_column(default=0, server_default="0")
    shipping_minor: Mapped[int] = mapped_column(default=0, server_default="0")
    reason: Mapped[str] = mapped_column(default="", server_default="")
    restock: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    status: Mapped[str] = mapped_column(default="requested", server_default="requested")
    failure: Mapped[str] = mapped_column(default="", server_default="")
    actor: Mapped[str] = mapped_column(default="system", server_default="system")
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class RefundLine(KeylessModel):
    """What of a refund is for a line of the order: units, money, and whether the units go back on the shelf."""

    __tablename__ = "refund_lines"
    __table_args__ = (
        CheckConstraint("quantity >= 0", name="quantity"),
        CheckConstraint("amount_minor >= 0", name="amount"),
        Index(None, "order_line_id"),
    )

    refund_id: Mapped[int] = mapped_column(ForeignKey("refunds.id", ondelete="RESTRICT"), primary_key=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id", ondelete="RESTRICT"), primary_key=True)
    quantity: Mapped[int]
    amount_minor: Mapped[int]
    restock: Mapped[bool] = mapped_column(default=False, server_default=text("false"))


class Dispute(Model):
    """A payment that the customer's bank asks about (`inquiry`) or has taken back, as the provider has it.

    It stands beside the money and moves none of ours: what a provider takes for it is settled in its own account.
    """

    __tablename__ = "disputes"
    __table_args__ = (
        UniqueConstraint("provider", "external_id"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("status IN ('needs_response', 'under_review', 'closed', 'won', 'lost')", name="status"),
        Index(None, "payment_id"),
        Index("disputes_open_ix", "due_at", postgresql_where=text("status IN ('needs_response', 'under_review')")),
    )

    payment_id: Mapped[int] = mapped_column(ForeignKey("payments.id", ondelete="RESTRICT"))
    provider: Mapped[str]
    external_id: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    reason: Mapped[str] = mapped_column(default="", server_default="")
    status: Mapped[str]
    inquiry: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    due_at: Mapped[datetime | None]
    opened_at: Mapped[datetime]
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    @property
    def closed(self) -> bool:
        """Whether nothing comes after this any more."""
        return self.status in ("closed", "won", "lost")
