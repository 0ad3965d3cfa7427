"""Paying with Stripe's form on our own page: the token comes with the order, and the server confirms the payment."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from store.core.clock import now
from store.core.db import session, transaction
from store.core.errors import Unavailable
from store.core.settings import Settings
from store.payments import providers, services
from store.payments.providers import all_providers, stripe
from store.payments.providers.base import Declined
from tests.contracts.payment_drivers.stripe import Driver
from tests.contracts.payment_provider import a_request
from tests.factories.orders import make_pending_order
from tests.factories.payments import order_of, payment_of, payments_of, run_jobs
from tests.standins.stripe import PUBLISHABLE_KEY
from tests.standins.stripe_intents import AUTHENTICATE, DECLINED, IDEAL, SEPA

pytestmark = pytest.mark.usefixtures("shop")


def set_up(**changes) -> None:
    """Change the provider's settings for this test."""
    provider = all_providers()["stripe"]
    known = Settings(**changes).model_dump(include=set(changes))
    provider.configure(provider.settings.model_copy(update=known))


@pytest.fixture
def account(shop, monkeypatch, settings_again) -> Iterator[object]:
    monkeypatch.setattr(stripe, "CALL_TIMEOUT", 0.4)
    driver = Driver()
    set_up(stripe_publishable_key=PUBLISHABLE_KEY)
    yield driver.account
    driver.close()


@pytest.fixture
def order():
    made = make_pending_order()
    session.commit()
    return made


def pay(account, order, means: str = "4242424242424242") -> str:
    return services.begin(order.id, "stripe", token=account.tokenize(means))


def come_back(client, order):
    answer = client.get(f"/checkout/return/{order.token}")
    return answer.location or answer.text


def press_pay(client, order, token: str):
    csrf = client.get(f"/orders/{order.token}").text.partition('name="csrf_token" value="')[2].partition('"')[0]
    return client.submit(
        f"/orders/{order.token}/payments", {"csrf_token": csrf, "provider": "stripe", "payment_token": token}
    )


def test_a_token_from_the_page_pays_the_order_at_once(client, account, order, violations):
    answer = press_pay(client, order, account.tokenize())
    assert answer.status_code == 303
    assert answer.location.endswith(f"/checkout/return/{order.token}")
    assert come_back(client, order).endswith("/confirmation")
    payment = payment_of(order.id)
    assert (order_of(payment).status, order_of(payment).payment_status) == ("placed", "paid")
    (intent,) = account.intents.values()
    assert (intent["amount_received"], intent["metadata"]["reference"]) == (order.total_minor, order.token)
    assert (payment.external_id, account.sessions) == (intent["id"], {})
    assert violations() == []


def test_its_notification_places_the_order_when_the_shopper_never_comes_back(client, account, order):
    pay(account, order)
    (intent,) = account.intents.values()
    headers, body = account.notification(intent, "payment_intent.succeeded")
    assert client.post("/webhooks/payments/stripe", data=body, headers=headers).status_code == 200
    run_jobs()
    assert order_of(payment_of(order.id)).status == "placed"


def test_a_declined_card_leads_back_to_the_order_and_another_card_pays_it(client, account, order, violations):
    pay(account, order, DECLINED)
    assert come_back(client, order).endswith(f"/orders/{order.token}")
    assert "did not go through" in client.get(f"/orders/{order.token}").text
    payment = payment_of(order.id)
    assert (payment.status, payment.failure) == ("failed", "Your card was declined.")
    pay(account, order)
    come_back(client, order)
    assert [one.status for one in payments_of(order.id)] == ["failed", "captured"]
    assert account.balance() == order.total_minor
    assert violations() == []


def test_a_bank_that_asks_is_shown_by_stripes_script_and_only_there_may_it_run(client, account, order):
    pay(account, order, AUTHENTICATE)
    page = client.get(f"/checkout/return/{order.token}")
    (intent,) = account.intents.values()
    assert page.status_code == 200
    assert intent["client_secret"] in page.text
    assert "script-src 'self' https://js.stripe.com https://*.js.stripe.com;" in page.headers["Content-Security-Policy"]
    assert payment_of(order.id).status == "requires_action"
    account.pay(intent["id"])
    assert come_back(client, order).endswith("/confirmation")
    assert order_of(payment_of(order.id)).status == "placed"


def test_a_bank_with_a_page_of_its_own_is_a_plain_link(client, account, order):
    pay(account, order, IDEAL)
    page = client.get(f"/checkout/return/{order.token}")
    (intent,) = account.intents.values()
    assert f'href="{account.url}/next-action/{intent["id"]}"' in page.text
    account.decline_card(intent["id"])
    assert come_back(client, order).endswith(f"/orders/{order.token}")
    assert payment_of(order.id).status == "failed"


def test_a_second_card_calls_off_what_waits_for_the_first_ones_bank(client, account, order, violations):
    pay(account, order, AUTHENTICATE)
    come_back(client, order)
    pay(account, order)
    come_back(client, order)
    assert [one.status for one in payments_of(order.id)] == ["voided", "captured"]
    assert sorted(one["status"] for one in account.intents.values()) == ["canceled", "succeeded"]
    assert account.balance() == order.total_minor
    assert violations() == []


def test_a_card_typed_here_calls_off_the_hosted_page_that_was_opened_before(client, account, order):
    services.begin(order.id, "stripe")
    pay(account, order)
    come_back(client, order)
    assert [one.status for one in payments_of(order.id)] == ["voided", "captured"]
    assert [one["status"] for one in account.sessions.values()] == ["expired"]


def test_slow_money_is_told_as_it_is_and_places_the_order_when_it_comes(client, account, order):
    pay(account, order, SEPA)
    assert come_back(client, order).endswith("/confirmation")
    payment = payment_of(order.id)
    assert payment.status == "processing"
    with pytest.raises(Declined):
        all_providers()["stripe"].cancel(payment.external_id)
    account.arrive(payment.external_id)
    services.apply_payment(payment.id)
    assert order_of(payment).status == "placed"


@pytest.mark.parametrize("fault", ["lose", "hang", "break_"])
@pytest.mark.parametrize("again", ["another card", "no card", "nobody"])
def test_a_charge_whose_answer_is_lost_is_found_and_never_made_twice(account, order, fault, again, violations):
    getattr(account, fault)["create_intent"] = 1
    with pytest.raises(Unavailable):
        pay(account, order)
    if again == "another card":
        pay(account, order)
    elif again == "no card":
        services.begin(order.id, "stripe")
    services.apply_payment(payments_of(order.id)[0].id)
    assert [one.status for one in payments_of(order.id)] == ["captured"]
    assert account.balance() == order.total_minor
    assert (len(account.intents), account.sessions) == (1, {})
    assert violations() == []


def test_a_charge_that_never_arrived_is_paid_on_the_hosted_page(account, order):
    account.fail["create_intent"] = 1
    with pytest.raises(Unavailable):
        pay(account, order)
    assert services.begin(order.id, "stripe").startswith("https://checkout.stripe.com/")


def test_a_hosted_page_that_stripe_made_but_never_named_is_found(account, order):
    account.break_["create_session"] = 1
    with pytest.raises(Unavailable):
        services.begin(order.id, "stripe")
    page = services.begin(order.id, "stripe")
    (made,) = account.sessions.values()
    assert page == made["url"]


def test_an_error_that_stripe_keeps_giving_ends_the_attempt_and_the_next_one_pays(account, order, monkeypatch):
    account.break_["create_session"] = 1
    with pytest.raises(Unavailable):
        services.begin(order.id, "stripe")
    # As if its work had been undone: nothing of it is in the books.
    account.sessions.clear()
    services.begin(order.id, "stripe")
    services.begin(order.id, "stripe")
    assert [one.status for one in payments_of(order.id)] == ["failed", "created"]


def test_a_token_is_good_for_one_payment(account, order):
    provider = all_providers()["stripe"]
    token = account.tokenize()
    provider.start(replace(a_request(), token=token))
    with pytest.raises(Declined, match="already been used"):
        provider.start(replace(a_request(), token=token))


def test_the_key_of_another_order_finds_nothing_of_it(account):
    provider = all_providers()["stripe"]
    request = replace(a_request(), token=account.tokenize())
    provider.start(request)
    for change in ({"amount_minor": 5000}, {"reference": "another"}, {"currency": "USD"}):
        with pytest.raises(Declined):
            provider.start(replace(request, token=account.tokenize(), **change))
    assert len(account.intents) == 1


def test_it_is_listed_once_beside_what_was_paid_on_hosted_pages(account):
    provider = all_providers()["stripe"]
    moment = now()
    intent = provider.start(replace(a_request(), token=account.tokenize())).external_id
    hosted = provider.start(a_request()).external_id
    account.pay(hosted)
    assert sorted(told.external_id for told in provider.list_since(moment)) == sorted([intent, hosted])


def test_the_form_says_what_will_be_charged_and_how(account):
    provider = all_providers()["stripe"]
    element = provider.element(amount_minor=2390, currency="EUR")
    assert element.facts["amount"] == "2390"
    assert element.facts["currency"] == "eur"
    assert element.facts["key"] == PUBLISHABLE_KEY
    assert element.facts["script"].startswith("https://js.stripe.com/")
    set_up(stripe_publishable_key="")
    assert provider.element(amount_minor=2390, currency="EUR") is None


def test_only_the_page_with_the_form_may_load_stripes_script(client, account, order):
    page = client.get(f"/orders/{order.token}")
    assert 'data-amount="2390" data-currency="eur"' in page.text
    policy = page.headers["Content-Security-Policy"]
    assert "script-src 'self' https://js.stripe.com https://*.js.stripe.com;" in policy
    assert "frame-src https://js.stripe.com https://*.js.stripe.com https://hooks.stripe.com;" in policy
    assert "connect-src 'self' https://api.stripe.com;" in policy
    assert "unsafe" not in policy
    assert page.headers["Cross-Origin-Opener-Policy"] == "same-origin-allow-popups"
    assert 'payment=(self "https://js.stripe.com"' in page.headers["Permissions-Policy"]
    assert len(page.headers.getlist("Permissions-Policy")) == 1
    pay(account, order)
    come_back(client, order)
    for path in ("/", "/cart", f"/orders/{order.token}", f"/orders/{order.token}/confirmation"):
        other = client.get(path)
        assert "js.stripe.com" not in other.headers.get("Content-Security-Policy", ""), path
        assert other.headers.get("Cross-Origin-Opener-Policy", "same-origin") == "same-origin", path


def test_a_shop_without_a_publishable_key_shows_no_form(client, account, order):
    set_up(stripe_publishable_key="")
    assert "data-stripe" not in client.get(f"/orders/{order.token}").text


class TestCapture:
    """Money that is promised first and taken later."""

    @pytest.fixture
    def promised(self, account, order, monkeypatch):
        monkeypatch.setattr(
            providers, "_settings", providers._settings.model_copy(update={"payment_capture": "manual"})
        )
        return lambda hosted=False: self._promise(account, order, hosted)

    def _promise(self, account, order, hosted):
        if hosted:
            services.begin(order.id, "stripe")
            account.pay(payment_of(order.id).external_id)
        else:
            pay(account, order)
        services.apply_payment(payment_of(order.id).id)
        return payment_of(order.id)

    @pytest.mark.parametrize("hosted", [False, True])
    def test_a_promise_places_the_order_and_is_taken_later(self, account, order, promised, hosted, violations):
        payment = promised(hosted)
        assert (payment.status, order_of(payment).status) == ("authorized", "placed")
        assert account.balance() == 0
        services.capture(order.id, amount_minor=order.total_minor, request_id="c-1", actor="staff:1")
        assert (payment_of(order.id).status, account.balance()) == ("captured", order.total_minor)
        assert order_of(payment).payment_status == "paid"
        assert violations() == []

    @pytest.mark.parametrize("hosted", [False, True])
    def test_a_promise_is_given_back_when_the_order_is_cancelled(self, account, order, promised, hosted):
        payment = promised(hosted)
        services.cancel_order(order.id, request_id="x", actor="staff:1", reason="", restock=True)
        assert (payment_of(order.id).status, order_of(payment).status) == ("voided", "cancelled")
        assert [one["status"] for one in account.intents.values()] == ["canceled"]

    def test_a_part_is_taken_in_steps_where_the_account_may(self, account, order, promised, violations):
        set_up(stripe_multicapture=True)
        promised()
        services.capture(order.id, amount_minor=1000, request_id="c-1", actor="staff:1")
        assert (payment_of(order.id).status, payment_of(order.id).captured_minor) == ("authorized", 1000)
        services.capture(order.id, amount_minor=500, request_id="c-2", actor="staff:1", final=True)
        payment = payment_of(order.id)
        assert (payment.status, payment.captured_minor, account.balance()) == ("captured", 1500, 1500)
        assert violations() == []

    def test_where_it_may_not_a_part_is_refused_rather_than_the_rest_lost(self, account, order, promised):
        account.books.cards.multicapture = False
        promised()
        made = services.capture(order.id, amount_minor=1000, request_id="c-1", actor="staff:1")
        assert (made.status, account.balance()) == ("failed", 0)
        services.capture(order.id, amount_minor=1000, request_id="c-2", actor="staff:1", final=True)
        assert (payment_of(order.id).status, account.balance()) == ("captured", 1000)

    @pytest.mark.parametrize("fault", ["lose", "fail", "hang", "break_"])
    def test_a_capture_whose_answer_is_lost_takes_once(self, account, order, promised, fault, violations):
        promised()
        getattr(account, fault)["capture_intent"] = 1
        services.capture(order.id, amount_minor=order.total_minor, request_id="c-1", actor="staff:1")
        run_jobs()
        assert payment_of(order.id).captured_minor == order.total_minor
        assert account.balance() == order.total_minor
        assert violations() == []

    def test_a_capture_is_known_when_stripe_has_forgotten_its_key(self, account, promised):
        payment = promised()
        provider = all_providers()["stripe"]
        for _ in range(2):
            provider.capture(payment.external_id, amount_minor=500, final=False, idempotency_key="k")
            account.answers.clear()
        assert account.balance() == 500

    def test_what_was_not_taken_in_steps_is_given_up_when_it_is_called_off(self, account, promised):
        payment = promised()
        provider = all_providers()["stripe"]
        provider.capture(payment.external_id, amount_minor=500, final=False, idempotency_key="k")
        told = provider.cancel(payment.external_id)
        assert (told.status, told.captured_minor, account.balance()) == ("succeeded", 500, 500)

    @pytest.mark.parametrize("hosted", [False, True])
    def test_a_promise_that_lapses_is_told(self, client, account, order, promised, hosted):
        payment = promised(hosted)
        account.lapse(payment.external_id)
        (intent,) = account.intents.values()
        headers, body = account.notification(intent, "payment_intent.canceled")
        client.post("/webhooks/payments/stripe", data=body, headers=headers)
        run_jobs()
        assert payment_of(order.id).status == "voided"


def test_the_secret_before_and_the_new_one_prove_notifications_about_intents(client, account, order):
    pay(account, order)
    (intent,) = account.intents.values()
    for secret, status in (("whsec_the_one_before", 200), ("whsec_standin", 200), ("whsec_stolen", 400)):
        headers, body = account.notification(intent, f"payment_intent.{secret}", secret=secret)
        assert client.post("/webhooks/payments/stripe", data=body, headers=headers).status_code == status


def test_a_payment_of_another_amount_is_never_believed(account, order):
    pay(account, order)
    (intent,) = account.intents.values()
    intent["amount"] = intent["amount_received"] = 50
    payment = services.apply_payment(payment_of(order.id).id)
    with transaction():
        assert (payment.status, order_of(payment).status) == ("failed", "pending")
    assert "not accepted" in order_of(payment).attention
