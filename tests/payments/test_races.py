"""Several hands on one order at the same moment, each with a connection of its own."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from store.core.db import session, transaction
from store.core.errors import StoreError
from store.core.outbox import Outbox
from store.orders import services as orders
from store.orders.models import OrderEvent
from store.payments import services
from store.payments.errors import AlreadyRefunded
from tests.factories.catalog import make_product
from tests.factories.orders import make_pending_order
from tests.factories.payments import (
    bank_balance,
    bank_payments,
    bank_refunds,
    choose,
    make_paid_order,
    make_payment,
    order_of,
    payment_of,
    payments_of,
    refunds_of,
    run_jobs,
    shop_balance,
)


@pytest.fixture
def together(running_shop) -> Callable[..., list[object]]:
    """A function that does several things at once and returns their results, or the shop's own errors."""

    def run(*works):
        barrier = threading.Barrier(len(works))

        def one(work):
            with running_shop.app_context():
                barrier.wait()
                try:
                    return work()
                except StoreError as error:
                    return error
                finally:
                    session.remove()

        with ThreadPoolExecutor(len(works)) as pool:
            results = list(pool.map(one, works))
        session.expire_all()
        session.rollback()
        return results

    return run


def counted(order_id, kind):
    with transaction():
        return session.execute(
            select(func.count()).select_from(OrderEvent).where(OrderEvent.order_id == order_id, OrderEvent.kind == kind)
        ).scalar_one()


def test_many_clicks_on_pay_are_one_payment(together):
    with transaction():
        order = make_pending_order()
    pages = together(*[lambda: services.begin(order.id, "test")] * 10)
    assert len(set(pages)) == 1
    assert str(pages[0]).startswith("/-/test-gateway/")
    assert len(bank_payments(order.token)) == len(payments_of(order.id)) == 1


def test_notification_return_page_and_reconciler_place_the_order_once(together, violations):
    payment = make_payment()
    token = order_of(payment).token
    choose(payment, "pay_told_twice")
    results = together(
        *[lambda: services.apply_payment(payment.id).status] * 3,
        *[lambda: services.return_from_provider(token)[1]] * 3,
        lambda: run_jobs(only="testbank."),
        lambda: services.expire_order(payment.order_id),
    )
    run_jobs(only="payments.")
    assert results[:6] == ["captured"] * 6
    assert counted(payment.order_id, "placed") == 1
    placed = select(func.count()).select_from(Outbox).where(Outbox.task == "notifications.send_receipt")
    assert session.execute(placed).scalar_one() == 1
    assert violations() == []


def test_a_payment_and_the_end_of_its_time_agree_on_one_outcome(together, violations):
    outcomes = set()
    for _ in range(12):
        mug = make_product(stock=1)
        payment = make_payment(mug)
        token = order_of(payment).token
        together(
            lambda payment=payment: choose(payment, "pay"),
            lambda payment=payment: services.expire_order(payment.order_id),
            lambda token=token: services.return_from_provider(token),
        )
        services.apply_payment(payment.id)
        order = order_of(payment)
        outcomes.add(order.status)
        assert (order.status, bank_balance(token)) in (("placed", 2390), ("expired", 0))
        assert shop_balance(order.id) == bank_balance(token)
    run_jobs()
    assert outcomes <= {"placed", "expired"}
    assert violations() == []


def test_staff_who_refund_at_once_refund_once(together, violations):
    order = make_paid_order()
    results = together(
        *[
            lambda number=number: (
                services.refund_in_full(
                    order.id, request_id=f"form-{number}", actor=f"staff:{number}", reason="", restock=False
                ).status
            )
            for number in range(6)
        ]
    )
    assert results.count("succeeded") == 1
    assert sum(isinstance(result, AlreadyRefunded) for result in results) == 5
    assert len(bank_refunds(payment_of(order.id))) == len(refunds_of(order.id)) == 1
    assert violations() == []


def test_one_form_sent_by_many_clicks_is_one_refund(together):
    order = make_paid_order()
    together(
        *[lambda: services.refund_in_full(order.id, request_id="form", actor="staff:1", reason="", restock=False)] * 6
    )
    (refund,) = refunds_of(order.id)
    assert (refund.status, bank_balance(order.token)) == ("succeeded", 0)
    assert counted(order.id, "refunded") == 1


def test_cancel_and_refund_at_once_give_the_money_back_once(together, violations):
    mug = make_product(stock=1)
    order = make_paid_order(mug)
    together(
        lambda: services.cancel_order(order.id, request_id="a", actor="staff:1", reason="", restock=True),
        lambda: services.refund_in_full(order.id, request_id="b", actor="staff:2", reason="", restock=True),
        lambda: services.cancel_order(order.id, request_id="c", actor="staff:3", reason="", restock=True),
    )
    services.settle_due_refunds()
    services.cancel_order(order.id, request_id="d", actor="staff:1", reason="", restock=True)
    session.refresh(order)
    session.refresh(mug.variant)
    assert (order.status, bank_balance(order.token), mug.variant.stock_left) == ("cancelled", 0, 1)
    assert len(bank_refunds(payment_of(order.id))) == 1
    assert violations() == []


def test_two_late_payments_and_one_last_piece(together, violations):
    mug = make_product(stock=2)
    late = [make_payment(mug), make_payment(mug)]
    with transaction():
        for payment in late:
            orders.mark_expired(payment.order_id)
        make_pending_order(mug)
    for payment in late:
        choose(payment, "pay_untold")
    together(*[lambda payment=payment: services.apply_payment(payment.id) for payment in late])
    run_jobs(only="payments.")
    assert sorted(order_of(payment).status for payment in late) == ["expired", "placed"]
    assert sum(bank_balance(order_of(payment).token) for payment in late) == 2390
    assert violations() == []


def test_sweepers_of_several_processes_close_an_order_once(together, clock, violations):
    mugs = [make_product(stock=1) for _ in range(4)]
    payments = [make_payment(mug) for mug in mugs]
    clock.shift(timedelta(minutes=16))
    together(*[services.expire_due_orders] * 3)
    for mug, payment in zip(mugs, payments, strict=True):
        session.refresh(mug.variant)
        assert (order_of(payment).status, mug.variant.stock_left) == ("expired", 1)
        assert counted(payment.order_id, "expired") == 1
    assert violations() == []


def test_the_banks_notification_travels_over_http(running_shop):
    payment = make_payment()
    choose(payment, "pay_told_twice")
    run_jobs()
    assert order_of(payment).status == "placed"
