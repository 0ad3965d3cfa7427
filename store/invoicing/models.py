"""Who issues documents, and the documents, which the database refuses to change."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.core.clock import now
from store.core.db import Model


class Seller(Model):
    """The business behind the shop, as the law wants it named on an invoice. There is at most one row, with id 1."""

    __tablename__ = "sellers"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    legal_name: Mapped[str] = mapped_column(default="", server_default="")
    address: Mapped[str] = mapped_column(default="", server_default="")
    vat_id: Mapped[str] = mapped_column(default="", server_default="")
    footer: Mapped[str] = mapped_column(default="", server_default="")
    invoice_prefix: Mapped[str] = mapped_column(default="", server_default="")


class Document(Model):
    """An invoice or a credit note. `data` holds all it says, copied when it was issued; amounts in minor units.

    `number` has no gaps within its kind. A credit note belongs to one refund or one change of its order, an invoice to
    its order, or likewise to a change: what became dearer.
    """

    __tablename__ = "documents"
    __table_args__ = (
        CheckConstraint("kind IN ('invoice', 'credit_note')", name="kind"),
        CheckConstraint(
            "CASE WHEN kind = 'credit_note' THEN num_nonnulls(refund_id, change_id) = 1 ELSE refund_id IS NULL END",
            name="cause",
        ),
        UniqueConstraint("kind", "number"),
        UniqueConstraint("order_id", "kind", "refund_id", "change_id", postgresql_nulls_not_distinct=True),
        Index(None, "refund_id"),
    )

    kind: Mapped[str]
    number: Mapped[int]
    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    refund_id: Mapped[int | None] = mapped_column(ForeignKey("refunds.id", ondelete="RESTRICT"))
    # Of `store.changes`, which stands above: the number alone.
    change_id: Mapped[int | None]
    currency: Mapped[str]
    total_minor: Mapped[int]
    tax_minor: Mapped[int]
    issued_at: Mapped[datetime] = mapped_column(default=now)
    data: Mapped[dict[str, Any]]

    @property
    def name(self) -> str:
        """The number as people write it, e.g. `V-1007`; credit notes have a `C` before it."""
        return f"{self.data['prefix']}{'C' if self.kind == 'credit_note' else ''}{self.number}"
