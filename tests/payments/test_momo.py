"""MoMo: its signatures are right by what MoMo itself has signed, and its ways lead to the one truth."""

import json
from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest

from store.payments.providers import all_providers
from store.payments.providers.base import BadSignature, Declined, Unavailable
from tests.contracts.account import opened
from tests.contracts.payment_drivers.momo import Driver
from tests.contracts.payment_provider import a_request

# Answers of MoMo's test environment to its public test business, as people have published them: the addresses to which it
# led shoppers back. The same fields and the same text are signed in notifications.
SIGNED_BY_MOMO = [
    "partnerCode=MOMO&orderId=MOMO1721014629740&requestId=MOMO1721014629740&amount=50000&orderInfo=pay+with+MoMo"
    "&orderType=momo_wallet&transId=4084757146&resultCode=0&message=Th%C3%A0nh+c%C3%B4ng.&payType=qr"
    "&responseTime=1721014660600&extraData=&signature=a5f1ec2a40181e82ae63153bad277bc6d46451a6724fecc88a92a6e869ea2621",
    "partnerCode=MOMO&orderId=6cd25bf88002596&requestId=6cd25bf88012596&amount=10000&orderInfo=pay+with+MoMo"
    "&orderType=momo_wallet&transId=3105694606&resultCode=0&message=Successful.&payType=napas"
    "&responseTime=1701645754029&extraData=&signature=7c7f9acccaa791344cf63a9819ca594871b05d51bbff4f798d6e72beaa3c59f2",
    "partnerCode=MOMO&orderId=ORD-251111-B98B&requestId=ORD-251111-B98B&amount=17942000&orderInfo=%C4%90%C6%A1n+h%C3%A0ng"
    "+ORD-251111-B98B&orderType=momo_wallet&transId=4610849895&resultCode=0&message=Th%C3%A0nh+c%C3%B4ng.&payType=qr"
    "&responseTime=1762884809397&extraData=&signature=f03a51ba4d0c85471920036aa6e3ef0ec9993ef01ca23f46ee5405241c8a51d6",
]


@pytest.fixture
def account(db) -> Iterator[object]:
    yield from opened(Driver)


@pytest.fixture
def momo(account):
    return all_providers()["momo"]


def request():
    return a_request("VND")


@pytest.mark.parametrize("answer", SIGNED_BY_MOMO)
def test_what_momo_has_signed_is_believed(momo, answer):
    told = dict(parse_qsl(answer, keep_blank_values=True))
    assert momo.signature("notification", told) == told["signature"]
    assert momo.parse_webhook({}, json.dumps(told).encode()).external_id == told["orderId"]


@pytest.mark.parametrize("field", ["amount", "orderId", "resultCode", "transId", "extraData", "message", "signature"])
def test_a_field_that_was_changed_on_the_way_is_not(momo, field):
    told = dict(parse_qsl(SIGNED_BY_MOMO[0], keep_blank_values=True))
    with pytest.raises(BadSignature):
        momo.parse_webhook({}, json.dumps({**told, field: told[field] + "1"}).encode())


def test_the_key_before_still_proves_a_notification_while_it_is_listed(momo, account):
    name = momo.start(request()).external_id
    assert momo.parse_webhook({}, account.notification(name, secret="the one before")).external_id == name


def test_a_notification_names_its_payment_and_its_order_and_keeps_nothing_of_its_shopper(momo, account):
    asked = request()
    name = momo.start(asked).external_id
    account.pay(name)
    event = momo.parse_webhook({}, account.notification(name))
    assert (event.external_id, event.reference, event.kind) == (name, asked.reference, "result.0")
    assert set(event.payload) == {"orderId", "resultCode", "reference"}


def test_only_dong_is_taken(momo):
    assert momo.available(currency="VND", country="VN")
    assert not momo.available(currency="EUR", country="VN")
    with pytest.raises(Declined):
        momo.start(a_request("EUR"))


@pytest.mark.parametrize(
    ("code", "status"),
    [(0, "succeeded"), (1000, "open"), (7000, "processing"), (7002, "processing"), (9000, "processing"), (8000, "requires_action"),
     (1001, "failed"), (1002, "failed"), (1004, "failed"), (1006, "failed"), (4001, "failed"), (1003, "cancelled"), (1005, "cancelled"), (1017, "cancelled")],
)  # fmt: skip
def test_each_result_code_has_its_meaning(momo, account, code, status):
    name = momo.start(request()).external_id
    account.payments[name]["code"] = code
    assert momo.fetch(name).status == status


@pytest.mark.parametrize("code", [10, 43, 99])
def test_a_code_that_leaves_it_open_is_unknown(momo, account, code):
    name = momo.start(request()).external_id
    account.pay(name)
    account.refuse["refund"] = code
    with pytest.raises(Unavailable):
        momo.refund(name, amount_minor=2390, idempotency_key="k")


@pytest.mark.parametrize("code", [11, 13, 22, 1080, 1081, 1088])
def test_a_refusal_is_declined_with_its_number(momo, account, code):
    name = momo.start(request()).external_id
    account.pay(name)
    account.refuse["refund"] = code
    with pytest.raises(Declined, match=str(code)):
        momo.refund(name, amount_minor=2390, idempotency_key="k")
    assert account.refunds == {}


@pytest.mark.parametrize("fault", ["lose", "fail", "hang"])
def test_a_refund_that_goes_wrong_on_the_way_happens_once(momo, account, fault, monkeypatch):
    monkeypatch.setattr("store.payments.wire.CALL_TIMEOUT", 0.3)
    name = momo.start(request()).external_id
    account.pay(name)
    getattr(account, fault)["refund"] = 1
    with pytest.raises(Unavailable):
        momo.refund(name, amount_minor=2390, idempotency_key="k")
    assert momo.refund(name, amount_minor=2390, idempotency_key="k").status == "succeeded"
    assert [one["amount"] for one in account.refunds.values()] == [2390]


def test_a_refund_that_momo_lists_as_failed_has_failed(momo, account):
    name = momo.start(request()).external_id
    account.pay(name)
    made = momo.refund(name, amount_minor=1000, idempotency_key="k")
    account.refunds[made.external_id]["resultCode"] = 1080
    found = momo.find_refund(name, idempotency_key="k")
    assert found is not None
    assert (found.status, momo.fetch(name).refunded_minor) == ("failed", 0)


def test_a_key_of_any_length_becomes_a_name_that_momo_takes(momo, account):
    name = momo.start(request()).external_id
    account.pay(name)
    assert momo.refund(name, amount_minor=1000, idempotency_key="refund:" + "x" * 200 + "-").status == "succeeded"


def test_without_its_keys_it_is_not_there(db):
    assert not all_providers()["momo"].configured()
