"""Options, their values, and the variants that are bought."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, UniqueConstraint, and_, func, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.core.db import KeylessModel, Model


class Option(Model):
    """An axis of choice of one product, such as Colour."""

    __tablename__ = "options"
    __table_args__ = (UniqueConstraint("product_id", "name"),)

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    name: Mapped[str]
    linked_to: Mapped[str] = mapped_column(default="", server_default="")

    values: Mapped[list["OptionValue"]] = relationship(
        order_by="OptionValue.position", cascade="all, delete-orphan", passive_deletes=True
    )


class OptionValue(Model):
    """One choice on an axis, with its swatch `#rrggbb` where it is a colour, and its part of SKUs made to order."""

    __tablename__ = "option_values"
    __table_args__ = (
        UniqueConstraint("option_id", "value"),
        CheckConstraint("swatch ~ '^#[0-9a-f]{6}$'", name="swatch"),
    )

    option_id: Mapped[int] = mapped_column(ForeignKey("options.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    value: Mapped[str]
    swatch: Mapped[str | None]
    sku_part: Mapped[str] = mapped_column(default="", server_default="")


class Variant(Model):
    """One value on each axis of a product: what is priced, stocked and bought.

    `option_key` is its option value ids in axis order, joined by `-`; empty for a product without options.
    `available` and `stock_left` (the exact number when five or fewer are left) are kept by triggers on the stock.
    Orders point at variants, so one that is gone is marked by `deleted_at`, never removed. `weight_unit` is what the
    weight is shown in, `unit_total` and `unit_base` are what it holds and what the unit price is for: `750 ml`, `1 l`.
    """

    __tablename__ = "variants"
    __table_args__ = (
        UniqueConstraint("product_id", "option_key"),
        CheckConstraint("weight_grams >= 0", name="weight"),
    )

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
    option_key: Mapped[str] = mapped_column(default="", server_default="")
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    sku: Mapped[str | None] = mapped_column(unique=True)
    barcode: Mapped[str | None]
    weight_grams: Mapped[int] = mapped_column(default=0, server_default="0")
    requires_shipping: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    taxable: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    cost_minor: Mapped[int | None]
    tax_code: Mapped[str] = mapped_column(default="", server_default="")
    fulfilment_service: Mapped[str] = mapped_column(default="", server_default="")
    weight_unit: Mapped[str] = mapped_column(default="", server_default="")
    unit_total: Mapped[str] = mapped_column(default="", server_default="")
    unit_base: Mapped[str] = mapped_column(default="", server_default="")
    available: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    stock_left: Mapped[int | None] = mapped_column(SmallInteger)
    deleted_at: Mapped[datetime | None]


class VariantValue(KeylessModel):
    """The value that a variant has on an axis."""

    __tablename__ = "variant_values"
    __table_args__ = (Index(None, "value_id"),)

    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"), primary_key=True)
    option_id: Mapped[int] = mapped_column(ForeignKey("options.id", ondelete="CASCADE"), primary_key=True)
    value_id: Mapped[int] = mapped_column(ForeignKey("option_values.id", ondelete="RESTRICT"))


class VariantImage(KeylessModel):
    """A picture that shows this variant."""

    __tablename__ = "variant_images"
    __table_args__ = (Index(None, "image_id"),)

    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"), primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("images.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(default=0, server_default="0")


Index(
    "variants_lower_sku_ix",
    func.lower(Variant.sku).label("lower_sku"),
    postgresql_ops={"lower_sku": "text_pattern_ops"},
    # Without `sku IS NOT NULL` a planner that believes the table to be empty looks through it for anything.
    postgresql_where=and_(Variant.sku.is_not(None), Variant.deleted_at.is_(None)),
)
