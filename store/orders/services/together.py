"""What is bought together, counted over a window that moves with the clock.

An order is counted when it enters the window and taken off when it leaves, so that a run costs what was placed since
the last one, however many orders there are.
"""

from datetime import datetime, timedelta

from sqlalchemy import text

from store.core.clock import now
from store.core.db import session, transaction
from store.core.queue import job

WINDOW = timedelta(days=180)

# An order of a hundred things says little about any two of them, and would make ten thousand pairs.
MOST_PRODUCTS = 12

# Orders that are being placed just now are counted by the next run.
_LAG = timedelta(minutes=2)

# One transaction never holds more than this much of the window.
_STEP = timedelta(days=14)

_PAIRS = """
    WITH bought AS (
      SELECT DISTINCT l.order_id, l.product_id
        FROM orders o JOIN order_lines l ON l.order_id = o.id JOIN products p ON p.id = l.product_id
       WHERE o.placed_at > :since AND o.placed_at <= :until),
    few AS (
      SELECT order_id, product_id FROM (
        SELECT order_id, product_id, row_number() OVER (PARTITION BY order_id ORDER BY product_id) AS place FROM bought
      ) numbered WHERE place <= :most),
    pairs AS (
      SELECT a.product_id, b.product_id AS other_id, count(*) AS orders
        FROM few a JOIN few b ON b.order_id = a.order_id AND b.product_id <> a.product_id GROUP BY 1, 2)
"""

_ENTER = f"""
    {_PAIRS}
    INSERT INTO bought_together AS kept (product_id, other_id, orders)
    SELECT product_id, other_id, orders FROM pairs ORDER BY 1, 2
    ON CONFLICT (product_id, other_id) DO UPDATE SET orders = kept.orders + excluded.orders
"""

_LEAVE = f"""
    {_PAIRS}
    UPDATE bought_together kept SET orders = greatest(kept.orders - pairs.orders, 0)
      FROM pairs WHERE kept.product_id = pairs.product_id AND kept.other_id = pairs.other_id
"""

_FORGET = f"""
    {_PAIRS}
    DELETE FROM bought_together kept USING pairs
     WHERE kept.product_id = pairs.product_id AND kept.other_id = pairs.other_id AND kept.orders = 0
"""


@job("orders.count_bought_together", lease=300, patient=True)
def count_bought_together() -> None:
    """Move the window up to now, a fortnight of orders in each transaction."""
    until = now() - _LAG
    more = True
    while more:
        with transaction():
            more = _advance(until)


def _advance(until: datetime) -> bool:
    """Count and discount one step; return whether there is another."""
    since = until - WINDOW
    row = session.execute(
        text("SELECT counted_from, counted_until FROM bought_together_counts WHERE id = 1 FOR UPDATE")
    ).one_or_none()
    if row is None or row.counted_until < since:
        # The first run, or one after half a year of rest.
        session.execute(text("DELETE FROM bought_together"))
        begin, counted = since, since
    else:
        begin, counted = row.counted_from, row.counted_until
    entered = max(min(counted + _STEP, until), counted)
    left = max(min(begin + _STEP, since), begin)
    _run(_ENTER, counted, entered)
    if left > begin:
        _run(_LEAVE, begin, left)
        _run(_FORGET, begin, left)
    session.execute(
        text(
            "INSERT INTO bought_together_counts (id, counted_from, counted_until) VALUES (1, :begin, :until) "
            "ON CONFLICT (id) DO UPDATE "
            "SET counted_from = excluded.counted_from, counted_until = excluded.counted_until"
        ),
        {"begin": left, "until": entered},
    )
    return entered < until or left < since


def _run(statement: str, since: datetime, until: datetime) -> None:
    session.execute(text(statement), {"since": since, "until": until, "most": MOST_PRODUCTS})
