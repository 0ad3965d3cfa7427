"""A part of an order's money goes back: what it comes to is said before, and it is that to the cent."""

import re

import pytest

from store.audit.report import audit
from tests.admin.conftest import one
from tests.factories import payments as money
from tests.factories.catalog import make_product


@pytest.fixture
def paid(shop):
    return money.make_paid_order(make_product(stock=9, title="Moth mug"), quantity=3)


def line_of(order):
    return one("SELECT id FROM order_lines WHERE order_id = :id", id=order.id)[0]


def form_of(order):
    return f"/admin/orders/{order.id}/refund/parts"


def stock():
    return tuple(one("SELECT on_hand, reserved, allocated FROM audit_stock"))


def states(order):
    return tuple(one("SELECT payment_status, fulfilment_status FROM orders WHERE id = :id", id=order.id))


def violations():
    money.run_jobs(only="notifications.send")
    return [finding.as_dict() for finding in audit().violations]


def choose(desk, order, **fields):
    """Fill the form in, let it be reckoned, and return what the page would send."""
    data = {"reason": "one was chipped", **fields}
    data["request_id"] = desk.hidden(form_of(order), "request_id")
    page = desk.send(f"{form_of(order)}/reckoning", data)
    expected = re.search(r'name="expected" value="(\d+)"', page.text)
    return page, {**data, "expected": expected[1]}


def test_one_of_three_units_goes_back_and_is_not_sent(desk, paid, journal):
    units = {f"quantity-{line_of(paid)}": "1", f"restock-{line_of(paid)}": "y"}
    page, data = choose(desk, paid, **units)
    assert "This comes to €19.00" in page.text
    assert one("SELECT count(*) FROM refunds")[0] == 0
    assert desk.send(form_of(paid), data).status_code == 303
    assert tuple(one("SELECT amount_minor, credit_minor, status FROM refunds")) == (1900, 1900, "succeeded")
    assert tuple(one("SELECT quantity, amount_minor, restock FROM refund_lines")) == (1, 1900, True)
    assert stock() == (9, 0, 2)
    assert states(paid) == ("partially_refunded", "unfulfilled")
    assert journal() == [("refund", "order", str(paid.id))]
    assert "Ship 2 items" in desk.get(f"/admin/orders/{paid.id}").text
    assert violations() == []


def test_units_that_stay_promised_are_sent_though_their_money_went_back(desk, paid):
    _page, data = choose(desk, paid, **{f"quantity-{line_of(paid)}": "1"})
    desk.send(form_of(paid), data)
    assert stock() == (9, 0, 3)
    assert "Ship 3 items" in desk.get(f"/admin/orders/{paid.id}").text
    assert violations() == []


def test_delivery_and_goodwill_go_back_in_the_same_step(desk, paid):
    page, data = choose(desk, paid, shipping="4,90", goodwill="1.10")
    assert "This comes to €6.00" in page.text
    desk.send(form_of(paid), data)
    assert tuple(one("SELECT amount_minor, shipping_minor FROM refunds")) == (600, 490)
    assert violations() == []


def test_all_of_it_in_three_steps_is_exactly_what_was_paid(desk, paid):
    for fields in ({"goodwill": "0.01"}, {f"quantity-{line_of(paid)}": "2"}, {f"quantity-{line_of(paid)}": "1"}):
        _page, data = choose(desk, paid, **fields)
        assert desk.send(form_of(paid), data).status_code == 303
    _page, data = choose(desk, paid, shipping="4.90")
    desk.send(form_of(paid), data)
    assert one("SELECT sum(amount_minor) FROM refunds")[0] == paid.total_minor
    assert states(paid)[0] == "refunded"
    assert violations() == []


def test_what_was_sent_comes_back_on_the_shelf(desk, paid):
    desk.send(f"/admin/orders/{paid.id}/shipment")
    units = {f"quantity-{line_of(paid)}": "2", f"restock-{line_of(paid)}": "y"}
    _page, data = choose(desk, paid, **units)
    desk.send(form_of(paid), data)
    assert stock() == (8, 0, 0)
    assert states(paid) == ("partially_refunded", "partially_returned")
    assert violations() == []


def test_what_lies_in_a_parcel_that_waits_is_not_freed_and_no_money_moves(desk, paid):
    desk.send(f"/admin/orders/{paid.id}/parcels")
    units = {f"quantity-{line_of(paid)}": "1", f"restock-{line_of(paid)}": "y"}
    _page, data = choose(desk, paid, **units)
    answer = desk.send(form_of(paid), data)
    assert answer.status_code == 409
    assert "Call the parcel off first." in answer.text
    assert one("SELECT count(*) FROM refunds")[0] == 0


def test_a_double_click_gives_back_once(desk, paid):
    _page, data = choose(desk, paid, goodwill="2", **{f"quantity-{line_of(paid)}": "3"})
    assert [desk.send(form_of(paid), data).status_code for _click in range(2)] == [303, 303]
    assert tuple(one("SELECT count(*), sum(amount_minor) FROM refunds")) == (1, 5700 + 200)


def test_a_click_that_comes_too_late_is_asked_again(desk, paid):
    _page, late = choose(desk, paid, **{f"quantity-{line_of(paid)}": "1"})
    _page, data = choose(desk, paid, goodwill="3")
    desk.send(form_of(paid), data)
    answer = desk.send(form_of(paid), late)
    assert answer.status_code == 409
    assert "Please check what this comes to." in answer.text
    assert "This comes to €18.00" in answer.text
    assert one("SELECT count(*) FROM refunds")[0] == 1


@pytest.mark.parametrize(
    "fields", [{"goodwill": "62.91"}, {"shipping": "4.91"}, {"goodwill": "-1"}, {"goodwill": "x"}, {"quantity": "4"}]
)
def test_no_more_goes_back_than_is_left(desk, paid, fields):
    named = {f"quantity-{line_of(paid)}" if name == "quantity" else name: value for name, value in fields.items()}
    page, data = choose(desk, paid, **named)
    assert page.status_code == 200
    assert 'role="alert"' in page.text
    assert "This comes to €0.00" in page.text
    assert desk.send(form_of(paid), {**data, "expected": "6291"}).status_code in (409, 422)
    assert one("SELECT count(*) FROM refunds")[0] == 0


def test_without_a_choice_or_a_reason_nothing_goes_back(desk, paid):
    _page, data = choose(desk, paid)
    assert desk.send(form_of(paid), data).status_code in (409, 422)
    _page, data = choose(desk, paid, goodwill="1")
    assert desk.send(form_of(paid), {**data, "reason": " "}).status_code == 422
    assert one("SELECT count(*) FROM refunds")[0] == 0
