"""Orders that are not paid in time."""

from datetime import timedelta

import pytest

from store.core.db import transaction
from store.core.errors import Unavailable
from store.payments import services
from store.payments.services import expire
from store.payments.testbank import knobs
from tests.factories.catalog import make_product
from tests.factories.orders import make_pending_order
from tests.factories.payments import (
    bank_payments,
    break_next,
    choose,
    make_payment,
    order_of,
    payment_of,
    payments_of,
    run_jobs,
)

pytestmark = pytest.mark.usefixtures("shop")


def test_the_bank_is_told_before_the_stock_is_free(clock):
    mug = make_product(stock=1)
    payment = make_payment(mug)
    clock.shift(timedelta(minutes=15))
    assert services.expire_due_orders() == 1
    (at_bank,) = bank_payments(order_of(payment).token)
    assert (at_bank.status, payment_of(payment.order_id).status, order_of(payment).status) == (
        "cancelled", "voided", "expired",
    )  # fmt: skip
    choose(payment, "pay")
    assert bank_payments(order_of(payment).token)[0].status == "cancelled"
    make_pending_order(mug)


def test_an_order_within_its_time_is_left_alone(clock):
    payment = make_payment()
    clock.shift(timedelta(minutes=14))
    assert services.expire_due_orders() == 0
    assert order_of(payment).status == "pending"


def test_money_that_was_faster_places_the_order(clock):
    payment = make_payment()
    choose(payment, "pay_untold")
    clock.shift(timedelta(minutes=16))
    services.expire_due_orders()
    assert order_of(payment).status == "placed"


def test_a_silent_bank_keeps_the_stock_held(clock):
    payment = make_payment()
    clock.shift(timedelta(minutes=16))
    break_next("cancel", "error_500")
    break_next("fetch", "error_500")
    with pytest.raises(Unavailable):
        services.expire_order(payment.order_id)
    assert order_of(payment).status == "pending"
    services.expire_due_orders()
    assert order_of(payment).status == "expired"


def test_one_order_that_fails_does_not_keep_the_others(clock):
    first, second = make_payment(), make_payment()
    clock.shift(timedelta(minutes=16))
    break_next("cancel", "error_500")
    break_next("fetch", "error_500")
    assert services.expire_due_orders() == 1
    assert sorted(order_of(payment).status for payment in (first, second)) == ["expired", "pending"]


def test_a_silent_bank_is_not_asked_about_every_order(clock):
    payments = [make_payment() for _ in range(6)]
    clock.shift(timedelta(minutes=16))
    break_next("cancel", "error_500", 100)
    break_next("fetch", "error_500", 100)
    services.expire_due_orders()
    services.reconcile()
    with transaction():
        tried = 100 - min(knob.remaining for knob in knobs.list_knobs() if knob.call == "fetch")
        knobs.reset()
    assert tried == 2 * 3
    assert services.expire_due_orders() == len(payments)


def test_an_order_whose_opening_was_lost_is_closed_at_the_bank_too(clock):
    order = make_pending_order()
    break_next("start", "lost_reply")
    with pytest.raises(Unavailable):
        services.begin(order.id, "test")
    clock.shift(timedelta(minutes=16))
    services.expire_due_orders()
    assert order_of(payment_of(order.id)).status == "expired"
    assert [payment.status for payment in bank_payments(order.token)] == ["cancelled"]


def test_money_on_its_way_keeps_the_order_open_until_it_is_decided(clock):
    payment = make_payment()
    choose(payment, "fail_later", delay=3 * 3600)
    services.return_from_provider(order_of(payment).token)
    clock.shift(timedelta(hours=2))
    assert services.expire_due_orders() == 0
    clock.shift(timedelta(hours=2))
    run_jobs()
    services.expire_due_orders()
    assert (payment_of(payment.order_id).status, order_of(payment).status) == ("failed", "expired")


def test_an_attempt_that_begins_while_the_old_one_is_closed_keeps_the_order_open(monkeypatch):
    payment = make_payment()
    others = {"payments.expire.before_close": lambda: services.begin(payment.order_id, "test")}
    monkeypatch.setattr(expire, "point", lambda name: others.pop(name, lambda: None)())
    services.expire_order(payment.order_id)
    first, second = payments_of(payment.order_id)
    assert (first.status, second.status, order_of(payment).status) == ("voided", "created", "pending")
    choose(second, "pay")
    services.apply_payment(second.id)
    assert order_of(payment).status == "placed"


def test_an_order_nobody_began_to_pay_expires(clock):
    order = make_pending_order()
    clock.shift(timedelta(minutes=16))
    services.expire_due_orders()
    services.expire_order(order.id)
    assert order.status == "expired"
