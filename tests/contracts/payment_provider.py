"""What every payment provider must do: these tests run over each one that is discovered, unasked.

A provider brings one file, `tests/contracts/payment_drivers/<code>.py`, with a `Driver` that plays the other side.
"""

import importlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

import pytest

from store.core import ids
from store.core.clock import now
from store.payments.providers import all_providers
from store.payments.providers.base import (
    WEBHOOK_TOLERANCE,
    BadSignature,
    Declined,
    PaymentRequest,
    Provider,
    Unavailable,
)


class Driver(Protocol):
    """The provider's other side: the shopper on its pages, its notifications, its bad days."""

    code: str
    # What it takes, where that isn't EUR.
    currency: str

    def close(self) -> None: ...
    def pay(self, external_id: str) -> None: ...
    def decline(self, external_id: str) -> None: ...
    def process(self, external_id: str) -> None: ...
    # Only where `closes` is false: the page's time is over.
    def lapse(self, external_id: str) -> None: ...
    def lose_reply(self, call: str) -> None: ...
    def opened(self, reference: str) -> list[str]: ...
    def notification(
        self, external_id: str, *, age: int = 0, secret: str | None = None
    ) -> tuple[dict[str, str], bytes]: ...


# Where nobody is on the other side there is nothing to keep a contract with.
@pytest.fixture(params=sorted(code for code, one in all_providers().items() if not one.offline))
def driver(request, db) -> Iterator[Driver]:
    made: Driver = importlib.import_module(f"tests.contracts.payment_drivers.{request.param}").Driver()
    made.code = request.param
    yield made
    made.close()


@pytest.fixture
def provider(driver) -> Provider:
    return all_providers()[driver.code]


@pytest.fixture
def ask(driver) -> Callable[[], PaymentRequest]:
    """A function that makes requests in the provider's money."""
    return lambda: a_request(getattr(driver, "currency", "EUR"))


def a_request(currency: str = "EUR") -> PaymentRequest:
    token = ids.token()
    return PaymentRequest(
        idempotency_key=f"pay:{token}:1",
        amount_minor=2390,
        currency=currency,
        reference=token,
        return_url=f"http://127.0.0.1:8000/checkout/return/{token}",
    )


def upper(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.upper(): value for name, value in headers.items()}


def test_it_says_what_it_is(provider):
    assert provider.code
    assert str(provider.label)
    assert provider.configured() in (True, False)
    assert provider.available(currency="EUR", country=None) in (True, False)


def test_a_started_payment_is_open_and_is_what_was_asked_for(provider, ask):
    request = ask()
    redirect = provider.start(request)
    told = provider.fetch(redirect.external_id)
    assert (told.status, told.currency, told.reference) == ("open", request.currency, request.reference)
    assert told.amount_minor in (2390, None)
    assert told.refunded_minor in (0, None)
    assert redirect.url.startswith(("/", "https://"))


def test_the_same_key_is_the_same_payment(provider, ask):
    request = ask()
    first = provider.start(request)
    if provider.repeats:
        assert provider.start(request) == first
    else:
        with pytest.raises(Declined):
            provider.start(request)
        assert provider.fetch(first.external_id).status == "cancelled"


@pytest.mark.parametrize("change", [{"amount_minor": 1}, {"currency": "USD"}, {"reference": "another order"}])
def test_the_same_key_with_other_parameters_opens_nothing(provider, change, ask):
    request = ask()
    provider.start(request)
    with pytest.raises(Declined):
        provider.start(replace(request, **change))


def test_a_lost_reply_is_unknown_and_the_same_key_finds_the_payment(provider, driver, ask):
    request = ask()
    before = now()
    driver.lose_reply("start")
    with pytest.raises(Unavailable):
        provider.start(request)
    if not provider.repeats:
        with pytest.raises(Declined):
            provider.start(request)
        return
    redirect = provider.start(request)
    if provider.lists:
        listed = [told for told in provider.list_since(before) if told.reference == request.reference]
        opened = [told.external_id for told in listed]
    else:
        opened = driver.opened(request.reference)
    assert opened == [redirect.external_id]


def test_an_unknown_payment_is_declined_everywhere(provider):
    for call in (
        lambda: provider.fetch("nobody"),
        lambda: provider.cancel("nobody"),
        lambda: provider.refund("nobody", amount_minor=1, idempotency_key="k"),
    ):
        with pytest.raises(Declined):
            call()


def test_it_tells_paid_declined_and_being_processed(provider, driver, ask):
    told = {}
    for outcome in ("pay", "decline", "process"):
        external_id = provider.start(ask()).external_id
        getattr(driver, outcome)(external_id)
        told[outcome] = provider.fetch(external_id).status
    assert told == {"pay": "succeeded", "decline": "failed", "process": "processing"}


def test_a_cancelled_payment_can_not_be_paid(provider, driver, ask):
    external_id = provider.start(ask()).external_id
    if not provider.closes:
        with pytest.raises(Declined):
            provider.cancel(external_id)
        driver.lapse(external_id)
    assert provider.cancel(external_id).status == "cancelled"
    assert provider.cancel(external_id).status == "cancelled"
    driver.pay(external_id)
    assert provider.fetch(external_id).status == "cancelled"


def test_what_was_paid_says_how_much(provider, driver, ask):
    external_id = provider.start(ask()).external_id
    driver.pay(external_id)
    told = provider.fetch(external_id)
    assert (told.status, told.amount_minor) == ("succeeded", 2390)


def test_cancelling_what_was_paid_answers_that_it_was(provider, driver, ask):
    external_id = provider.start(ask()).external_id
    driver.pay(external_id)
    assert provider.cancel(external_id).status == "succeeded"


def test_money_on_its_way_can_not_be_cancelled(provider, driver, ask):
    external_id = provider.start(ask()).external_id
    driver.process(external_id)
    with pytest.raises(Declined):
        provider.cancel(external_id)


def test_a_refund_happens_once_under_one_key(provider, driver, ask):
    external_id = provider.start(ask()).external_id
    driver.pay(external_id)
    first = provider.refund(external_id, amount_minor=1000, idempotency_key=f"{external_id}:a")
    again = provider.refund(external_id, amount_minor=1000, idempotency_key=f"{external_id}:a")
    assert first.status == "succeeded"
    assert first.amount_minor in (1000, None)
    assert first == again == provider.find_refund(external_id, idempotency_key=f"{external_id}:a")
    assert provider.fetch(external_id).refunded_minor in (1000, None)


def test_a_refund_whose_reply_was_lost_can_be_looked_up(provider, driver, ask):
    external_id = provider.start(ask()).external_id
    driver.pay(external_id)
    assert provider.find_refund(external_id, idempotency_key=f"{external_id}:a") is None
    driver.lose_reply("refund")
    with pytest.raises(Unavailable):
        provider.refund(external_id, amount_minor=2390, idempotency_key=f"{external_id}:a")
    found = provider.find_refund(external_id, idempotency_key=f"{external_id}:a")
    assert found is not None
    assert found.status == "succeeded"
    assert found.amount_minor in (2390, None)


def test_no_more_goes_back_than_was_taken(provider, driver, ask):
    external_id = provider.start(ask()).external_id
    with pytest.raises(Declined):
        provider.refund(external_id, amount_minor=1, idempotency_key=f"{external_id}:unpaid")
    driver.pay(external_id)
    provider.refund(external_id, amount_minor=2000, idempotency_key=f"{external_id}:a")
    with pytest.raises(Declined):
        provider.refund(external_id, amount_minor=391, idempotency_key=f"{external_id}:b")


@pytest.fixture
def promised(provider, driver, ask) -> str:
    """A payment whose money is promised and not taken, where the provider knows such a thing."""
    if not provider.authorizes:
        pytest.skip("takes money at once or not at all")
    external_id = provider.start(replace(ask(), capture="manual")).external_id
    driver.pay(external_id)
    told = provider.fetch(external_id)
    assert (told.status, told.captured_minor) == ("authorized", 0)
    return external_id


def test_promised_money_is_taken_in_parts_each_once_and_no_more_than_was_promised(provider, promised):
    for _twice in range(2):
        told = provider.capture(promised, amount_minor=1000, final=False, idempotency_key=f"{promised}:a")
        assert (told.status, told.captured_minor) == ("authorized", 1000)
    with pytest.raises(Declined):
        provider.capture(promised, amount_minor=1391, final=False, idempotency_key=f"{promised}:b")
    for _twice in range(2):
        told = provider.capture(promised, amount_minor=1390, final=True, idempotency_key=f"{promised}:c")
        assert (told.status, told.captured_minor) == ("succeeded", 2390)


def test_a_final_capture_gives_up_the_rest(provider, promised):
    told = provider.capture(promised, amount_minor=1000, final=True, idempotency_key=f"{promised}:a")
    assert (told.status, told.captured_minor) == ("succeeded", 1000)
    with pytest.raises(Declined):
        provider.capture(promised, amount_minor=1, final=True, idempotency_key=f"{promised}:b")


def test_a_promise_that_is_given_back_is_never_taken(provider, promised):
    assert provider.cancel(promised).status == "cancelled"
    assert provider.cancel(promised).status == "cancelled"
    with pytest.raises(Declined):
        provider.capture(promised, amount_minor=1, final=False, idempotency_key=f"{promised}:a")


def test_what_was_taken_in_parts_goes_back_in_one(provider, promised):
    for part in ("a", "b"):
        provider.capture(promised, amount_minor=1195, final=part == "b", idempotency_key=f"{promised}:{part}")
    told = provider.refund(promised, amount_minor=2000, idempotency_key=f"{promised}:back")
    assert (told.status, told.amount_minor) == ("succeeded", 2000)
    assert provider.find_refund(promised, idempotency_key=f"{promised}:back") == told
    assert provider.fetch(promised).refunded_minor == 2000
    with pytest.raises(Declined):
        provider.refund(promised, amount_minor=391, idempotency_key=f"{promised}:too much")


def test_it_lists_what_was_opened_since_or_says_that_it_can_not(provider, ask):
    moment = now()
    if not provider.lists:
        with pytest.raises(Declined):
            provider.list_since(moment)
        return
    external_id = provider.start(ask()).external_id
    assert external_id in {told.external_id for told in provider.list_since(moment)}
    assert external_id not in {told.external_id for told in provider.list_since(now() + timedelta(seconds=1))}


def test_a_signed_notification_is_read(provider, driver, ask):
    external_id = provider.start(ask()).external_id
    headers, body = driver.notification(external_id)
    event = provider.parse_webhook(headers, body)
    assert event.external_id == external_id
    assert event.event_id
    assert provider.parse_webhook(upper(headers), body) == event


@pytest.mark.parametrize("age", [WEBHOOK_TOLERANCE + 60, -WEBHOOK_TOLERANCE - 60])
def test_a_notification_from_another_time_is_refused(provider, driver, age):
    if not provider.signs_bytes:
        # It says nothing about when it was sent. One that comes again is the same event and is kept once.
        return
    headers, body = driver.notification("some payment", age=age)
    with pytest.raises(BadSignature):
        provider.parse_webhook(headers, body)


def test_a_notification_that_is_unsigned_altered_or_signed_by_others_is_refused(provider, driver):
    headers, body = driver.notification("some payment")
    strange, strange_body = driver.notification("some payment", secret="somebody else's " * 3)
    if not provider.signs_bytes:
        for bad_body in (strange_body, body.replace(b"some payment", b"your payment"), b"{}", b"[]", b"signature=1"):
            with pytest.raises(BadSignature):
                provider.parse_webhook(headers, bad_body)
        return
    for bad_headers, bad_body in (
        ({}, body),
        (strange, body),
        (headers, body + b" "),
        (headers, body.replace(b"some payment", b"your payment")),
        ({name: value[:-1] for name, value in headers.items()}, body),
        (dict.fromkeys(headers, ""), body),
        (dict.fromkeys(headers, "t=,v1="), body),
    ):
        with pytest.raises(BadSignature):
            provider.parse_webhook(bad_headers, bad_body)
