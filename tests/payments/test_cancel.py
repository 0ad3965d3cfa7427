"""An order is cancelled."""

from datetime import timedelta

import pytest

from store.core import ids
from store.core.db import session
from store.core.errors import Conflict, Unavailable
from store.payments import services
from store.payments.errors import RefundFailed, Unsettled
from tests.factories.catalog import make_product
from tests.factories.payments import (
    bank_balance,
    bank_payments,
    break_next,
    choose,
    make_paid_order,
    make_payment,
    order_of,
    payment_of,
    refunds_of,
    run_jobs,
)

pytestmark = pytest.mark.usefixtures("shop")


def cancel(order_id, *, request_id=None):
    services.cancel_order(
        order_id, request_id=request_id or ids.token(), actor="staff:1", reason="changed their mind", restock=True
    )


def test_an_unpaid_order_is_called_off_at_the_bank_first(violations):
    mug = make_product(stock=1)
    payment = make_payment(mug)
    cancel(payment.order_id)
    order = order_of(payment)
    session.refresh(mug.variant)
    assert (order.status, payment_of(order.id).status, mug.variant.stock_left) == ("cancelled", "voided", 1)
    assert [one.status for one in bank_payments(order.token)] == ["cancelled"]
    assert violations() == []


def test_an_unpaid_order_of_a_silent_bank_is_not_cancelled():
    payment = make_payment()
    break_next("cancel", "error_500")
    break_next("fetch", "error_500")
    with pytest.raises(Unavailable):
        cancel(payment.order_id)
    assert order_of(payment).status == "pending"


def test_a_paid_order_is_refunded_and_then_cancelled(violations):
    mug = make_product(stock=1)
    order = make_paid_order(mug)
    cancel(order.id)
    session.refresh(order)
    session.refresh(mug.variant)
    assert (order.status, order.payment_status, bank_balance(order.token)) == ("cancelled", "refunded", 0)
    assert mug.variant.stock_left == 1
    assert violations() == []


def test_cancelling_twice_is_cancelling_once(clock):
    order = make_paid_order()
    for _ in range(3):
        cancel(order.id)
    clock.shift(timedelta(minutes=1))
    run_jobs()
    assert len(refunds_of(order.id)) == 1


def test_money_that_came_meanwhile_goes_back():
    payment = make_payment()
    choose(payment, "pay_untold")
    cancel(payment.order_id)
    order = order_of(payment)
    assert (order.status, bank_balance(order.token)) == ("cancelled", 0)


def test_when_the_refund_is_refused_the_order_stays(clock, violations):
    order = make_paid_order()
    break_next("refund", "declined")
    with pytest.raises(RefundFailed):
        cancel(order.id)
    clock.shift(timedelta(minutes=1))
    run_jobs()
    session.refresh(order)
    assert (order.status, order.payment_status, bank_balance(order.token)) == ("placed", "paid", 2390)
    assert violations() == []
    cancel(order.id)
    session.refresh(order)
    assert order.status == "cancelled"


@pytest.mark.parametrize("fault", ["lost_reply", "error_500"])
def test_an_unknown_refund_cancels_the_order_as_soon_as_it_is_known(fault, clock, violations):
    order = make_paid_order()
    break_next("refund", fault)
    with pytest.raises(Unsettled):
        cancel(order.id)
    session.refresh(order)
    assert order.status == "placed"
    clock.shift(timedelta(seconds=16))
    run_jobs()
    session.refresh(order)
    assert (order.status, order.payment_status, bank_balance(order.token)) == ("cancelled", "refunded", 0)
    assert len(refunds_of(order.id)) == 1
    assert violations() == []


def test_a_refund_on_its_way_is_waited_for_and_not_doubled(clock):
    order = make_paid_order()
    break_next("refund", "error_500")
    services.refund_in_full(order.id, request_id="form", actor="staff:2", reason="", restock=False)
    cancel(order.id)
    session.refresh(order)
    assert (order.status, len(refunds_of(order.id)), bank_balance(order.token)) == ("cancelled", 1, 0)


def test_money_being_processed_can_not_be_cancelled_yet():
    payment = make_payment()
    choose(payment, "pay_later", delay=3600)
    with pytest.raises(Conflict):
        cancel(payment.order_id)
    assert order_of(payment).status == "pending"
