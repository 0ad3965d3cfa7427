"""Counts which products are looked at: in Valkey, a piece of which is folded into the database every few minutes.

Pages come out of caches, so the shop itself never hears of most views. One visitor in ten says so, by a script, and
counts for ten. Nothing says who it was. What is counted while Valkey is away, or lost with it, is not missed.
"""

import time
from typing import Any, cast

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from store.core import log
from store.core.settings import Settings

# Of so many views one is told; see static/js/views.js.
WEIGHT = 10

# Nobody has so many products looked at between two foldings; more names are made up.
_MOST_NAMES = 100_000

_TIMEOUT_SECONDS = 0.1
_PAUSE_SECONDS = 5.0

logger = log.get_logger(__name__)


class Views:
    """Views by handle since they were last folded. Without Valkey nothing is counted."""

    def __init__(self, redis_url: str, namespace: str) -> None:
        self._open, self._folding = f"{namespace}:views", f"{namespace}:views:folding"
        self._resume_at = 0.0
        self._valkey = (
            redis.Redis.from_url(
                redis_url,
                socket_timeout=_TIMEOUT_SECONDS,
                socket_connect_timeout=_TIMEOUT_SECONDS,
                retry=Retry(NoBackoff(), 0),
                decode_responses=True,
            )
            if redis_url
            else None
        )

    def count(self, handle: str) -> None:
        """Count one view that was told, in the weight of those that were not."""
        if self._valkey is None or time.monotonic() < self._resume_at:
            return
        try:
            if self._valkey.hlen(self._open) < _MOST_NAMES:
                self._valkey.hincrby(self._open, handle, WEIGHT)
        except (redis.RedisError, OSError) as error:
            self._resume_at = time.monotonic() + _PAUSE_SECONDS
            logger.warning("views are not counted", error=type(error).__name__)

    def take(self) -> dict[str, int]:
        """Return what was counted and not yet let go of; the same again until `let_go`."""
        if self._valkey is None:
            return {}
        try:
            if not self._valkey.exists(self._folding):
                if not self._valkey.exists(self._open):
                    return {}
                self._valkey.rename(self._open, self._folding)
            counted = cast(dict[str, Any], self._valkey.hgetall(self._folding))
        except (redis.RedisError, OSError) as error:
            logger.warning("views can't be folded", error=type(error).__name__)
            return {}
        return {handle: int(number) for handle, number in counted.items()}

    def let_go(self) -> None:
        """Forget what was taken: it is in the database."""
        if self._valkey is not None:
            self._valkey.delete(self._folding)


_views = Views("", "")


def configure(settings: Settings) -> None:
    """Count in the Valkey of the settings."""
    use(Views(settings.redis_url, settings.namespace))


def use(views: Views) -> None:
    """Count there from now on."""
    global _views
    _views = views


def current() -> Views:
    """Return where views are counted."""
    return _views
