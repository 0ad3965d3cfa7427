"""Sending something back by the order's link, and what staff do with it at the desk."""

import re

import pytest
from sqlalchemy import text

from store.core.db import session, transaction
from store.returns.models import ReturnExclusion
from tests.admin.conftest import SAME_ORIGIN as DESK
from tests.admin.conftest import start_session
from tests.factories.payments import bank_balance
from tests.factories.staff import make_staff
from tests.returns.conftest import Shopper, on_hand, order_now, send_out, the_return

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture
def line(sent) -> int:
    with transaction():
        return session.execute(text("SELECT id FROM order_lines WHERE order_id = :id"), {"id": sent.id}).scalar_one()


def desk_post(client, path: str, data: dict[str, str], *, page: str):
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(page).text)
    request_id = re.search(r'name="request_id"[^>]*value="([^"]+)"', client.get(page).text)
    assert token is not None
    sent = {"csrf_token": token[1], **({"request_id": request_id[1]} if request_id else {}), **data}
    return client.post(path, data=sent, headers=DESK)


def test_a_shopper_sees_the_exact_amount_and_the_last_day_and_then_sends_it_back(shopper: Shopper, sent, line) -> None:
    page = shopper.client.get(f"/orders/{sent.token}").text
    assert f"/orders/{sent.token}/returns/new" in page
    shown = shopper.preview(sent, "return", **{f"quantity-{line}": "3", f"reason-{line}": "too_small"})
    assert shown.status_code == 200
    assert "€61.90" in shown.text
    assert "Please send it by" in shown.text
    answer = shopper.ask(sent, "return", message="Thanks", **{f"quantity-{line}": "3", f"reason-{line}": "too_small"})
    assert answer.status_code == 303
    one = the_return()
    assert (one.status, one.promised_minor, one.message) == ("approved", 6190, "Thanks")
    page = shopper.client.get(answer.headers["Location"]).text
    assert "How to send it" in page
    slip = shopper.client.get(f"{answer.headers['Location']}/form.pdf")
    assert slip.mimetype == "application/pdf"
    assert slip.data.startswith(b"%PDF")
    assert slip.data == shopper.client.get(f"{answer.headers['Location']}/form.pdf").data
    sent_on = shopper.send(f"{answer.headers['Location']}/parcel", {"tracking_number": "RR 1"}, page=page)
    assert sent_on.status_code == 303
    assert (the_return().status, the_return().tracking_number) == ("in_transit", "RR 1")


def test_choosing_nothing_or_nonsense_says_so_where_it_was_chosen(shopper: Shopper, sent, line) -> None:
    nothing = shopper.preview(sent, "return", **{f"quantity-{line}": "0"})
    assert nothing.status_code == 422
    assert "Please choose what it is about" in nothing.text
    for quantity in ("-1", "x", "1e3", "٣"):
        assert shopper.preview(sent, "return", **{f"quantity-{line}": quantity}).status_code == 422
    assert shopper.preview(sent, "return", **{f"quantity-{line}": "4"}).status_code == 409
    assert shopper.preview(sent, "claim", **{f"quantity-{line}": "1", f"reason-{line}": "x"}).status_code == 422


def test_another_order_s_return_is_not_shown(shopper: Shopper, sent, line, mug) -> None:
    shopper.ask(sent, "return", **{f"quantity-{line}": "1"})
    other = send_out(mug, quantity=1)
    assert shopper.client.get(f"/orders/{other.token}/returns/{the_return().id}").status_code == 404


def test_a_shopper_keeps_everything_after_all(shopper: Shopper, sent, line) -> None:
    where = shopper.ask(sent, "return", **{f"quantity-{line}": "1"}).headers["Location"]
    page = shopper.client.get(where).text
    assert shopper.send(f"{where}/cancellation", {}, page=page).status_code == 303
    assert the_return().status == "cancelled"
    assert "Keep everything after all" not in shopper.client.get(where).text


def test_what_cannot_come_back_says_why(shopper: Shopper, sent, mug) -> None:
    session.execute(text("UPDATE products SET tags = '{hygiene}'"))
    session.add(ReturnExclusion(tag="hygiene", reason="Opened underwear can’t be sold again."))
    session.commit()
    assert "Opened underwear" in shopper.client.get(f"/orders/{sent.token}/returns/new").text or (
        "Nothing of this order can be sent back" in shopper.client.get(f"/orders/{sent.token}/returns/new").text
    )


def test_the_desk_takes_a_return_in_and_pays_it_back(app, shopper: Shopper, sent, line, mug) -> None:
    shopper.ask(sent, "return", **{f"quantity-{line}": "2"})
    one = the_return()
    desk = app.test_client()
    desk.set_cookie("staff", start_session(make_staff("owner")), path="/admin")
    page = f"/admin/returns/{one.id}"
    assert one.name in desk.get("/admin/returns/?tab=under-way").text
    assert one.name in desk.get(f"/admin/orders/{sent.id}").text
    row = one.lines[0].id
    assert (
        desk_post(
            desk, f"{page}/arrival", {f"received-{row}": "1", f"sellable-{row}": "0", "seen": "0"}, page=page
        ).status_code
        == 303
    )
    # The same form again, as by a colleague or after an answer that got lost, counts nothing.
    again = desk_post(desk, f"{page}/arrival", {f"received-{row}": "1", f"sellable-{row}": "1", "seen": "0"}, page=page)
    assert (again.status_code, "An arrival was noted since this page was opened" in again.text) == (409, True)
    assert 'name="seen" value="1"' in again.text
    assert (
        desk_post(
            desk, f"{page}/arrival", {f"received-{row}": "1", f"sellable-{row}": "1", "seen": "1"}, page=page
        ).status_code
        == 303
    )
    assert on_hand(mug) == 8
    assert "Pay back €38.00" in desk.get(page).text
    assert desk_post(desk, f"{page}/settlement", {"resolution": "refund"}, page=page).status_code == 303
    assert bank_balance(sent.token) == sent.total_minor - 3800
    assert order_now(sent.id).payment_status == "partially_refunded"
    assert "Paid back" in shopper.client.get(f"/orders/{sent.token}/returns/{one.id}").text


def test_the_desk_answers_a_claim(app, shopper: Shopper, sent, line) -> None:
    shopper.ask(
        sent, "claim", message="A crack.", **{f"quantity-{line}": "1", f"reason-{line}": "damaged", "wish": "refund"}
    )
    one = the_return()
    assert (one.kind, one.status, one.wish) == ("claim", "requested", "refund")
    desk = app.test_client()
    desk.set_cookie("staff", start_session(make_staff("owner")), path="/admin")
    page = f"/admin/returns/{one.id}"
    assert "A crack." in desk.get(page).text
    refused = desk_post(desk, f"{page}/rejection", {"answer": ""}, page=page)
    assert refused.status_code == 422
    assert (
        desk_post(desk, f"{page}/settlement", {"resolution": "refund", "answer": "Sorry!"}, page=page).status_code
        == 303
    )
    assert bank_balance(sent.token) == sent.total_minor - 1900
    assert "Sorry!" in shopper.client.get(f"/orders/{sent.token}/returns/{one.id}").text


def test_who_may_not_refund_may_not_settle_a_return_with_money(app, shopper: Shopper, sent, line) -> None:
    shopper.ask(sent, "claim", **{f"quantity-{line}": "1", f"reason-{line}": "damaged"})
    page = f"/admin/returns/{the_return().id}"
    desk = app.test_client()
    desk.set_cookie("staff", start_session(make_staff("support")), path="/admin")
    assert desk_post(desk, f"{page}/settlement", {"resolution": "refund"}, page=page).status_code == 403
    assert desk_post(desk, f"{page}/approval", {"answer": ""}, page=page).status_code == 303


def test_the_shop_writes_down_what_it_takes_back(app, sent, shopper: Shopper) -> None:
    desk = app.test_client()
    desk.set_cookie("staff", start_session(make_staff("owner")), path="/admin")
    rules = {"days": "30", "send_days": "14", "claim_days": "730", "address": "Dock 4\n1010 Wien"}
    rules |= {"exclusions": "hygiene: Opened.\n\nsale", "approves_at_once": "y"}
    assert desk_post(desk, "/admin/returns/rules", rules, page="/admin/returns/rules").status_code == 303
    page = desk.get("/admin/returns/rules").text
    assert "hygiene: Opened." in page
    assert desk_post(desk, "/admin/returns/rules", {"days": "x"}, page="/admin/returns/rules").status_code == 422
