"""What nobody needs any more is thrown away: outbox rows long done, dead sessions, carts long forgotten."""

from datetime import timedelta

from sqlalchemy import text

from store.core.clock import now
from store.core.db import session, transaction
from store.core.queue import job

KEEP_DONE_WORK = timedelta(days=7)
KEEP_CARTS = timedelta(days=90)
KEEP_MISSED = timedelta(days=60)
BATCH = 5000

_PURGES = (
    ("DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE done_at < :before LIMIT :batch)", KEEP_DONE_WORK),
    ("DELETE FROM web_sessions WHERE expires_at < :before", timedelta(0)),
    (
        "DELETE FROM carts WHERE id IN (SELECT c.id FROM carts c WHERE c.updated_at < :before "
        "AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.cart_id = c.id) LIMIT :batch)",
        KEEP_CARTS,
    ),
    ("DELETE FROM missed_addresses WHERE day < :before", KEEP_MISSED),
)


@job("housekeeping.purge", lease=120)
def purge() -> None:
    """Delete what is past its time, a batch of each kind an hour."""
    for statement, keep in _PURGES:
        with transaction():
            session.execute(text(statement).bindparams(before=now() - keep, **_batch(statement)))


def _batch(statement: str) -> dict[str, int]:
    return {"batch": BATCH} if ":batch" in statement else {}
