"""What happened, told upward: `emit` in the transaction that made it true, `subscribe` where something follows.

Each handler gets an outbox row of its own, so each is retried alone.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, TypeVar

from store.core.queue import enqueue, job


@dataclass(frozen=True)
class Event:
    """A fact in the past tense that carries ids only."""


E = TypeVar("E", bound="Event")

_subscribers: dict[type[Event], list[str]] = defaultdict(list)


def subscribe(kind: type[E], name: str) -> Callable[[Callable[[E], None]], Callable[[E], None]]:
    """Call a function, by its job name, after each event of a kind; it may run twice for one event."""

    def register(handler: Callable[[E], None]) -> Callable[[E], None]:
        def run(**facts: Any) -> None:
            handler(kind(**facts))

        run.__qualname__ = handler.__qualname__
        job(name)(run)
        if name not in _subscribers[kind]:
            _subscribers[kind].append(name)
        return handler

    return register


def emit(event: Event, *, delay: timedelta = timedelta(0)) -> None:
    """Record the event for each subscriber in the transaction in progress; the same facts are recorded once.

    With a `delay` its handlers hear of it later, and have to look whether it still holds.
    """
    facts = asdict(event)
    key = ":".join([type(event).__name__, *(str(value) for value in facts.values())])
    for name in _subscribers[type(event)]:
        enqueue(name, dedupe=f"{key}:{name}", delay=delay, **facts)
