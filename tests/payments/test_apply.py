"""The one door to paid."""

import itertools

import pytest
from sqlalchemy import text, update

from store.core.db import session, transaction
from store.core.errors import Unavailable
from store.orders import services as orders
from store.orders.models import OrderEvent
from store.payments import services
from store.payments.errors import NotPayable
from store.payments.models import Payment
from store.payments.states import OPEN, RANKS, after
from store.payments.testbank.models import BankPayment
from tests.factories.catalog import make_product
from tests.factories.orders import make_pending_order
from tests.factories.payments import (
    bank_balance,
    bank_payments,
    break_next,
    choose,
    make_payment,
    order_of,
    payment_of,
    payments_of,
    refunds_of,
    run_jobs,
)

pytestmark = pytest.mark.usefixtures("shop")

TOLD = ("open", "requires_action", "processing", "failed", "cancelled", "succeeded")


def events_of(order_id):
    return [row.kind for row in session.query(OrderEvent).filter_by(order_id=order_id).order_by(OrderEvent.id)]


def test_whatever_order_news_comes_in_the_last_word_is_the_furthest():
    for news in itertools.permutations(TOLD):
        status = "created"
        for told in news:
            before = status
            status = after(status, told)
            assert RANKS[status] >= RANKS[before]
        assert status == "captured"


def test_only_success_pays():
    for outcome, expected in (("challenge", "requires_action"), ("pay_later", "processing"), ("decline", "failed")):
        payment = make_payment()
        choose(payment, outcome)
        assert services.apply_payment(payment.id).status == expected
        assert order_of(payment).status == "pending"


def test_payment_places_the_order_once_however_often_it_is_applied():
    payment = make_payment()
    choose(payment, "pay")
    first, second = (services.apply_payment(payment.id) for _ in range(2))
    order = order_of(payment)
    assert (order.status, order.payment_status, order.number is not None) == ("placed", "paid", True)
    assert (first.status, first.captured_minor) == (second.status, second.captured_minor) == ("captured", 2390)
    assert events_of(order.id) == ["created", "placed"]


def test_a_captured_payment_is_not_asked_about_again():
    payment = make_payment()
    choose(payment, "pay")
    services.apply_payment(payment.id)
    break_next("fetch", "error_500")
    assert services.apply_payment(payment.id).status == "captured"


def test_a_decline_is_told_on_the_timeline_once():
    payment = make_payment()
    choose(payment, "decline")
    services.apply_payment(payment.id)
    services.apply_payment(payment.id)
    assert events_of(payment.order_id) == ["created", "payment_failed"]


@pytest.mark.parametrize(
    "lie",
    [{"amount_minor": 1, "captured_minor": 1}, {"currency": "USD"}, {"reference": "another order"}],
    ids=lambda lie: next(iter(lie)),
)
def test_money_that_is_not_what_was_agreed_pays_nothing_and_calls_staff(lie):
    payment = make_payment()
    choose(payment, "pay")
    with transaction():
        session.execute(update(BankPayment).where(BankPayment.id == payment.external_id).values(**lie))
    for _ in range(2):
        assert services.apply_payment(payment.id).status == "failed"
    order = order_of(payment)
    assert (order.status, payment_of(order.id).captured_minor) == ("pending", 0)
    assert order.attention.count("was not accepted") == 1
    with pytest.raises(NotPayable):
        services.begin(order.id, "test")
    assert refunds_of(order.id) == []


def test_a_payment_of_another_order_does_not_pay_this_one():
    mine, other = make_payment(), make_payment()
    choose(other, "pay")
    name = other.external_id
    with transaction():
        # As a forged or muddled record would have it.
        session.execute(update(Payment).where(Payment.id == other.id).values(external_id=None))
        session.execute(update(Payment).where(Payment.id == mine.id).values(external_id=name))
    services.apply_payment(mine.id)
    assert order_of(mine).status == "pending"
    assert "was not accepted" in order_of(mine).attention


def test_late_money_takes_the_stock_again_while_there_is_some():
    mug = make_product(stock=1)
    payment = make_payment(mug)
    with transaction():
        orders.mark_expired(payment.order_id)
    choose(payment, "pay")
    run_jobs()
    order = order_of(payment)
    assert (order.status, order.payment_status, order.attention) == ("placed", "paid", "")
    assert refunds_of(order.id) == []


def test_late_money_without_stock_goes_back_once_with_one_word_to_shopper_and_staff(violations):
    mug = make_product(stock=1)
    payment = make_payment(mug)
    with transaction():
        orders.mark_expired(payment.order_id)
        make_pending_order(mug)
    choose(payment, "pay_told_twice")
    run_jobs()
    services.return_from_provider(order_of(payment).token)
    services.reconcile()
    run_jobs()
    order = order_of(payment)
    (refund,) = refunds_of(order.id)
    assert (refund.request_id, refund.status, refund.amount_minor) == (f"late:{payment.id}", "succeeded", 2390)
    assert (order.status, order.payment_status) == ("expired", "refunded")
    assert "paid back" in order.attention
    assert bank_balance(order.token) == 0
    assert events_of(order.id).count("refunded") == 1
    assert violations() == []


def test_money_for_a_cancelled_order_goes_back(violations):
    payment = make_payment()
    with transaction():
        orders.mark_cancelled(payment.order_id, actor="staff:1", reason="typo")
    choose(payment, "pay")
    run_jobs()
    order = order_of(payment)
    assert (order.status, order.payment_status, bank_balance(order.token)) == ("cancelled", "refunded", 0)
    assert violations() == []


def test_an_order_paid_twice_is_placed_once_and_staff_decide_about_the_second_payment():
    payment = make_payment()
    token = order_of(payment).token
    choose(payment, "decline")
    services.apply_payment(payment.id)
    services.begin(payment.order_id, "test")
    second = payments_of(payment.order_id)[-1]
    choose(second, "pay")
    services.apply_payment(second.id)
    with transaction():
        # The bank changes its mind about the declined one, which no bank should.
        session.execute(
            text("UPDATE test_bank_payments SET status = 'succeeded', captured_minor = amount_minor WHERE id = :id"),
            {"id": payment.external_id},
        )
    assert services.apply_payment(payment.id).status == "captured"
    order = order_of(payment)
    assert (order.status, order.payment_status) == ("placed", "overcharged")
    assert "paid twice" in order.attention
    assert refunds_of(order.id) == []
    assert bank_balance(token) == 2 * 2390
    services.refund_in_full(order.id, request_id="both", actor="staff:1", reason="", restock=False)
    assert bank_balance(token) == 0
    assert [refund.status for refund in refunds_of(order.id)] == ["succeeded", "succeeded"]
    assert order_of(payment).payment_status == "refunded"


def test_a_payment_whose_opening_got_no_answer_is_found_again_under_its_key():
    order = make_pending_order()
    session.commit()
    break_next("start", "lost_reply")
    with pytest.raises(Unavailable):
        services.begin(order.id, "test")
    payment = payment_of(order.id)
    assert (payment.status, payment.external_id) == ("created", None)
    assert services.apply_payment(payment.id).status in OPEN
    (at_bank,) = bank_payments(order.token)
    assert payment_of(order.id).external_id == at_bank.id


def test_no_provider_is_asked_inside_a_transaction():
    payment = make_payment()
    with pytest.raises(RuntimeError), transaction():
        services.apply_payment(payment.id)
