"""The shop and its markets with their price lists, remembered for seconds: every page needs them."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from sqlalchemy import func, or_, select, true

from store.core.clock import now
from store.core.db import session
from store.core.errors import Unavailable
from store.core.i18n import gettext as _
from store.shop.models import Market, PriceList, Shop
from store.shop.prices import ListFacts, PriceScope, lists_of, scope_at

T = TypeVar("T")

# A change of name or market is seen everywhere after at most this many seconds.
REMEMBER_SECONDS = 5.0

# Lists that ended before this are not even read; the margin is for clocks that differ.
_PAST = timedelta(hours=1)


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
    # Of these, `None` is what the server is set up for.
    payment_capture: str | None = None
    capture_on_shipping: bool | None = None
    shipping_undo_seconds: int | None = None


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
    # Whether prices are written and shown with tax here.
    prices_include_tax: bool = True
    # Whether a price with tax in it is the same for consumers of every country.
    same_shelf_price: bool = True
    # Those that may ever hold in this market, in the order in which they are asked.
    price_lists: tuple[ListFacts, ...] = ()

    def prices(self, moment: datetime | None = None, *, groups: tuple[int, ...] = ()) -> PriceScope:
        """Return which prices hold in this market at a moment (now), for a customer of these groups."""
        return scope_at(self.currency, self.price_lists, (moment or now()).timestamp(), groups)


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
            Shop.payment_capture,
            Shop.capture_on_shipping,
            Shop.shipping_undo_seconds,
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
    lists = select(
        func.json_agg(
            func.json_build_array(
                PriceList.id,
                PriceList.kind,
                PriceList.priority,
                PriceList.markets,
                PriceList.customer_groups,
                func.extract("epoch", PriceList.starts_at),
                func.extract("epoch", PriceList.ends_at),
            )
        )
    ).where(PriceList.status == "active", or_(PriceList.ends_at.is_(None), PriceList.ends_at > now() - _PAST))
    rows = session.execute(
        select(Market, func.coalesce(Market.prices_include_tax, Shop.prices_include_tax), lists.scalar_subquery())
        .join(Shop, true())
        .order_by(Market.is_default.desc(), Market.prefix)
    )
    return _markets.set(
        tuple(
            MarketFacts(
                code=market.code,
                name=market.name,
                prefix=market.prefix,
                currency=market.currency,
                locale=market.locale,
                countries=tuple(market.countries),
                is_default=market.is_default,
                prices_include_tax=with_tax,
                same_shelf_price=market.same_shelf_price,
                price_lists=lists_of(market.code, found or ()),
            )
            for market, with_tax, found in rows
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
