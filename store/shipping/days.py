"""When a parcel leaves and arrives: working days, a cut-off hour, and the shop's own holidays, one a line.

`12-24` is that day of every year, `12-24 to 01-06` those of every year, `2026-12-24` one day and
`2026-12-24 to 2027-01-06 Winter break` a time with its name.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from store.core.errors import Invalid
from store.core.i18n import gettext as _

_LINE = re.compile(
    r"(?P<first>(?:\d{4}-)?\d{2}-\d{2})(?:\s*(?:to|–|\.\.)\s*(?P<last>(?:\d{4}-)?\d{2}-\d{2}))?(?:\s+(?P<name>.*))?"
)

# A shop that says it never works still gets an answer.
_LONGEST_PAUSE = 370


@dataclass(frozen=True, slots=True)
class Holidays:
    """Days on which nothing leaves: times with their first and last day, and days of every year as (month, day)."""

    times: tuple[tuple[date, date], ...] = ()
    yearly: frozenset[tuple[int, int]] = frozenset()

    def hold(self, day: date) -> bool:
        """Whether nothing leaves on a day."""
        return (day.month, day.day) in self.yearly or any(first <= day <= last for first, last in self.times)


@dataclass(frozen=True, slots=True)
class Schedule:
    """When the shop works: days as 1 (Monday) to 7, and until what hour an order still leaves the same day."""

    working_days: frozenset[int] = frozenset({1, 2, 3, 4, 5})
    cutoff: time | None = None
    holidays: Holidays = Holidays()

    def works(self, day: date) -> bool:
        """Whether parcels leave on a day."""
        return day.isoweekday() in self.working_days and not self.holidays.hold(day)


@lru_cache(maxsize=64)
def read(text: str) -> Holidays:
    """Return the holidays written in a text; raises `Invalid` with the line that can't be understood."""
    times: list[tuple[date, date]] = []
    yearly: set[tuple[int, int]] = set()
    for line in filter(None, map(str.strip, text.splitlines())):
        found = _LINE.fullmatch(line)
        try:
            if found is None:
                raise ValueError(line)
            if found["last"] and len(found["last"]) != len(found["first"]):
                raise ValueError(line)
            if len(found["first"]) == 5:
                yearly.update(_every_year(found["first"], found["last"] or found["first"]))
                continue
            first = date.fromisoformat(found["first"])
            last = date.fromisoformat(found["last"]) if found["last"] else first
        except ValueError:
            raise Invalid(_("“%(line)s” is no day such as 2026-12-24 or 12-24.", line=line), line=line) from None
        if last < first:
            raise Invalid(_("“%(line)s” ends before it begins.", line=line), line=line)
        times.append((first, last))
    return Holidays(tuple(times), frozenset(yearly))


def leaves(moment: datetime, schedule: Schedule) -> date:
    """Return the day on which an order of this moment (in the shop's zone) leaves."""
    today = moment.date()
    if schedule.works(today) and (schedule.cutoff is None or moment.time() < schedule.cutoff):
        return today
    return _working_day_after(today, schedule)


def arrival(moment: datetime, schedule: Schedule, min_days: int, max_days: int) -> tuple[date, date]:
    """Return the first and last day on which a parcel ordered now should arrive: so many working days after it left."""
    day = leaves(moment, schedule)
    days = [day]
    for _count in range(max_days):
        day = _working_day_after(day, schedule)
        days.append(day)
    return days[min_days], days[max_days]


def _every_year(first: str, last: str) -> Iterator[tuple[int, int]]:
    """Yield the days from one to the other, over New Year if need be; of a leap year, so that none is missing."""
    day, end = (date.fromisoformat(f"2024-{one}") for one in (first, last))
    while True:
        yield day.month, day.day
        if (day.month, day.day) == (end.month, end.day):
            return
        day += timedelta(days=1)


def _working_day_after(day: date, schedule: Schedule) -> date:
    for _count in range(_LONGEST_PAUSE):
        day += timedelta(days=1)
        if schedule.works(day):
            return day
    return day
