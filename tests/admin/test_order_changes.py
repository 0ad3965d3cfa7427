"""Changing an order at the desk and what its customer does with it, read back from the ledgers."""

import re

import pytest
from sqlalchemy import text

from store.audit.report import audit
from store.core.db import session
from tests.admin.conftest import one
from tests.factories import payments as money
from tests.factories.catalog import make_product


def violations():
    return [finding.as_dict() for finding in audit().violations]


@pytest.fixture
def mug(shop):
    return make_product(stock=5, title="Moth mug", price=1900)


@pytest.fixture
def cup(shop):
    return make_product(stock=3, title="Night cup", price=2500)


@pytest.fixture
def paid(mug):
    return money.make_paid_order(mug, quantity=2)


@pytest.fixture
def page(desk, paid):
    """The address of a change that was just begun."""
    return desk.send(f"/admin/orders/{paid.id}/changes").headers["Location"]


def send(desk, page, action, data=None):
    return desk.send(f"{page}/{action}", {"version": desk.hidden(page, "version"), **(data or {})})


def put_in(desk, page, made):
    assert send(desk, page, "pieces", {"variant_id": made.variant.id}).status_code == 303


def let_it_be(desk, page, **data):
    hidden = {name: desk.hidden(page, name) for name in ("version", "total")}
    return desk.send(f"{page}/request", {**hidden, "message": "", **data})


def words(text_of_page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text_of_page))


def test_nothing_happens_until_it_is_let_be(desk, paid, page, mug, cup):
    put_in(desk, page, cup)
    shown = desk.get(page).get_data(as_text=True)
    assert "+€25.00" in shown
    assert "not in it before" in shown
    assert one("SELECT total_minor FROM orders").total_minor == 4290
    assert send(desk, page, "dropping").status_code == 303
    assert one("SELECT status FROM order_changes").status == "cancelled"


def test_a_dearer_order_is_paid_by_its_customer(desk, client, paid, page, cup, journal):
    put_in(desk, page, cup)
    answer = let_it_be(desk, page, settle="charge", message="As you wished.")
    assert answer.headers["Location"].endswith(f"/admin/orders/{paid.id}")
    assert ("change", "order", str(paid.id)) in journal()
    order_page = desk.get(f"/admin/orders/{paid.id}").get_data(as_text=True)
    assert "Waits to be settled" in order_page
    own = words(client.get(f"/orders/{paid.token}").get_data(as_text=True))
    for said in ("€25.00 are still open", "As you wished.", "Put in: 1 × Night cup", "Pay €25.00 now"):
        assert said in own
    assert violations() == []


def test_what_it_costs_less_goes_back(desk, client, paid, page):
    key = (
        desk.hidden(page, "version") and re.search(r'name="quantity-(l\d+)"', desk.get(page).get_data(as_text=True))[1]
    )
    assert (
        send(desk, page, "lines", {f"quantity-{key}": "1", f"unit-{key}": "", f"reason-{key}": ""}).status_code == 303
    )
    let_it_be(desk, page)
    assert money.bank_balance(paid.token) == 2390
    assert "still open" not in client.get(f"/orders/{paid.token}").get_data(as_text=True)
    assert violations() == []


def test_a_line_is_taken_out_by_its_button(desk, paid, page, cup):
    put_in(desk, page, cup)
    key = re.search(r'name="quantity-(l\d+)"', desk.get(page).get_data(as_text=True))[1]
    assert send(desk, page, "lines", {"out": key}).status_code == 303
    assert "want--gone" in desk.get(page).get_data(as_text=True)
    let_it_be(desk, page)
    assert [row.title for row in session.execute(text("SELECT title FROM order_lines"))] == ["Night cup"]
    assert violations() == []


def test_another_way_of_delivery_costs_its_own_price(desk, paid, page):
    method = session.execute(text("SELECT id FROM shipping_methods WHERE code <> 'standard' ORDER BY id")).scalar()
    assert method is not None
    assert send(desk, page, "delivery", {"method": method, "shipping": "", "shipping-reason": ""}).status_code == 303
    let_it_be(desk, page, settle="waive")
    row = one("SELECT shipping_label, total_minor - credited_minor AS owed FROM orders")
    assert row.shipping_label != "Standard"
    assert row.owed == 4290
    assert violations() == []


def test_a_price_of_delivery_needs_a_reason(desk, paid, page):
    refused = send(desk, page, "delivery", {"method": "", "shipping": "0", "shipping-reason": ""})
    assert refused.status_code == 422
    assert "Say why this price is another one." in refused.get_data(as_text=True)
    assert send(desk, page, "delivery", {"method": "", "shipping": "0", "shipping-reason": "sorry"}).status_code == 303


def test_a_customer_says_no_and_gets_the_order_as_it_was(desk, client, paid, page, cup):
    put_in(desk, page, cup)
    let_it_be(desk, page, settle="charge")
    change_id = one("SELECT id FROM order_changes").id
    path = f"/orders/{paid.token}/changes/{change_id}/refusal"
    asked = client.get(path).get_data(as_text=True)
    assert "You don’t get 1 × Night cup." in words(asked)
    token = re.search(r'name="csrf_token" value="([^"]+)"', asked)[1]
    answer = client.post(path, data={"csrf_token": token}, headers={"Sec-Fetch-Site": "same-origin"})
    assert answer.status_code == 303
    assert one("SELECT status FROM order_changes").status == "declined"
    assert tuple(one("SELECT total_minor, payment_status FROM orders")) == (4290, "paid")
    # Asked again, there is nothing to say no to.
    assert client.get(path).status_code == 303
    assert violations() == []


def test_a_change_of_another_order_is_not_here(desk, client, paid, page, mug, cup):
    other = money.make_paid_order(mug)
    put_in(desk, page, cup)
    let_it_be(desk, page, settle="charge")
    change_id = one("SELECT id FROM order_changes").id
    assert client.get(f"/orders/{other.token}/changes/{change_id}/refusal").status_code == 404
    assert desk.get(f"/admin/orders/{other.id}/changes/{change_id}").status_code == 404


def test_the_difference_is_forgiven_or_the_change_taken_back_with_a_reason(desk, paid, page, cup):
    put_in(desk, page, cup)
    let_it_be(desk, page, settle="charge")
    assert send(desk, page, "waiver", {"reason": ""}).status_code == 422
    assert send(desk, page, "waiver", {"reason": "a friend"}).status_code == 303
    assert "Settled" in desk.get(page).get_data(as_text=True)
    again = desk.send(f"/admin/orders/{paid.id}/changes").headers["Location"]
    put_in(desk, again, cup)
    let_it_be(desk, again, settle="charge")
    assert send(desk, again, "cancellation", {"reason": "they called"}).status_code == 303
    assert one("SELECT total_minor FROM orders").total_minor == 6790
    assert violations() == []


def test_money_that_a_dead_process_did_not_give_back_goes_back_all_the_same(desk, paid, page, monkeypatch):
    key = re.search(r'name="quantity-(l\d+)"', desk.get(page).get_data(as_text=True))[1]
    send(desk, page, "lines", {f"quantity-{key}": "1", f"unit-{key}": "", f"reason-{key}": ""})
    with monkeypatch.context() as patch:
        patch.setattr("store.changes.services.applying.settle", lambda change: change)
        let_it_be(desk, page)
    assert money.bank_balance(paid.token) == 4290
    session.execute(text("UPDATE outbox SET available_at = now()"))
    session.commit()
    money.run_jobs(only="changes")
    assert money.bank_balance(paid.token) == 2390
    assert one("SELECT status FROM order_changes").status == "confirmed"
    assert violations() == []
