"""What caches must throw away. Triggers write `EdgeChange` in the transaction of the change; see the migration."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Double, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from store.core.clock import now
from store.core.db import KeylessModel, Model


class EdgeChange(Model):
    """A tag of something that changed; `seen_at` is when a job first found it, which is after the commit.

    Appended only: whoever changes something waits for nobody here. `sent` says that it went out once already.
    """

    __tablename__ = "edge_changes"

    tag: Mapped[str]
    seen_at: Mapped[datetime | None]
    sent: Mapped[bool] = mapped_column(default=False, server_default=text("false"))


class EdgePurge(Model):
    """One request to throw tags away: at most a hundred, the most that Cloudflare takes at once.

    `recorded` when there is nobody to send it to; `sent`, or `failed` with the reason. `due_at` is when a waiting one
    may be tried again, `tried_at` when it last was.
    """

    __tablename__ = "edge_purges"
    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'sending', 'sent', 'recorded', 'failed')", name="status"),
        Index(None, "created_at"),
        Index("edge_purges_open_ix", "id", postgresql_where=text("status IN ('waiting', 'sending')")),
    )

    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    status: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    due_at: Mapped[datetime] = mapped_column(default=now)
    tried_at: Mapped[datetime | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class EdgeState(KeylessModel):
    """One row: how many requests Cloudflare took at `counted_at`, and until when the clock was heeded."""

    __tablename__ = "edge_state"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    looked_until: Mapped[datetime]
    requests_left: Mapped[float] = mapped_column(Double)
    counted_at: Mapped[datetime]
