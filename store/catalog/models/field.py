"""Custom fields: what a shop says of its products beyond the columns that all shops have."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from store.core.db import KeylessModel, Model


class CustomField(Model):
    """A definition: what is said, of which kind, in one or many values.

    `unit` stands behind numbers; `choices` are the values that a choice allows. `filterable` offers the field as a
    filter, `visible` shows it in the table of the product's page.
    """

    __tablename__ = "custom_fields"
    __table_args__ = (
        UniqueConstraint("namespace", "key"),
        CheckConstraint("kind IN ('text', 'number', 'boolean', 'date', 'choice', 'url', 'color')", name="kind"),
        CheckConstraint("namespace <> '' AND key <> '' AND name <> ''", name="names"),
    )

    namespace: Mapped[str] = mapped_column(default="custom", server_default="custom")
    key: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    many: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    unit: Mapped[str] = mapped_column(default="", server_default="")
    choices: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    filterable: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    visible: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    position: Mapped[int] = mapped_column(default=0, server_default="0")


class CustomFieldValue(KeylessModel):
    """One value of a product: `value` as text in its one spelling, and `number` besides for numbers.

    A boolean is `true` or `false`, a date `2026-11-21`, a colour `#d8c8a8` or `Sand #d8c8a8`.
    """

    __tablename__ = "custom_field_values"
    __table_args__ = (Index(None, "field_id", "product_id"),)

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    field_id: Mapped[int] = mapped_column(ForeignKey("custom_fields.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(default=0, server_default="0", primary_key=True)
    value: Mapped[str]
    number: Mapped[Decimal | None] = mapped_column(Numeric)
