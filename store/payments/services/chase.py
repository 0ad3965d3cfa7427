"""Transfers that do not come: one reminder, and after the days that the shop gives the order is called off."""

from datetime import timedelta
from functools import partial

from sqlalchemy import ColumnElement, and_, select

from store.core import log
from store.core.clock import now
from store.core.db import retrying, session, transaction
from store.core.errors import StoreError, Unavailable
from store.core.events import emit
from store.core.i18n import gettext as _
from store.orders import services as orders
from store.orders.models import Order, OrderEvent
from store.payments.events import PaymentMissed
from store.payments.models import Payment
from store.payments.offline.methods import read_method
from store.payments.offline.models import BANK_TRANSFER
from store.payments.providers.base import Declined
from store.payments.queries import list_open_payments
from store.payments.services.apply import apply_payment
from store.payments.services.cancel import cancel_order

BATCH = 200

REMINDED = "payment_reminded"

# Of these nothing at all has come: where a part has, a person decides.
_UNPAID = and_(
    Order.status == "placed",
    Order.payment_status == "pending",
    Order.fulfilment_status == "unfulfilled",
    ~Order.ship_unpaid,
    select(Payment.id).where(Payment.order_id == Order.id, Payment.provider == BANK_TRANSFER).exists(),
    ~select(Payment.id).where(Payment.order_id == Order.id, Payment.status == "processing").exists(),
)

logger = log.get_logger(__name__)


def chase_transfers() -> tuple[int, int]:
    """Remind whoever has not paid yet, and call off what was not paid in time; return how many of each."""
    with transaction():
        method = read_method(BANK_TRANSFER)
        late = _placed_before(timedelta(days=method.days_to_pay))
        told = select(OrderEvent.id).where(OrderEvent.order_id == Order.id, OrderEvent.kind == REMINDED).exists()
        waiting = _placed_before(timedelta(days=method.remind_after_days), ~told) if method.remind_after_days else []
    called_off = 0
    for order_id in late:
        if not _asked_elsewhere(order_id) or not retrying(partial(_still_unpaid, order_id)):
            continue
        try:
            cancel_order(
                order_id,
                request_id=f"unpaid:{order_id}",
                actor="system",
                reason=_("The transfer did not come in time."),
                restock=True,
            )
        except StoreError as error:
            logger.warning("unpaid order can't be called off", order_id=order_id, error=error.message)
        else:
            called_off += 1
    reminded = sum(retrying(partial(_remind, order_id)) for order_id in waiting if order_id not in late)
    return reminded, called_off


def _placed_before(age: timedelta, *besides: ColumnElement[bool]) -> list[int]:
    return list(
        session.execute(
            select(Order.id)
            .where(_UNPAID, Order.placed_at <= now() - age, *besides)
            .order_by(Order.placed_at)
            .limit(BATCH)
        ).scalars()
    )


def _asked_elsewhere(order_id: int) -> bool:
    """Ask about attempts to pay another way, and say whether each provider answered: money may have come by one."""
    with transaction():
        opened = [one.id for one in list_open_payments(order_id) if not one.offline]
    try:
        for payment_id in opened:
            apply_payment(payment_id)
    except (Unavailable, Declined) as error:
        logger.warning("attempt of an unpaid order can't be asked about", order_id=order_id, error=error.message)
        return False
    return True


def _still_unpaid(order_id: int) -> bool:
    """Look again right before: somebody may have entered the money a moment ago."""
    orders.lock_order(order_id)
    return session.execute(select(Order.id).where(Order.id == order_id, _UNPAID)).scalar_one_or_none() is not None


def _remind(order_id: int) -> bool:
    order = orders.lock_order(order_id)
    told = session.execute(
        select(OrderEvent.id).where(OrderEvent.order_id == order_id, OrderEvent.kind == REMINDED).limit(1)
    ).scalar_one_or_none()
    if told is not None or order.status != "placed" or order.payment_status != "pending":
        return False
    orders.add_event(order_id, REMINDED)
    emit(PaymentMissed(order_id))
    return True
