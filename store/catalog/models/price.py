"""Prices: rows, never conversions; their range for each product, and what they have been."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from store.core.db import Model


class Price(Model):
    """What a variant costs in a currency, from a quantity on; `price_list_id` is empty for the base price.

    Amounts are in minor units, with tax when the shop's prices include it. `compare_at_minor` is the earlier price.
    `since` is when this amount began, kept by a trigger.
    """

    __tablename__ = "prices"
    __table_args__ = (
        UniqueConstraint("variant_id", "currency", "price_list_id", "min_qty", postgresql_nulls_not_distinct=True),
        CheckConstraint("amount_minor >= 0", name="amount"),
        CheckConstraint("compare_at_minor >= 0", name="compare_at"),
        CheckConstraint("min_qty >= 1", name="min_qty"),
        Index("prices_list_ix", "price_list_id", postgresql_where=text("price_list_id IS NOT NULL")),
    )

    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"))
    currency: Mapped[str]
    price_list_id: Mapped[int | None] = mapped_column(ForeignKey("price_lists.id", ondelete="CASCADE"))
    min_qty: Mapped[int] = mapped_column(default=1, server_default="1")
    amount_minor: Mapped[int]
    compare_at_minor: Mapped[int | None]
    since: Mapped[datetime] = mapped_column(server_default=text("now()"))


class ProductPrice(Model):
    """The lowest and highest price of one piece of a product in a currency and list; empty list: base prices.

    `compare_at_minor` is that of the cheapest. Kept by triggers; for products made to order by their own verbs.
    """

    __tablename__ = "product_prices"
    __table_args__ = (
        UniqueConstraint("product_id", "currency", "price_list_id", postgresql_nulls_not_distinct=True),
        Index("product_prices_list_ix", "price_list_id", postgresql_where=text("price_list_id IS NOT NULL")),
    )

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
    currency: Mapped[str]
    price_list_id: Mapped[int | None] = mapped_column(ForeignKey("price_lists.id", ondelete="CASCADE"))
    low_minor: Mapped[int]
    high_minor: Mapped[int]
    compare_at_minor: Mapped[int | None]


class PriceInterval(Model):
    """What one piece of a variant cost from `began_at` until `recorded_at`. Append-only, written by a trigger.

    The interval that has not ended is the row in `prices` itself.
    """

    __tablename__ = "price_history"
    __table_args__ = (Index("price_history_variant_ix", "variant_id", "recorded_at"),)

    variant_id: Mapped[int]
    currency: Mapped[str]
    price_list_id: Mapped[int | None]
    amount_minor: Mapped[int]
    began_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
