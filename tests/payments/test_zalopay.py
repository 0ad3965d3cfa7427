"""ZaloPay: its signatures are right by ZaloPay's own example, and its ways lead to the one truth."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from store.payments.providers import all_providers
from store.payments.providers.base import BadSignature, Declined, Unavailable
from tests.contracts.account import opened
from tests.contracts.payment_drivers.zalopay import Driver
from tests.contracts.payment_provider import a_request

# The example of https://docs.zalopay.vn/docs/specs/callback-api, made with the second key of ZaloPay's public sandbox
# application 2553. The documents give no example values for the first key.
EXAMPLE = {
    "data": r'{"app_id":2553,"app_trans_id":"200904_2553_1598435687208","app_time":1599189392817,"app_user":"demo",'
    r'"amount":10000,"embed_data":"{\"merchantinfo\":\"embeddata123\",\"promotioninfo\":\"\"}",'
    r'"item":"[{\"itemid\":\"knb\",\"itemname\":\"kim nguyen bao\",\"itemprice\":198400,\"itemquantity\":1}]",'
    r'"zp_trans_id":200904000000389,"server_time":1599189413498,"channel":38,'
    r'"merchant_user_id":"7ZMSl3nEg5sOUJzOLSoUFT8xKNQVaLOLXHB--8Eytqc","user_fee_amount":0,"discount_amount":0}',
    "mac": "d8d33baf449b31d7f9b94fa50d7c942c08cd4d83f28fa185557da21acb104f67",
    "type": 1,
}


@pytest.fixture
def account(db) -> Iterator[object]:
    yield from opened(Driver)


@pytest.fixture
def zalopay(account):
    return all_providers()["zalopay"]


def request():
    return a_request("VND")


def test_zalopays_own_example_is_believed(zalopay):
    event = zalopay.parse_webhook({}, json.dumps(EXAMPLE).encode())
    assert (event.external_id, event.kind) == ("200904_2553_1598435687208", "callback.1")
    assert event.event_id.endswith(".200904000000389")


@pytest.mark.parametrize(
    "change", [{"data": EXAMPLE["data"].replace("10000", "10001")}, {"mac": ""}, {"mac": "0" * 64}, {"data": ""}]
)
def test_the_example_with_anything_changed_is_not(zalopay, change):
    with pytest.raises(BadSignature):
        zalopay.parse_webhook({}, json.dumps({**EXAMPLE, **change}).encode())


def test_the_key_before_still_proves_a_callback_while_it_is_listed(zalopay, account):
    trans_id = zalopay.start(request()).external_id
    assert zalopay.parse_webhook({}, account.callback(trans_id, key="the one before")).external_id == trans_id


def test_a_callback_names_its_order_and_keeps_nothing_of_its_shopper(zalopay, account):
    asked = request()
    trans_id = zalopay.start(asked).external_id
    account.pay(trans_id)
    event = zalopay.parse_webhook({}, account.callback(trans_id))
    assert (event.external_id, event.reference) == (trans_id, asked.reference)
    assert set(event.payload) == {"app_trans_id", "zp_trans_id", "reference"}


def test_an_id_begins_with_the_day_in_vietnam(zalopay, clock):
    clock.move_to(datetime(2026, 3, 1, 17, 30, tzinfo=UTC))
    assert zalopay.start(request()).external_id.startswith("260302_")


def test_only_dong_is_taken(zalopay):
    assert zalopay.available(currency="VND", country=None)
    assert not zalopay.available(currency="EUR", country=None)
    with pytest.raises(Declined):
        zalopay.start(a_request("EUR"))


def test_the_page_closes_when_the_order_does(zalopay, account):
    trans_id = zalopay.start(request()).external_id
    assert account.orders[trans_id]["expire_duration_seconds"] == zalopay.settings.order_expiry_seconds


def test_an_opening_whose_answer_was_lost_is_closed_so_that_nothing_can_be_paid_there(zalopay, account):
    account.lose["create"] = 1
    asked = request()
    with pytest.raises(Unavailable):
        zalopay.start(asked)
    with pytest.raises(Declined):
        zalopay.start(asked)
    assert [one["status"] for one in account.orders.values()] == ["closed"]


def test_an_opening_that_was_paid_after_all_is_found_again(zalopay, account):
    asked = request()
    trans_id = zalopay.start(asked).external_id
    account.pay(trans_id)
    assert zalopay.start(asked).external_id == trans_id


def test_an_empty_wallet_leaves_the_page_open(zalopay, account):
    trans_id = zalopay.start(request()).external_id
    account.refuse["query"] = -63
    assert zalopay.fetch(trans_id).status == "open"


@pytest.mark.parametrize("code", [-429, -500, -999])
@pytest.mark.parametrize("call", ["create", "query", "cancel", "refund", "query_refund"])
def test_an_error_of_theirs_is_unknown(zalopay, account, call, code):
    trans_id = zalopay.start(request()).external_id
    if call in ("refund", "query_refund"):
        account.pay(trans_id)
    account.refuse[call] = code
    ask = {
        "create": lambda: zalopay.start(request()),
        "query": lambda: zalopay.fetch(trans_id),
        "cancel": lambda: zalopay.cancel(trans_id),
        "refund": lambda: zalopay.refund(trans_id, amount_minor=1000, idempotency_key="k"),
        "query_refund": lambda: zalopay.find_refund(trans_id, idempotency_key="k"),
    }[call]
    # A page that could not be closed is still open, which is an answer.
    with pytest.raises(Declined if call == "cancel" else Unavailable):
        ask()


@pytest.mark.parametrize("fault", ["lose", "fail", "hang"])
def test_a_refund_that_goes_wrong_on_the_way_happens_once(zalopay, account, fault, monkeypatch):
    monkeypatch.setattr("store.payments.wire.CALL_TIMEOUT", 0.3)
    trans_id = zalopay.start(request()).external_id
    account.pay(trans_id)
    getattr(account, fault)["refund"] = 1
    with pytest.raises(Unavailable):
        zalopay.refund(trans_id, amount_minor=2390, idempotency_key="k")
    assert zalopay.refund(trans_id, amount_minor=2390, idempotency_key="k").status == "succeeded"
    assert [one["amount"] for one in account.refunds.values()] == [2390]


def test_a_refund_of_yesterday_is_found_today_and_not_made_again(zalopay, account, clock):
    trans_id = zalopay.start(request()).external_id
    account.pay(trans_id)
    account.lose["refund"] = 1
    with pytest.raises(Unavailable):
        zalopay.refund(trans_id, amount_minor=1000, idempotency_key="k")
    clock.shift(timedelta(days=2))
    assert zalopay.refund(trans_id, amount_minor=1000, idempotency_key="k").status == "succeeded"
    assert len(account.refunds) == 1


def test_a_refund_takes_its_time_and_may_fail_in_the_end(zalopay, account):
    trans_id = zalopay.start(request()).external_id
    account.pay(trans_id)
    made = zalopay.refund(trans_id, amount_minor=1000, idempotency_key="k")
    states = []
    for status in (3, 2, 1):
        account.refunds[made.external_id]["status"] = status
        states.append(zalopay.find_refund(trans_id, idempotency_key="k").status)
    assert states == ["pending", "failed", "succeeded"]


def test_without_its_keys_it_is_not_there(db):
    assert not all_providers()["zalopay"].configured()
