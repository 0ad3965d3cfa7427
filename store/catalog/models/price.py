"""Prices: rows, never conversions."""

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.core.db import Model


class Price(Model):
    """What a variant costs in a currency, from a quantity on; `price_list_id` is empty for the base price.

    Amounts are in minor units, with tax when the shop's prices include it. `compare_at_minor` is the earlier price.
    """

    __tablename__ = "prices"
    __table_args__ = (
        UniqueConstraint("variant_id", "currency", "price_list_id", "min_qty", postgresql_nulls_not_distinct=True),
        CheckConstraint("amount_minor >= 0", name="amount"),
        CheckConstraint("compare_at_minor >= 0", name="compare_at"),
        CheckConstraint("min_qty >= 1", name="min_qty"),
    )

    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"))
    currency: Mapped[str]
    price_list_id: Mapped[int | None]
    min_qty: Mapped[int] = mapped_column(default=1, server_default="1")
    amount_minor: Mapped[int]
    compare_at_minor: Mapped[int | None]
