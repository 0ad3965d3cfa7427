"""One at a time across threads and processes: who comes second waits, and finds what the first one made."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg

from store.core.settings import Settings

# Whoever waits longer than this goes on alone: twice the work is better than none.
_PATIENCE = "20s"

_url = ""
_guard = threading.Lock()
_here: dict[str, "_Queue"] = {}


@dataclass
class _Queue:
    """Threads of this process that want the same name."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    length: int = 0


def configure(settings: Settings) -> None:
    """Say which database keeps the locks; directly, for a lock belongs to its connection."""
    global _url
    url = settings.database_direct_url or settings.database_url
    _url = url.replace("postgresql+psycopg://", "postgresql://")


@contextmanager
def alone(name: str) -> Iterator[None]:
    """Be the only one who works on this name. No transaction stays open meanwhile: the work may call the outside."""
    with _alone_here(name):
        try:
            connection = psycopg.connect(_url, autocommit=True, connect_timeout=3)
        except psycopg.OperationalError:
            yield
            return
        with connection:
            try:
                connection.execute(f"SET lock_timeout = '{_PATIENCE}'")
                connection.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
            except psycopg.OperationalError:
                # It has waited long enough.
                pass
            # The lock goes with the connection.
            yield


@contextmanager
def _alone_here(name: str) -> Iterator[None]:
    """Let the threads of this process queue without a connection each."""
    with _guard:
        queue = _here.setdefault(name, _Queue())
        queue.length += 1
    try:
        with queue.lock:
            yield
    finally:
        with _guard:
            queue.length -= 1
            if not queue.length:
                del _here[name]
