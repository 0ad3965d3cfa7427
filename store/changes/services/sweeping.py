"""What is looked at by the clock."""

from datetime import timedelta

from sqlalchemy import select

from store.changes.models import OrderChange
from store.changes.services.applying import confirm_settled, take_back
from store.core import log
from store.core.clock import now
from store.core.db import session, transaction
from store.core.errors import StoreError
from store.core.i18n import gettext as _

BATCH = 200

# So long the other piece of an exchange waits for its difference.
PAY_WITHIN = timedelta(days=14)

logger = log.get_logger(__name__)


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


def take_unpaid_exchanges_back() -> int:
    """Take exchanges back whose difference was not paid in time; return how many.

    What waited for it can be sold again, and what was sent back is paid back. Changes that staff made of an order
    wait on: of these a person decides.
    """
    with transaction():
        late = session.execute(
            select(OrderChange.id, OrderChange.order_id, OrderChange.version)
            .where(
                OrderChange.status == "requested",
                OrderChange.kind == "exchange",
                OrderChange.settlement == "charge",
                OrderChange.requested_at <= now() - PAY_WITHIN,
            )
            .order_by(OrderChange.requested_at)
            .limit(BATCH)
        ).all()
    done = 0
    for row in late:
        reason = _("The difference was not paid in time.")
        try:
            take_back(row.order_id, row.id, move="cancel", version=row.version, actor="system", reason=reason)
        except StoreError as error:
            logger.warning("exchange can't be taken back", change_id=row.id, error=error.message)
        else:
            done += 1
    return done
