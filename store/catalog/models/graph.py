"""Products made to order: what a choice costs and takes, told by its values instead of by a row for each choice."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger

from store.core.db import KeylessModel, Model


class VariantPattern(KeylessModel):
    """What every variant of a product made to order begins with; `sku` is the first part of its SKU."""

    __tablename__ = "variant_patterns"
    __table_args__ = (CheckConstraint("weight_grams >= 0", name="weight"),)

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    sku: Mapped[str] = mapped_column(default="", server_default="")
    weight_grams: Mapped[int] = mapped_column(default=0, server_default="0")
    requires_shipping: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    taxable: Mapped[bool] = mapped_column(default=True, server_default=text("true"))


class BasePrice(Model):
    """What a product made to order costs before its values add to it; `price_list_id` is empty for the base price."""

    __tablename__ = "base_prices"
    __table_args__ = (
        UniqueConstraint("product_id", "currency", "price_list_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("amount_minor >= 0", name="amount"),
        CheckConstraint("compare_at_minor >= 0", name="compare_at"),
    )

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
    currency: Mapped[str]
    price_list_id: Mapped[int | None]
    amount_minor: Mapped[int]
    compare_at_minor: Mapped[int | None]


class OptionValuePrice(KeylessModel):
    """What a value adds to the price in a currency, or takes off it."""

    __tablename__ = "option_value_prices"

    value_id: Mapped[int] = mapped_column(ForeignKey("option_values.id", ondelete="CASCADE"), primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    delta_minor: Mapped[int]


class OptionExclusion(KeylessModel):
    """Two values that don't go together, the smaller id first; `reason` is a sentence for shoppers, or nothing."""

    __tablename__ = "option_exclusions"
    __table_args__ = (
        CheckConstraint("value_id < other_value_id", name="order"),
        Index(None, "product_id"),
        Index(None, "other_value_id"),
    )

    value_id: Mapped[int] = mapped_column(ForeignKey("option_values.id", ondelete="CASCADE"), primary_key=True)
    other_value_id: Mapped[int] = mapped_column(ForeignKey("option_values.id", ondelete="CASCADE"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
    reason: Mapped[str] = mapped_column(default="", server_default="")


class ChoiceOverride(Model):
    """An exception for all choices that hold the values of `option_key`, which may name one axis or all of them.

    Where several have a picture, price or SKU of their own, the one that names the most values counts.
    """

    __tablename__ = "choice_overrides"
    __table_args__ = (UniqueConstraint("product_id", "option_key"), Index(None, "image_id"))

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
    option_key: Mapped[str]
    sku: Mapped[str | None]
    blocked: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    reason: Mapped[str] = mapped_column(default="", server_default="")
    image_id: Mapped[int | None] = mapped_column(ForeignKey("images.id", ondelete="SET NULL"))


class OverridePrice(KeylessModel):
    """The price of an exception, instead of the sum of its values."""

    __tablename__ = "override_prices"
    __table_args__ = (
        CheckConstraint("amount_minor >= 0", name="amount"),
        CheckConstraint("compare_at_minor >= 0", name="compare_at"),
    )

    override_id: Mapped[int] = mapped_column(ForeignKey("choice_overrides.id", ondelete="CASCADE"), primary_key=True)
    currency: Mapped[str] = mapped_column(primary_key=True)
    amount_minor: Mapped[int]
    compare_at_minor: Mapped[int | None]


class Blank(Model):
    """What lies on the shelf for all choices that hold these values: a plain shirt, by colour and size.

    A choice takes one blank of each kind; a kind is the set of axes, `option_ids`, that its blanks have values of.
    A choice for which a kind has no blank can't be had. `available` and `stock_left` are kept by triggers.
    """

    __tablename__ = "blanks"
    __table_args__ = (
        UniqueConstraint("product_id", "value_ids"),
        CheckConstraint("quantity >= 1", name="quantity"),
        Index(None, "item_id"),
    )

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
    option_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    value_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    item_id: Mapped[int] = mapped_column(ForeignKey("inventory_items.id", ondelete="RESTRICT"))
    quantity: Mapped[int] = mapped_column(default=1, server_default="1")
    available: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    stock_left: Mapped[int | None] = mapped_column(SmallInteger)


class KitPart(KeylessModel):
    """What a kit holds: another variant, and how many of it. Its items are those of its parts."""

    __tablename__ = "kit_parts"
    __table_args__ = (
        CheckConstraint("quantity >= 1", name="quantity"),
        CheckConstraint("kit_id <> part_id", name="itself"),
        Index(None, "part_id"),
    )

    kit_id: Mapped[int] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"), primary_key=True)
    part_id: Mapped[int] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"), primary_key=True)
    quantity: Mapped[int] = mapped_column(default=1, server_default="1")
    position: Mapped[int] = mapped_column(default=0, server_default="0")
