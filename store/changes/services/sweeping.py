"""What is looked at by the clock."""

from sqlalchemy import select

from store.changes.models import OrderChange
from store.changes.services.applying import confirm_settled
from store.core.db import session, transaction

BATCH = 200


def confirm_all_settled() -> int:
    """Confirm every change whose difference is paid or paid back by now; return how many."""
    with transaction():
        waiting = list(
            session.execute(
                select(OrderChange.order_id)
                .where(OrderChange.status == "requested")
                .order_by(OrderChange.requested_at)
                .limit(BATCH)
            ).scalars()
        )
    return sum(confirm_settled(order_id) is not None for order_id in waiting)
