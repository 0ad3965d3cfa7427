"""Changes of orders and drafts of orders, with what was before and what came of it."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from store.changes import states
from store.core.clock import now
from store.core.db import Model


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class OrderChange(Model):
    """A change of an order: what staff want (`wanted`), and once it is requested the order `before` and `after`.

    `difference_minor` is what the order costs more since; `settlement` says how that is settled. At most one change
    of an order is open or requested.
    """

    __tablename__ = "order_changes"
    __table_args__ = (
        CheckConstraint(_one_of("kind", states.KINDS), name="kind"),
        CheckConstraint(_one_of("status", states.STATUSES), name="status"),
        CheckConstraint(_one_of("settlement", states.SETTLEMENTS), name="settlement"),
        CheckConstraint("status NOT IN ('requested', 'confirmed') OR settlement <> ''", name="settled_somehow"),
        CheckConstraint("(closed_at IS NOT NULL) = (status NOT IN ('open', 'requested'))", name="closed"),
        UniqueConstraint("request_id"),
        Index(
            "order_changes_live_key",
            "order_id",
            unique=True,
            postgresql_where=text("status IN ('open', 'requested')"),
        ),
        Index(None, "order_id"),
    )

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    kind: Mapped[str] = mapped_column(default="edit", server_default="edit")
    status: Mapped[str] = mapped_column(default="open", server_default="open")
    wanted: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    message: Mapped[str] = mapped_column(default="", server_default="")
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    difference_minor: Mapped[int] = mapped_column(default=0, server_default="0")
    settlement: Mapped[str] = mapped_column(default="", server_default="")
    request_id: Mapped[str | None]
    reason: Mapped[str] = mapped_column(default="", server_default="")
    actor: Mapped[str] = mapped_column(default="system", server_default="system")
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    requested_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]


class OrderDraft(Model):
    """An order that staff are putting together; it holds no stock and has no price until it becomes an order."""

    __tablename__ = "order_drafts"
    __table_args__ = (
        CheckConstraint(_one_of("status", states.DRAFT_STATUSES), name="status"),
        CheckConstraint("(status = 'ordered') = (order_id IS NOT NULL)", name="ordered"),
        UniqueConstraint("order_id"),
        Index("order_drafts_open_ix", "expires_at", postgresql_where=text("status = 'open'")),
    )

    status: Mapped[str] = mapped_column(default="open", server_default="open")
    market: Mapped[str]
    email: Mapped[str] = mapped_column(default="", server_default="")
    address: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    billing: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    wanted: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    note: Mapped[str] = mapped_column(default="", server_default="")
    copied_from: Mapped[int | None] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    order_id: Mapped[int | None] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    actor: Mapped[str] = mapped_column(default="system", server_default="system")
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    expires_at: Mapped[datetime]
