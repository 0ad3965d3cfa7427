"""Money goes back."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from store.core import ids
from store.core.db import session
from store.core.errors import Conflict
from store.core.outbox import Outbox
from store.inventory.models import Hold
from store.payments import services
from store.payments.errors import AlreadyRefunded, NothingPaid
from tests.factories.catalog import make_product
from tests.factories.payments import (
    bank_balance,
    bank_refunds,
    break_next,
    make_paid_order,
    make_payment,
    payment_of,
    refunds_of,
    run_jobs,
)

pytestmark = pytest.mark.usefixtures("shop")


def refund(order, *, request_id=None, restock=False):
    return services.refund_in_full(
        order.id, request_id=request_id or ids.token(), actor="staff:1", reason="damaged", restock=restock
    )


def mails_about_refunds():
    tasks = select(func.count()).select_from(Outbox).where(Outbox.task == "notifications.send_refunded")
    return session.execute(tasks).scalar_one()


def test_a_refund_gives_everything_back(violations):
    order = make_paid_order()
    made = refund(order)
    session.refresh(order)
    assert (made.status, made.amount_minor, made.actor) == ("succeeded", 2390, "staff:1")
    assert (order.payment_status, payment_of(order.id).refunded_minor, bank_balance(order.token)) == (
        "refunded", 2390, 0,
    )  # fmt: skip
    assert violations() == []


def test_one_form_sent_twice_is_one_refund():
    order = make_paid_order()
    first, second = (refund(order, request_id="form") for _ in range(2))
    assert first.id == second.id
    assert len(bank_refunds(payment_of(order.id))) == 1


def test_the_second_of_two_forms_is_told_that_it_is_done():
    order = make_paid_order()
    refund(order)
    with pytest.raises(AlreadyRefunded):
        refund(order)
    assert bank_balance(order.token) == 0
    assert len(bank_refunds(payment_of(order.id))) == 1


def test_a_form_of_another_order_is_refused():
    order, other = make_paid_order(), make_paid_order()
    refund(order, request_id="form")
    with pytest.raises(Conflict):
        refund(other, request_id="form")
    assert refunds_of(other.id) == []


def test_an_unpaid_order_has_nothing_to_give_back():
    with pytest.raises(NothingPaid):
        services.refund_in_full(make_payment().order_id, request_id="form", actor="staff:1", reason="", restock=False)


def test_a_refused_refund_stays_visible_and_may_be_tried_again(violations):
    order = make_paid_order()
    break_next("refund", "declined")
    refused = refund(order, request_id="first")
    session.refresh(order)
    assert (refused.status, bool(refused.failure)) == ("failed", True)
    assert (order.payment_status, bank_balance(order.token)) == ("paid", 2390)
    assert "refused" in order.attention
    assert refund(order, request_id="first").status == "failed"
    assert refund(order, request_id="second").status == "succeeded"
    session.refresh(order)
    assert (order.payment_status, bank_balance(order.token)) == ("refunded", 0)
    assert [one.status for one in refunds_of(order.id)] == ["failed", "succeeded"]
    assert violations() == []


@pytest.mark.parametrize("fault", ["lost_reply", "hang", "error_500"])
def test_a_refund_without_an_answer_is_on_its_way_until_it_is_known(fault, clock, violations):
    order = make_paid_order()
    break_next("refund", fault)
    waiting = refund(order)
    session.refresh(order)
    assert (waiting.status, order.payment_status) == ("requested", "paid")
    with pytest.raises(AlreadyRefunded):
        refund(order)
    assert services.settle_due_refunds() == 0
    assert refunds_of(order.id)[0].status == "requested"
    clock.shift(timedelta(seconds=31))
    services.settle_due_refunds()
    session.refresh(order)
    assert (refunds_of(order.id)[0].status, order.payment_status, bank_balance(order.token)) == (
        "succeeded", "refunded", 0,
    )  # fmt: skip
    assert len(bank_refunds(payment_of(order.id))) == 1
    assert violations() == []


def test_the_same_form_sent_again_settles_what_was_open():
    order = make_paid_order()
    break_next("refund", "lost_reply")
    assert refund(order, request_id="form").status == "requested"
    assert refund(order, request_id="form").status == "succeeded"
    assert len(bank_refunds(payment_of(order.id))) == 1


def test_one_refund_is_one_mail():
    order = make_paid_order()
    before = mails_about_refunds()
    refund(order, request_id="form")
    after = mails_about_refunds()
    refund(order, request_id="form")
    run_jobs()
    assert mails_about_refunds() == after
    assert after - before == 1


@pytest.mark.parametrize(("restock", "state", "left"), [(True, "released", 5), (False, "allocated", 4)])
def test_pieces_go_back_on_the_shelf_when_staff_say_so(restock, state, left):
    mug = make_product(stock=5)
    order = make_paid_order(mug)
    refund(order, restock=restock)
    held = session.execute(select(Hold.state).where(Hold.reference == f"order:{order.id}")).scalar_one()
    session.refresh(mug.variant)
    assert (held, mug.variant.stock_left) == (state, left)
