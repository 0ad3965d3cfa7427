"""Tax rates by country and class."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.core.db import Model


class TaxRate(Model):
    """A rate as an exact fraction: 0.20 is twenty per cent."""

    __tablename__ = "tax_rates"
    __table_args__ = (
        UniqueConstraint("country", "tax_class"),
        CheckConstraint("rate >= 0 AND rate < 1", name="rate"),
    )

    country: Mapped[str]
    tax_class: Mapped[str]
    rate: Mapped[Decimal] = mapped_column(Numeric(6, 5))
    name: Mapped[str]
