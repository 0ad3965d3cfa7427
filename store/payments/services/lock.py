"""An order with its payments under their locks, always in this order: the order, then the payments."""

from collections.abc import Sequence

from sqlalchemy import select

from store.core.db import session
from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.orders import services as orders
from store.orders.models import Order
from store.payments.models import Payment


def lock_order_payments(order_id: int) -> tuple[Order, Sequence[Payment]]:
    """Return an order and all attempts to pay it, the oldest first, as they are now; raises `NotFound`."""
    order = orders.lock_order(order_id)
    payments = (
        session.execute(
            select(Payment)
            .where(Payment.order_id == order_id)
            .order_by(Payment.id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        .scalars()
        .all()
    )
    return order, payments


def lock_payment(payment_id: int) -> tuple[Order, Payment, Sequence[Payment]]:
    """Return a payment with its order and the order's other payments, locked; raises `NotFound`."""
    order_id = session.execute(select(Payment.order_id).where(Payment.id == payment_id)).scalar_one_or_none()
    if order_id is None:
        raise NotFound(_("This payment does not exist."))
    order, payments = lock_order_payments(order_id)
    return (
        order,
        next(payment for payment in payments if payment.id == payment_id),
        [payment for payment in payments if payment.id != payment_id],
    )
