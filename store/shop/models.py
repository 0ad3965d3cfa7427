"""The one shop row and the markets it sells in."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from store.core.clock import now
from store.core.db import Model


class Shop(Model):
    """The merchant. There is exactly one row, with id 1."""

    __tablename__ = "shops"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    name: Mapped[str]
    email: Mapped[str]
    currency: Mapped[str]
    prices_include_tax: Mapped[bool] = mapped_column(default=True)
    country: Mapped[str]
    time_zone: Mapped[str]
    locale: Mapped[str]
    tagline: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


class Market(Model):
    """Countries sold to in one currency and language, under one URL prefix (`de-at`; empty for the default)."""

    __tablename__ = "markets"
    __table_args__ = (
        CheckConstraint("prefix ~ '^([a-z]{2}(-[a-z]{2})?)?$'", name="prefix"),
        Index("markets_default_key", "is_default", unique=True, postgresql_where=text("is_default")),
    )

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    prefix: Mapped[str] = mapped_column(unique=True)
    currency: Mapped[str]
    locale: Mapped[str]
    countries: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    is_default: Mapped[bool] = mapped_column(default=False)
