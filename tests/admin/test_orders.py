"""The order queue and what staff do on an order's page, read back from the ledgers."""

import pytest
from sqlalchemy import text

from store.audit.report import audit
from store.core.db import session, transaction
from store.orders import services as orders
from tests.admin.conftest import one
from tests.factories import payments as money
from tests.factories.catalog import make_product
from tests.factories.orders import make_pending_order


@pytest.fixture
def paid(shop):
    return money.make_paid_order(make_product(stock=5, title="Moth mug"), quantity=2)


def violations():
    return [finding.as_dict() for finding in audit().violations]


def state_of(order):
    return tuple(
        one("SELECT status, payment_status, fulfilment_status FROM audit_orders WHERE order_id = :id", id=order.id)
    )


def stock():
    return tuple(one("SELECT on_hand, reserved, allocated FROM audit_stock"))


def test_the_queue_opens_on_what_is_to_be_shipped(desk, paid):
    waiting = make_pending_order()
    session.commit()
    page = desk.get("/admin/orders/").get_data(as_text=True)
    assert f"#{paid.number}" in page
    assert f"/admin/orders/{waiting.id}" not in page
    assert f"/admin/orders/{waiting.id}" in desk.get("/admin/orders/?state=awaiting-payment").get_data(as_text=True)


@pytest.mark.parametrize("search", ["#{number}", "{number}", "ana@exam", "gruber", "SKU-"])
def test_orders_are_found_by_number_address_name_and_sku(desk, paid, search):
    page = desk.client.get("/admin/orders/", query_string={"q": search.format(number=paid.number)})
    assert f"/admin/orders/{paid.id}" in page.get_data(as_text=True)


@pytest.mark.parametrize("search", ["nothing like it", "%", "_", "'; DROP TABLE orders --", "9" * 30, "²"])
def test_a_search_without_result_says_so(desk, paid, search):
    page = desk.client.get("/admin/orders/", query_string={"q": search})
    assert page.status_code == 200
    assert "No order matches." in page.get_data(as_text=True)


@pytest.mark.parametrize("query", ["page=0", "page=-1", "page=9999", "page=x"])
def test_there_is_no_page_beyond_the_last(desk, query):
    assert desk.get(f"/admin/orders/?{query}").status_code == 404


def test_the_queue_costs_the_same_however_many_orders_there_are(desk, count_sql):
    def cost():
        with count_sql() as statements:
            assert desk.get("/admin/orders/?state=all").status_code == 200
        return len(statements)

    # The shop itself is read once and remembered.
    cost()
    mug = make_product(stock=100)
    make_pending_order(mug)
    session.commit()
    few = cost()
    for _order in range(20):
        make_pending_order(mug)
    session.commit()
    assert cost() == few
    assert few <= 8


def test_an_orders_page_costs_the_same_however_long_its_story_is(desk, paid, count_sql):
    def cost():
        with count_sql() as statements:
            assert desk.get(f"/admin/orders/{paid.id}").status_code == 200
        return len(statements)

    cost()
    few = cost()
    for number in range(10):
        desk.send(f"/admin/orders/{paid.id}/notes", {"text": f"note {number}"})
    # The first look also takes the messages out of the session.
    cost()
    assert cost() == few


def test_shipping_is_one_form_and_the_stock_leaves(desk, paid, journal):
    answer = desk.send(f"/admin/orders/{paid.id}/shipment", {"carrier": "Austrian Post", "tracking_number": "AT1"})
    assert answer.status_code == 303
    assert state_of(paid) == ("placed", "paid", "fulfilled")
    assert stock() == (3, 0, 0)
    assert journal() == [("ship", "order", str(paid.id))]
    page = desk.get(answer.headers["Location"]).get_data(as_text=True)
    assert "Shipped. The customer will be told by mail." in page
    assert "AT1" in page
    money.run_jobs(only="notifications.send")
    assert violations() == []


def test_what_left_can_not_leave_again(desk, paid, journal):
    desk.send(f"/admin/orders/{paid.id}/shipment")
    answer = desk.send(f"/admin/orders/{paid.id}/shipment")
    assert answer.status_code == 409
    assert "This order has left already." in answer.get_data(as_text=True)
    assert stock() == (3, 0, 0)
    assert len(journal()) == 1


def test_an_unpaid_order_can_not_be_shipped(desk):
    order = make_pending_order()
    session.commit()
    assert "Ship and tell" not in desk.get(f"/admin/orders/{order.id}").get_data(as_text=True)
    answer = desk.send(f"/admin/orders/{order.id}/shipment")
    assert answer.status_code == 409
    assert "Only an order that is paid can be shipped." in answer.get_data(as_text=True)


def test_an_overlong_tracking_number_stands_at_its_field(desk, paid):
    answer = desk.send(f"/admin/orders/{paid.id}/shipment", {"tracking_number": "x" * 101})
    assert answer.status_code == 422
    assert "tracking_number-error" in answer.get_data(as_text=True)


def test_cancelling_asks_first_and_says_what_it_will_do(desk, paid):
    page = desk.get(f"/admin/orders/{paid.id}/cancellation").get_data(as_text=True)
    assert "€42.90 go back to ana@example.com the way they came." in page
    assert "2 items are free to be sold again." in page
    assert "Refund €42.90 and cancel" in page
    assert state_of(paid) == ("placed", "paid", "unfulfilled")


def test_cancelling_gives_money_and_stock_back(desk, paid, journal):
    form = f"/admin/orders/{paid.id}/cancellation"
    answer = desk.send(form, {"reason": "changed her mind", "request_id": desk.hidden(form, "request_id")})
    assert answer.status_code == 303
    assert state_of(paid) == ("cancelled", "refunded", "cancelled")
    assert stock() == (5, 0, 0)
    assert journal() == [("cancel", "order", str(paid.id))]
    money.run_jobs(only="notifications.send")
    assert violations() == []


def test_an_unpaid_order_is_cancelled_without_a_refund(desk):
    order = make_pending_order()
    session.commit()
    form = f"/admin/orders/{order.id}/cancellation"
    assert "No money was taken" in desk.get(form).get_data(as_text=True)
    assert desk.send(form, {"reason": "test", "request_id": desk.hidden(form, "request_id")}).status_code == 303
    assert state_of(order)[0] == "cancelled"


def test_a_cancellation_without_a_reason_stays_on_its_page(desk, paid):
    form = f"/admin/orders/{paid.id}/cancellation"
    answer = desk.send(form, {"reason": " ", "request_id": desk.hidden(form, "request_id")})
    assert answer.status_code == 422
    assert "Please fill this in." in answer.get_data(as_text=True)
    assert state_of(paid)[0] == "placed"


def test_when_the_bank_refuses_the_order_stays_and_staff_read_why(desk, paid):
    money.break_next("refund", "declined")
    form = f"/admin/orders/{paid.id}/cancellation"
    first = desk.hidden(form, "request_id")
    answer = desk.send(form, {"reason": "test", "request_id": first})
    assert answer.status_code == 409
    page = answer.get_data(as_text=True)
    assert "The payment provider refused the refund, so the order was not cancelled." in page
    assert first not in page
    assert state_of(paid) == ("placed", "paid", "unfulfilled")
    assert "Refund refused" in desk.get(f"/admin/orders/{paid.id}").get_data(as_text=True)
    # The page's new form works as soon as the bank does.
    assert desk.send(form, {"reason": "test", "request_id": desk.hidden(form, "request_id")}).status_code == 303
    assert state_of(paid)[0] == "cancelled"


def test_refunding_shows_the_amount_before_it_goes(desk, paid):
    page = desk.get(f"/admin/orders/{paid.id}/refund").get_data(as_text=True)
    assert "Refund €42.90?" in page
    assert one("SELECT count(*) FROM refunds")[0] == 0


def test_a_refund_in_full_is_in_the_ledgers_and_in_the_journal(desk, paid, journal):
    desk.send(f"/admin/orders/{paid.id}/shipment")
    form = f"/admin/orders/{paid.id}/refund"
    data = {"reason": "came back", "restock": "y", "request_id": desk.hidden(form, "request_id")}
    assert desk.send(form, data).status_code == 303
    assert state_of(paid) == ("placed", "refunded", "returned")
    assert stock() == (5, 0, 0)
    assert tuple(one("SELECT status, amount_minor, restock, actor FROM audit_refunds")) == (
        "succeeded",
        4290,
        True,
        f"staff:{desk.person.id}",
    )
    assert journal()[-1] == ("refund", "order", str(paid.id))
    money.run_jobs(only="notifications.send")
    assert violations() == []


def test_a_double_click_on_refund_is_one_refund(desk, paid, journal):
    form = f"/admin/orders/{paid.id}/refund"
    data = {"reason": "twice", "request_id": desk.hidden(form, "request_id")}
    answers = [desk.send(form, data), desk.send(form, data)]
    assert [answer.status_code for answer in answers] == [303, 303]
    assert one("SELECT count(*), sum(amount_minor) FROM audit_refunds") == (1, 4290)
    assert journal() == [("refund", "order", str(paid.id))]


def test_two_members_of_staff_refund_once(desk, desk_of, paid):
    form = f"/admin/orders/{paid.id}/refund"
    colleague = desk_of("manager")
    mine, theirs = desk.hidden(form, "request_id"), colleague.hidden(form, "request_id")
    assert desk.send(form, {"reason": "one", "request_id": mine}).status_code == 303
    answer = colleague.send(form, {"reason": "two", "request_id": theirs})
    assert answer.status_code == 409
    assert "Nothing is left to refund" in answer.get_data(as_text=True)
    assert one("SELECT count(*) FROM audit_refunds")[0] == 1


def test_a_refund_that_the_bank_does_not_answer_is_on_its_way(desk, paid):
    money.break_next("refund", "error_500", times=5)
    form = f"/admin/orders/{paid.id}/refund"
    answer = desk.send(form, {"reason": "slow bank", "request_id": desk.hidden(form, "request_id")})
    assert answer.status_code == 303
    page = desk.get(answer.headers["Location"]).get_data(as_text=True)
    assert "€42.90 are on their way back." in page
    assert "On its way" in page
    assert f"/admin/orders/{paid.id}" in desk.get("/admin/follow-up/?kind=refunds").get_data(as_text=True)


def test_a_refund_that_the_bank_refuses_is_shown_as_failed(desk, paid):
    money.break_next("refund", "declined")
    form = f"/admin/orders/{paid.id}/refund"
    answer = desk.send(form, {"reason": "test", "request_id": desk.hidden(form, "request_id")})
    assert answer.status_code == 409
    assert "No money has moved." in answer.get_data(as_text=True)
    assert state_of(paid)[1] == "paid"
    page = desk.get(f"/admin/orders/{paid.id}").get_data(as_text=True)
    assert "Failed" in page
    assert "This order needs attention" in page


@pytest.mark.parametrize("request_id", ["", "short", "x" * 41, "'; DROP TABLE refunds --------", "ä" * 26])
def test_a_form_without_its_own_number_refunds_nothing(desk, paid, request_id):
    answer = desk.send(f"/admin/orders/{paid.id}/refund", {"reason": "test", "request_id": request_id})
    assert answer.status_code == 422
    assert one("SELECT count(*) FROM refunds")[0] == 0


def test_an_order_has_no_column_that_a_form_could_write(desk, paid):
    before = tuple(one("SELECT total_minor, status, payment_status, email FROM orders WHERE id = :id", id=paid.id))
    extra = {"status": "cancelled", "payment_status": "refunded", "total_minor": "1", "email": "evil@example.com"}
    desk.send(f"/admin/orders/{paid.id}/notes", {"text": "hello", **extra})
    assert (
        tuple(one("SELECT total_minor, status, payment_status, email FROM orders WHERE id = :id", id=paid.id)) == before
    )


def test_a_note_is_for_colleagues_only(desk, paid, client, journal):
    desk.send(f"/admin/orders/{paid.id}/notes", {"text": "<b>She called</b> twice"})
    page = desk.get(f"/admin/orders/{paid.id}").get_data(as_text=True)
    assert "&lt;b&gt;She called&lt;/b&gt; twice" in page
    assert desk.person.name in page
    assert "She called" not in client.get(f"/orders/{paid.token}").get_data(as_text=True)
    assert journal() == [("note", "order", str(paid.id))]


def test_what_called_for_attention_is_settled_by_a_person(desk, paid, journal):
    with transaction():
        orders.flag(paid.id, "Please check the address.")
    assert "Please check the address." in desk.get(f"/admin/orders/{paid.id}").get_data(as_text=True)
    desk.send(f"/admin/orders/{paid.id}/settlement")
    assert one("SELECT attention FROM orders WHERE id = :id", id=paid.id)[0] == ""
    page = desk.get(f"/admin/orders/{paid.id}").get_data(as_text=True)
    assert "Dealt with" in page
    assert "Please check the address." in page.partition('id="timeline"')[2]
    assert journal() == [("settle", "order", str(paid.id))]


def test_a_failed_mail_is_sent_again_by_button(desk, paid, journal):
    money.run_jobs(only="notifications.send")
    message_id = one("SELECT message_id FROM audit_messages")[0]
    session.execute(text("UPDATE messages SET status = 'failed', error = 'mailbox full'"))
    session.commit()
    assert "mailbox full" in desk.get(f"/admin/orders/{paid.id}").get_data(as_text=True)
    assert "mailbox full" in desk.get("/admin/follow-up/?kind=mails").get_data(as_text=True)
    desk.send(f"/admin/orders/{paid.id}/mails/{message_id}/attempts")
    assert one("SELECT status FROM messages")[0] == "queued"
    assert journal() == [("resend", "order", str(paid.id))]


def test_a_mail_of_another_order_can_not_be_sent_from_here(desk, paid):
    assert desk.send(f"/admin/orders/{paid.id}/mails/99999/attempts").status_code == 404


@pytest.mark.parametrize("path", ["", "/cancellation", "/refund"])
def test_an_order_that_does_not_exist_is_not_found(desk, path):
    assert desk.get(f"/admin/orders/99999{path}").status_code == 404


def test_an_id_beyond_all_numbers_is_refused(desk):
    assert desk.get(f"/admin/orders/{'9' * 30}").status_code in (400, 404)
