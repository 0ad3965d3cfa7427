"""The shopper's way to the bank and back, over HTTP and without JavaScript."""

import re

import pytest

from store.core.db import session
from store.payments import ways
from tests.factories.orders import make_pending_order
from tests.factories.payments import (
    bank_payments,
    break_next,
    choose,
    make_paid_order,
    make_payment,
    order_of,
    payments_of,
    run_jobs,
)

pytestmark = pytest.mark.usefixtures("shop")


def token_in(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page.text).group(1)


def press(client, page, outcome, **more):
    """Press a button of the bank's page that is open."""
    assert f'value="{outcome}"' in page.text
    action = re.search(r'action="([^"]+/decision)"', page.text).group(1)
    return client.submit(action, {"outcome": outcome, **more})


def go_and_pay(client, order):
    """Press the shop's own Pay button and follow to the bank."""
    page = client.get(f"/orders/{order.token}")
    answer = client.submit(f"/orders/{order.token}/payments", {"csrf_token": token_in(page)})
    assert answer.status_code == 303
    return client.get(answer.location)


@pytest.fixture
def order():
    made = make_pending_order()
    session.commit()
    return made


def test_a_shopper_pays_and_comes_back_to_a_paid_order(client, order):
    bank = go_and_pay(client, order)
    assert "€23.90" in bank.text
    back = press(client, bank, "pay")
    assert (back.status_code, back.location) == (303, f"/checkout/return/{order.token}")
    done = client.get(back.location)
    assert (done.status_code, done.location) == (303, f"/orders/{order.token}/confirmation")
    assert "Thank you, Ana" in client.get(done.location).text


def test_a_declined_shopper_comes_back_to_the_button_that_tries_again(client, order):
    back = press(client, go_and_pay(client, order), "decline")
    again = client.get(back.location)
    assert again.location == f"/orders/{order.token}"
    page = client.get(again.location).text
    assert 'id="pay-now"' in page
    assert "did not go through" in page
    press(client, go_and_pay(client, order), "pay")
    run_jobs()
    session.refresh(order)
    assert (order.status, len(payments_of(order.id))) == ("placed", 2)


@pytest.mark.parametrize(("answer", "status"), [("approve", "placed"), ("deny", "pending")])
def test_authentication_has_a_page_of_its_own(client, order, answer, status):
    step = press(client, go_and_pay(client, order), "challenge")
    page = client.get(step.location)
    assert "Is it you?" in page.text
    client.get(press(client, page, answer).location)
    session.refresh(order)
    assert order.status == status


def test_authentication_may_be_left_and_taken_up_again(client, order):
    press(client, go_and_pay(client, order), "challenge")
    waiting = client.get(f"/checkout/return/{order.token}")
    assert "Waiting for your bank" in client.get(waiting.location).text
    assert "Is it you?" in go_and_pay(client, order).text
    assert len(bank_payments(order.token)) == 1


def test_who_closes_the_window_has_paid_all_the_same(client, order):
    left = press(client, go_and_pay(client, order), "pay_and_leave")
    assert "Close this window" in client.get(left.location).text
    run_jobs()
    session.refresh(order)
    assert order.status == "placed"


def test_paying_later_is_told_truthfully(client, order):
    back = press(client, go_and_pay(client, order), "pay_later", delay="10")
    waiting = client.get(back.location)
    assert "Waiting for your bank" in client.get(waiting.location).text


def test_a_bank_that_does_not_answer_loses_nothing(client, order):
    page = client.get(f"/orders/{order.token}")
    break_next("start", "error_500")
    answer = client.submit(f"/orders/{order.token}/payments", {"csrf_token": token_in(page)})
    assert (answer.status_code, answer.location) == (303, f"/orders/{order.token}?unanswered=test")
    assert "Test bank" in go_and_pay(client, order).text


def test_coming_back_while_the_bank_is_silent_waits_for_its_notification(client):
    payment = make_payment()
    choose(payment, "pay")
    break_next("fetch", "error_500")
    token = order_of(payment).token
    waiting = client.get(f"/checkout/return/{token}")
    assert waiting.location == f"/orders/{token}/confirmation"
    assert "Waiting for your bank" in client.get(waiting.location).text


def test_a_settled_payment_page_shows_how_it_ended(client):
    payment = make_payment()
    choose(payment, "decline")
    page = client.get(payment.redirect_url)
    assert "Declined" in page.text
    assert "<form" not in page.text
    choose(payment, "pay")
    assert bank_payments(order_of(payment).token)[0].status == "declined"


def test_returning_proves_nothing(client, order):
    client.get(f"/checkout/return/{order.token}?status=succeeded&payment_intent=pi_1&redirect_status=succeeded")
    session.refresh(order)
    assert order.status == "pending"


def test_returning_again_and_again_changes_nothing(client):
    order = make_paid_order()
    for _ in range(3):
        assert client.get(f"/checkout/return/{order.token}").location == f"/orders/{order.token}/confirmation"
    session.refresh(order)
    assert order.payment_status == "paid"


def test_a_forged_provider_falls_back_to_one_that_is_offered(client, order):
    page = client.get(f"/orders/{order.token}")
    answer = client.submit(
        f"/orders/{order.token}/payments", {"csrf_token": token_in(page), "provider": "cowries", "amount": "1"}
    )
    assert answer.location.startswith("/-/test-gateway/payments/")
    assert bank_payments(order.token)[0].amount_minor == 2390


def test_paying_needs_the_pages_own_token(client, order):
    assert client.submit(f"/orders/{order.token}/payments").status_code == 400
    assert client.post(f"/orders/{order.token}/payments").status_code == 403
    assert payments_of(order.id) == []


@pytest.mark.parametrize("path", ["/checkout/return/{}", "/-/test-gateway/payments/{}"])
def test_who_does_not_know_the_secret_finds_nothing(client, path):
    assert client.get(path.format("x" * 26)).status_code == 404


@pytest.mark.parametrize(
    "form", [{}, {"outcome": "rob"}, {"outcome": "pay_later", "delay": "1e9"}, {"outcome": "pay", "delay": "-1"}]
)
def test_the_bank_has_no_other_buttons(client, form):
    payment = make_payment()
    assert client.submit(f"{payment.redirect_url}/decision", form).status_code == 422
    assert bank_payments(order_of(payment).token)[0].status == "requires_payment"


def test_faults_are_ordered_and_taken_back_by_hand(client):
    page = client.get("/-/test-gateway/")
    assert page.status_code == 200
    assert client.submit("/-/test-gateway/knobs", {"fault": "start.error_500", "remaining": "2"}).status_code == 303
    assert "2 times more" in client.get("/-/test-gateway/").text
    assert client.submit("/-/test-gateway/knobs/reset").status_code == 303
    assert "times more" not in client.get("/-/test-gateway/").text


@pytest.mark.parametrize(
    "form", [{}, {"fault": "start.drop", "remaining": "1"}, {"fault": "start.hang", "remaining": "-1"}]
)
def test_only_faults_that_exist_can_be_ordered(client, form):
    assert client.submit("/-/test-gateway/knobs", form).status_code == 422


def test_the_bank_lists_its_payments(client):
    make_paid_order()
    page = client.get("/-/test-gateway/")
    assert "€23.90" in page.text
    assert "Paid" in page.text


def test_an_order_that_nothing_can_pay_says_so(client, shop, monkeypatch):
    payment = make_payment()
    monkeypatch.setattr(ways, "list_providers", lambda *_about, **_more: [])
    page = client.get(f"/orders/{order_of(payment).token}")
    assert page.status_code == 200
    assert "Payment is not possible right now" in page.text
    assert "pay-now" not in page.text
