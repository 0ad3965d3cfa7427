"""Which products are shown beside another."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from store.core.db import KeylessModel, Model


class ProductPin(KeylessModel):
    """A product that staff put beside another, in their order."""

    __tablename__ = "product_pins"
    __table_args__ = (CheckConstraint("product_id <> other_id", name="other"), Index(None, "other_id"))

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(default=0, server_default="0")


class BoughtTogether(KeylessModel):
    """In how many orders of the last months two products were bought together; each pair stands here both ways."""

    __tablename__ = "bought_together"
    __table_args__ = (
        CheckConstraint("product_id <> other_id AND orders >= 0", name="pair"),
        Index(None, "other_id"),
        Index("bought_together_most_ix", "product_id", text("orders DESC"), "other_id"),
    )

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    other_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    orders: Mapped[int]


class BoughtTogetherCount(Model):
    """The span of placed orders that `bought_together` holds just now: one row."""

    __tablename__ = "bought_together_counts"
    __table_args__ = (CheckConstraint("id = 1 AND counted_from <= counted_until", name="one"),)

    counted_from: Mapped[datetime]
    counted_until: Mapped[datetime]
