"""Written pages."""

from datetime import datetime

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.core.clock import now
from store.core.db import Model


class Page(Model):
    """A page under `/pages/<handle>` or, for legal texts, `/policies/<handle>`."""

    __tablename__ = "pages"
    __table_args__ = (
        UniqueConstraint("kind", "handle"),
        CheckConstraint("kind IN ('page', 'policy')", name="kind"),
    )

    kind: Mapped[str] = mapped_column(default="page", server_default="page")
    handle: Mapped[str]
    title: Mapped[str]
    body_html: Mapped[str] = mapped_column(default="", server_default="")
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
