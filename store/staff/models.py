"""Members of staff."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from store.core.clock import now
from store.core.db import Model


class Staff(Model):
    """A person with a back-office login; never deleted, only deactivated."""

    __tablename__ = "staff"
    __table_args__ = (
        CheckConstraint("role IN ('owner', 'manager', 'fulfilment', 'support', 'read_only')", name="role"),
    )

    email: Mapped[str]
    name: Mapped[str]
    password_hash: Mapped[str]
    role: Mapped[str] = mapped_column(default="read_only", server_default="read_only")
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_login_at: Mapped[datetime | None]


Index("staff_email_key", func.lower(Staff.email), unique=True)
