"""The staff journal: who changed what, before and after, written in the transaction of the change."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from store.core import log
from store.core.clock import now
from store.core.db import Model, session


class StaffAction(Model):
    """One change by a member of staff; rows are never changed or deleted (the database refuses)."""

    __tablename__ = "staff_actions"
    __table_args__ = (Index(None, "subject", "subject_id"),)

    staff_id: Mapped[int | None]
    actor: Mapped[str]
    action: Mapped[str]
    subject: Mapped[str]
    subject_id: Mapped[str]
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)
    request_id: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(default=now)


def record(
    action: str,
    subject: str,
    subject_id: object,
    *,
    actor: str,
    staff_id: int | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Write one line of the journal."""
    session.add(
        StaffAction(
            staff_id=staff_id,
            actor=actor,
            action=action,
            subject=subject,
            subject_id=str(subject_id),
            before=before or {},
            after=after or {},
            request_id=log.bound("request_id"),
        )
    )
