"""Promised money is taken at the desk, in parts or at once, and every step of an order's money is on its page."""

import pytest

from store.audit.report import audit
from store.payments import providers, services
from tests.admin.conftest import one
from tests.factories.payments import choose, make_payment, order_of, run_jobs


@pytest.fixture
def promised(shop):
    before = providers._settings
    providers.configure(before.model_copy(update={"payment_capture": "manual"}))
    payment = make_payment()
    choose(payment, "pay")
    services.apply_payment(payment.id)
    yield order_of(payment)
    providers.configure(before)


def take(desk, order, amount, **more):
    form = f"/admin/orders/{order.id}/capture"
    return desk.send(form, {"amount": amount, "request_id": desk.hidden(form, "request_id"), **more})


def test_promised_money_is_taken_in_two_steps(desk, promised, journal):
    page = desk.get(f"/admin/orders/{promised.id}").text
    assert "Take promised money" in page
    assert "Still to come" in page
    assert 'value="23.90"' in desk.get(f"/admin/orders/{promised.id}/capture").text
    assert take(desk, promised, "10,00").status_code == 303
    assert one("SELECT payment_status FROM orders")[0] == "partially_paid"
    take(desk, promised, "13.90")
    assert one("SELECT payment_status FROM orders")[0] == "paid"
    page = desk.get(f"/admin/orders/{promised.id}").text
    assert "Take promised money" not in page
    assert "Still to come" not in page
    assert [line[0] for line in journal()] == ["capture", "capture"]
    run_jobs(only="notifications.send")
    assert audit().violations == ()


@pytest.mark.parametrize("amount", ["0", "23.91", "-1", "x", "", "1e3"])
def test_no_more_is_taken_than_was_promised(desk, promised, amount):
    assert take(desk, promised, amount).status_code == 422
    assert one("SELECT count(*) FROM captures")[0] == 0


def test_a_double_click_takes_once(desk, promised):
    form = f"/admin/orders/{promised.id}/capture"
    data = {"amount": "5", "request_id": desk.hidden(form, "request_id")}
    assert [desk.send(form, data).status_code for _click in range(2)] == [303, 303]
    assert tuple(one("SELECT count(*), sum(amount_minor) FROM captures")) == (1, 500)


def test_the_rest_is_given_up_with_a_tick(desk, promised):
    take(desk, promised, "5", final="y")
    assert one("SELECT status FROM payments")[0] == "captured"
    assert "no promised money" in desk.get(f"/admin/orders/{promised.id}/capture").text
