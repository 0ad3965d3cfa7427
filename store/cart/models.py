"""Carts and their lines."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from store.core.clock import now
from store.core.db import Model


class Cart(Model):
    """A visitor's cart, found by the hash of the token in their cookie; checkout's answers are kept on it.

    `version` grows with each change, so that a page can tell that it is stale.
    """

    __tablename__ = "carts"
    __table_args__ = (Index(None, "updated_at"),)

    token_hash: Mapped[str] = mapped_column(unique=True)
    market: Mapped[str]
    currency: Mapped[str]
    locale: Mapped[str]
    email: Mapped[str | None]
    shipping_address: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    billing: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    shipping_method_id: Mapped[int | None] = mapped_column(ForeignKey("shipping_methods.id", ondelete="SET NULL"))
    payment_provider: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)
    completed_at: Mapped[datetime | None]


class CartLine(Model):
    """A variant in a cart; a removed line can come back. `price_minor` is the price when it was last changed."""

    __tablename__ = "cart_lines"
    __table_args__ = (
        UniqueConstraint("cart_id", "variant_id", "configuration_hash"),
        CheckConstraint("quantity BETWEEN 1 AND 999", name="quantity"),
    )

    cart_id: Mapped[int] = mapped_column(ForeignKey("carts.id", ondelete="CASCADE"))
    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"))
    quantity: Mapped[int]
    configuration: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    configuration_hash: Mapped[str] = mapped_column(default="", server_default="")
    price_minor: Mapped[int]
    # That of `price_minor`: a cart may move to another market.
    currency: Mapped[str | None]
    priced_at: Mapped[datetime] = mapped_column(default=now)
    added_at: Mapped[datetime] = mapped_column(default=now)
    removed_at: Mapped[datetime | None]
