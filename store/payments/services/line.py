"""The line to a provider: nobody holds a lock or a database connection while somebody else makes us wait."""

from collections.abc import Callable
from typing import TypeVar

from store.core.db import give_back, session

T = TypeVar("T")

# After so many calls without an answer, whoever works through a list comes back to the rest later.
PATIENCE = 3


def ask(call: Callable[[], T]) -> T:
    """Make a call to a provider outside of any transaction; raises `RuntimeError` inside one."""
    hang_up()
    return call()


def hang_up() -> None:
    """Give the connection of earlier reads back to the pool; raises `RuntimeError` inside a transaction."""
    if session.info.get("in_transaction"):
        raise RuntimeError("a provider must not be asked inside a transaction")
    give_back()
