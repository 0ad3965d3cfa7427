"""Paying with PayPal, against a stand-in that speaks its API over HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from store.core.db import session, transaction
from store.core.errors import Unavailable
from store.orders import services as orders
from store.payments import services
from store.payments.paypal import api
from store.payments.paypal.signing import Unreadable, read_certificate, signed_text
from store.payments.providers import all_providers
from store.payments.providers.base import BadSignature
from tests.contracts.account import opened
from tests.contracts.payment_drivers.paypal import Driver
from tests.contracts.payment_provider import a_request
from tests.factories.orders import make_pending_order
from tests.factories.payments import order_of, payment_of, payments_of, refunds_of, run_jobs
from tests.payments import paypal_example as example
from tests.standins.paypal import CERTIFICATE_PATH, CLIENT_ID

pytestmark = pytest.mark.usefixtures("shop")

WEBHOOK = "/webhooks/payments/paypal"


@pytest.fixture
def account(shop, monkeypatch) -> Iterator[object]:
    """A PayPal account that this shop is set up for; it hangs longer than the shop waits."""
    monkeypatch.setattr(api, "CALL_TIMEOUT", 0.6)
    yield from opened(Driver)


@pytest.fixture
def order():
    made = make_pending_order()
    session.commit()
    return made


@pytest.fixture
def provider(account):
    return all_providers()["paypal"]


def begin(order):
    page = services.begin(order.id, "paypal")
    return page, payment_of(order.id)


def notify(client, account, order_id, kind="CHECKOUT.ORDER.APPROVED"):
    headers, body = account.notification(account.orders[order_id], kind)
    return client.post(WEBHOOK, data=body, headers=headers)


def captures_of(account, order_id):
    return account.orders[order_id]["purchase_units"][0]["payments"].get("captures", [])


def test_paypals_own_published_example_is_proven_by_its_published_certificate():
    certificate = read_certificate(example.CERTIFICATE)
    assert (certificate.begins, certificate.ends) == (
        datetime(2019, 4, 2, tzinfo=UTC), datetime(2021, 5, 24, 12, tzinfo=UTC),
    )  # fmt: skip
    known = {
        "transmission_id": example.HEADERS["PAYPAL-TRANSMISSION-ID"],
        "transmission_time": example.HEADERS["PAYPAL-TRANSMISSION-TIME"],
        "webhook_id": example.WEBHOOK_ID,
        "body": example.BODY,
    }
    signature = example.HEADERS["PAYPAL-TRANSMISSION-SIG"]
    assert certificate.signed(signed_text(**known), signature)
    for name, value in (
        ("transmission_id", "afa30d40-ca4a-11e9-ab68-7d4e2605c70d"),
        ("transmission_time", "2019-08-29T10:49:34Z"),
        ("webhook_id", "0FV983392A0531202"),
        ("body", example.BODY.replace(b"30.11", b"30.12")),
    ):
        assert not certificate.signed(signed_text(**{**known, name: value}), signature), name
    for bad in ("", "=", signature[:-8], signature.lower(), "A" * 344):
        assert not certificate.signed(signed_text(**known), bad)


def test_what_is_no_certificate_is_not_read():
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    for text in ("", "<html>", f"{begin}\n{end}", f"{begin}\nMIIHijCC\n{end}", f"{begin}\nMAA=\n{end}"):
        with pytest.raises(Unreadable):
            read_certificate(text)


def test_a_shopper_goes_to_paypal_approves_and_the_notification_places_the_order(client, account, order, violations):
    page = client.get(f"/orders/{order.token}")
    assert "form-action 'self' https://*.paypal.com;" in page.headers["Content-Security-Policy"]
    token = page.text.partition('name="csrf_token" value="')[2].partition('"')[0]
    answer = client.submit(f"/orders/{order.token}/payments", {"csrf_token": token, "provider": "paypal"})
    payment = payment_of(order.id)
    assert answer.status_code == 303
    assert answer.location == f"https://www.sandbox.paypal.com/checkoutnow?token={payment.external_id}"

    account.approve(payment.external_id)
    assert notify(client, account, payment.external_id).status_code == 200
    assert order_of(payment).status == "pending", "the notification only says where to look"
    run_jobs()
    assert (order_of(payment).status, order_of(payment).payment_status) == ("placed", "paid")
    assert payment_of(order.id).captured_minor == order.total_minor
    assert len(captures_of(account, payment.external_id)) == 1
    assert violations() == []


def test_a_shopper_who_comes_back_before_any_notification_has_paid(client, account, order):
    _page, payment = begin(order)
    account.approve(payment.external_id)
    answer = client.get(f"/checkout/return/{order.token}")
    assert answer.location.endswith(f"/orders/{order.token}/confirmation")
    assert order_of(payment).status == "placed"


def test_a_shopper_who_comes_back_without_approving_has_paid_nothing(client, account, order):
    _page, payment = begin(order)
    client.get(f"/checkout/return/{order.token}")
    assert (order_of(payment).status, payment_of(order.id).status) == ("pending", "created")
    assert captures_of(account, payment.external_id) == []


def test_the_order_at_paypal_names_ours_and_asks_for_its_amount(account, order):
    _page, payment = begin(order)
    (unit,) = account.orders[payment.external_id]["purchase_units"]
    assert unit["custom_id"] == order.token
    assert unit["amount"] == {"currency_code": "EUR", "value": f"{order.total_minor / 100:.2f}"}


def test_notifications_twice_and_out_of_order_take_the_money_once(client, account, order):
    _page, payment = begin(order)
    account.approve(payment.external_id)
    for kind in ("CHECKOUT.ORDER.COMPLETED", "CHECKOUT.ORDER.APPROVED", "CHECKOUT.ORDER.APPROVED"):
        assert notify(client, account, payment.external_id, kind).status_code == 200
        run_jobs()
    assert order_of(payment).status == "placed"
    assert len(captures_of(account, payment.external_id)) == 1


def test_a_notification_of_the_capture_names_the_order_it_belongs_to(client, account, order):
    _page, payment = begin(order)
    account.approve(payment.external_id, outcome="PENDING")
    services.apply_payment(payment.id)
    account.settle(payment.external_id, "COMPLETED")
    (capture,) = captures_of(account, payment.external_id)
    headers, body = account.notification(capture, "PAYMENT.CAPTURE.COMPLETED")
    assert client.post(WEBHOOK, data=body, headers=headers).status_code == 200
    run_jobs()
    assert order_of(payment).status == "placed"


def test_a_declined_shopper_gets_another_try_and_the_first_can_never_be_taken(account, order, provider):
    _page, payment = begin(order)
    account.approve(payment.external_id, outcome="INSTRUMENT_DECLINED")
    services.apply_payment(payment.id)
    declined = payment_of(order.id)
    assert (declined.status, order_of(payment).status) == ("failed", "pending")
    assert "declined" in declined.failure
    page = services.begin(order.id, "paypal")
    again = payments_of(order.id)[-1]
    assert again.external_id != payment.external_id
    assert page.endswith(again.external_id)
    # The card that was refused would be good now: nobody may take by the order of then.
    account.approve(payment.external_id)
    account.approve(again.external_id)
    services.apply_payment(payment.id)
    services.apply_payment(again.id)
    assert [len(captures_of(account, one.external_id)) for one in payments_of(order.id)] == [0, 1]
    assert order_of(payment).status == "placed"


def test_a_slow_payment_that_fails_in_the_end_gives_the_shopper_another_try(account, order):
    _page, payment = begin(order)
    account.approve(payment.external_id, outcome="PENDING")
    services.apply_payment(payment.id)
    assert payment_of(order.id).status == "processing"
    account.settle(payment.external_id, "DECLINED")
    services.apply_payment(payment.id)
    assert payment_of(order.id).status == "failed"


@pytest.mark.parametrize("fault", ["lose", "fail", "hang"])
def test_a_beginning_that_goes_wrong_ends_in_one_order_there(account, order, fault):
    getattr(account, fault)["create_order"] = 1
    with pytest.raises(Unavailable):
        services.begin(order.id, "paypal")
    services.begin(order.id, "paypal")
    assert len(account.orders) == 1
    assert payment_of(order.id).external_id in account.orders


@pytest.mark.parametrize("fault", ["lose", "fail", "hang"])
@pytest.mark.parametrize("call", ["show_order", "capture_order"])
def test_an_answer_that_does_not_come_takes_the_money_once_all_the_same(account, order, fault, call):
    _page, payment = begin(order)
    account.approve(payment.external_id)
    getattr(account, fault)[call] = 1
    with pytest.raises(Unavailable):
        services.apply_payment(payment.id)
    assert order_of(payment).status == "pending"
    services.apply_payment(payment.id)
    assert order_of(payment).status == "placed"
    assert len(captures_of(account, payment.external_id)) == 1


@pytest.mark.parametrize("fault", ["lose", "fail", "hang"])
def test_a_refund_that_goes_wrong_on_the_way_happens_once(account, order, fault, clock, violations):
    _page, payment = begin(order)
    account.approve(payment.external_id)
    services.apply_payment(payment.id)
    getattr(account, fault)["refund_capture"] = 1
    services.refund_in_full(order.id, request_id="button-1", reason="broken", actor="staff:1", restock=True)
    clock.shift(timedelta(seconds=31))
    services.settle_due_refunds()
    assert len(account.refunds) == 1
    assert [one.status for one in refunds_of(order.id)] == ["succeeded"]
    assert violations() == []


def test_a_refund_is_known_by_its_key_when_paypal_has_forgotten_the_request(account, order, provider):
    _page, payment = begin(order)
    account.approve(payment.external_id)
    services.apply_payment(payment.id)
    first = provider.refund(payment.external_id, amount_minor=500, idempotency_key="refund:pay:x:1")
    account.keys.clear()
    assert provider.refund(payment.external_id, amount_minor=500, idempotency_key="refund:pay:x:1") == first
    assert len(account.refunds) == 1


def test_an_order_that_lapses_is_closed_at_paypal_before_its_stock_is_free(account, order):
    _page, payment = begin(order)
    services.expire_order(order.id)
    assert order_of(payment).status == "expired"
    account.approve(payment.external_id)
    services.apply_payment(payment.id)
    assert captures_of(account, payment.external_id) == []
    assert order_of(payment).status == "expired"


def test_an_order_that_is_taken_while_it_is_being_called_off_is_paid(account, order, provider, monkeypatch):
    _page, payment = begin(order)
    update = account._update

    def pay_first(there, changes):
        account.approve(payment.external_id)
        account._capture_order(payment.external_id, {})
        update(there, changes)

    monkeypatch.setattr(account, "_update", pay_first)
    assert provider.cancel(payment.external_id).status == "succeeded"


def test_a_capture_that_comes_too_late_is_refused_by_paypal_itself(account, order, provider):
    _page, payment = begin(order)
    account.approve(payment.external_id)
    provider.cancel(payment.external_id)
    with provider._api.line() as line, pytest.raises(api.Refused) as refused:
        line.post("v2", "checkout", "orders", payment.external_id, "capture", key="late")
    assert "ACTION_DOES_NOT_MATCH_INTENT" in refused.value.issues


def test_money_for_an_order_that_was_cancelled_goes_back_once(account, order):
    _page, payment = begin(order)
    with transaction():
        orders.mark_cancelled(order.id, reason="changed my mind", actor="shopper")
    account.approve(payment.external_id)
    services.apply_payment(payment.id)
    run_jobs()
    services.apply_payment(payment.id)
    run_jobs()
    assert len(account.refunds) == 1
    assert order_of(payment).status == "cancelled"


def test_a_token_that_was_withdrawn_is_asked_for_anew(account, order):
    _page, payment = begin(order)
    account.tokens.clear()
    services.apply_payment(payment.id)
    assert account.calls.count("token") == 2


def test_wrong_credentials_are_no_answer(account, provider):
    provider.configure(provider.settings.model_copy(update={"paypal_client_id": f"not {CLIENT_ID}"}))
    with pytest.raises(Unavailable):
        provider.start(a_request())


@pytest.mark.parametrize("currency", ["HUF", "TWD", "KWD", "VND"])
def test_a_currency_that_paypal_counts_otherwise_or_does_not_take_is_not_offered(provider, currency):
    assert provider.available(currency="EUR", country=None)
    assert provider.available(currency="JPY", country=None)
    assert not provider.available(currency=currency, country=None)


def test_yen_have_no_decimals(account, provider):
    redirect = provider.start(replace(a_request(), currency="JPY", amount_minor=2390))
    assert account.orders[redirect.external_id]["purchase_units"][0]["amount"]["value"] == "2390"
    assert provider.fetch(redirect.external_id).amount_minor == 2390


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/v1/notifications/certs/CERT-1",
        "{base}.evil.example/v1/notifications/certs/CERT-1",
        "{base}/v1/notifications/certs/../../v2/x",
        "{base}/v1/notifications/certs/CERT-1?x=1",
        "{base}@evil.example/v1/notifications/certs/CERT-1",
        "file:///etc/passwd",
        "",
    ],
)
def test_a_certificate_from_elsewhere_is_not_even_fetched(account, provider, address):
    headers, body = account.notification({"id": "x"}, "CHECKOUT.ORDER.APPROVED")
    account.calls.clear()
    with pytest.raises(BadSignature):
        provider.parse_webhook({**headers, "PAYPAL-CERT-URL": address.format(base=account.url)}, body)
    assert account.calls == []


def test_a_certificate_that_has_run_out_proves_nothing(account, provider, monkeypatch):
    headers, body = account.notification({"id": "x"}, "CHECKOUT.ORDER.APPROVED")
    provider.parse_webhook(headers, body)
    known = provider._certificates[account.url + CERTIFICATE_PATH]
    provider._certificates[account.url + CERTIFICATE_PATH] = replace(known, ends=datetime(2021, 1, 1, tzinfo=UTC))
    with pytest.raises(BadSignature):
        provider.parse_webhook(headers, body)


def test_a_certificate_is_fetched_once(account, provider):
    headers, body = account.notification({"id": "x"}, "CHECKOUT.ORDER.APPROVED")
    for _time in range(3):
        provider.parse_webhook(headers, body)
    assert account.calls.count("certificate") == 1


def test_a_notification_waits_while_paypal_does_not_show_its_certificate(client, account):
    headers, body = account.notification({"id": "x"}, "CHECKOUT.ORDER.APPROVED")
    account.fail["certificate"] = 1
    assert client.post(WEBHOOK, data=body, headers=headers).status_code == 503
    assert client.post(WEBHOOK, data=body, headers=headers).status_code == 200


def test_a_notification_for_another_webhook_of_the_account_is_refused(client, account):
    headers, body = account.notification({"id": "x"}, "CHECKOUT.ORDER.APPROVED", webhook_id="another")
    assert client.post(WEBHOOK, data=body, headers=headers).status_code == 400


def test_without_credentials_it_is_neither_offered_nor_listened_to(client, shop):
    assert "paypal" not in [one.code for one in all_providers().values() if one.configured()]
    assert client.post(WEBHOOK, data=b"{}").status_code == 404
