"""Ways to pay at the desk, and noting what came by hand."""

import pytest

from store.core.db import session, transaction
from store.orders.models import Order
from store.payments import services
from store.payments.offline.methods import read_method
from tests.factories.orders import make_pending_order
from tests.factories.payments import refunds_of

IBAN = "AT61 1904 3002 3457 3201"


def switch_on(desk, **more):
    data = {"enabled": "y", "iban": IBAN, "bic": "BKAUATWW", "account_holder": "Test Shop", "days_to_pay": "14"}
    path = "/admin/ways-to-pay/bank_transfer"
    return desk.send(path, {**data, "remind_after_days": "7", **more}, form_at=path)


@pytest.fixture
def order(desk):
    switch_on(desk)
    with transaction():
        made = make_pending_order()
    services.begin(made.id, "bank_transfer")
    return made


def note(desk, order, amount, **more):
    path = f"/admin/orders/{order.id}/receipt"
    form = {name: desk.hidden(path, name) for name in ("request_id", "received_on")}
    return desk.send(
        path, {**form, "amount": amount, "way": "bank_transfer", "reference": "EREF 7", **more}, form_at=path
    )


def test_the_list_says_what_each_way_still_needs(desk):
    page = desk.get("/admin/ways-to-pay/").text
    assert "PAYPAL_CLIENT_ID" in page
    assert "Not set up" in page
    assert "Not offered" in page


def test_a_way_is_switched_on_with_its_account_and_the_journal_knows(desk, journal):
    assert switch_on(desk, countries="AT, DE").status_code == 303
    method = read_method("bank_transfer")
    assert (method.enabled, method.iban, method.countries) == (True, "AT611904300234573201", ("AT", "DE"))
    assert ("edit", "way_to_pay", "bank_transfer") in journal()


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"iban": "AT61 1904 3002 3457 3202"}, "not a valid IBAN"),
        ({"days_to_pay": "5"}, "must come before"),
        ({"countries": "Austria"}, "Two capital letters"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_nothing_is_kept(desk, wrong, sentence):
    answer = switch_on(desk, **wrong)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert not read_method("bank_transfer").enabled


def test_money_is_noted_in_parts_and_the_order_says_so(desk, order, journal):
    assert note(desk, order, "10.00").status_code == 303
    page = desk.get(f"/admin/orders/{order.id}").text
    assert "EREF 7" in page
    assert "€13.90 are still to come" in page
    assert note(desk, order, "13.90").status_code == 303
    assert session.get(Order, order.id, populate_existing=True).payment_status == "paid"
    assert ("receive", "order", str(order.id)) in journal()


@pytest.mark.parametrize("amount", ["", "0", "-5", "1e3", "10.001"])
def test_no_amount_is_noted_that_is_none(desk, order, amount):
    assert note(desk, order, amount).status_code == 422
    assert session.get(Order, order.id, populate_existing=True).payment_status == "pending"


def test_too_much_goes_back_when_somebody_says_that_it_is_paid_out(desk, order):
    note(desk, order, "30.00")
    path = f"/admin/orders/{order.id}"
    desk.send(f"{path}/difference", {"request_id": desk.hidden(path, "request_id")}, form_at=path)
    (refund,) = refunds_of(order.id)
    assert (refund.amount_minor, refund.status) == (610, "requested")
    assert "Please pay out €6.10" in desk.get(path).text
    assert desk.send(f"{path}/payouts/{refund.id}", form_at=path).status_code == 303
    assert refunds_of(order.id)[0].status == "succeeded"
    assert desk.send(f"{path}/payouts/{refund.id}", form_at=path).status_code == 404
