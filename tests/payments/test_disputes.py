"""A customer's bank questions a payment: what the shop hears of it, in any order, and what it never does by itself."""

import itertools
from collections.abc import Iterator
from functools import partial

import pytest
from sqlalchemy import select

from store.core.db import session, transaction
from store.orders.models import OrderEvent
from store.payments import services
from store.payments.models import Dispute
from store.payments.states import dispute_after
from tests.contracts.account import opened
from tests.contracts.payment_drivers.stripe import Driver
from tests.factories.disputes import notify as notify_by
from tests.factories.disputes import the_dispute
from tests.factories.orders import make_pending_order
from tests.factories.payments import order_of, payment_of, payments_of, refunds_of

pytestmark = pytest.mark.usefixtures("shop")

notify = partial(notify_by, Driver.provider)


@pytest.fixture
def account(shop) -> Iterator[object]:
    yield from opened(Driver)


@pytest.fixture
def paid(account):
    order = make_pending_order()
    session.commit()
    services.begin(order.id, "stripe")
    payment = payment_of(order.id)
    account.pay(payment.external_id)
    services.apply_payment(payment.id)
    return payment_of(order.id)


def events_of(order_id: int) -> list[str]:
    return list(
        session.execute(
            select(OrderEvent.kind).where(OrderEvent.order_id == order_id).order_by(OrderEvent.id)
        ).scalars()
    )


def test_a_dispute_is_told_flagged_and_moves_no_money(client, account, paid, violations):
    before = (order_of(paid).payment_status, paid.captured_minor, paid.refunded_minor)
    name = account.dispute(paid.external_id, reason="product_not_received")
    assert notify(client, account, name, "charge.dispute.created") == 200
    dispute = the_dispute()
    assert (dispute.payment_id, dispute.status, dispute.inquiry) == (paid.id, "needs_response", False)
    assert (dispute.amount_minor, dispute.reason) == (paid.amount_minor, "product_not_received")
    assert int(dispute.due_at.timestamp()) == account.disputes[name]["evidence_details"]["due_by"]
    order = order_of(paid)
    assert "don't refund this order" in order.attention
    assert dispute.due_at.date().isoformat() in order.attention
    again = payment_of(order.id)
    assert (order.payment_status, again.captured_minor, again.refunded_minor) == before
    assert violations() == []


def test_each_step_is_a_line_of_the_timeline_once_however_often_it_is_told(client, account, paid):
    name = account.dispute(paid.external_id)
    for kind in ("charge.dispute.created", "charge.dispute.funds_withdrawn", "charge.dispute.created"):
        notify(client, account, name, kind)
    account.answer_dispute(name)
    notify(client, account, name, "charge.dispute.updated")
    account.close_dispute(name, "won")
    notify(client, account, name, "charge.dispute.closed")
    notify(client, account, name, "charge.dispute.funds_reinstated")
    told = [kind for kind in events_of(paid.order_id) if kind.startswith("dispute")]
    assert told == ["dispute_opened", "dispute_changed", "dispute_closed"]
    assert the_dispute().status == "won"
    assert "the money is back" in order_of(paid).attention


@pytest.mark.parametrize("order", list(itertools.permutations(("created", "updated", "closed"))))
def test_news_of_a_dispute_in_any_order_end_where_the_bank_ended(client, account, paid, order):
    name = account.dispute(paid.external_id)
    account.answer_dispute(name)
    account.close_dispute(name, "lost")
    for kind in order:
        notify(client, account, name, f"charge.dispute.{kind}")
    assert the_dispute().status == "lost"
    assert order_of(paid).payment_status == "paid"
    assert refunds_of(paid.order_id) == []


def test_an_inquiry_that_becomes_a_dispute_is_told_as_one(client, account, paid):
    name = account.dispute(paid.external_id, reason="inquiry")
    notify(client, account, name, "charge.dispute.created")
    assert the_dispute().inquiry
    assert "asks about" in order_of(paid).attention
    account.answer_dispute(name)
    account.disputes[name]["status"] = "needs_response"
    notify(client, account, name, "charge.dispute.updated")
    assert (the_dispute().status, the_dispute().inquiry) == ("needs_response", False)


@pytest.mark.parametrize(
    ("known", "told", "then"),
    [
        (("needs_response", False), ("under_review", False), ("under_review", False)),
        (("under_review", False), ("needs_response", False), ("under_review", False)),
        (("lost", False), ("under_review", False), ("lost", False)),
        (("lost", False), ("won", False), ("won", False)),
        (("under_review", True), ("needs_response", False), ("needs_response", False)),
        (("needs_response", False), ("closed", True), ("needs_response", False)),
        (("needs_response", True), ("closed", True), ("closed", True)),
    ],
)
def test_a_dispute_only_moves_on(known, told, then):
    assert dispute_after(known, told) == then


def test_a_disputed_payment_that_staff_refund_stays_as_it_is_and_says_why(account, paid):
    account.dispute(paid.external_id)
    refund = services.refund_in_full(paid.order_id, request_id="r-1", reason="", actor="staff:1", restock=False)
    assert refund.status == "failed"
    assert "charged back" in refund.failure
    assert payment_of(paid.order_id).refunded_minor == 0


def test_a_dispute_whose_notification_was_lost_is_found_by_the_reconciler_once(account, paid):
    account.dispute(paid.external_id)
    assert [drift.kind for drift in services.reconcile() if drift.kind == "dispute_behind"] == ["dispute_behind"]
    assert the_dispute().status == "needs_response"
    assert [drift for drift in services.reconcile() if drift.kind == "dispute_behind"] == []


def test_a_decision_weeks_later_is_found_by_the_reconciler_too(client, account, paid):
    name = account.dispute(paid.external_id)
    notify(client, account, name, "charge.dispute.created")
    account.disputes[name]["created"] -= 30 * 86400
    account.close_dispute(name, "lost")
    services.reconcile()
    assert the_dispute().status == "lost"


def test_a_dispute_of_somebody_elses_payment_is_taken_and_leaves_no_trace(client, account, paid):
    stranger = account.books.cards.new(500, "eur", capture_method="automatic", metadata={}, status="processing")
    account.books.cards.succeed(stranger)
    name = account.dispute(stranger["id"])
    assert notify(client, account, name, "charge.dispute.created") == 200
    with transaction():
        assert session.execute(select(Dispute)).all() == []
    assert len(payments_of(paid.order_id)) == 1
