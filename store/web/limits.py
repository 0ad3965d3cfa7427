"""How often somebody may do something: counted in Valkey, in this process while Valkey is away."""

import functools
import time
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Any, TypeVar

import redis
from flask import Flask, current_app, request
from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import FixedWindowRateLimiter
from redis.backoff import NoBackoff
from redis.retry import Retry
from werkzeug.exceptions import TooManyRequests

from store.core import log
from store.core.i18n import gettext as _
from store.core.settings import Settings

View = TypeVar("View", bound=Callable[..., Any])

# A request waits this long for Valkey at most, and then nobody waits for the rest of the pause.
_TIMEOUT_SECONDS = 0.1
_PAUSE_SECONDS = 5.0

logger = log.get_logger(__name__)


class Counters:
    """Fixed-window counters with a breaker: Valkey is left alone for some seconds after each failure."""

    def __init__(self, redis_url: str, *, namespace: str = "store") -> None:
        self._local = FixedWindowRateLimiter(MemoryStorage())
        self._shared: FixedWindowRateLimiter | None = None
        self._resume_at = 0.0
        if redis_url:
            options: dict[str, Any] = {
                "socket_timeout": _TIMEOUT_SECONDS,
                "socket_connect_timeout": _TIMEOUT_SECONDS,
                "retry": Retry(NoBackoff(), 0),
            }
            self._shared = FixedWindowRateLimiter(RedisStorage(redis_url, key_prefix=f"{namespace}:limits", **options))

    def hit(self, item: RateLimitItem, *identifiers: str) -> int:
        """Count one and return 0, or the seconds to wait when the limit is reached."""
        if self._shared is not None and time.monotonic() >= self._resume_at:
            try:
                return self._count(self._shared, item, identifiers)
            except redis.RedisError as error:
                self._resume_at = time.monotonic() + _PAUSE_SECONDS
                logger.warning("rate limits fall back to this process", error=type(error).__name__)
        return self._count(self._local, item, identifiers)

    @staticmethod
    def _count(limiter: FixedWindowRateLimiter, item: RateLimitItem, identifiers: tuple[str, ...]) -> int:
        if limiter.hit(item, *identifiers):
            return 0
        return max(1, int(limiter.get_window_stats(item, *identifiers).reset_time - time.time()) + 1)


def init_app(app: Flask, settings: Settings) -> None:
    """Set up the counters; in development loopback peers are not limited, unless `LIMIT_LOOPBACK` is set."""
    app.extensions["store.limits"] = Counters(settings.redis_url, namespace=settings.namespace)
    app.config.setdefault("LIMIT_LOOPBACK", settings.is_production)


def limit(spec: str, *, key: Callable[[], str] | None = None, scope: str | None = None) -> Callable[[View], View]:
    """Allow a view so many calls a key, e.g. `limit("5 per 15 minutes; 20 per hour")`.

    The key is the peer's address unless `key` says otherwise; views with one `scope` share their counters.
    The view answers 429 with Retry-After when there were too many.
    """
    items = parse_many(spec)

    def decorate(view: View) -> View:
        @functools.wraps(view)
        def limited(*args: Any, **kwargs: Any) -> Any:
            _spend(items, scope or request.endpoint or view.__name__, key() if key else peer())
            return view(*args, **kwargs)

        return limited  # type: ignore[return-value]

    return decorate


def spend(spec: str, scope: str, key: str) -> None:
    """Count one call in the middle of a view, e.g. per account at login; raises 429 when there were too many."""
    _spend(parse_many(spec), scope, key)


def peer() -> str:
    """Return whom to count: the address, for IPv6 its /64, which one household or one attacker owns whole."""
    try:
        address = ip_address(request.remote_addr or "")
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(ip_network((address, 64), strict=False))
    return str(address)


def _spend(items: list[RateLimitItem], scope: str, key: str) -> None:
    if not current_app.config["LIMIT_LOOPBACK"] and _is_loopback():
        return
    counters: Counters = current_app.extensions["store.limits"]
    for item in items:
        wait = counters.hit(item, scope, key)
        if wait:
            raise TooManyRequests(_("That was a bit much at once. Please try again in a moment."), retry_after=wait)


def _is_loopback() -> bool:
    try:
        return ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
