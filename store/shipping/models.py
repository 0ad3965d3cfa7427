"""Shipping methods."""

from sqlalchemy import CheckConstraint, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from store.core.db import Model


class ShippingMethod(Model):
    """A way to deliver: its price in minor units, free from a basket value on, and its promise in working days.

    Without countries it serves every country that the market sells to.
    """

    __tablename__ = "shipping_methods"
    __table_args__ = (
        CheckConstraint("price_minor >= 0", name="price"),
        CheckConstraint("free_from_minor >= 0", name="free_from"),
        CheckConstraint("0 <= min_days AND min_days <= max_days", name="days"),
    )

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="", server_default="")
    currency: Mapped[str]
    price_minor: Mapped[int]
    free_from_minor: Mapped[int | None]
    countries: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    min_days: Mapped[int] = mapped_column(default=2, server_default="2")
    max_days: Mapped[int] = mapped_column(default=4, server_default="4")
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
