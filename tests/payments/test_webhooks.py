"""Notifications at the shop's door."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from store.app import create_app
from store.core.clock import now
from store.core.db import session, transaction
from store.core.errors import Unavailable
from store.core.outbox import Outbox
from store.core.settings import Settings
from store.payments import services
from store.payments.models import PaymentEvent
from store.payments.providers import get_provider
from store.payments.testbank import customer, signing
from tests.factories.orders import make_pending_order
from tests.factories.payments import bank_payments, break_next, choose, make_payment, order_of, payment_of, run_jobs

pytestmark = pytest.mark.usefixtures("shop")

PATH = "/webhooks/payments/test"
KEY = "test " * 10


def notice(payment_id="tb_unknown", event_id="evt_1", kind="payment.succeeded", **more):
    return json.dumps({"event_id": event_id, "kind": kind, "payment_id": payment_id, **more}).encode()


def signed(body, *, key=KEY, age=0):
    return {signing.HEADER: signing.sign(signing.secret_from(key), int(now().timestamp()) - age, body)}


def kept():
    return session.execute(select(func.count()).select_from(PaymentEvent)).scalar_one()


def test_a_signed_notification_is_kept_and_answered_at_once(client):
    body = notice()
    answer = client.post(PATH, data=body, headers=signed(body))
    assert (answer.status_code, kept()) == (200, 1)
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


# Made when they are sent: a signature is a matter of seconds.
NOT_TO_BE_TRUSTED = {
    "none": dict,
    "empty": lambda: {signing.HEADER: ""},
    "wrong": lambda: {signing.HEADER: "t=1,v1=00"},
    "timeless": lambda: {signing.HEADER: "v1=00"},
    "arabic": lambda: {signing.HEADER: "t=٣,v1=00".encode().decode("latin-1")},
    "float": lambda: {signing.HEADER: "t=1e9,v1=00"},
    "huge": lambda: {signing.HEADER: "t=" + "9" * 400 + ",v1=00"},
    "other body": lambda: signed(b"{}"),
    "other secret": lambda: signed(notice(), key="somebody else's key, long enough too"),
    "old": lambda: signed(notice(), age=301),
    "future": lambda: signed(notice(), age=-400),
}


@pytest.mark.parametrize("case", NOT_TO_BE_TRUSTED)
def test_what_can_not_be_trusted_is_refused_and_not_kept(client, case):
    assert client.post(PATH, data=notice(), headers=NOT_TO_BE_TRUSTED[case]()).status_code == 400
    assert kept() == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"{", b"\xff", b'{"event_id": "e"}', b'{"payment_id": "p"}'])
def test_what_can_not_be_read_is_refused(client, body):
    assert client.post(PATH, data=body, headers=signed(body)).status_code == 400
    assert kept() == 0


def test_a_notification_within_the_tolerance_counts(client):
    body = notice()
    assert client.post(PATH, data=body, headers=signed(body, age=299)).status_code == 200


def test_the_same_notification_is_kept_once_and_dealt_with_once(client):
    body = notice()
    for _ in range(3):
        assert client.post(PATH, data=body, headers=signed(body)).status_code == 200
    assert kept() == 1
    jobs = select(func.count()).select_from(Outbox).where(Outbox.task == "payments.handle_event")
    assert session.execute(jobs).scalar_one() == 1


def test_a_key_that_is_being_replaced_still_counts(client):
    gateway = get_provider("test")
    before = gateway.settings
    gateway.configure(before.model_copy(update={"secret_key_fallbacks": ("the key of last month",)}))
    try:
        old, strange = notice(event_id="evt_old"), notice(event_id="evt_strange")
        assert client.post(PATH, data=old, headers=signed(old, key="the key of last month")).status_code == 200
        assert client.post(PATH, data=strange, headers=signed(strange, key="no key of ours")).status_code == 400
    finally:
        gateway.configure(before)


def test_a_nul_in_a_notification_does_no_harm(client):
    body = notice(note="a").replace(b'"a"', b'"a\\u0000b"')
    assert client.post(PATH, data=body, headers=signed(body)).status_code == 200


def test_half_a_megabyte_is_the_most(client):
    body = notice(filler="x" * (512 * 1024))
    assert client.post(PATH, data=body, headers=signed(body)).status_code == 413
    assert kept() == 0


def test_a_provider_nobody_knows_is_not_found(client):
    body = notice()
    assert client.post("/webhooks/payments/cowries", data=body, headers=signed(body)).status_code == 404


def test_without_a_database_the_notification_comes_again():
    app = create_app(
        Settings(
            database_url="postgresql://nobody@127.0.0.1:1/none",
            store_env="development",
            secret_key=KEY,  # type: ignore[arg-type]
        )
    )
    body = notice()
    answer = app.test_client().post(PATH, data=body, headers=signed(body))
    assert answer.status_code == 503
    assert "Retry-After" in answer.headers


def test_what_a_notification_claims_is_not_believed(client):
    payment = make_payment()
    body = notice(payment.external_id, status="succeeded", amount_minor=2390)
    assert client.post(PATH, data=body, headers=signed(body)).status_code == 200
    run_jobs()
    assert (order_of(payment).status, payment_of(payment.order_id).status) == ("pending", "created")


def test_a_notification_that_names_another_order_changes_neither(client):
    paid, unpaid = make_payment(), make_payment()
    choose(paid, "pay_untold")
    body = notice(unpaid.external_id, reference=order_of(paid).token)
    client.post(PATH, data=body, headers=signed(body))
    run_jobs()
    assert order_of(unpaid).status == order_of(paid).status == "pending"


def test_a_notification_of_an_unknown_payment_is_ticked_off(client):
    body = notice("tb_nobody", reference="no order of ours")
    client.post(PATH, data=body, headers=signed(body))
    run_jobs()
    assert session.execute(select(PaymentEvent)).scalar_one().processed_at is not None


def test_a_notification_that_is_faster_than_the_answer_finds_its_payment():
    order = make_pending_order()
    session.commit()
    break_next("start", "lost_reply")
    with pytest.raises(Unavailable):
        services.begin(order.id, "test")
    (at_bank,) = bank_payments(order.token)
    with transaction():
        customer.decide(at_bank.id, "pay")
    run_jobs()
    assert order_of(payment_of(order.id)).status == "placed"


@pytest.mark.parametrize("outcome", ["pay", "pay_told_twice", "pay_told_in_wrong_order", "pay_told_late", "pay_untold"])
def test_the_order_is_placed_however_the_bank_tells_us(outcome, clock):
    payment = make_payment()
    choose(payment, outcome)
    for _ in range(3):
        run_jobs()
        clock.shift(timedelta(seconds=21))
    if outcome == "pay_untold":
        assert order_of(payment).status == "pending"
        clock.shift(timedelta(minutes=1))
        services.reconcile()
    assert order_of(payment).status == "placed"


def test_while_the_bank_does_not_answer_the_notification_waits(clock):
    payment = make_payment()
    choose(payment, "pay")
    break_next("fetch", "error_500")
    run_jobs()
    assert order_of(payment).status == "pending"
    clock.shift(timedelta(seconds=11))
    run_jobs()
    assert order_of(payment).status == "placed"
