"""Visits of addresses without a page, counted in this process and written together: no visitor waits for a write."""

import re
import threading
import time
from collections import Counter
from dataclasses import dataclass

# A figure in the back office is late by at most this many seconds of a shop that is being visited.
WRITE_EVERY_SECONDS = 10.0

# A scanner that tries names by the thousand must not fill the memory.
_MOST_PATHS = 500
_LONGEST = 200

# What programs ask of every site in the world, and what can name a person or open a door.
_NOISE = re.compile(
    r"(/\.|/wp-|/xmlrpc|/cgi-bin|/vendor/|/phpmyadmin|@|//|\\|[\x00-\x1f\x7f]|[A-Za-z0-9_=-]{40,}|[0-9]{9,}"
    r"|\.(png|jpe?g|gif|webp|svg|ico|js|css|map|json|env|sql|zip|gz|bak|txt|xml|ya?ml)$)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Visits:
    """How often redirects were followed and unknown addresses asked for, by path."""

    followed: dict[str, int]
    missed: dict[str, int]


_lock = threading.Lock()
_followed: Counter[str] = Counter()
_missed: Counter[str] = Counter()
_write_at = 0.0


def follow(path: str) -> None:
    """Count a visit that was led on."""
    _count(_followed, path)


def miss(path: str) -> None:
    """Count a visit that found nothing; addresses that only scanners ask for, or that may name somebody, are not."""
    if 1 < len(path) <= _LONGEST and not _NOISE.search(path):
        _count(_missed, path)


def is_due() -> bool:
    """Whether there is something to write, and it has waited long enough."""
    return bool(_followed or _missed) and time.monotonic() >= _write_at


def take() -> Visits:
    """Return what has been counted and begin anew."""
    global _write_at
    with _lock:
        visits = Visits(dict(_followed), dict(_missed))
        _followed.clear()
        _missed.clear()
        _write_at = time.monotonic() + WRITE_EVERY_SECONDS
    return visits


def _count(counter: Counter[str], path: str) -> None:
    with _lock:
        if path in counter or len(counter) < _MOST_PATHS:
            counter[path] += 1
