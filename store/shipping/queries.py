"""Which ways of delivery there are, what they cost and when the parcel arrives."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from store.core.db import read_rows
from store.core.money import Money

SATURDAY = 5

_METHODS = """
    SELECT id, code, name, description, price_minor, free_from_minor, min_days, max_days
      FROM shipping_methods
     WHERE active AND currency = :currency
       AND (CAST(:country AS text) IS NULL OR countries = '{}' OR CAST(:country AS text) = ANY(countries))
       AND (CAST(:among AS text[]) = '{}' OR countries = '{}' OR countries && CAST(:among AS text[]))
     ORDER BY position, id
"""


@dataclass(frozen=True, slots=True)
class Method:
    """A way to deliver, with its price before any threshold."""

    id: int
    code: str
    name: str
    description: str
    price: Money
    free_from: Money | None
    min_days: int
    max_days: int

    def price_for(self, subtotal: Money) -> Money:
        """Return what delivery costs for goods of this value."""
        if self.free_from is not None and self.free_from <= subtotal:
            return Money.zero(self.price.currency)
        return self.price


def list_methods(currency: str, country: str | None = None, *, among: Sequence[str] = ()) -> Sequence[Method]:
    """Return the active methods in a currency that serve a country, or any `among` some, in their order.

    1 statement.
    """
    return [
        Method(
            id=row.id,
            code=row.code,
            name=row.name,
            description=row.description,
            price=Money(row.price_minor, currency),
            free_from=None if row.free_from_minor is None else Money(row.free_from_minor, currency),
            min_days=row.min_days,
            max_days=row.max_days,
        )
        for row in read_rows(_METHODS, {"currency": currency, "country": country, "among": list(among)})
    ]


def arrival(today: date, min_days: int, max_days: int) -> tuple[date, date]:
    """Return the first and last day on which a parcel ordered today should arrive, counted in working days."""
    return _after_working_days(today, min_days), _after_working_days(today, max_days)


def _after_working_days(day: date, count: int) -> date:
    while count > 0 or day.weekday() >= SATURDAY:
        day += timedelta(days=1)
        if day.weekday() < SATURDAY:
            count -= 1
    return day
