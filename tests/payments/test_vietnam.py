"""Buying with MoMo and ZaloPay, against stand-ins that speak their APIs over HTTP."""

import importlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from store.core.db import session, transaction
from store.core.errors import Conflict, Unavailable
from store.orders import services as orders
from store.payments import services
from store.payments.providers import all_providers
from tests.factories.catalog import make_product
from tests.factories.orders import make_draft
from tests.factories.payments import order_of, payment_of, payments_of, refunds_of, run_jobs

pytestmark = pytest.mark.usefixtures("shop")

HOSTS = {"momo": "https://test-payment.momo.vn/", "zalopay": "https://qcgateway.zalopay.vn/"}


@pytest.fixture(params=["momo", "zalopay"])
def driver(request, shop, monkeypatch) -> Iterator[object]:
    monkeypatch.setattr("store.payments.wire.CALL_TIMEOUT", 0.4)
    made = importlib.import_module(f"tests.contracts.payment_drivers.{request.param}").Driver()
    made.code = request.param
    yield made
    made.close()


@pytest.fixture
def mug():
    return make_product(stock=5)


@pytest.fixture
def order(mug):
    made = orders.place(replace(make_draft(mug), currency="VND"))
    session.commit()
    return made


def begin(driver, order):
    page = services.begin(order.id, driver.code)
    return page, payments_of(order.id)[-1]


def persist(attempt, clock):
    for _ in range(4):
        try:
            return attempt()
        except (Unavailable, Conflict):
            clock.shift(timedelta(seconds=31))
            run_jobs()
    return None


def notify(client, driver, payment):
    headers, body = driver.notification(payment.external_id)
    return client.post(f"/webhooks/payments/{driver.code}", data=body, headers=headers)


def pay(driver, order):
    _page, payment = begin(driver, order)
    driver.pay(payment.external_id)
    services.apply_payment(payment.id)
    return payment


def left(made):
    session.expire_all()
    return made.variant.stock_left


def charged(driver):
    """What the shopper paid and has not got back, by the provider's books."""
    books = driver.account
    if driver.code == "momo":
        taken = sum(int(one["amount"]) for one in books.payments.values() if one["code"] == 0)
        back = sum(one["amount"] for one in books.refunds.values() if one["resultCode"] == 0)
    else:
        taken = sum(one["amount"] for one in books.orders.values() if one["status"] == "paid")
        back = sum(one["amount"] for one in books.refunds.values() if one["status"] == 1)
    return taken - back


def test_a_shopper_goes_there_pays_and_the_notification_places_the_order(client, driver, order, violations):
    page = client.get(f"/orders/{order.token}")
    assert f"https://*.{'momo' if driver.code == 'momo' else 'zalopay'}.vn" in page.headers["Content-Security-Policy"]
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    answer = client.submit(f"/orders/{order.token}/payments", {"csrf_token": token, "provider": driver.code})
    assert answer.status_code == 303
    assert answer.location.startswith(HOSTS[driver.code])

    payment = payment_of(order.id)
    driver.pay(payment.external_id)
    answer = notify(client, driver, payment)
    if driver.code == "momo":
        assert (answer.status_code, answer.data) == (204, b"")
    else:
        assert (answer.status_code, answer.json) == (200, {"return_code": 1, "return_message": "success"})
    assert order_of(payment).status == "pending", "the notification only says where to look"
    run_jobs()
    assert (order_of(payment).status, order_of(payment).payment_status) == ("placed", "paid")
    assert payment_of(order.id).captured_minor == order.total_minor == charged(driver)
    assert violations() == []


def test_they_are_offered_for_dong_only(client, driver, order):
    assert driver.code in [one.code for one in all_providers().values() if one.available(currency="VND", country=None)]
    assert driver.code not in [
        one.code for one in all_providers().values() if one.available(currency="EUR", country=None)
    ]


def test_the_same_notification_twice_places_once(client, driver, order, mug):
    _page, payment = begin(driver, order)
    driver.pay(payment.external_id)
    for _ in range(3):
        assert notify(client, driver, payment).status_code < 300
    run_jobs()
    assert order_of(payment).status == "placed"
    assert left(mug) == 4


def test_a_payment_that_is_refused_gives_the_shopper_another_try(driver, order):
    _page, payment = begin(driver, order)
    driver.decline(payment.external_id)
    services.apply_payment(payment.id)
    begin(driver, order)
    assert [one.status for one in payments_of(order.id)] == ["failed", "created"]


@pytest.mark.parametrize("fault", ["lose", "fail", "hang"])
def test_a_beginning_that_goes_wrong_leaves_one_page_on_which_to_pay(driver, order, fault, clock, violations):
    getattr(driver.account, fault)["create"] = 1
    with pytest.raises(Unavailable):
        services.begin(order.id, driver.code)
    page = persist(lambda: services.begin(order.id, driver.code), clock)
    if not page.startswith("https://"):
        # This one gives no second answer to a first question: the shopper presses the button once more.
        page = services.begin(order.id, driver.code)
    assert page.startswith(HOSTS[driver.code])
    open_ones = [one for one in payments_of(order.id) if one.status == "created"]
    books = driver.account
    can_be_paid = (
        [name for name, one in books.payments.items() if one["code"] == 1000]
        if driver.code == "momo"
        else [name for name, one in books.orders.items() if one["status"] == "open"]
    )
    assert [one.external_id for one in open_ones] == can_be_paid
    driver.pay(open_ones[0].external_id)
    services.apply_payment(open_ones[0].id)
    assert charged(driver) == order.total_minor
    assert violations() == []


@pytest.mark.parametrize("fault", ["lose", "fail", "hang"])
def test_an_answer_that_does_not_come_changes_nothing(driver, order, fault):
    _page, payment = begin(driver, order)
    driver.pay(payment.external_id)
    getattr(driver.account, fault)["query"] = 1
    with pytest.raises(Unavailable):
        services.apply_payment(payment.id)
    assert order_of(payment).status == "pending"
    services.apply_payment(payment.id)
    assert order_of(payment).status == "placed"


@pytest.mark.parametrize("fault", ["lose", "fail", "hang"])
def test_a_refund_that_goes_wrong_on_the_way_happens_once(driver, order, fault, clock, violations):
    pay(driver, order)
    getattr(driver.account, fault)["refund"] = 1
    services.refund_in_full(order.id, request_id="button-1", reason="broken", actor="staff:1", restock=True)
    clock.shift(timedelta(seconds=31))
    services.settle_due_refunds()
    assert [one.status for one in refunds_of(order.id)] == ["succeeded"]
    assert len(driver.account.refunds) == 1
    assert charged(driver) == 0
    assert violations() == []


def test_an_unpaid_order_frees_its_stock_only_when_nobody_can_pay_it_any_more(driver, order, mug, clock):
    _page, payment = begin(driver, order)
    clock.shift(timedelta(minutes=16))
    services.expire_due_orders()
    if driver.code == "momo":
        # Its page can't be closed from here.
        assert (order_of(payment).status, left(mug)) == ("pending", 4)
        driver.lapse(payment.external_id)
        services.expire_due_orders()
    else:
        driver.pay(payment.external_id)
        assert charged(driver) == 0, "the page was closed"
    assert (order_of(payment).status, left(mug)) == ("expired", 5)


def test_who_would_rather_pay_in_another_way_is_told_what_to_do(driver, order):
    _page, payment = begin(driver, order)
    if driver.code == "momo":
        with pytest.raises(Conflict, match="cancel there"):
            services.begin(order.id, "test")
        driver.decline(payment.external_id)
    services.begin(order.id, "test")
    if driver.code == "zalopay":
        driver.pay(payment.external_id)
    assert [one.provider for one in payments_of(order.id)] == [driver.code, "test"]
    assert charged(driver) == 0, "only one page can be paid on"


def test_money_that_comes_after_the_order_was_called_off_goes_back_once(client, driver, order):
    _page, payment = begin(driver, order)
    with transaction():
        orders.mark_cancelled(order.id, reason="changed my mind", actor="shopper")
    driver.pay(payment.external_id)
    notify(client, driver, payment)
    run_jobs()
    services.apply_payment(payment.id)
    run_jobs()
    assert len(driver.account.refunds) == 1
    assert (order_of(payment).status, charged(driver)) == ("cancelled", 0)


def test_another_amount_than_was_agreed_pays_nothing_and_calls_staff(driver, order):
    _page, payment = begin(driver, order)
    driver.pay(payment.external_id)
    books = driver.account.payments if driver.code == "momo" else driver.account.orders
    books[payment.external_id]["amount"] = order.total_minor - 1
    services.apply_payment(payment.id)
    assert (order_of(payment).status, payment_of(order.id).status) == ("pending", "failed")
    assert order_of(payment).attention


def test_the_payment_of_another_order_pays_nothing_and_calls_staff(driver, order, mug):
    _page, payment = begin(driver, order)
    other = orders.place(replace(make_draft(mug), currency="VND"))
    session.commit()
    _page, others = begin(driver, other)
    driver.pay(others.external_id)
    theirs, others.external_id = others.external_id, None
    session.commit()
    with transaction():
        mine = session.get(type(payment), payment.id)
        mine.external_id = theirs
    services.apply_payment(payment.id)
    assert (order_of(payment).status, payment_of(order.id).status) == ("pending", "failed")
    assert order_of(payment).attention


def test_without_a_list_the_reconciler_asks_about_each_payment(driver, order, mug, clock):
    paid = pay(driver, order)
    other = orders.place(replace(make_draft(mug), currency="VND"))
    session.commit()
    _page, waiting = begin(driver, other)
    driver.pay(waiting.external_id)
    clock.shift(timedelta(minutes=2))
    assert [(one.kind, one.healed) for one in reconciled(driver)] == [("behind", True)]
    assert order_of(waiting).status == "placed"
    assert reconciled(driver) == []

    books = driver.account.payments if driver.code == "momo" else driver.account.orders
    books[paid.external_id]["amount"] = 1
    del books[waiting.external_id]
    assert sorted((one.kind, one.healed) for one in reconciled(driver)) == [("amount", False), ("unknown_there", False)]
    assert order_of(paid).attention
    assert order_of(waiting).attention


def test_a_silent_provider_is_told_once(driver, order, clock):
    pay(driver, order)
    driver.account.fail["query"] = 100
    clock.shift(timedelta(minutes=2))
    assert [one.kind for one in reconciled(driver)] == ["provider_silent"]


def reconciled(driver):
    return [one for one in services.reconcile() if one.provider == driver.code]
