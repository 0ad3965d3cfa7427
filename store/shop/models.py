"""The one shop row, the markets it sells in, and the price lists that hold there for a time."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, CheckConstraint, Index, Numeric, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from store.core.clock import now
from store.core.db import Model


class Shop(Model):
    """The merchant. There is exactly one row, with id 1.

    How promised money is taken, and how long a parcel can be taken back, is as the server is set up where it is empty.
    """

    __tablename__ = "shops"
    __table_args__ = (
        CheckConstraint("id = 1", name="single"),
        CheckConstraint("payment_capture IN ('automatic', 'manual')", name="payment_capture"),
        CheckConstraint("shipping_undo_seconds BETWEEN 0 AND 86400", name="shipping_undo_seconds"),
    )

    name: Mapped[str]
    email: Mapped[str]
    currency: Mapped[str]
    prices_include_tax: Mapped[bool] = mapped_column(default=True)
    country: Mapped[str]
    time_zone: Mapped[str]
    locale: Mapped[str]
    tagline: Mapped[str] = mapped_column(default="", server_default="")
    payment_capture: Mapped[str | None]
    capture_on_shipping: Mapped[bool | None]
    shipping_undo_seconds: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class Market(Model):
    """Countries sold to in one currency and language, under one URL prefix (`de-at`; empty for the default).

    `prices_include_tax` says how its prices are written and shown; empty means as the shop's are. With
    `same_shelf_price` a price with tax in it is the same in every country, and what is left of it varies.
    `price_ending` (`.99`) and `exchange_rate` (units of its currency for one of the shop's) only help staff to find
    prices.
    """

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
    prices_include_tax: Mapped[bool | None]
    same_shelf_price: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    price_ending: Mapped[str] = mapped_column(default="", server_default="")
    exchange_rate: Mapped[Decimal | None] = mapped_column(Numeric)


class PriceList(Model):
    """Prices that hold in some markets, for some customer groups, for a time; empty lists mean all of them.

    An `override` replaces base prices (the highest priority first), a `sale` undercuts them. `starts_at` is the first
    instant it holds, `ends_at` the first at which it does not; `since` is when these facts began (kept by a trigger).
    """

    __tablename__ = "price_lists"
    __table_args__ = (
        CheckConstraint("kind IN ('sale', 'override')", name="kind"),
        CheckConstraint("status IN ('draft', 'active')", name="status"),
        CheckConstraint("ends_at > starts_at", name="window"),
    )

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(default="draft", server_default="draft")
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    priority: Mapped[int] = mapped_column(default=0, server_default="0")
    markets: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    customer_groups: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list, server_default="{}")
    since: Mapped[datetime] = mapped_column(server_default=text("now()"))
    created_at: Mapped[datetime] = mapped_column(default=now, server_default=text("now()"))


class PriceListWindow(Model):
    """When and where a price list held, before that was changed at `recorded_at`. Append-only, written by a trigger."""

    __tablename__ = "price_list_windows"

    price_list_id: Mapped[int]
    kind: Mapped[str]
    status: Mapped[str]
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    priority: Mapped[int]
    markets: Mapped[list[str]] = mapped_column(ARRAY(Text))
    customer_groups: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    began_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
