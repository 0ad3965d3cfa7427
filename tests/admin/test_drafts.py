"""Orders that staff put together, at the desk, read back from the ledgers."""

import re

import pytest
from sqlalchemy import text

from store.audit.report import audit
from store.changes.services import expire_drafts
from store.core.db import session
from tests.admin.conftest import one
from tests.factories import payments as money
from tests.factories.catalog import make_product

ADDRESS = {
    "email": "ana@example.com",
    "name": "Ana Gruber",
    "country": "AT",
    "line1": "Lindengasse 4",
    "postcode": "1070",
    "city": "Wien",
}


def violations():
    return [finding.as_dict() for finding in audit().violations]


@pytest.fixture
def mug(shop):
    return make_product(stock=5, title="Moth mug", price=1900)


@pytest.fixture
def draft(desk):
    """The address of a new draft."""
    return desk.send("/admin/drafts/").headers["Location"]


def send(desk, draft, action, data=None):
    version = desk.hidden(draft, "version")
    return desk.send(f"{draft}/{action}", {"version": version, **(data or {})})


def put_together(desk, draft, mug):
    method = one("SELECT min(id) AS id FROM shipping_methods WHERE active").id
    assert send(desk, draft, "pieces", {"variant_id": mug.variant.id}).status_code == 303
    assert send(desk, draft, "contact", ADDRESS).status_code == 303
    assert send(desk, draft, "delivery", {"method": method}).status_code == 303


def order(desk, draft, **data):
    hidden = {name: desk.hidden(draft, name) for name in ("version", "total", "request_id")}
    return desk.send(f"{draft}/order", {**hidden, "days": "7", **data})


def test_a_draft_holds_nothing_and_says_what_is_missing(desk, draft, mug):
    page = desk.get(draft).get_data(as_text=True)
    for said in ("Put something into it.", "Say for whom it is and where it goes.", "Choose how it is delivered."):
        assert said in page
    send(desk, draft, "pieces", {"variant_id": mug.variant.id})
    assert tuple(one("SELECT on_hand, reserved, allocated FROM audit_stock")) == (5, 0, 0)
    assert session.execute(text("SELECT count(*) FROM orders")).scalar() == 0
    assert "Draft" in desk.get("/admin/drafts/").get_data(as_text=True)


def test_what_is_not_sent_needs_no_delivery(desk, draft, mug):
    assert 'name="method"' in desk.get(draft).get_data(as_text=True)
    session.execute(text("UPDATE variants SET requires_shipping = false"))
    session.commit()
    send(desk, draft, "pieces", {"variant_id": mug.variant.id})
    send(desk, draft, "contact", ADDRESS)
    page = desk.get(draft).get_data(as_text=True)
    assert "Nothing of it is sent." in page
    assert "Choose how it is delivered." not in page
    assert order(desk, draft, terms="terms").status_code == 303
    assert tuple(one("SELECT delivery->>'kind', shipping_minor, shipping_method_code FROM orders")) == ("none", 0, "")
    assert violations() == []


@pytest.mark.parametrize("search", ["moth", "MOTH mug", "SKU-"])
def test_pieces_are_found_by_title_and_sku(desk, draft, mug, search):
    page = desk.client.get(draft, query_string={"q": search}).get_data(as_text=True)
    assert f'value="{mug.variant.id}"' in page
    assert "5 left" in page


@pytest.mark.parametrize("search", ["nothing like it", "%", "'; DROP TABLE orders --"])
def test_a_search_without_result_says_so(desk, draft, mug, search):
    page = desk.client.get(draft, query_string={"q": search}).get_data(as_text=True)
    assert "Nothing is called like that." in page


def test_a_link_to_pay_is_mailed_and_the_pieces_are_held(desk, draft, mug, journal):
    put_together(desk, draft, mug)
    assert order(desk, draft, terms="link").status_code == 303
    row = one(
        "SELECT status, payment_status, total_minor, token, expires_at - created_at > '6 days' AS long FROM orders"
    )
    assert tuple(row)[:2] == ("pending", "pending")
    assert row.long
    assert tuple(one("SELECT on_hand, reserved, allocated FROM audit_stock")) == (5, 1, 0)
    money.run_jobs(only="changes")
    assert row.token in one("SELECT text FROM messages WHERE kind = 'pay_link'").text
    assert ("order_draft", "order", str(one("SELECT id FROM orders").id)) in journal()
    assert violations() == []


def test_money_that_is_there_places_the_order(desk, draft, mug):
    put_together(desk, draft, mug)
    assert order(desk, draft, terms="paid").status_code == 422
    assert order(desk, draft, terms="paid", reference="till 17").status_code == 303
    assert tuple(one("SELECT status, payment_status FROM orders")) == ("placed", "paid")
    assert one("SELECT reference FROM captures").reference == "till 17"
    assert violations() == []


def test_an_order_on_terms_can_leave_before_its_money(desk, draft, mug):
    put_together(desk, draft, mug)
    order(desk, draft, terms="terms")
    assert tuple(one("SELECT status, payment_status, ship_unpaid FROM orders")) == ("placed", "pending", True)
    assert tuple(one("SELECT on_hand, reserved, allocated FROM audit_stock")) == (5, 0, 1)
    assert violations() == []


def test_the_same_form_sent_twice_makes_one_order(desk, draft, mug, journal):
    put_together(desk, draft, mug)
    hidden = {name: desk.hidden(draft, name) for name in ("version", "total", "request_id")}
    sent = {**hidden, "days": "7", "terms": "paid", "reference": "till 17"}
    first, second = (desk.send(f"{draft}/order", sent) for _time in range(2))
    assert second.headers["Location"] == first.headers["Location"]
    assert session.execute(text("SELECT count(*) FROM orders")).scalar() == 1
    assert session.execute(text("SELECT sum(amount_minor) = max(total_minor) FROM captures, orders")).scalar()
    assert [line[0] for line in journal()].count("order_draft") == 1
    assert violations() == []


def test_a_price_of_its_own_needs_a_reason_and_is_charged(desk, draft, mug):
    send(desk, draft, "pieces", {"variant_id": mug.variant.id})
    key = f"v{mug.variant.id}"
    lines = {f"quantity-{key}": "2", f"unit-{key}": "15.00", f"reason-{key}": ""}
    refused = send(desk, draft, "lines", lines)
    assert refused.status_code == 422
    assert "Say why this price is another one." in refused.get_data(as_text=True)
    assert 'value="15.00"' in refused.get_data(as_text=True)
    assert send(desk, draft, "lines", {**lines, f"reason-{key}": "scratched"}).status_code == 303
    assert "€30.00" in desk.get(draft).get_data(as_text=True)


@pytest.mark.parametrize("wrong", ["x", "-1", "99999", "1.5", "²"])
def test_a_number_that_is_none_is_refused_and_kept_in_sight(desk, draft, mug, wrong):
    send(desk, draft, "pieces", {"variant_id": mug.variant.id})
    refused = send(desk, draft, "lines", {f"quantity-v{mug.variant.id}": wrong})
    assert refused.status_code == 422
    assert 'aria-invalid="true"' in refused.get_data(as_text=True)


def test_what_costs_something_else_by_now_is_not_ordered(desk, draft, mug):
    put_together(desk, draft, mug)
    hidden = {name: desk.hidden(draft, name) for name in ("version", "total", "request_id")}
    answer = desk.send(f"{draft}/order", {**hidden, "total": "1", "days": "7", "terms": "link"})
    assert answer.status_code == 409
    assert session.execute(text("SELECT count(*) FROM orders")).scalar() == 0


def test_two_hands_on_one_draft_do_not_write_over_each_other(desk, draft, mug):
    version = desk.hidden(draft, "version")
    send(desk, draft, "pieces", {"variant_id": mug.variant.id})
    answer = desk.send(f"{draft}/pieces", {"variant_id": mug.variant.id, "version": version})
    assert answer.status_code == 409
    assert "Somebody else has changed this meanwhile." in answer.get_data(as_text=True)


def test_what_has_sold_out_is_not_ordered(desk, draft, mug):
    put_together(desk, draft, mug)
    key = f"v{mug.variant.id}"
    send(desk, draft, "lines", {f"quantity-{key}": "6", f"unit-{key}": "", f"reason-{key}": ""})
    page = desk.get(draft).get_data(as_text=True)
    assert "Only 5 left." in page
    assert "Make the order" not in page


def test_an_order_is_copied_as_a_draft_at_todays_prices(desk, mug):
    paid = money.make_paid_order(mug, quantity=2)
    session.execute(text("UPDATE prices SET amount_minor = 2100"))
    session.commit()
    draft = desk.send(f"/admin/orders/{paid.id}/copies").headers["Location"]
    page = desk.get(draft).get_data(as_text=True)
    assert "€42.00" in page
    assert "Ana Gruber" in page


def test_a_draft_that_is_put_away_is_gone(desk, draft):
    assert send(desk, draft, "discarding").status_code == 303
    assert desk.get(draft).status_code == 404


def test_a_draft_that_nobody_touches_is_put_away(desk, draft):
    session.execute(text("UPDATE order_drafts SET expires_at = now() - interval '1 minute'"))
    session.commit()
    assert expire_drafts() == 1
    session.commit()
    assert not re.search(r"/admin/drafts/\d+", desk.get("/admin/drafts/").get_data(as_text=True))
