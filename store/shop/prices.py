"""Which price lists hold: where, for whom and when. Pure: what the prices are is the catalogue's business."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class PriceScope:
    """What decides a price: the currency, and the ids of the price lists that hold, the one asked first leading.

    It is part of every key under which something that shows prices is remembered.
    """

    currency: str
    lists: tuple[int, ...] = ()

    @property
    def parameters(self) -> dict[str, Any]:
        """Return what the SQL of `store.catalog.queries.prices` calls `:currency` and `:lists`."""
        return {"currency": self.currency, "lists": list(self.lists)}


@dataclass(frozen=True, slots=True)
class ListFacts:
    """An active price list of a market; `starts_at` and `ends_at` are seconds since 1970, or `None` for no bound."""

    id: int
    kind: str
    priority: int
    groups: tuple[int, ...]
    starts_at: float | None
    ends_at: float | None

    def holds(self, instant: float, groups: Sequence[int] = ()) -> bool:
        """Return whether it holds for these groups at an instant: its end is the first at which it does not."""
        return (
            (self.starts_at is None or self.starts_at <= instant)
            and (self.ends_at is None or instant < self.ends_at)
            and (not self.groups or any(group in self.groups for group in groups))
        )


def lists_of(market: str, rows: Iterable[Sequence[Any]]) -> tuple[ListFacts, ...]:
    """Return the lists that may hold in a market, the highest priority first, then the older.

    A row is: id, kind, priority, markets, customer groups, start and end in seconds.
    """
    lists = (
        ListFacts(
            id_,
            kind,
            priority,
            tuple(groups),
            None if starts_at is None else float(starts_at),
            None if ends_at is None else float(ends_at),
        )
        for id_, kind, priority, markets, groups, starts_at, ends_at in rows
        if not markets or market in markets
    )
    return tuple(sorted(lists, key=lambda one: (-one.priority, one.id)))


def scope_at(currency: str, lists: Iterable[ListFacts], instant: float, groups: Sequence[int] = ()) -> PriceScope:
    """Return the scope of the lists that hold at this instant (seconds since 1970), in their order."""
    return PriceScope(currency, tuple(one.id for one in lists if one.holds(instant, groups)))
