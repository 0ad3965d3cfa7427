"""Orders that are not paid in time: no money may come for them before their stock is free again."""

import random

from sqlalchemy import select

from store.core import log
from store.core.clock import now
from store.core.db import retrying, session, transaction
from store.core.errors import StoreError, Unavailable
from store.core.faults import point
from store.orders import services as orders
from store.orders.models import Order
from store.payments.models import Payment
from store.payments.queries import list_open_payments
from store.payments.services import statuses
from store.payments.services.line import PATIENCE
from store.payments.services.lock import lock_order_payments
from store.payments.services.void import void_payment
from store.payments.states import OPEN

BATCH = 100

logger = log.get_logger(__name__)


def expire_order(order_id: int, *, given_up: bool = False) -> None:
    """Close an unpaid order: its payments at their providers first, then the order, whose stock is freed.

    With `given_up` its shopper went on with the cart and gets no mail about it.
    If money turns out to have come, the order is placed instead. If it is on its way and can't be stopped, the order
    stays as it is. Raises `Unavailable` when a provider does not answer; then nothing is freed.
    """
    with transaction():
        opened = list_open_payments(order_id)
    for payment in opened:
        void_payment(payment.id)
    point("payments.expire.before_close")
    retrying(lambda: _close(order_id, given_up=given_up))


def expire_due_orders() -> int:
    """Expire what is past its time and return how many orders are closed; one that fails does not stop the others.

    Orders whose money is being processed wait for it: the reconciler asks about them. When providers keep silent the
    rest waits for the next sweep, so that no worker is lost to their timeouts.
    """
    under_way = select(Payment.id).where(Payment.order_id == Order.id, Payment.status == "processing").exists()
    with transaction():
        due = list(
            session.execute(
                select(Order.id)
                .where(Order.status == "pending", Order.expires_at <= now(), ~under_way)
                .order_by(Order.expires_at)
                .limit(BATCH)
            ).scalars()
        )
    # In any order, or a few whose provider never answers would be all that is ever tried.
    random.shuffle(due)
    closed = silent = 0
    for order_id in due:
        try:
            expire_order(order_id)
        except StoreError as error:
            logger.warning("order can't be closed yet", order_id=order_id, error=error.message)
            silent += isinstance(error, Unavailable)
        else:
            closed += 1
        if silent == PATIENCE:
            break
    return closed


def _close(order_id: int, *, given_up: bool) -> None:
    order, payments = lock_order_payments(order_id)
    # A new attempt may have begun since the old ones were closed; the next sweep sees to that one.
    if order.status == "pending" and not any(payment.status in OPEN for payment in payments):
        orders.mark_expired(order_id, given_up=given_up)
        statuses.write(order, payments)
