"""A placed order that waits for a transfer, or for cash at the door, is paid another way after all."""

import re
from datetime import timedelta

import pytest

from store.core.db import session, transaction
from store.orders.models import Order
from store.payments import services
from store.payments.offline.awaited import find_awaited
from store.payments.offline.methods import MethodFacts
from store.payments.offline.settings import save_method
from tests.factories.orders import make_pending_order
from tests.factories.payments import (
    bank_balance,
    break_next,
    choose,
    order_of,
    payments_of,
    refunds_of,
    run_jobs,
    shop_balance,
)

pytestmark = pytest.mark.usefixtures("shop", "ways")


@pytest.fixture
def ways():
    for code in ("bank_transfer", "cash_on_delivery"):
        with transaction():
            save_method(MethodFacts(code, enabled=True, iban="AT611904300234573201" if code == "bank_transfer" else ""))


def place(code="bank_transfer"):
    with transaction():
        order = make_pending_order()
    services.begin(order.id, code)
    return order_of(payments_of(order.id)[0])


def fresh(order) -> Order:
    session.expire_all()
    return order_of(payments_of(order.id)[0])


def attempts(order):
    return [(one.provider, one.status, one.captured_minor) for one in payments_of(order.id)]


def online(order):
    return next(one for one in payments_of(order.id) if one.provider == "test" and one.status == "created")


def transfer(order, amount, slip="slip-1"):
    return services.receive(order.id, amount_minor=amount, request_id=slip, actor="staff:1")


def token_in(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page).group(1)


def pay_online(order):
    services.begin(order.id, "test")
    payment = online(order)
    choose(payment, "pay")
    services.apply_payment(payment.id)


@pytest.mark.parametrize("code", ["bank_transfer", "cash_on_delivery"])
def test_what_is_paid_online_is_not_waited_for_any_more(code, client, violations):
    order = place(code)
    page = client.get(f"/orders/{order.token}").text
    assert "Pay another way" in page
    assert 'value="test"' in page
    answer = client.submit(f"/orders/{order.token}/payments", {"csrf_token": token_in(page), "provider": "test"})
    assert answer.status_code == 303
    payment = online(order)
    choose(payment, "pay")
    services.apply_payment(payment.id)
    assert fresh(order).payment_status == "paid"
    assert attempts(order) == [(code, "voided", 0), ("test", "captured", order.total_minor)]
    assert find_awaited(fresh(order)) is None
    assert "Pay another way" not in client.get(f"/orders/{order.token}").text
    assert violations() == []


def test_whoever_gives_up_online_still_owes_the_transfer(client, violations):
    order = place()
    services.begin(order.id, "test")
    choose(online(order), "decline")
    services.apply_payment(online(order).id)
    assert attempts(order) == [("bank_transfer", "created", 0), ("test", "failed", 0)]
    page = client.get(f"/orders/{order.token}").text
    assert "AT61" in page
    assert "Pay another way" in page
    transfer(order, order.total_minor)
    assert fresh(order).payment_status == "paid"
    assert violations() == []


def test_only_what_has_not_come_yet_is_asked_for(violations):
    order = place()
    transfer(order, 1000)
    pay_online(order)
    assert attempts(order) == [("bank_transfer", "captured", 1000), ("test", "captured", order.total_minor - 1000)]
    assert fresh(order).payment_status == "paid"
    assert violations() == []


def test_a_transfer_that_comes_as_well_is_seen_and_goes_back_once(violations):
    order = place()
    pay_online(order)
    transfer(order, order.total_minor)
    assert fresh(order).payment_status == "overcharged"
    for click in ("a", "b"):
        services.settle_difference(order.id, request_id=click, actor="staff:1", reason="twice")
    (refund,) = refunds_of(order.id)
    assert (refund.amount_minor, refund.credit_minor) == (order.total_minor, 0)
    services.confirm_refund(refund.id)
    assert fresh(order).payment_status == "paid"
    assert shop_balance(order.id) == order.total_minor
    assert violations() == []


def test_money_online_that_comes_after_the_transfer_calls_a_person(violations):
    order = place()
    services.begin(order.id, "test")
    payment = online(order)
    choose(payment, "pay")
    transfer(order, order.total_minor)
    run_jobs()
    assert fresh(order).payment_status == "overcharged"
    assert "paid twice" in fresh(order).attention
    services.settle_difference(order.id, request_id="back", actor="staff:1", reason="twice")
    assert fresh(order).payment_status == "paid"
    assert bank_balance(order.token) == 0
    assert violations() == []


def test_a_page_that_is_still_open_is_closed_when_the_transfer_has_come(violations):
    order = place()
    services.begin(order.id, "test")
    transfer(order, order.total_minor)
    run_jobs(only="payments.void")
    assert attempts(order) == [("bank_transfer", "captured", order.total_minor), ("test", "voided", 0)]
    assert bank_balance(order.token) == 0
    assert violations() == []


def test_an_order_that_was_paid_online_a_moment_ago_is_not_called_off(clock, violations):
    order = place()
    clock.shift(timedelta(days=15))
    services.begin(order.id, "test")
    choose(online(order), "pay")
    assert services.chase_transfers() == (0, 0)
    assert (fresh(order).status, fresh(order).payment_status) == ("placed", "paid")
    assert violations() == []


def test_nothing_is_called_off_while_a_provider_keeps_silent(clock):
    order = place()
    services.begin(order.id, "test")
    clock.shift(timedelta(days=15))
    break_next("fetch", "hang")
    assert services.chase_transfers() == (0, 0)
    assert fresh(order).status == "placed"
    assert services.chase_transfers() == (0, 1)


@pytest.mark.parametrize(
    ("agreed", "wished"), [("bank_transfer", "cash_on_delivery"), ("cash_on_delivery", "bank_transfer")]
)
def test_nobody_turns_a_transfer_into_cash_or_back(agreed, wished, client):
    order = place(agreed)
    page = client.get(f"/orders/{order.token}").text
    assert f'value="{wished}"' not in page
    client.submit(f"/orders/{order.token}/payments", {"csrf_token": token_in(page), "provider": wished})
    assert wished not in [one.provider for one in payments_of(order.id)]
    assert payments_of(order.id)[0].status == "created"


def test_what_is_still_open_of_an_order_is_not_paid_at_the_door_when_its_parcel_waits_for_the_money(client):
    order = place()
    services.void_payment(payments_of(order.id)[0].id)
    page = client.get(f"/orders/{order.token}").text
    assert 'value="test"' in page
    assert 'value="bank_transfer"' in page
    assert "cash_on_delivery" not in page
