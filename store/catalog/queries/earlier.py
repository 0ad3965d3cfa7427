"""What a price was before it was reduced: the lowest of the 30 days before (Directive 98/6/EC, Article 6a).

Lists begin and end by the clock, and nothing is written then. The price that a market showed at any moment is computed
from what is kept: the intervals of each price, and those of each list's window.
"""

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from store.catalog.queries.prices import Tier, tier_for, tiers_from
from store.core.clock import now
from store.core.db import read_rows
from store.core.money import Money
from store.shop.prices import PriceScope, lists_of, scope_at

WINDOW = timedelta(days=30)

# Prices change by the clock too: what a price was before is looked at anew after this many seconds.
REMEMBER_SECONDS = 600

# A price that changes more often than this in living memory is judged by its latest changes.
_MOST_INTERVALS = 400
_MOST_REMEMBERED = 2000

_STATEMENT = f"""
    SELECT
      (SELECT json_agg(json_build_array(price_list_id, amount_minor, extract(epoch FROM began_at),
          extract(epoch FROM ended_at))) FROM (
        (SELECT price_list_id, amount_minor, began_at, recorded_at AS ended_at FROM price_history
         WHERE variant_id = :variant AND currency = :currency ORDER BY recorded_at DESC LIMIT {_MOST_INTERVALS})
        UNION ALL
        SELECT price_list_id, amount_minor, since, NULL FROM prices
        WHERE variant_id = :variant AND currency = :currency AND min_qty = 1) rows) AS prices,
      (SELECT json_agg(json_build_array(id, kind, priority, markets, customer_groups, extract(epoch FROM starts_at),
          extract(epoch FROM ends_at), extract(epoch FROM began_at), extract(epoch FROM ended_at))) FROM (
        SELECT price_list_id AS id, kind, status, starts_at, ends_at, priority, markets, customer_groups, began_at,
          recorded_at AS ended_at FROM price_list_windows
        UNION ALL
        SELECT id, kind, status, starts_at, ends_at, priority, markets, customer_groups, since, NULL
        FROM price_lists) kept WHERE status = 'active' AND id IN (
          SELECT price_list_id FROM prices WHERE variant_id = :variant AND currency = :currency
          UNION ALL SELECT price_list_id FROM price_history WHERE variant_id = :variant AND currency = :currency
        )) AS windows
"""


@dataclass(frozen=True, slots=True)
class PriceKept:
    """What one piece cost by the base prices (no list) or by a list, from an instant until before another."""

    list_id: int | None
    amount_minor: int
    began_at: float
    ended_at: float | None = None


@dataclass(frozen=True, slots=True)
class WindowKept:
    """The facts of an active list from an instant until before another; `facts` is a row of `lists_of`."""

    facts: Sequence[Any]
    began_at: float
    ended_at: float | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """A price as a market showed it, from an instant on; `None` while there was none."""

    at: float
    amount_minor: int | None


_remembered: OrderedDict[tuple[int, int, PriceScope, str, int], Money | None] = OrderedDict()


def find_lowest_before(variant_id: int, revision: int, prices: PriceScope, market: str) -> Money | None:
    """Return the lowest price of one piece in the 30 days before the present price began; `None` without any.

    Remembered under the product's revision, like its page, and for minutes. At most 1 statement.
    """
    moment = now()
    key = (variant_id, revision, prices, market, spell(moment))
    if key not in _remembered:
        steps = timeline(*_kept(variant_id, prices.currency), currency=prices.currency, market=market, until=moment)
        lowest = lowest_before(steps)
        _remembered[key] = None if lowest is None else Money(lowest, prices.currency)
        while len(_remembered) > _MOST_REMEMBERED:
            _remembered.popitem(last=False)
    return _remembered[key]


def spell(moment: datetime) -> int:
    """Return the number of the minutes for which what is told of earlier prices is remembered."""
    return int(moment.timestamp() // REMEMBER_SECONDS)


def list_steps(variant_id: int, currency: str, market: str) -> list[Step]:
    """Return the prices that a market has shown for a variant, the oldest first. 1 statement."""
    return timeline(*_kept(variant_id, currency), currency=currency, market=market, until=now())


def timeline(
    prices: Sequence[PriceKept], windows: Sequence[WindowKept], *, currency: str, market: str, until: datetime
) -> list[Step]:
    """Return every change of the price that a market showed to everybody, up to a moment."""
    instants = sorted(
        {
            instant
            for instant in (*_bounds(prices), *_bounds(windows), *(at for one in windows for at in one.facts[5:7]))
            if instant is not None and instant <= until.timestamp()
        }
    )
    steps: list[Step] = []
    for instant in instants:
        tier = _price_at(prices, windows, instant, currency, market)
        amount = None if tier is None else tier.amount_minor
        if (steps[-1].amount_minor if steps else None) != amount:
            steps.append(Step(instant, amount))
    return steps


def lowest_before(steps: Sequence[Step]) -> int | None:
    """Return the lowest price of the 30 days before the last step began; a price still counts on its last day.

    Every further reduction, and every return of an earlier one, begins anew: that gives the lowest figure that any
    reading of the law asks for.
    """
    if not steps:
        return None
    begin = steps[-1].at
    earliest = begin - WINDOW.total_seconds()
    return min(
        (
            step.amount_minor
            for step, following in pairwise(steps)
            if step.amount_minor is not None and following.at > earliest
        ),
        default=None,
    )


def forget() -> None:
    """Compute everything anew."""
    _remembered.clear()


def _price_at(
    prices: Iterable[PriceKept], windows: Iterable[WindowKept], instant: float, currency: str, market: str
) -> Tier | None:
    lists = lists_of(market, (one.facts for one in windows if _covers(one, instant)))
    scope = scope_at(currency, lists, instant)
    kinds = {one.id: one.kind for one in lists}
    rows = [
        (one.list_id, kinds.get(one.list_id or 0) == "sale", 1, one.amount_minor, None)
        for one in prices
        if _covers(one, instant) and (one.list_id is None or one.list_id in scope.lists)
    ]
    return tier_for(tiers_from(rows, scope), 1)


def _covers(one: PriceKept | WindowKept, instant: float) -> bool:
    return one.began_at <= instant and (one.ended_at is None or instant < one.ended_at)


def _bounds(kept: Iterable[PriceKept | WindowKept]) -> Iterable[float | None]:
    for one in kept:
        yield one.began_at
        yield one.ended_at


def _kept(variant_id: int, currency: str) -> tuple[list[PriceKept], list[WindowKept]]:
    row = read_rows(_STATEMENT, {"variant": variant_id, "currency": currency})[0]
    return (
        [PriceKept(list_id, amount, began, ended) for list_id, amount, began, ended in row.prices or ()],
        [WindowKept(found[:7], found[7], found[8]) for found in row.windows or ()],
    )
