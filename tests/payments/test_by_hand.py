"""Being paid by bank transfer and at the door."""

from datetime import date, timedelta

import pytest

from store.core.db import session, transaction
from store.core.errors import Conflict, Invalid
from store.inventory.queries import available_for
from store.notifications.models import Message
from store.orders import services as orders
from store.orders.models import OrderEvent
from store.payments import services
from store.payments.offline.awaited import find_awaited
from store.payments.offline.methods import MethodFacts
from store.payments.offline.settings import is_iban, save_method
from store.payments.queries import list_providers
from tests.factories.catalog import make_product
from tests.factories.orders import make_pending_order
from tests.factories.payments import order_of, payment_of, payments_of, refunds_of, run_jobs

pytestmark = pytest.mark.usefixtures("shop")

IBAN = "AT611904300234573201"


@pytest.fixture
def transfer():
    return offer("bank_transfer", account_holder="Test Shop GmbH", iban=IBAN, bic="BKAUATWW")


def offer(code: str, **facts: object) -> MethodFacts:
    method = MethodFacts(code, enabled=True, **facts)  # type: ignore[arg-type]
    with transaction():
        save_method(method)
    return method


def place(code: str = "bank_transfer", made=None):
    with transaction():
        order = make_pending_order(made)
    services.begin(order.id, code)
    return order_of(payments_of(order.id)[0])


def receive(order, amount, request_id="slip-1", **more):
    return services.receive(order.id, amount_minor=amount, request_id=request_id, actor="staff:1", **more)


def fresh(order):
    session.expire_all()
    return order_of(payments_of(order.id)[0])


def mails_of(order):
    return [one.kind for one in session.query(Message).filter_by(subject_ref=f"order:{order.id}").order_by(Message.id)]


def test_an_order_paid_by_transfer_is_placed_at_once_and_does_not_leave_before_its_money(transfer, violations):
    order = place()
    assert (order.status, order.payment_status, order.ship_unpaid) == ("placed", "pending", False)
    with pytest.raises(Conflict), transaction():
        orders.ship(order.id, carrier="", tracking_number="", actor="staff:1")
    receive(order, order.total_minor, reference="EREF 1", received_on=date(2026, 11, 20))
    with transaction():
        orders.ship(order.id, carrier="", tracking_number="", actor="staff:1")
    assert fresh(order).payment_status == "paid"
    assert violations() == []


def test_an_order_paid_at_the_door_may_leave_before_its_money(shop, violations):
    offer("cash_on_delivery")
    order = place("cash_on_delivery")
    assert (order.status, order.payment_status, order.ship_unpaid) == ("placed", "pending", True)
    with transaction():
        orders.ship(order.id, carrier="", tracking_number="", actor="staff:1")
    receive(order, order.total_minor)
    assert fresh(order).payment_status == "paid"
    assert violations() == []


def test_money_comes_in_parts_and_each_is_noted_once(transfer, violations):
    order = place()
    for _twice in range(2):
        receive(order, 1000)
        assert fresh(order).payment_status == "partially_paid"
    assert find_awaited(fresh(order)).due.minor == order.total_minor - 1000
    receive(order, order.total_minor - 1000, "slip-2")
    assert (fresh(order).payment_status, find_awaited(fresh(order))) == ("paid", None)
    assert violations() == []


def test_what_came_too_much_is_given_back_when_staff_have_paid_it_out(transfer, violations):
    order = place()
    receive(order, order.total_minor + 500)
    assert fresh(order).payment_status == "overcharged"
    services.settle_difference(order.id, request_id="back-1", actor="staff:1", reason="too much")
    (refund,) = refunds_of(order.id)
    assert (refund.amount_minor, refund.credit_minor, refund.status) == (500, 0, "requested")
    assert services.settle_due_refunds() == 0
    assert refunds_of(order.id)[0].status == "requested", "nobody pays it out but a person"
    for _twice in range(2):
        services.confirm_refund(refund.id)
    assert (fresh(order).payment_status, payment_of(order.id).refunded_minor) == ("paid", 500)
    assert violations() == []


def test_cancelling_an_order_that_was_paid_by_hand_frees_its_goods_at_once_and_waits_for_nobody(transfer, violations):
    made = make_product(stock=1)
    order = place(made=made)
    receive(order, order.total_minor)
    services.cancel_order(order.id, request_id="c", actor="staff:1", reason="changed my mind", restock=True)
    assert (fresh(order).status, refunds_of(order.id)[0].status) == ("cancelled", "requested")
    assert available_for([made.variant.id])[made.variant.id] == 1
    services.confirm_refund(refunds_of(order.id)[0].id)
    assert (fresh(order).payment_status, payment_of(order.id).refunded_minor) == ("refunded", order.total_minor)
    assert available_for([made.variant.id])[made.variant.id] == 1
    run_jobs()
    assert mails_of(order).count("cancelled") == 1
    assert violations() == []


def test_shoppers_are_told_the_account_the_number_and_the_day_on_pages_and_in_the_mail(client, transfer):
    order = place()
    run_jobs()
    (mail,) = session.query(Message).filter_by(subject_ref=f"order:{order.id}", kind="receipt")
    pages = [client.get(f"/orders/{order.token}{page}").text for page in ("", "/confirmation")]
    for told in (*pages, mail.html, mail.text):
        assert "AT61 1904 3002 3457 3201" in told
        assert f"{order.number}" in told
        assert "Test Shop GmbH" in told
        assert "It is not paid yet." in told or "Not paid yet" in told
    receive(order, order.total_minor)
    assert "AT61" not in client.get(f"/orders/{order.token}").text


def test_the_return_page_leads_to_the_confirmation(client, transfer):
    order = place()
    assert client.get(f"/checkout/return/{order.token}").location.endswith("/confirmation")


def test_a_transfer_that_does_not_come_is_reminded_once_and_then_called_off(transfer, clock, violations):
    made = make_product(stock=1)
    order = place(made=made)
    run_jobs()
    assert services.chase_transfers() == (0, 0)
    clock.shift(timedelta(days=7, minutes=1))
    assert services.chase_transfers() == (1, 0)
    assert services.chase_transfers() == (0, 0)
    run_jobs()
    assert mails_of(order).count("reminder") == 1
    clock.shift(timedelta(days=7))
    assert services.chase_transfers() == (0, 1)
    assert (fresh(order).status, fresh(order).payment_status) == ("cancelled", "none")
    assert payment_of(order.id).status == "voided"
    assert available_for([made.variant.id])[made.variant.id] == 1
    run_jobs()
    (mail,) = session.query(Message).filter_by(subject_ref=f"order:{order.id}", kind="cancelled")
    assert "nothing is owed" in mail.text
    assert violations() == []


def test_where_a_part_has_come_a_person_decides(transfer, clock):
    order = place()
    receive(order, 1)
    clock.shift(timedelta(days=90))
    assert services.chase_transfers() == (0, 0)
    assert fresh(order).status == "placed"


def test_an_order_that_is_paid_at_the_door_is_never_chased(shop, clock):
    offer("cash_on_delivery")
    offer("bank_transfer", iban=IBAN)
    place("cash_on_delivery")
    clock.shift(timedelta(days=90))
    assert services.chase_transfers() == (0, 0)


def test_no_reminder_where_the_shop_wants_none(shop, clock):
    offer("bank_transfer", iban=IBAN, remind_after_days=0)
    place()
    clock.shift(timedelta(days=10))
    assert services.chase_transfers() == (0, 0)


@pytest.mark.parametrize(
    ("facts", "country", "delivery", "offered"),
    [
        ({}, "AT", "standard", True),
        ({"countries": ("AT",)}, "AT", "standard", True),
        ({"countries": ("AT",)}, "DE", "standard", False),
        ({"countries": ("AT",)}, None, None, True),
        ({"deliveries": ("express",)}, "AT", "standard", False),
        ({"deliveries": ("express",)}, "AT", "express", True),
    ],
)
def test_cash_is_offered_only_where_the_shop_allows_it(shop, facts, country, delivery, offered):
    offer("cash_on_delivery", **facts)
    codes = [one.code for one in list_providers("EUR", country, delivery=delivery)]
    assert ("cash_on_delivery" in codes) is offered


def test_ways_by_hand_are_not_offered_before_somebody_switched_them_on_and_stand_last(shop):
    assert [one.code for one in list_providers("EUR")] == ["test"]
    offer("bank_transfer", iban=IBAN)
    assert [one.code for one in list_providers("EUR")] == ["test", "bank_transfer"]


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"iban": "AT611904300234573202"}, "iban"),
        ({"iban": ""}, "iban"),
        ({"iban": IBAN, "bic": "BKAU"}, "bic"),
        ({"iban": IBAN, "days_to_pay": 7, "remind_after_days": 7}, "remind_after_days"),
    ],
)
def test_what_would_mislead_shoppers_is_refused(shop, facts, field):
    with pytest.raises(Invalid) as refused, transaction():
        save_method(MethodFacts("bank_transfer", enabled=True, **facts))
    assert refused.value.facts["field"] == field


@pytest.mark.parametrize(
    # Examples of the IBAN registry (ISO 13616), and the same with a slip of the pen.
    ("number", "right"),
    [
        ("AT611904300234573201", True),
        ("DE89370400440532013000", True),
        ("GB29NWBK60161331926819", True),
        ("NO9386011117947", True),
        ("AT611904300234573210", False),
        ("DE98370400440532013000", False),
        ("AT61", False),
        ("", False),
    ],
)
def test_an_iban_is_checked_by_its_digits(number, right):
    assert is_iban(number) is right


def test_the_timeline_says_what_happened(transfer, clock):
    order = place()
    clock.shift(timedelta(days=8))
    services.chase_transfers()
    receive(order, order.total_minor)
    kinds = [one.kind for one in session.query(OrderEvent).filter_by(order_id=order.id).order_by(OrderEvent.id)]
    assert kinds[-2:] == ["payment_reminded", "received"]


def test_by_hand_there_is_nothing_to_reconcile(transfer, clock):
    order = place()
    receive(order, order.total_minor)
    clock.shift(timedelta(minutes=5))
    assert services.reconcile() == []
