"""A shopper goes to pay."""

from datetime import timedelta

import pytest

from store.core.db import session, transaction
from store.core.errors import NotFound, Unavailable
from store.orders import services as orders
from store.payments import services
from store.payments.errors import NotPayable
from store.payments.providers import base_url
from store.payments.services.begin import MAX_ATTEMPTS
from tests.factories.orders import make_pending_order
from tests.factories.payments import (
    bank_payments,
    break_next,
    choose,
    make_paid_order,
    make_payment,
    order_of,
    payment_of,
    payments_of,
)
from tests.factories.shop import make_market

pytestmark = pytest.mark.usefixtures("shop")


def pending_order(**more):
    order = make_pending_order(**more)
    session.commit()
    return order


def test_paying_again_and_again_leads_to_one_payment():
    order = pending_order()
    pages = {services.begin(order.id, "test") for _ in range(3)}
    assert len(pages) == len(bank_payments(order.token)) == 1


def test_a_lost_reply_is_asked_for_again_under_the_same_key():
    order = pending_order()
    for fault in ("lost_reply", "hang", "error_500"):
        break_next("start", fault)
        with pytest.raises(Unavailable):
            services.begin(order.id, "test")
    page = services.begin(order.id, "test")
    (at_bank,) = bank_payments(order.token)
    assert page.endswith(at_bank.id)
    assert payment_of(order.id).attempt == 1


def test_after_a_decline_a_new_attempt_begins():
    payment = make_payment()
    choose(payment, "decline")
    page = services.begin(payment.order_id, "test")
    first, second = payments_of(payment.order_id)
    assert (first.status, second.status, second.attempt) == ("failed", "created", 2)
    assert page == second.redirect_url != first.redirect_url


def test_a_refusal_at_the_start_leads_back_to_the_order():
    order = pending_order()
    break_next("start", "declined")
    assert services.begin(order.id, "test") == f"{base_url()}/checkout/return/{order.token}"
    assert payment_of(order.id).status == "failed"
    assert services.begin(order.id, "test").startswith("/-/test-gateway/")


def test_while_the_bank_is_at_work_nobody_pays_again():
    payment = make_payment()
    choose(payment, "pay_later", delay=3600)
    assert services.begin(payment.order_id, "test").endswith(f"/checkout/return/{order_of(payment).token}")
    assert len(payments_of(payment.order_id)) == 1


def test_a_paid_order_is_not_paid_again():
    order = make_paid_order()
    assert services.begin(order.id, "test").endswith(f"/checkout/return/{order.token}")
    assert len(payments_of(order.id)) == 1


def test_a_closed_order_takes_no_payment():
    order = pending_order()
    with transaction():
        orders.mark_expired(order.id)
    with pytest.raises(NotPayable):
        services.begin(order.id, "test")


def test_an_order_past_its_time_takes_no_payment(clock):
    order = pending_order()
    clock.shift(timedelta(minutes=16))
    with pytest.raises(NotPayable):
        services.begin(order.id, "test")
    assert payments_of(order.id) == []


def test_attempts_are_counted_against_card_testers():
    payment = make_payment()
    for _ in range(MAX_ATTEMPTS - 1):
        choose(payments_of(payment.order_id)[-1], "decline")
        services.begin(payment.order_id, "test")
    choose(payments_of(payment.order_id)[-1], "decline")
    with pytest.raises(NotPayable):
        services.begin(payment.order_id, "test")


def test_nothing_to_pay_asks_no_provider():
    order = pending_order()
    with transaction():
        order = orders.lock_order(order.id)
        order.total_minor = order.subtotal_minor = order.shipping_minor = 0
    services.begin(order.id, "test")
    session.refresh(order)
    assert (order.status, payments_of(order.id)) == ("placed", [])


def test_an_unknown_provider_is_not_found():
    with pytest.raises(NotFound):
        services.begin(pending_order().id, "cowries")


def test_the_bank_leads_back_to_the_market_of_the_order():
    make_market("de-de")
    order = pending_order()
    with transaction():
        orders.lock_order(order.id).market = "de-de"
    services.begin(order.id, "test")
    (at_bank,) = bank_payments(order.token)
    assert at_bank.return_url == f"{base_url()}/de-de/checkout/return/{order.token}"
