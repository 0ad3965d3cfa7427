"""Our books beside the bank's: every kind of drift is told, the safe ones are mended, none by giving money back."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from store.core import ids
from store.core.db import session, transaction
from store.core.errors import Unavailable
from store.orders import services as orders
from store.payments import services
from store.payments.services import reports
from store.payments.services.drifts import KINDS
from store.payments.testbank import counter
from tests.factories.catalog import make_product
from tests.factories.orders import make_pending_order
from tests.factories.payments import (
    bank_balance,
    break_next,
    choose,
    make_paid_order,
    make_payment,
    order_of,
    payment_of,
    refunds_of,
    run_jobs,
    shop_balance,
)

pytestmark = pytest.mark.usefixtures("shop")


def write(statement, **values):
    with transaction():
        session.execute(text(statement), values)
    session.expire_all()


def told():
    return [(drift.kind, drift.healed) for drift in services.reconcile()]


def paid_at_the_bank_only(clock):
    payment = make_payment()
    choose(payment, "pay_untold")
    return payment


def declined_at_the_bank_only(clock):
    payment = make_payment()
    write("UPDATE test_bank_payments SET status = 'declined' WHERE id = :id", id=payment.external_id)
    return payment


def given_up_here_and_paid_there(clock):
    payment = make_payment()
    write("UPDATE payments SET status = 'voided' WHERE id = :id", id=payment.id)
    choose(payment, "pay_untold")
    return payment


def given_up_here_and_open_there(clock):
    payment = make_payment()
    write("UPDATE payments SET status = 'voided' WHERE id = :id", id=payment.id)
    return payment


def paid_here_only(clock):
    payment = payment_of(make_paid_order().id)
    write("UPDATE test_bank_payments SET status = 'cancelled' WHERE id = :id", id=payment.external_id)
    return payment


def another_amount(clock):
    payment = payment_of(make_paid_order().id)
    write("UPDATE test_bank_payments SET amount_minor = 2391 WHERE id = :id", id=payment.external_id)
    return payment


def another_currency(clock):
    payment = payment_of(make_paid_order().id)
    write("UPDATE test_bank_payments SET currency = 'USD' WHERE id = :id", id=payment.external_id)
    return payment


def another_order(clock):
    payment = payment_of(make_paid_order().id)
    write("UPDATE test_bank_payments SET reference = 'another' WHERE id = :id", id=payment.external_id)
    return payment


def refunded_at_the_bank_only(clock):
    payment = payment_of(make_paid_order().id)
    counter.refund(payment.external_id, amount_minor=500, idempotency_key="by hand")
    return payment


def refunded_here_only(clock):
    order = make_paid_order()
    services.refund_in_full(order.id, request_id=ids.token(), actor="staff:1", reason="", restock=False)
    payment = payment_of(order.id)
    write("UPDATE test_bank_payments SET refunded_minor = 0 WHERE id = :id", id=payment.external_id)
    return payment


def refund_that_never_ends(clock):
    order = make_paid_order()
    break_next("refund", "error_500")
    services.refund_in_full(order.id, request_id=ids.token(), actor="staff:1", reason="", restock=False)
    clock.shift(timedelta(hours=2))
    return payment_of(order.id)


def capture_that_never_ends(clock):
    payment = promised_payment()
    break_next("capture", "error_500")
    services.capture(payment.order_id, amount_minor=1000, request_id=ids.token(), actor="staff:1")
    clock.shift(timedelta(hours=2))
    return payment


def taken_at_the_bank_only(clock):
    payment = promised_payment()
    counter.capture(payment.external_id, amount_minor=1000, final=False, idempotency_key="by hand")
    return payment


def promise_that_is_gone(clock):
    payment = promised_payment()
    write("UPDATE test_bank_payments SET status = 'cancelled' WHERE id = :id", id=payment.external_id)
    return payment


def given_up_here_and_promised_there(clock):
    payment = promised_payment()
    write("UPDATE payments SET status = 'voided', authorized_minor = 0 WHERE id = :id", id=payment.id)
    return payment


def unknown_at_the_bank(clock):
    payment = payment_of(make_paid_order().id)
    write("DELETE FROM test_bank_payments WHERE id = :id", id=payment.external_id)
    return payment


def unknown_here(clock):
    counter.open_payment(idempotency_key="stray", amount_minor=100, currency="EUR", reference="stray", return_url="/")


def promised_payment():
    payment = make_payment()
    write("UPDATE test_bank_payments SET manual_capture = true WHERE id = :id", id=payment.external_id)
    choose(payment, "pay")
    return services.apply_payment(payment.id)


DRIFTS = {
    paid_at_the_bank_only: ("behind", True),
    declined_at_the_bank_only: ("behind", True),
    given_up_here_and_paid_there: ("paid_there_only", True),
    given_up_here_and_open_there: ("open_there_only", True),
    paid_here_only: ("paid_here_only", False),
    another_amount: ("amount", False),
    another_currency: ("currency", False),
    another_order: ("reference", False),
    refunded_at_the_bank_only: ("refunded_there_only", False),
    refunded_here_only: ("refunded_here_only", False),
    refund_that_never_ends: ("refund_overdue", False),
    capture_that_never_ends: ("capture_overdue", False),
    taken_at_the_bank_only: ("paid_there_only", True),
    promise_that_is_gone: ("promised_here_only", False),
    given_up_here_and_promised_there: ("open_there_only", True),
    unknown_at_the_bank: ("unknown_there", False),
    unknown_here: ("unknown_here", False),
}


@pytest.mark.parametrize("drift", DRIFTS, ids=lambda drift: drift.__name__)
def test_every_drift_is_told_and_the_safe_ones_are_mended(drift, clock):
    payment = drift(clock)
    refunds = [(one.id, one.status) for one in refunds_of(payment.order_id)] if payment else []
    held = shop_balance(payment.order_id) if payment else 0
    clock.shift(timedelta(minutes=2))
    kind, healed = DRIFTS[drift]
    assert told() == [(kind, healed)]
    if payment is None:
        return
    assert [(one.id, one.status) for one in refunds_of(payment.order_id)] == refunds
    order = order_of(payment)
    if healed:
        assert told() == []
        assert order.attention == ""
        assert shop_balance(order.id) == bank_balance(order.token)
    else:
        # What was written down as it is there differs no more; staff have been called all the same.
        assert told() == ([] if drift is promise_that_is_gone else [(kind, healed)])
        assert order.attention.count("differ") == 1
        assert shop_balance(order.id) == held


def test_there_is_an_example_of_every_kind():
    assert {kind for kind, _healed in DRIFTS.values()} | {
        "cannot_ask",
        "provider_silent",
        "dispute_behind",
    } == set(KINDS)
    assert len(KINDS) > 12


def test_books_that_agree_are_passed_over_in_silence(clock):
    make_payment()
    order = make_paid_order()
    services.refund_in_full(order.id, request_id=ids.token(), actor="staff:1", reason="", restock=False)
    make_paid_order()
    clock.shift(timedelta(minutes=2))
    assert told() == []


def test_a_payment_of_this_minute_is_left_to_the_ordinary_doors():
    payment = make_payment()
    choose(payment, "pay_untold")
    assert told() == []
    assert order_of(payment).status == "pending"


def test_money_that_takes_days_is_asked_about_until_it_is_there(clock):
    payment = make_payment()
    choose(payment, "pay_later", delay=0)
    services.apply_payment(payment.id)
    clock.shift(timedelta(days=3))
    write("UPDATE test_bank_payments SET status = 'succeeded' WHERE id = :id", id=payment.external_id)
    assert ("behind", True) in told()
    assert order_of(payment).status == "placed"


def test_late_money_that_the_reconciler_finds_goes_back_by_the_one_rule(clock, violations):
    mug = make_product(stock=1)
    payment = make_payment(mug)
    with transaction():
        orders.mark_expired(payment.order_id)
        make_pending_order(mug)
    choose(payment, "pay_untold")
    clock.shift(timedelta(minutes=2))
    told()
    run_jobs()
    assert (order_of(payment).payment_status, bank_balance(order_of(payment).token)) == ("refunded", 0)
    assert [one.request_id for one in refunds_of(payment.order_id)] == [f"late:{payment.id}"]
    assert violations() == []


def test_a_bank_that_does_not_answer_is_a_drift_of_its_own(clock, monkeypatch):
    def silence(moment):
        raise counter.NoAnswer("timed out")

    payment = make_payment()
    clock.shift(timedelta(minutes=2))
    break_next("fetch", "error_500")
    monkeypatch.setattr(counter, "list_since", silence)
    assert told() == [("cannot_ask", False), ("provider_silent", False)]
    assert (order_of(payment).status, order_of(payment).attention) == ("pending", "")


def test_an_opening_nobody_has_heard_of_is_followed_up(clock):
    order = make_pending_order()
    session.commit()
    break_next("start", "lost_reply")
    with pytest.raises(Unavailable):
        services.begin(order.id, "test")
    clock.shift(timedelta(minutes=2))
    told()
    assert payment_of(order.id).external_id is not None
    assert told() == []


def test_the_report_says_the_same_to_people_and_to_machines(clock):
    given_up_here_and_open_there(clock)
    paid_here_only(clock)
    clock.shift(timedelta(minutes=2))
    report = reports.run(timedelta(days=2))
    told_by_kind = {one["kind"]: one["healed"] for one in json.loads(report.as_json())["drifts"]}
    assert told_by_kind == {"open_there_only": True, "paid_here_only": False}
    assert (report.open, json.loads(report.as_json())["open"]) == (1, 1)
    assert "mended: open_there_only test" in report.as_text()
    assert "2 differences, 1 of them open." in report.as_text()
