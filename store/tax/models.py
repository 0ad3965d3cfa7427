"""Rates by country, class and day; where the shop is registered; the rules of the shop; VAT ids that were checked."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import CheckConstraint, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from store.core.clock import now
from store.core.db import Model

# Rates that were there before rates had days.
EVER = date(2000, 1, 1)


class TaxRate(Model):
    """A rate as an exact fraction: 0.20 is twenty per cent.

    It holds from `valid_from` until the day before `valid_to`; of several that hold, the one that began last. `region`
    narrows it to a part of the country. `source` says where it is from: the data package, or the shop itself.
    """

    __tablename__ = "tax_rates"
    __table_args__ = (
        UniqueConstraint("country", "region", "tax_class", "valid_from"),
        CheckConstraint("rate >= 0 AND rate < 1", name="rate"),
        CheckConstraint("valid_to > valid_from", name="window"),
        CheckConstraint("source IN ('shop', 'package')", name="source"),
    )

    country: Mapped[str]
    region: Mapped[str] = mapped_column(default="", server_default="")
    tax_class: Mapped[str]
    rate: Mapped[Decimal] = mapped_column(Numeric(6, 5))
    name: Mapped[str]
    valid_from: Mapped[date] = mapped_column(default=EVER, server_default=text("'2000-01-01'"))
    valid_to: Mapped[date | None]
    source: Mapped[str] = mapped_column(default="shop", server_default="shop")


class TaxRules(Model):
    """How the shop reckons. There is at most one row, with id 1; without it the defaults hold."""

    __tablename__ = "tax_rules"
    __table_args__ = (
        CheckConstraint("id = 1", name="single"),
        CheckConstraint("rounding IN ('line', 'rate')", name="rounding"),
        CheckConstraint("shipping IN ('highest', 'proportional', 'own')", name="shipping"),
    )

    rounding: Mapped[str] = mapped_column(default="line", server_default="line")
    shipping: Mapped[str] = mapped_column(default="highest", server_default="highest")
    shipping_class: Mapped[str] = mapped_column(default="standard", server_default="standard")
    one_stop_shop: Mapped[bool] = mapped_column(default=False, server_default=text("false"))


class TaxRegistration(Model):
    """A country besides home whose tax the shop charges, under its number there."""

    __tablename__ = "tax_registrations"

    country: Mapped[str] = mapped_column(unique=True)
    number: Mapped[str] = mapped_column(default="", server_default="")


class VatCheck(Model):
    """What the register says of a VAT id. `asked`: no answer yet; `unknown`: it could not answer, and is asked again.

    `reference` is the register's own number of the answer, which is the proof for tax offices.
    """

    __tablename__ = "vat_checks"
    __table_args__ = (
        CheckConstraint("status IN ('asked', 'valid', 'invalid', 'unknown')", name="status"),
        Index(None, "checked_at"),
    )

    vat_id: Mapped[str] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(default="asked", server_default="asked")
    name: Mapped[str] = mapped_column(default="", server_default="")
    address: Mapped[str] = mapped_column(default="", server_default="")
    reference: Mapped[str] = mapped_column(default="", server_default="")
    reason: Mapped[str] = mapped_column(default="", server_default="")
    asked_at: Mapped[datetime] = mapped_column(default=now)
    checked_at: Mapped[datetime | None]
