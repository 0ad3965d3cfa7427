"""The outbox: work that must follow a committed change. It is the truth; the queue is only the wake-up call."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from store.core.clock import now
from store.core.db import Model


class Outbox(Model):
    """One piece of work: the task's name, its JSON arguments and how far it has come.

    `dedupe_key` makes writing it twice harmless. `lease_until` belongs to the process that is at it; when that
    process dies, the lease runs out and another takes over. After too many failures it is parked for a person.
    """

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "outbox_waiting_ix", "available_at", "id", postgresql_where=text("done_at IS NULL AND parked_at IS NULL")
        ),
        Index("outbox_done_at_ix", "done_at", postgresql_where=text("done_at IS NOT NULL")),
    )

    task: Mapped[str]
    payload: Mapped[dict[str, Any]]
    dedupe_key: Mapped[str | None] = mapped_column(unique=True)
    available_at: Mapped[datetime] = mapped_column(default=now)
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    enqueued_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    parked_at: Mapped[datetime | None]
    last_error: Mapped[str | None]
    request_id: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
