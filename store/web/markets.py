"""Which market a request is for: its URL prefix moves to SCRIPT_NAME, so that every `url_for` carries it on."""

import re
import time
from collections.abc import Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

from flask import Flask, current_app, request
from sqlalchemy.exc import SQLAlchemyError

from store.core import log
from store.core.db import do_without
from store.core.errors import Unavailable
from store.shop import queries
from store.shop.prices import PriceScope
from store.shop.queries import MarketFacts, ShopFacts

_PREFIX = re.compile(r"/([a-z]{2}(?:-[a-z]{2})?)(?:(/([^/]*).*))?", re.DOTALL)

# Places that exist once, whatever the market.
_UNPREFIXED = ("admin", "webhooks", "static", "media", "healthz", "health", "readyz", "csp")

# After a failed read the last known shop and markets serve on for this long before the database is asked again.
_RETRY_SECONDS = 5.0

logger = log.get_logger(__name__)


class _LastKnown:
    """The shop and its markets as they were when the database last answered: error pages need them most."""

    def __init__(self) -> None:
        self.shop: ShopFacts | None = None
        self.markets: tuple[MarketFacts, ...] = ()
        self.ask_again_at = 0.0

    def read(self) -> None:
        """Refresh from the queries, which remember for some seconds themselves; raises when nothing is known."""
        if self.shop is not None and time.monotonic() < self.ask_again_at:
            return
        try:
            shop, markets = queries.get_shop(), queries.list_markets()
            queries.get_default_market()
            self.shop, self.markets = shop, markets
        except (SQLAlchemyError, Unavailable) as error:
            if self.shop is None:
                raise
            do_without(error)
            self.ask_again_at = time.monotonic() + _RETRY_SECONDS
            logger.warning("shop facts can't be read, serving the last known")


_known = _LastKnown()


def forget() -> None:
    """Read the shop and its markets anew at the next request, and serve nothing stale."""
    _known.shop = None
    queries.forget()


def last_known_name() -> str:
    """Return the shop's name without asking anybody; empty when it has never been read."""
    return _known.shop.name if _known.shop else ""


def current_shop() -> ShopFacts:
    """Return the shop; raises `Unavailable` before the first seed."""
    _known.read()
    assert _known.shop is not None  # read() raises otherwise
    return _known.shop


def current_market() -> MarketFacts:
    """Return the market of this request: that of its prefix, else the default."""
    market: MarketFacts | None = request.environ.get("store.market")
    if market is None:
        _known.read()
        market = request.environ["store.market"] = _known.markets[0]
    return market


def current_prices() -> PriceScope:
    """Return which prices hold for this request: one moment for the whole of it, so that a page has one price."""
    prices: PriceScope | None = request.environ.get("store.prices")
    if prices is None:
        prices = request.environ["store.prices"] = current_market().prices()
    return prices


def known_markets() -> tuple[MarketFacts, ...]:
    """Return every market, the default first."""
    _known.read()
    return _known.markets


def alternates(canonical: str) -> list[tuple[str, str]]:
    """Return the same page in every market as pairs of language tag and address, `x-default` for the default market."""
    markets = known_markets()
    if len(markets) < 2:
        return []
    base: str = current_app.config["BASE_URL"]
    prefix = current_market().prefix
    path = canonical.removeprefix(base)
    if prefix:
        path = path.removeprefix(f"/{prefix}")
    found = []
    for market in markets:
        href = base + path_in(market, path)
        found += [(f"{market.locale.partition('-')[0]}-{country}", href) for country in market.countries]
        if market.is_default:
            found.append(("x-default", href))
    return found


def path_in(market: MarketFacts, path: str) -> str:
    """Return the address of a page in a market; `path` is the one without a prefix."""
    return f"/{market.prefix}{path}" if market.prefix else path


class MarketPrefixes:
    """WSGI layer that takes `/de-at` off the path when it is a market's prefix; other paths pass untouched."""

    def __init__(self, inner: WSGIApplication, app: Flask) -> None:
        self._inner = inner
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        match = _PREFIX.fullmatch(environ.get("PATH_INFO", ""))
        if match is None:
            return self._inner(environ, start_response)
        prefix, rest, place = match.groups()
        market = None if place in _UNPREFIXED else self._find(prefix)
        if market is None:
            return self._inner(environ, start_response)
        if rest is None:
            query = f"?{environ['QUERY_STRING']}" if environ.get("QUERY_STRING") else ""
            start_response("308 Permanent Redirect", [("Location", f"/{prefix}/{query}"), ("Content-Length", "0")])
            return [b""]
        environ["store.market"] = market
        environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}/{prefix}"
        environ["PATH_INFO"] = rest
        return self._inner(environ, start_response)

    def _find(self, prefix: str) -> MarketFacts | None:
        with self._app.app_context():
            try:
                return next((market for market in known_markets() if market.prefix == prefix), None)
            except (SQLAlchemyError, Unavailable):
                # Nothing is known yet and the database is silent: the page itself will say so.
                return None
