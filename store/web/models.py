"""Server-side sessions: one row per visitor who has written something into theirs."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from store.core.db import KeylessModel


class Session(KeylessModel):
    """A shop or staff session; `id_hash` is the SHA-256 of the cookie, so a stolen table opens no door.

    `staff_id` has no foreign key: `web` lies below `staff`. Staff are deactivated, never deleted, and whoever
    loads them from a session checks that they are still active.
    """

    __tablename__ = "web_sessions"
    __table_args__ = (
        CheckConstraint("realm IN ('shop', 'staff')", name="realm"),
        Index("web_sessions_expires_at_ix", "expires_at"),
        Index("web_sessions_staff_id_ix", "staff_id", postgresql_where=text("staff_id IS NOT NULL")),
    )

    id_hash: Mapped[str] = mapped_column(primary_key=True)
    realm: Mapped[str]
    data: Mapped[dict[str, Any]]
    staff_id: Mapped[int | None]
    created_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
