"""How templates write amounts and times: in the reader's locale and the shop's time zone."""

import datetime as dt
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from flask import Flask
from werkzeug.local import LocalProxy

from store.core.i18n import current_locale
from store.core.money import Money
from store.core.phones import show_phone
from store.core.places import address_lines
from store.web import markets


def init_app(app: Flask) -> None:
    """Make the filters, and `shop` and `market`, known to every template, imported macros included."""
    app.jinja_env.filters.update(
        money=money,
        difference=difference,
        date=date,
        datetime=date_and_time,
        day=day,
        number=number,
        country=country,
        address_lines=address_lines,
        phone=show_phone,
    )
    app.jinja_env.globals.update(
        money=money,
        shop=LocalProxy(markets.current_shop),
        market=LocalProxy(markets.current_market),
    )


def money(amount: Money | int, currency: str | None = None) -> str:
    """Return an amount as the reader writes it; an `int` is in minor units and needs its currency.

    Raises `ValueError` for minor units without a currency.
    """
    if isinstance(amount, Money):
        return amount.format(current_locale())
    if currency is None:
        raise ValueError("minor units need a currency")
    return Money(amount, currency).format(current_locale())


def difference(amount: Money) -> str:
    """Return what something costs more or less, with its sign, e.g. `+ €4.00`."""
    sign = "−" if amount.minor < 0 else "+"
    return f"{sign} {money(Money(abs(amount.minor), amount.currency))}"


def date(moment: datetime, style: str = "medium") -> str:
    """Return the day in the shop's time zone, e.g. `21 Nov 2026`; style short, medium, long or full."""
    return format_date(in_shop_zone(moment), style, locale=babel_locale(current_locale()))


def date_and_time(moment: datetime, style: str = "medium") -> str:
    """Return day and time in the shop's time zone."""
    zone = _zone(markets.current_shop().time_zone)
    return format_datetime(moment, style, tzinfo=zone, locale=babel_locale(current_locale()))


def day(value: dt.date, style: str = "medium") -> str:
    """Return a day that belongs to no time zone, such as one in a custom field."""
    return format_date(value, style, locale=babel_locale(current_locale()))


def number(value: Decimal | int) -> str:
    """Return a number as the reader writes it, with all its decimals."""
    return str(format_decimal(value, locale=babel_locale(current_locale()), decimal_quantization=False))


def country(code: str) -> str:
    """Return a country's name in the reader's language, or its code when there is none."""
    return str(Locale.parse(babel_locale(current_locale())).territories.get(code, code))


def in_shop_zone(moment: datetime) -> datetime:
    """Return the same moment on the shop's clock."""
    return moment.astimezone(_zone(markets.current_shop().time_zone))


@lru_cache(maxsize=64)
def babel_locale(locale: str) -> str:
    """Return Babel's name of a locale; the pseudo locale of the tests writes numbers as English does."""
    return "en" if locale.startswith("en-X") else locale.replace("-", "_")


@lru_cache(maxsize=16)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name) if name else ZoneInfo(UTC.tzname(None) or "UTC")
