"""Addresses without a page: those that lead on, and those that were asked for in vain."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Computed, Date, Index
from sqlalchemy.orm import Mapped, mapped_column

from store.core.clock import now
from store.core.db import KeylessModel, Model


class Redirect(Model):
    """An address that has no page any more: 301 to `target`, or 410 when nothing took its place.

    `path` has no market prefix, query or final slash, and is in small letters. `target` is always the end of the
    way, never the path of another row; `page` is its part before a query. `via` is the address this one was given
    up for: when a page comes back to it, all that led there lead there again.
    """

    __tablename__ = "redirects"
    __table_args__ = (
        CheckConstraint("status IN (301, 410)", name="status"),
        CheckConstraint("(status = 410) = (target IS NULL)", name="target"),
        CheckConstraint("path LIKE '/_%' AND path <> page", name="path"),
        Index(None, "page"),
        Index(None, "via"),
    )

    path: Mapped[str] = mapped_column(unique=True)
    target: Mapped[str | None]
    page: Mapped[str | None] = mapped_column(Computed("split_part(split_part(target, '#', 1), '?', 1)", persisted=True))
    via: Mapped[str | None]
    status: Mapped[int]
    reason: Mapped[str] = mapped_column(default="", server_default="")
    actor: Mapped[str] = mapped_column(default="system", server_default="system")
    hits: Mapped[int] = mapped_column(default=0, server_default="0")
    last_hit_on: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(default=now)


class MissedAddress(KeylessModel):
    """An address nobody knew, and how often it was asked for on a day; nothing of who asked."""

    __tablename__ = "missed_addresses"
    __table_args__ = (Index(None, "day"),)

    path: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    hits: Mapped[int] = mapped_column(default=1, server_default="1")
