"""The mails that were written and what became of them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from store.core.clock import now
from store.core.db import Model


class Message(Model):
    """A mail, complete as sent. `dedupe_key` makes it unique (`receipt:order:17`) and is its Message-ID."""

    __tablename__ = "messages"
    __table_args__ = (
        CheckConstraint("status IN ('queued', 'sent', 'failed')", name="status"),
        Index(None, "subject_ref"),
    )

    dedupe_key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    subject_ref: Mapped[str]
    recipient: Mapped[str]
    subject: Mapped[str]
    html: Mapped[str]
    text: Mapped[str]
    locale: Mapped[str]
    status: Mapped[str] = mapped_column(default="queued", server_default="queued")
    error: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    sent_at: Mapped[datetime | None]
