"""What the tax screens show."""

from collections.abc import Sequence
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import select

from store.core.db import read_rows, session
from store.core.money import Money
from store.shop.queries import ShopFacts
from store.tax.models import TaxRate, TaxRegistration
from store.tax.territory import UNION


def list_rates(country: str) -> Sequence[TaxRate]:
    """Return all rates of a country by class, the latest first; 1 statement."""
    return (
        session.execute(
            select(TaxRate)
            .where(TaxRate.country == country)
            .order_by(TaxRate.tax_class, TaxRate.region, TaxRate.valid_from.desc())
        )
        .scalars()
        .all()
    )


def list_registrations() -> Sequence[TaxRegistration]:
    """Return where the shop is registered; 1 statement."""
    return session.execute(select(TaxRegistration).order_by(TaxRegistration.country)).scalars().all()


def count_coming(today: date) -> dict[str, int]:
    """Return how many rates are to begin, by country; 1 statement."""
    rows = read_rows(
        "SELECT country, count(*) AS coming FROM tax_rates WHERE valid_from > :day GROUP BY country", {"day": today}
    )
    return {row.country: row.coming for row in rows}


def distance_sales(shop: ShopFacts, today: date) -> Money:
    """Return what consumers in other member states bought this calendar year, without tax, in the shop's currency.

    It is what the threshold of Article 59c looks at, as far as this shop knows. 1 statement.
    """
    zone = ZoneInfo(shop.time_zone)
    rows = read_rows(
        """SELECT coalesce(sum(total_minor - tax_minor - credited_minor), 0)::bigint AS minor FROM orders
            WHERE status = 'placed' AND placed_at >= :begin AND currency = :currency
              AND tax_treatment IN ('origin', 'destination')
              AND shipping_address->>'country' = ANY(:countries)""",
        {
            "begin": datetime.combine(date(today.year, 1, 1), time(), zone),
            "currency": shop.currency,
            "countries": sorted(UNION - {shop.country}),
        },
    )
    return Money(max(rows[0].minor, 0), shop.currency)
