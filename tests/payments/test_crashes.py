"""A process is killed at every marked point of every payment job; whoever comes next finishes its work, once."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest

from store.core.db import session, transaction
from store.payments import providers, services
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

# What the doomed process does, by the name of the work. `key` is an order's id.
PROGRAM = """
import json
import sys
from datetime import timedelta
import time_machine
from store.app import create_app
from store.core.clock import now
from store.core.settings import Settings
from store.payments import services
from store.payments.testbank import signing
from tests.factories.payments import payment_of, run_jobs


def receive():
    body = json.dumps({"event_id": "evt", "kind": "payment.succeeded", "payment_id": payment_of(key).external_id}).encode()
    secret = signing.secret_from(Settings.from_env().secret_key.get_secret_value())
    signature = signing.sign(secret, int(now().timestamp()), body)
    services.receive_webhook("test", {signing.HEADER: signature}, body)


work, key, later = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
again = dict(request_id="form", actor="staff:1", reason="", restock=True)
works = {
    "begin": lambda: services.begin(key, "test"),
    "run_jobs": run_jobs,
    "receive": receive,
    "expire": services.expire_due_orders,
    "refund": lambda: services.refund_in_full(key, **again),
    "cancel": lambda: services.cancel_order(key, **again),
    "reconcile": services.reconcile,
    "capture": lambda: services.capture(key, amount_minor=1000, request_id="form", actor="staff:1"),
    "goodwill": lambda: services.refund(
        key, request_id="form", actor="staff:1", reason="", parts=services.RefundParts(goodwill_minor=500)
    ),
}
with create_app(Settings.from_env()).app_context(), time_machine.travel(now() + timedelta(seconds=later), tick=True):
    works[work]()
"""


@pytest.fixture
def die_at(running_shop, running_settings):
    """A function that lets another process do some work and be killed at a point."""

    def run(point: str, work: str, order_id: int, *, later: int = 0) -> None:
        session.rollback()
        environment = {
            "PATH": os.environ["PATH"],
            "DATABASE_URL": running_settings.database_url,
            "STORE_ENV": "development",
            "STORE_DATA_DIR": str(running_settings.data_dir),
            "SECRET_KEY": running_settings.secret_key.get_secret_value(),
            "PORT": str(running_settings.port),
            "STORE_FAULT": point,
        }
        ended = subprocess.run(
            [sys.executable, "-c", PROGRAM, work, str(order_id), str(later)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert ended.returncode == -signal.SIGKILL, ended.stderr[-2000:]

    return run


def let_time_pass(clock):
    for _ in range(2):
        clock.shift(timedelta(minutes=3))
        run_jobs()
        services.expire_due_orders()
        services.settle_due_refunds()
        services.reconcile()
    session.expire_all()


@pytest.mark.parametrize("point", ["payments.begin.before_start", "payments.begin.after_start"])
def test_a_shopper_sent_to_the_bank(die_at, point, clock, violations):
    with transaction():
        order = make_pending_order()
    die_at(point, "begin", order.id)
    services.begin(order.id, "test")
    choose(payment_of(order.id), "pay")
    let_time_pass(clock)
    assert (order.status, len(bank_payments(order.token)), bank_balance(order.token)) == ("placed", 1, 2390)
    assert violations() == []


@pytest.mark.parametrize(
    "point",
    [
        "testbank.deliver.after_post",
        "payments.apply.after_fetch",
        "payments.apply.before_commit",
        "payments.handle_event.after_apply",
        "orders.pay.after_allocate",
    ],
)
def test_a_payment_that_arrives(die_at, point, clock, violations):
    mug = make_product(stock=5)
    payment = make_payment(mug)
    choose(payment, "pay")
    die_at(point, "run_jobs", payment.order_id)
    let_time_pass(clock)
    order = order_of(payment)
    session.refresh(mug.variant)
    assert (order.status, bank_balance(order.token), mug.variant.stock_left) == ("placed", 2390, 4)
    assert violations() == []


def test_a_notification_that_is_being_kept(die_at, clock, violations):
    payment = make_payment()
    choose(payment, "pay")
    die_at("payments.webhook.before_commit", "receive", payment.order_id)
    # Nothing was kept and nobody answered, so the bank comes again.
    let_time_pass(clock)
    assert order_of(payment).status == "placed"
    assert violations() == []


@pytest.mark.parametrize(
    "point", ["payments.void.after_cancel", "payments.expire.before_close", "orders.expire.after_release"]
)
def test_an_order_that_expires(die_at, point, clock, violations):
    mug = make_product(stock=1)
    payment = make_payment(mug)
    die_at(point, "expire", payment.order_id, later=16 * 60)
    clock.shift(timedelta(minutes=16))
    let_time_pass(clock)
    order = order_of(payment)
    session.refresh(mug.variant)
    assert (order.status, payments_of(order.id)[0].status, mug.variant.stock_left) == ("expired", "voided", 1)
    assert violations() == []


@pytest.mark.parametrize(
    "point", ["payments.refund.before_call", "payments.refund.after_call", "payments.refund.before_commit"]
)
def test_money_that_goes_back(die_at, point, clock, violations):
    order = make_paid_order()
    die_at(point, "refund", order.id)
    let_time_pass(clock)
    assert [refund.status for refund in refunds_of(order.id)] == ["succeeded"]
    assert len(bank_refunds(payment_of(order.id))) == 1
    assert shop_balance(order.id) == bank_balance(order.token) == 0
    assert violations() == []


@pytest.mark.parametrize("point", ["payments.cancel.after_refund", "orders.cancel.after_release"])
def test_a_paid_order_that_is_cancelled(die_at, point, clock, violations):
    mug = make_product(stock=1)
    order = make_paid_order(mug)
    die_at(point, "cancel", order.id)
    let_time_pass(clock)
    session.refresh(mug.variant)
    assert (order.status, bank_balance(order.token), mug.variant.stock_left) == ("cancelled", 0, 1)
    assert len(bank_refunds(payment_of(order.id))) == 1
    assert violations() == []


def test_an_unpaid_order_that_is_cancelled(die_at, clock):
    payment = make_payment()
    die_at("payments.cancel.after_void", "cancel", payment.order_id)
    assert payment_of(payment.order_id).status == "voided"
    services.cancel_order(payment.order_id, request_id="form", actor="staff:1", reason="", restock=True)
    assert order_of(payment).status == "cancelled"


@pytest.mark.parametrize(
    "point",
    [
        "payments.refund.after_request",
        "payments.refund.before_call",
        "payments.refund.after_call",
        "payments.refund.before_commit",
    ],
)
def test_a_part_of_the_money_that_goes_back(die_at, point, clock, violations):
    order = make_paid_order()
    die_at(point, "goodwill", order.id)
    let_time_pass(clock)
    # Sent again: what was never written down happens now, what was happens no second time.
    parts = services.RefundParts(goodwill_minor=500)
    services.refund(order.id, request_id="form", actor="staff:1", reason="", parts=parts)
    session.refresh(order)
    assert [(refund.status, refund.amount_minor) for refund in refunds_of(order.id)] == [("succeeded", 500)]
    assert (order.credited_minor, bank_balance(order.token), shop_balance(order.id)) == (500, 1890, 1890)
    assert violations() == []


@pytest.mark.parametrize(
    "point", ["payments.capture.before_call", "payments.capture.after_call", "payments.capture.before_commit"]
)
def test_promised_money_that_is_taken(die_at, point, clock, violations):
    providers.configure(providers._settings.model_copy(update={"payment_capture": "manual"}))
    payment = make_payment()
    choose(payment, "pay")
    services.apply_payment(payment.id)
    die_at(point, "capture", payment.order_id)
    let_time_pass(clock)
    services.capture(payment.order_id, amount_minor=1000, request_id="form", actor="staff:1")
    order = order_of(payment)
    assert (order.payment_status, payment_of(order.id).captured_minor) == ("partially_paid", 1000)
    assert [one.captured_minor for one in bank_payments(order.token)] == [1000]
    assert [event.kind for event in order.events].count("captured") == 1
    assert violations() == []


def test_books_that_are_being_compared(die_at, clock, violations):
    payment = make_payment()
    choose(payment, "pay_untold")
    die_at("payments.reconcile.after_catch_up", "reconcile", payment.order_id, later=120)
    let_time_pass(clock)
    assert order_of(payment).status == "placed"
    assert violations() == []
