"""What has not left of an order is called off: its money goes back, its stock is free, the delivery stays paid."""

import pytest
from sqlalchemy import text

from store.changes.services.terms import place_on_terms
from store.core.db import session, transaction
from store.core.errors import Conflict
from store.invoicing.queries import list_documents
from store.orders import services as orders
from store.orders.queries import get_order
from store.payments import providers
from store.payments import services as payments
from store.returns import services
from tests.admin.conftest import start_session
from tests.factories.orders import make_pending_order
from tests.factories.payments import (
    bank_balance,
    bank_payments,
    break_next,
    choose,
    make_paid_order,
    make_payment,
    order_of,
    refunds_of,
    run_jobs,
    shop_balance,
)
from tests.factories.staff import make_staff
from tests.payments.conftest import settings_again  # noqa: F401 - a fixture
from tests.returns.conftest import Shopper, on_hand, order_now

pytestmark = pytest.mark.usefixtures("db")

# Three mugs at €19.00 and €4.90 of delivery, of which one has left.
PAID, REST = 6190, 3800


def send_one(order):
    with transaction():
        units = dict.fromkeys(orders.units_of(order.id), 1)
        orders.ship(order.id, carrier="", tracking_number="", actor="staff:1", quantities=units)
    return order


@pytest.fixture
def half(mug):
    """Three mugs, paid; one has left, one waits in a parcel."""
    order = send_one(make_paid_order(mug, quantity=3))
    with transaction():
        orders.prepare_parcel(order.id, dict.fromkeys(orders.units_of(order.id), 1), actor="staff:1")
    return order


def cancel_rest(order, *, request_id="form-1", expected=REST):
    return services.cancel_rest(
        order.id, request_id=request_id, expected_minor=expected, actor="staff:1", reason="sold out"
    )


def test_the_rest_is_called_off_once_and_its_money_is_back(half, mug, violations):
    for _twice in range(2):
        assert [one.status for one in cancel_rest(half)] == ["succeeded"]
    after = order_now(half.id)
    assert (after.status, after.payment_status, after.fulfilment_status) == (
        "placed",
        "partially_refunded",
        "fulfilled",
    )
    assert bank_balance(half.token) == shop_balance(half.id) == PAID - REST
    held = "SELECT count(*) FROM holds WHERE state IN ('held', 'allocated')"
    assert (on_hand(mug), session.execute(text(held)).scalar_one()) == (9, 0)
    assert [parcel.status for parcel in after.fulfilments] == ["shipped", "cancelled"]
    run_jobs()
    with transaction():
        papers = sorted((one.kind, one.total_minor) for one in list_documents(half.id))
    assert papers == [("credit_note", REST), ("invoice", PAID)]
    with pytest.raises(Conflict):
        cancel_rest(half, request_id="form-2")
    assert violations() == []


def test_what_came_to_something_else_meanwhile_is_looked_at_again(half):
    with pytest.raises(Conflict):
        cancel_rest(half, expected=1900)
    assert (order_now(half.id).fulfilment_status, refunds_of(half.id)) == ("partial", [])


def test_a_refused_refund_leaves_the_rest_called_off_and_staff_called(half, violations):
    break_next("refund", "declined")
    assert [one.status for one in cancel_rest(half)] == ["failed"]
    after = order_now(half.id)
    assert after.fulfilment_status == "fulfilled"
    assert "refund was refused" in after.attention
    assert violations() == []


def test_what_was_never_sent_and_never_paid_is_taken_off_what_is_owed(mug, violations):
    with transaction():
        order = make_pending_order(mug, quantity=3)
        place_on_terms(order.id, actor="staff:1")
    send_one(order)
    assert cancel_rest(order) == cancel_rest(order) == []
    after = order_now(order.id)
    assert (after.credited_minor, after.fulfilment_status, after.payment_status) == (REST, "fulfilled", "pending")
    payments.receive(order.id, amount_minor=PAID - REST, request_id="came", actor="staff:1")
    assert order_now(order.id).payment_status == "partially_refunded"
    assert violations() == []


def test_a_promise_for_it_is_given_up_once_the_rest_is_taken(mug, settings_again, violations):  # noqa: F811
    providers.configure(providers._settings.model_copy(update={"payment_capture": "manual"}))
    payment = make_payment(mug, quantity=3)
    choose(payment, "pay")
    payments.apply_payment(payment.id)
    order = send_one(order_of(payment))
    payments.capture(order.id, amount_minor=PAID - REST, request_id="c", actor="staff:1")
    assert cancel_rest(order) == []
    assert [(one.status, one.captured_minor) for one in bank_payments(order.token)] == [("succeeded", PAID - REST)]
    assert order_now(order.id).credited_minor == REST
    run_jobs(only="notifications.send")
    assert violations() == []


def test_an_order_of_which_nothing_has_left_is_cancelled_as_a_whole_instead(mug):
    order = make_paid_order(mug, quantity=3)
    with transaction():
        assert services.find_rest(get_order(order.id)) is None
    with pytest.raises(Conflict):
        cancel_rest(order, expected=5700)


def test_the_desk_says_what_will_happen_and_does_it(app, half, client):
    desk = app.test_client()
    desk.set_cookie("staff", start_session(make_staff("owner")), path="/admin")
    page = f"/admin/orders/{half.id}/rest"
    assert "Cancel the rest" in desk.get(f"/admin/orders/{half.id}").text
    shown = desk.get(page).text
    assert "2 × Moth mug will not be sent" in shown
    assert "€38.00 are taken off" in shown
    sender = Shopper(desk)
    form = dict(Shopper.hidden(shown))
    answer = sender.send(page, {**form, "reason": "sold out"}, page=shown)
    assert answer.status_code == 303
    assert sender.send(page, {**form, "reason": "sold out"}, page=shown).status_code == 303
    assert bank_balance(half.token) == PAID - REST
    assert "What had not left was called off" in desk.get(f"/admin/orders/{half.id}").text
    stale = sender.send(page, {**form, "request_id": "x" * 26, "reason": "again"}, page=shown)
    assert (stale.status_code, "Nothing of this order is left" in stale.text) == (409, True)
