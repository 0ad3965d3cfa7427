"""Disputes at the desk: what wants an answer, until when, and where."""

from datetime import timedelta

import pytest

from store.core.clock import now
from store.core.db import session, transaction
from store.payments.models import Dispute
from tests.factories import payments as money


@pytest.fixture
def paid(shop):
    return money.make_paid_order()


def make_dispute(order, *, days: int = 5, status: str = "needs_response", inquiry: bool = False) -> Dispute:
    (payment,) = money.payments_of(order.id)
    dispute = Dispute(
        payment_id=payment.id,
        provider="stripe",
        external_id=f"du_{order.id}_{days}",
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        reason="product_not_received",
        status=status,
        inquiry=inquiry,
        due_at=now() + timedelta(days=days),
        opened_at=now(),
    )
    with transaction():
        session.add(dispute)
    return dispute


def test_what_wants_an_answer_first_stands_first(desk, paid):
    other = money.make_paid_order()
    make_dispute(paid, days=6)
    make_dispute(other, days=2, inquiry=True)
    page = desk.get("/admin/disputes/").text
    assert page.index(f"#{other.number}") < page.index(f"#{paid.number}")
    assert "Nothing arrived" in page
    assert "Inquiry" in page
    assert "Too late" not in page


def test_a_day_that_has_passed_is_called_so(desk, paid):
    make_dispute(paid, days=-1)
    assert "Too late" in desk.get("/admin/disputes/").text


def test_what_is_decided_stands_under_its_own_tab(desk, paid):
    make_dispute(paid, status="lost")
    assert "No payment is disputed." in desk.get("/admin/disputes/").text
    page = desk.get("/admin/disputes/?state=closed").text
    assert f"#{paid.number}" in page
    assert "Lost" in page


def test_the_orders_page_says_it_warns_and_leads_to_the_provider(desk, paid):
    dispute = make_dispute(paid)
    page = desk.get(f"/admin/orders/{paid.id}").text
    assert "Wants an answer" in page
    assert "A refund besides would be a second one." in page
    assert f'href="https://dashboard.stripe.com/disputes/{dispute.external_id}"' in page


def test_an_order_without_one_says_nothing_of_it(desk, paid):
    assert "disputes-title" not in desk.get(f"/admin/orders/{paid.id}").text
