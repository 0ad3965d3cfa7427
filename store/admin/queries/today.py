"""The figures of the first screen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import text

from store.core.clock import now
from store.core.db import session
from store.core.money import Money

_TO_SHIP = """
    status = 'placed' AND fulfilment_status IN ('unfulfilled', 'partial')
    AND (payment_status IN ('paid', 'authorized', 'partially_refunded', 'overcharged') OR ship_unpaid
         OR (payment_status = 'partially_paid' AND fulfilment_status = 'partial'))
"""
_FIGURES = text(f"""
    SELECT (SELECT count(*) FROM orders WHERE {_TO_SHIP}) AS to_ship,
           (SELECT min(placed_at) FROM orders WHERE {_TO_SHIP}) AS oldest_to_ship,
           (SELECT count(*) FROM orders WHERE attention <> '') AS attention,
           (SELECT count(*) FROM orders WHERE status = 'pending') AS awaiting_payment,
           (SELECT count(*) FROM messages WHERE status = 'failed') AS failed_mails,
           (SELECT count(*) FROM outbox WHERE parked_at IS NOT NULL) AS parked_jobs,
           (SELECT count(*) FROM refunds r WHERE r.status = 'requested' OR (r.status = 'failed' AND NOT EXISTS (
               SELECT 1 FROM refunds n WHERE n.payment_id = r.payment_id AND n.id > r.id))) AS open_refunds
""")
_STOCK = text("""
    SELECT count(*) FILTER (WHERE v.available) AS low, count(*) FILTER (WHERE NOT v.available) AS sold_out
      FROM variants v JOIN products p ON p.id = v.product_id AND p.status = 'active'
     WHERE v.deleted_at IS NULL AND v.stock_left IS NOT NULL
""")
_SALES = text("""
    SELECT currency, count(*) FILTER (WHERE placed_at >= :today) AS orders_today,
           coalesce(sum(total_minor) FILTER (WHERE placed_at >= :today), 0)::bigint AS today_minor,
           count(*) FILTER (WHERE placed_at >= :week) AS orders_week,
           coalesce(sum(total_minor) FILTER (WHERE placed_at >= :week), 0)::bigint AS week_minor,
           coalesce(sum(total_minor) FILTER (WHERE placed_at < :week), 0)::bigint AS before_minor
      FROM orders WHERE placed_at >= :before
     GROUP BY currency ORDER BY count(*) DESC, currency
""")


@dataclass(frozen=True)
class Figures:
    """What waits for somebody today."""

    to_ship: int
    oldest_to_ship: datetime | None
    attention: int
    awaiting_payment: int
    failed_mails: int
    parked_jobs: int
    open_refunds: int


@dataclass(frozen=True)
class Shelf:
    """Variants of active products that run out, or have."""

    low: int
    sold_out: int


@dataclass(frozen=True)
class Sales:
    """What was placed in one currency today, in the last seven days and in the seven before."""

    orders_today: int
    today: Money
    orders_week: int
    week: Money
    week_before: Money


def figures() -> Figures:
    """Return what waits (1 statement)."""
    return Figures(*session.execute(_FIGURES).one())


def shelf() -> Shelf:
    """Return how many variants run out (1 statement)."""
    return Shelf(*session.execute(_STOCK).one())


def sales(time_zone: str) -> Sequence[Sales]:
    """Return the sales by currency (1 statement); days begin at midnight in the shop's time zone."""
    here = now().astimezone(ZoneInfo(time_zone))
    today = datetime.combine(here.date(), time(), tzinfo=ZoneInfo(time_zone))
    rows = session.execute(
        _SALES, {"today": today, "week": today - timedelta(days=6), "before": today - timedelta(days=13)}
    )
    return [
        Sales(
            row.orders_today,
            Money(row.today_minor, row.currency),
            row.orders_week,
            Money(row.week_minor, row.currency),
            Money(row.before_minor, row.currency),
        )
        for row in rows
    ]
