"""Money that is promised first and taken later, in parts or at once; and money that comes by hand."""

import pytest

from store.core.db import session, transaction
from store.core.errors import Conflict, Invalid
from store.orders import services as orders
from store.orders.queries import get_order
from store.payments import providers, services
from store.payments.errors import AlreadyRefunded, NothingPaid
from store.payments.services import LinePart, RefundParts
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
    refunds_of,
    run_jobs,
    shop_balance,
)

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def promised(settings_again):
    """An order whose money is promised and not taken."""
    providers.configure(providers._settings.model_copy(update={"payment_capture": "manual"}))
    payment = make_payment()
    choose(payment, "pay")
    services.apply_payment(payment.id)
    return order_of(payment)


def take(order, amount, request_id="a", **more):
    return services.capture(order.id, amount_minor=amount, request_id=request_id, actor="staff:1", **more)


def status_of(order):
    session.expire_all()
    return order.status, order.payment_status


def test_an_order_whose_money_is_promised_is_placed_and_nothing_is_taken(promised, violations):
    assert status_of(promised) == ("placed", "authorized")
    payment = payment_of(promised.id)
    assert (payment.status, payment.authorized_minor, payment.captured_minor) == ("authorized", 2390, 0)
    assert violations() == []


def test_promised_money_is_taken_in_parts(promised, violations):
    take(promised, 1000)
    assert status_of(promised) == ("placed", "partially_paid")
    assert violations() == []
    take(promised, 1390, "b")
    assert status_of(promised) == ("placed", "paid")
    assert payment_of(promised.id).status == "captured"
    assert violations() == []


def test_a_second_click_takes_nothing_again(promised):
    first, second = take(promised, 1000), take(promised, 1000)
    assert first.id == second.id
    assert payment_of(promised.id).captured_minor == 1000


@pytest.mark.parametrize("amount", [0, -1, 2391])
def test_no_more_is_taken_than_was_promised(promised, amount):
    with pytest.raises(Invalid):
        take(promised, amount)
    take(promised, 2000)
    with pytest.raises(Invalid):
        take(promised, 391, "b")
    assert payment_of(promised.id).captured_minor == 2000


def test_the_last_capture_gives_up_the_rest(promised, violations):
    take(promised, 2000, final=True)
    assert status_of(promised) == ("placed", "partially_paid")
    assert payment_of(promised.id).status == "captured"
    with pytest.raises(NothingPaid):
        take(promised, 390, "b")
    assert violations() == []


def test_what_was_not_promised_can_not_be_taken():
    with pytest.raises(NothingPaid):
        take(make_paid_order(), 100)


@pytest.mark.parametrize("fault", ["lost_reply", "error_500", "hang"])
def test_a_capture_without_an_answer_is_asked_for_again_and_taken_once(promised, fault, clock, violations):
    break_next("capture", fault)
    assert take(promised, 1000).status == "requested"
    clock.shift(60)
    run_jobs(only="payments")
    assert (payment_of(promised.id).captured_minor, shop_balance(promised.id)) == (1000, 1000)
    assert [one.captured_minor for one in bank_payments(promised.token)] == [1000]
    assert violations() == []


def test_a_capture_that_its_notification_told_first_is_told_once(promised, monkeypatch, violations):
    provider = providers.get_provider("test")
    ask = type(provider).capture

    def capture(self, *args, **kwargs):
        told = ask(self, *args, **kwargs)
        services.apply_payment(payment_of(promised.id).id)
        return told

    monkeypatch.setattr(type(provider), "capture", capture)
    assert take(promised, 1000).status == "succeeded"
    told = [event for event in get_order(promised.id).events if event.kind == "captured"]
    assert [event.data["amount_minor"] for event in told] == [1000]
    assert payment_of(promised.id).captured_minor == 1000
    assert violations() == []


def test_the_last_capture_waits_for_one_that_is_under_way(promised, clock, violations):
    """At the provider the last one may arrive first, and then the other could not be taken any more."""
    break_next("capture", "hang")
    assert take(promised, 1000).status == "requested"
    with pytest.raises(Conflict):
        take(promised, 1390, "b")
    with pytest.raises(Conflict):
        take(promised, 100, "c", final=True)
    clock.shift(60)
    run_jobs(only="payments")
    assert take(promised, 1390, "b").status == "succeeded"
    assert [one.captured_minor for one in bank_payments(promised.token)] == [2390]
    assert violations() == []


def test_a_refused_capture_calls_staff(promised):
    break_next("capture", "declined")
    assert take(promised, 1000).status == "failed"
    session.expire_all()
    assert "refused to take promised money" in promised.attention
    assert payment_of(promised.id).captured_minor == 0


def test_cancelling_gives_a_promise_back_and_takes_nothing(promised, violations):
    services.cancel_order(promised.id, request_id="c", actor="staff:1", reason="", restock=True)
    assert status_of(promised) == ("cancelled", "voided")
    assert [one.status for one in bank_payments(promised.token)] == ["cancelled"]
    assert violations() == []


def test_cancelling_returns_what_was_taken_and_gives_up_the_rest(promised, violations):
    take(promised, 1000)
    services.cancel_order(promised.id, request_id="c", actor="staff:1", reason="", restock=True)
    assert status_of(promised) == ("cancelled", "refunded")
    assert [(one.captured_minor, one.refunded_minor) for one in bank_payments(promised.token)] == [(1000, 1000)]
    assert violations() == []


def receive(order, amount, request_id):
    return services.receive(order.id, amount_minor=amount, request_id=request_id, actor="staff:1", reference="IBAN")


def test_money_by_hand_comes_in_parts_and_places_the_order_when_it_is_enough(violations):
    with transaction():
        order = make_pending_order()
    receive(order, 1000, "a")
    assert status_of(order) == ("pending", "partially_paid")
    receive(order, 1000, "a")
    receive(order, 1390, "b")
    assert status_of(order) == ("placed", "paid")
    assert shop_balance(order.id) == 2390
    assert violations() == []


def test_too_much_money_by_hand_is_told_and_goes_back_by_hand(violations):
    with transaction():
        order = make_pending_order()
    receive(order, 3000, "a")
    assert status_of(order) == ("placed", "overcharged")
    (refund,) = services.settle_difference(order.id, request_id="r", actor="staff:1", reason="")
    assert (refund.amount_minor, refund.credit_minor, refund.status) == (610, 0, "requested")
    services.settle_due_refunds()
    assert refunds_of(order.id)[0].status == "requested"
    services.confirm_refund(refund.id)
    assert status_of(order) == ("placed", "paid")
    assert violations() == []


def test_money_for_a_closed_order_is_not_written_down():
    payment = make_payment()
    services.expire_order(payment.order_id)
    with pytest.raises(Conflict):
        receive(order_of(payment), 100, "a")


def parts(order, quantity, amount, **more):
    line = order.lines[0]
    return RefundParts(lines=(LinePart(line.id, quantity, amount),), **more)


def give_back(order, what, request_id="r"):
    return services.refund(order.id, request_id=request_id, actor="staff:1", reason="", parts=what)


def test_a_line_goes_back_and_the_rest_stays(violations):
    order = make_paid_order()
    (refund,) = give_back(order, parts(order, 1, 1000, shipping_minor=90, goodwill_minor=10))
    assert (refund.amount_minor, refund.credit_minor, refund.shipping_minor) == (1100, 1100, 90)
    assert status_of(order) == ("placed", "partially_refunded")
    assert (order.credited_minor, shop_balance(order.id)) == (1100, 1290)
    assert violations() == []
    services.refund_in_full(order.id, request_id="rest", actor="staff:1", reason="", restock=False)
    assert status_of(order) == ("placed", "refunded")
    assert (order.credited_minor, shop_balance(order.id)) == (2390, 0)
    assert violations() == []


def test_no_more_is_credited_than_the_order_costs():
    order = make_paid_order()
    give_back(order, parts(order, 1, 2000))
    with pytest.raises(AlreadyRefunded):
        give_back(order, parts(order, 1, 391), "again")
    assert shop_balance(order.id) == 390


def test_one_form_is_one_refund():
    order = make_paid_order()
    first = give_back(order, parts(order, 1, 500))
    again = give_back(order, parts(order, 1, 500))
    assert [one.id for one in first] == [one.id for one in again]
    assert shop_balance(order.id) == 1890


def test_of_what_was_not_paid_nothing_goes_back(violations):
    with transaction():
        order = make_pending_order()
    receive(order, 1000, "a")
    orders.mark_placed(order.id)
    session.commit()
    assert give_back(order, RefundParts(goodwill_minor=390)) == []
    assert (status_of(order), order.credited_minor) == (("placed", "partially_paid"), 390)
    (refund,) = give_back(order, RefundParts(goodwill_minor=1500), "more")
    assert (refund.amount_minor, order_of(payments_of(order.id)[0]).credited_minor) == (500, 1390)
    services.confirm_refund(refund.id)
    assert status_of(order) == ("placed", "partially_refunded")
    assert violations() == []
