"""A shopper complains at PayPal: the desk hears of it as it hears of a bank's question at Stripe."""

import itertools
from collections.abc import Iterator
from functools import partial

import pytest
from sqlalchemy import select

from store.core.db import session, transaction
from store.orders.models import OrderEvent
from store.payments import services
from store.payments.models import Dispute
from store.payments.paypal import disputes
from tests.contracts.account import opened
from tests.contracts.payment_drivers.paypal import Driver
from tests.factories.disputes import notify as notify_by
from tests.factories.disputes import the_dispute
from tests.factories.orders import make_pending_order
from tests.factories.payments import order_of, payment_of
from tests.standins.paypal_disputes import dispute, move

pytestmark = pytest.mark.usefixtures("shop")

notify = partial(notify_by, Driver.provider)

CREATED, UPDATED, RESOLVED = (f"CUSTOMER.DISPUTE.{one}" for one in ("CREATED", "UPDATED", "RESOLVED"))


@pytest.fixture
def account(shop) -> Iterator[object]:
    yield from opened(Driver)


@pytest.fixture
def paid(account):
    return pay(account)


def pay(account):
    order = make_pending_order()
    session.commit()
    services.begin(order.id, "paypal")
    payment = payment_of(order.id)
    account.approve(payment.external_id)
    services.apply_payment(payment.id)
    return payment_of(order.id)


def behind(drifts):
    return [drift.external_id for drift in drifts if drift.kind == "dispute_behind"]


def test_a_complaint_is_told_flagged_and_moves_no_money(client, account, paid, violations):
    before = (order_of(paid).payment_status, paid.captured_minor, paid.refunded_minor)
    name = dispute(account, paid.external_id, reason="MERCHANDISE_OR_SERVICE_NOT_RECEIVED")
    assert notify(client, account, name, CREATED) == 200
    found = the_dispute()
    assert (found.payment_id, found.provider, found.status, found.inquiry) == (
        paid.id, "paypal", "needs_response", False,
    )  # fmt: skip
    assert (found.amount_minor, found.currency) == (paid.amount_minor, paid.currency)
    assert found.due_at.date().isoformat() == account.disputes[name]["seller_response_due_date"][:10]
    attention = order_of(paid).attention
    assert "at PayPal" in attention
    assert "don't refund this order" in attention
    again = payment_of(paid.order_id)
    assert (order_of(paid).payment_status, again.captured_minor, again.refunded_minor) == before
    assert violations() == []


def test_each_step_is_a_line_of_the_timeline_once(client, account, paid):
    name = dispute(account, paid.external_id, stage="INQUIRY")
    notify(client, account, name, CREATED)
    assert the_dispute().inquiry
    assert "asks about" in order_of(paid).attention
    move(account, name, dispute_life_cycle_stage="CHARGEBACK", status="WAITING_FOR_SELLER_RESPONSE")
    for _twice in range(2):
        notify(client, account, name, UPDATED)
    assert not the_dispute().inquiry
    move(account, name, status="UNDER_REVIEW")
    notify(client, account, name, UPDATED)
    move(account, name, outcome="RESOLVED_SELLER_FAVOUR")
    notify(client, account, name, RESOLVED)
    kinds = session.execute(select(OrderEvent.kind).where(OrderEvent.order_id == paid.order_id)).scalars()
    assert [one for one in kinds if one.startswith("dispute")] == [
        "dispute_opened", "dispute_changed", "dispute_changed", "dispute_closed",
    ]  # fmt: skip
    assert the_dispute().status == "won"


@pytest.mark.parametrize("order", list(itertools.permutations((CREATED, UPDATED, RESOLVED))))
def test_news_in_any_order_end_where_paypal_ended(client, account, paid, order):
    name = dispute(account, paid.external_id)
    move(account, name, outcome="RESOLVED_BUYER_FAVOUR")
    for kind in order:
        notify(client, account, name, kind)
    assert the_dispute().status == "lost"
    assert order_of(paid).payment_status == "paid"


@pytest.mark.parametrize(
    ("stage", "outcome", "status"),
    [
        ("CHARGEBACK", "RESOLVED_BUYER_FAVOUR", "lost"),
        ("CHARGEBACK", "ACCEPTED", "lost"),
        ("PRE_ARBITRATION", "RESOLVED_SELLER_FAVOUR", "won"),
        ("CHARGEBACK", "RESOLVED_WITH_PAYOUT", "won"),
        ("CHARGEBACK", "DENIED", "won"),
        ("CHARGEBACK", "CANCELED_BY_BUYER", "won"),
        ("INQUIRY", "CANCELED_BY_BUYER", "closed"),
        ("INQUIRY", "ACCEPTED", "lost"),
        ("CHARGEBACK", "NONE", "closed"),
        ("CHARGEBACK", "SOMETHING_NEW", "closed"),
    ],
)
def test_what_became_of_it_is_said_in_the_shops_words(client, account, paid, stage, outcome, status):
    name = dispute(account, paid.external_id, stage=stage)
    move(account, name, outcome=outcome)
    notify(client, account, name, RESOLVED)
    assert the_dispute().status == status


def test_a_complaint_whose_notification_was_lost_is_found_by_the_reconciler_once(account, paid):
    name = dispute(account, paid.external_id)
    assert behind(services.reconcile()) == [name]
    assert behind(services.reconcile()) == []
    move(account, name, outcome="ACCEPTED")
    assert behind(services.reconcile()) == [name]
    assert the_dispute().status == "lost"


def test_every_page_of_the_list_is_read(account, paid, monkeypatch):
    monkeypatch.setattr(disputes, "_PAGE", 1)
    names = {dispute(account, paid.external_id) for _ in range(3)}
    assert set(behind(services.reconcile())) == names


def test_an_app_that_may_not_see_disputes_reports_no_silence(account, paid):
    account.sees_disputes = False
    assert services.reconcile() == []


def test_a_complaint_about_somebody_elses_sale_leaves_no_trace(client, account, paid):
    name = dispute(account, paid.external_id)
    (transaction_,) = account.disputes[name]["disputed_transactions"]
    transaction_ |= {"seller_transaction_id": "8AW70038VH226914P", "custom": "another system"}
    assert notify(client, account, name, CREATED) == 200
    with transaction():
        assert session.execute(select(Dispute)).all() == []


def test_the_payment_is_found_by_the_money_taken_where_the_complaint_does_not_name_ours(client, account, paid):
    other = pay(account)
    name = dispute(account, paid.external_id)
    account.disputes[name]["disputed_transactions"][0].pop("custom")
    account.orders[paid.external_id]["purchase_units"][0]["payments"]["captures"][-1].pop("custom_id")
    notify(client, account, name, CREATED)
    assert the_dispute().payment_id == paid.id != other.id
