"""The shop and its markets, read once and remembered for a few seconds: every page needs them."""

import time
from dataclasses import dataclass
from typing import Generic, TypeVar

from sqlalchemy import select

from store.core.db import session
from store.core.errors import Unavailable
from store.core.i18n import gettext as _
from store.shop.models import Market, Shop

T = TypeVar("T")

# A change of name or market is seen everywhere after at most this many seconds.
REMEMBER_SECONDS = 5.0


@dataclass(frozen=True)
class ShopFacts:
    """What pages and services need to know of the merchant."""

    name: str
    email: str
    tagline: str
    currency: str
    prices_include_tax: bool
    country: str
    time_zone: str
    locale: str


@dataclass(frozen=True)
class MarketFacts:
    """What pages and services need to know of a market."""

    code: str
    name: str
    prefix: str
    currency: str
    locale: str
    countries: tuple[str, ...]
    is_default: bool


class _Remembered(Generic[T]):
    def __init__(self) -> None:
        self.value: T | None = None
        self.until = 0.0

    def get(self) -> T | None:
        return self.value if time.monotonic() < self.until else None

    def set(self, value: T) -> T:
        self.value, self.until = value, time.monotonic() + REMEMBER_SECONDS
        return value


_shop: _Remembered[ShopFacts] = _Remembered()
_markets: _Remembered[tuple[MarketFacts, ...]] = _Remembered()


def get_shop() -> ShopFacts:
    """Return the shop; raises `Unavailable` before the first seed."""
    remembered = _shop.get()
    if remembered is not None:
        return remembered
    row = session.execute(
        select(
            Shop.name,
            Shop.email,
            Shop.tagline,
            Shop.currency,
            Shop.prices_include_tax,
            Shop.country,
            Shop.time_zone,
            Shop.locale,
        )
    ).one_or_none()
    if row is None:
        raise Unavailable(_("This shop has not been set up yet."))
    return _shop.set(ShopFacts(*row))


def list_markets() -> tuple[MarketFacts, ...]:
    """Return all markets, the default first."""
    remembered = _markets.get()
    if remembered is not None:
        return remembered
    rows = session.execute(
        select(
            Market.code, Market.name, Market.prefix, Market.currency, Market.locale, Market.countries, Market.is_default
        ).order_by(Market.is_default.desc(), Market.prefix)
    )
    return _markets.set(
        tuple(
            MarketFacts(row.code, row.name, row.prefix, row.currency, row.locale, tuple(row.countries), row.is_default)
            for row in rows
        )
    )


def get_default_market() -> MarketFacts:
    """Return the market of URLs without a prefix; raises `Unavailable` before the first seed."""
    markets = list_markets()
    if not markets or not markets[0].is_default:
        raise Unavailable(_("This shop has not been set up yet."))
    return markets[0]


def get_market(code: str) -> MarketFacts:
    """Return a market by its code, or the default when that code is gone."""
    return next((market for market in list_markets() if market.code == code), None) or get_default_market()


def forget() -> None:
    """Read the shop and its markets anew at the next call."""
    _shop.until = _markets.until = 0.0
