"""One row a picture, whoever shows it."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Integer
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from store.core.clock import now
from store.core.db import Model


class Image(Model):
    """A picture by the hash of its content; `pending` until its bytes have been fetched and sized.

    `widths` are the renditions in pixels that exist in storage; `colour` is its dominant colour as `#rrggbb`.
    """

    __tablename__ = "images"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'ready', 'failed')", name="status"),
        CheckConstraint("(status = 'ready') = (key IS NOT NULL)", name="ready_has_key"),
        CheckConstraint("key IS NOT NULL OR source_url IS NOT NULL", name="origin"),
    )

    key: Mapped[str | None] = mapped_column(unique=True)
    source_url: Mapped[str | None] = mapped_column(unique=True)
    alt: Mapped[str] = mapped_column(default="", server_default="")
    width: Mapped[int] = mapped_column(default=0, server_default="0")
    height: Mapped[int] = mapped_column(default=0, server_default="0")
    colour: Mapped[str | None]
    widths: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list, server_default="{}")
    status: Mapped[str] = mapped_column(default="pending", server_default="pending")
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
