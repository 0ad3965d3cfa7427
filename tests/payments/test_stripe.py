"""Paying with Stripe, against a stand-in that speaks its API over HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from store.core.clock import now
from store.core.db import session, transaction
from store.core.errors import Unavailable
from store.orders import services as orders
from store.payments import services
from store.payments.providers import all_providers, stripe
from store.payments.providers.base import Declined
from tests.contracts.account import opened
from tests.contracts.payment_drivers.stripe import Driver
from tests.contracts.payment_provider import a_request
from tests.factories.orders import make_pending_order
from tests.factories.payments import order_of, payment_of, payments_of, refunds_of, run_jobs

pytestmark = pytest.mark.usefixtures("shop")

WEBHOOK = "/webhooks/payments/stripe"


@pytest.fixture
def account(shop, monkeypatch) -> Iterator[object]:
    """A Stripe account that this shop is set up for; it hangs longer than the shop waits."""
    monkeypatch.setattr(stripe, "CALL_TIMEOUT", 0.4)
    yield from opened(Driver)


@pytest.fixture
def order():
    made = make_pending_order()
    session.commit()
    return made


def begin(order):
    page = services.begin(order.id, "stripe")
    return page, payment_of(order.id)


def notify(client, account, session_id, kind="checkout.session.completed"):
    headers, body = account.notification(account.sessions[session_id], kind)
    return client.post(WEBHOOK, data=body, headers=headers)


def test_a_shopper_goes_to_stripe_pays_and_the_notification_places_the_order(client, account, order, violations):
    page = client.get(f"/orders/{order.token}")
    assert f"form-action 'self' {account.url} https://checkout.stripe.com;" in page.headers["Content-Security-Policy"]
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    answer = client.submit(f"/orders/{order.token}/payments", {"csrf_token": token, "provider": "stripe"})
    payment = payment_of(order.id)
    assert (answer.status_code, answer.location) == (303, f"https://checkout.stripe.com/c/pay/{payment.external_id}")

    account.pay(payment.external_id)
    assert notify(client, account, payment.external_id).status_code == 200
    assert order_of(payment).status == "pending", "the notification only says where to look"
    run_jobs()
    assert (order_of(payment).status, order_of(payment).payment_status) == ("placed", "paid")
    assert payment_of(order.id).captured_minor == order.total_minor
    assert violations() == []


def test_other_pages_may_not_send_their_forms_to_stripe(client, account):
    assert "stripe" not in client.get("/").headers.get("Content-Security-Policy", "")


def test_the_session_asks_for_the_order_and_names_it_everywhere(account, order):
    _page, payment = begin(order)
    (made,) = account.sessions.values()
    assert (made["amount_total"], made["currency"]) == (order.total_minor, order.currency.lower())
    assert made["client_reference_id"] == made["metadata"]["reference"] == order.token
    assert made["id"] == payment.external_id


def test_the_same_notification_twice_and_out_of_order_places_once(client, account, order):
    _page, payment = begin(order)
    account.pay(payment.external_id)
    for kind in ("checkout.session.expired", "checkout.session.completed", "checkout.session.completed"):
        assert notify(client, account, payment.external_id, kind).status_code == 200
    run_jobs()
    assert order_of(payment).status == "placed"
    assert len(account.refunds) == 0


def test_a_card_that_is_declined_leaves_the_page_open_for_another(client, account, order):
    page, payment = begin(order)
    account.decline_card(payment.external_id)
    services.apply_payment(payment.id)
    assert payment_of(order.id).status == "created"
    assert begin(order)[0] == page
    account.pay(payment.external_id)
    services.apply_payment(payment.id)
    assert order_of(payment).status == "placed"


def test_a_slow_payment_that_bounces_gives_the_shopper_another_try(client, account, order):
    _page, payment = begin(order)
    account.pay_slowly(payment.external_id)
    services.apply_payment(payment.id)
    assert payment_of(order.id).status == "processing"
    account.bounce(payment.external_id)
    services.apply_payment(payment.id)
    assert (payment_of(order.id).status, payment_of(order.id).failure) == ("failed", "The account had no funds.")
    services.begin(order.id, "stripe")
    assert [one.status for one in payments_of(order.id)] == ["failed", "created"]


@pytest.mark.parametrize("fault", ["lose", "fail", "hang"])
def test_a_beginning_that_goes_wrong_ends_in_one_session(account, order, fault):
    getattr(account, fault)["create_session"] = 1
    with pytest.raises(Unavailable):
        services.begin(order.id, "stripe")
    services.begin(order.id, "stripe")
    assert len(account.sessions) == 1
    assert payment_of(order.id).external_id in account.sessions


@pytest.mark.parametrize("fault", ["lose", "fail", "hang"])
def test_an_answer_that_does_not_come_changes_nothing(account, order, fault):
    _page, payment = begin(order)
    account.pay(payment.external_id)
    getattr(account, fault)["retrieve_session"] = 1
    with pytest.raises(Unavailable):
        services.apply_payment(payment.id)
    assert order_of(payment).status == "pending"
    services.apply_payment(payment.id)
    assert order_of(payment).status == "placed"


@pytest.mark.parametrize("fault", ["lose", "fail", "hang"])
def test_a_refund_that_goes_wrong_on_the_way_happens_once(account, order, fault, clock, violations):
    _page, payment = begin(order)
    account.pay(payment.external_id)
    services.apply_payment(payment.id)
    getattr(account, fault)["create_refund"] = 1
    services.refund_in_full(order.id, request_id="button-1", reason="broken", actor="staff:1", restock=True)
    clock.shift(timedelta(seconds=31))
    services.settle_due_refunds()
    assert [one["amount"] for one in account.refunds.values()] == [order.total_minor]
    assert [one.status for one in refunds_of(order.id)] == ["succeeded"]
    assert violations() == []


def test_a_refund_is_known_by_its_key_when_stripe_has_forgotten_the_request(account, order):
    _page, payment = begin(order)
    account.pay(payment.external_id)
    provider = all_providers()["stripe"]
    first = provider.refund(payment.external_id, amount_minor=500, idempotency_key="k")
    account.answers.clear()
    assert provider.refund(payment.external_id, amount_minor=500, idempotency_key="k") == first
    assert len(account.refunds) == 1


def test_money_that_comes_after_the_order_lapsed_and_its_piece_is_gone_goes_back_once(client, account, order):
    _page, payment = begin(order)
    with transaction():
        orders.mark_cancelled(order.id, reason="changed my mind", actor="shopper")
    account.pay(payment.external_id)
    notify(client, account, payment.external_id)
    run_jobs()
    services.apply_payment(payment.id)
    run_jobs()
    assert [one["amount"] for one in account.refunds.values()] == [order.total_minor]
    assert order_of(payment).status == "cancelled"


def test_a_session_that_is_paid_while_it_is_being_cancelled_is_paid(account, order, monkeypatch):
    _page, payment = begin(order)
    provider = all_providers()["stripe"]
    expire = account._do

    def pay_first(call, path, given):
        if call == "expire_session":
            account.pay(payment.external_id)
        return expire(call, path, given)

    monkeypatch.setattr(account, "_do", pay_first)
    assert provider.cancel(payment.external_id).status == "succeeded"


def test_an_amount_below_stripes_minimum_is_declined_with_its_reason(account, order):
    with pytest.raises(Declined, match="at least"):
        all_providers()["stripe"].start(replace(a_request(), amount_minor=1))


def test_a_long_list_is_read_to_its_end(account):
    moment = now()
    provider = all_providers()["stripe"]
    made = {provider.start(a_request()).external_id for _ in range(120)}
    assert {told.external_id for told in provider.list_since(moment)} == made


@pytest.mark.parametrize("currency", ["ISK", "UGX", "KWD"])
def test_a_currency_that_stripe_counts_otherwise_is_not_offered(account, currency):
    provider = all_providers()["stripe"]
    assert provider.available(currency="EUR", country=None)
    assert provider.available(currency="JPY", country=None)
    assert not provider.available(currency=currency, country=None)


def test_the_secret_before_still_proves_a_notification_while_it_is_listed(client, account, order):
    _page, payment = begin(order)
    headers, body = account.notification(
        account.sessions[payment.external_id], "checkout.session.completed", secret="whsec_the_one_before"
    )
    assert client.post(WEBHOOK, data=body, headers=headers).status_code == 200


def test_a_notification_about_something_else_is_taken_and_does_nothing(client, account, order):
    headers, body = account.notification({"id": "cus_1", "object": "customer"}, "customer.created")
    assert client.post(WEBHOOK, data=body, headers=headers).status_code == 200
    run_jobs()
    assert payments_of(order.id) == []


def test_without_keys_it_is_neither_offered_nor_listened_to(client, shop):
    assert "stripe" not in [one.code for one in all_providers().values() if one.configured()]
    assert client.post(WEBHOOK, data=b"{}").status_code == 404
