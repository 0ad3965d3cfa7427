"""Payments on their way, and the hands that move them: the shopper's at the bank, the worker's at the outbox."""

from datetime import timedelta

from sqlalchemy import or_, select

from store.core.clock import now
from store.core.db import session, transaction
from store.core.outbox import Outbox
from store.core.queue import perform
from store.orders.models import Order
from store.payments import services
from store.payments.models import Payment, Refund
from store.payments.testbank import customer, knobs
from store.payments.testbank.models import BankPayment, BankRefund
from tests.factories.catalog import Made
from tests.factories.orders import make_pending_order


def make_payment(made: Made | None = None, *, quantity: int = 1, expires_in: int = 900) -> Payment:
    """Make a pending order and begin to pay it at the test bank."""
    with transaction():
        order = make_pending_order(made, quantity=quantity, expires_in=expires_in)
    services.begin(order.id, "test")
    return payment_of(order.id)


def make_paid_order(made: Made | None = None, *, quantity: int = 1) -> Order:
    """Make an order that was paid at the test bank."""
    payment = make_payment(made, quantity=quantity)
    choose(payment, "pay")
    services.apply_payment(payment.id)
    return order_of(payment)


def choose(payment: Payment, outcome: str, *, delay: int = 0) -> None:
    """Press a button on the bank's page; `delay` in seconds."""
    with transaction():
        customer.decide(payment.external_id or "", outcome, delay=timedelta(seconds=delay))


def break_next(call: str, fault: str, times: int = 1) -> None:
    """Let the bank's next calls of a kind go wrong."""
    with transaction():
        knobs.turn(call, fault, times)


def run_jobs(*, only: str = "") -> int:
    """Do what is due in the outbox until nothing is, and return how many jobs that were."""
    done = 0
    while True:
        with transaction():
            due = list(
                session.execute(
                    select(Outbox.id)
                    .where(Outbox.done_at.is_(None), Outbox.parked_at.is_(None), Outbox.available_at <= now())
                    .where(or_(Outbox.lease_until.is_(None), Outbox.lease_until < now()))
                    .where(Outbox.task.startswith(only))
                    .order_by(Outbox.available_at, Outbox.id)
                ).scalars()
            )
        performed = [perform(outbox_id) for outbox_id in due]
        if not any(performed):
            return done
        done += len(due)


def payments_of(order_id: int) -> list[Payment]:
    """Return all attempts to pay an order as they are now."""
    with transaction():
        return list(
            session.execute(
                select(Payment)
                .where(Payment.order_id == order_id)
                .order_by(Payment.id)
                .execution_options(populate_existing=True)
            ).scalars()
        )


def payment_of(order_id: int) -> Payment:
    """Return the only attempt to pay an order as it is now."""
    (payment,) = payments_of(order_id)
    return payment


def order_of(payment: Payment) -> Order:
    """Return the order of a payment as it is now."""
    with transaction():
        return session.execute(
            select(Order).where(Order.id == payment.order_id).execution_options(populate_existing=True)
        ).scalar_one()


def refunds_of(order_id: int) -> list[Refund]:
    """Return all refunds of an order as they are now."""
    with transaction():
        return list(
            session.execute(
                select(Refund)
                .join(Payment, Payment.id == Refund.payment_id)
                .where(Payment.order_id == order_id)
                .order_by(Refund.id)
                .execution_options(populate_existing=True)
            ).scalars()
        )


def bank_payments(token: str) -> list[BankPayment]:
    """Return what the bank's books hold under an order's token."""
    with transaction():
        return list(
            session.execute(
                select(BankPayment)
                .where(BankPayment.reference == token)
                .order_by(BankPayment.created_at)
                .execution_options(populate_existing=True)
            ).scalars()
        )


def bank_refunds(payment: Payment) -> list[BankRefund]:
    """Return the refunds of a payment in the bank's books."""
    with transaction():
        return list(
            session.execute(
                select(BankRefund)
                .where(BankRefund.payment_id == payment.external_id)
                .order_by(BankRefund.created_at)
                .execution_options(populate_existing=True)
            ).scalars()
        )


def bank_balance(token: str) -> int:
    """Return what the bank has taken for an order and not given back, in minor units."""
    return sum(payment.captured_minor - payment.refunded_minor for payment in bank_payments(token))


def shop_balance(order_id: int) -> int:
    """Return what the shop believes it holds for an order, in minor units."""
    return sum(payment.captured_minor - payment.refunded_minor for payment in payments_of(order_id))
