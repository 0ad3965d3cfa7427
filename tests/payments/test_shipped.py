"""Promised money is taken as the goods leave: of each parcel what it is worth, with the last one all that is owed."""

import pytest

from store.core.db import transaction
from store.orders import services as orders
from store.payments import providers, services
from store.payments.services import shipped
from tests.factories.catalog import make_product
from tests.factories.payments import break_next, choose, make_payment, order_of, payment_of, run_jobs

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def promised(settings_again, monkeypatch):
    """An order of three pieces for €19 and delivery for €4.90, promised and not taken."""
    providers.configure(providers._settings.model_copy(update={"payment_capture": "manual"}))
    monkeypatch.setattr(shipped, "_wanted", True)
    payment = make_payment(make_product(stock=5), quantity=3)
    choose(payment, "pay")
    services.apply_payment(payment.id)
    return order_of(payment)


def send(order, count=None):
    with transaction():
        units = dict.fromkeys(orders.units_of(order.id), count) if count else None
        orders.ship(order.id, carrier="", tracking_number="", actor="staff:1", quantities=units)
    run_jobs(only="payments.capture_shipped")


def taken(order):
    payment = payment_of(order.id)
    return payment.status, payment.captured_minor


def test_the_first_parcel_takes_its_worth_with_the_delivery_and_the_last_the_rest(promised, violations):
    send(promised, 1)
    assert taken(promised) == ("authorized", 1900 + 490)
    send(promised, 1)
    assert taken(promised) == ("authorized", 2 * 1900 + 490)
    send(promised)
    assert taken(promised) == ("captured", 6190)
    run_jobs(only="notifications.send")
    assert violations() == []


def test_a_parcel_that_is_told_of_twice_takes_its_money_once(promised):
    send(promised, 1)
    services.capture_shipped(promised.id, request_id="shipped-again-00000000000")
    assert taken(promised) == ("authorized", 1900 + 490)


def test_what_is_not_sent_any_more_is_not_taken(promised, violations):
    (line_id,) = orders.units_of(promised.id)
    parts = services.RefundParts(lines=(services.LinePart(line_id, 2, 3800, restock=True),))
    services.refund(promised.id, request_id="r" * 26, actor="staff:1", reason="sold out", parts=parts)
    send(promised)
    assert taken(promised) == ("captured", 1900 + 490)
    run_jobs(only="notifications.send")
    assert violations() == []


def test_nothing_is_taken_where_staff_take_promised_money_themselves(promised, monkeypatch):
    monkeypatch.setattr(shipped, "_wanted", False)
    send(promised)
    assert taken(promised) == ("authorized", 0)


def test_two_parcels_that_leave_together_take_no_more_than_their_worth(promised, clock, violations):
    """The first parcel's money is under way when the second one's is reckoned."""
    break_next("capture", "hang")
    with transaction():
        for _twice in range(2):
            units = dict.fromkeys(orders.units_of(promised.id), 1)
            orders.ship(promised.id, carrier="", tracking_number="", actor="staff:1", quantities=units)
    run_jobs(only="payments.capture_shipped")
    clock.shift(60)
    run_jobs(only="payments")
    assert taken(promised) == ("authorized", 2 * 1900 + 490)
    run_jobs(only="notifications.send")
    assert violations() == []
