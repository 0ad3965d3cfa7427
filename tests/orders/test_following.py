"""The page of an order follows what happens to it, ever more rarely, and stops when nothing is awaited."""

import re

import pytest

from store.core.db import session, transaction
from store.orders.following import MOST_LOOKS, look_of
from store.payments import services
from store.payments.offline.methods import MethodFacts
from store.payments.offline.settings import save_method
from tests.factories import shop as shops
from tests.factories.payments import choose, make_paid_order, make_payment, order_of, payment_of

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def shop(db):
    shops.make_shop()


def look_in(page):
    found = re.search(r'id="order-look" hx-get="([^"]+)" hx-trigger="every (\d+)s"', page)
    return (found[1].replace("&amp;", "&"), int(found[2])) if found else None


def ask(client, address):
    return client.get(address, headers={"HX-Request": "true", "HX-Request-Type": "partial"})


def transfer(order):
    with transaction():
        save_method(MethodFacts("bank_transfer", enabled=True, iban="AT611904300234573201"))
    services.begin(order.id, "bank_transfer")


@pytest.mark.parametrize("page", ["", "/confirmation"])
def test_a_page_that_waits_looks_again_and_shows_nothing_anew_before_something_happened(client, page):
    order = order_of(make_payment())
    pauses = []
    address, every = look_in(client.get(f"/orders/{order.token}{page}").text)
    while True:
        pauses.append(every)
        answer = ask(client, address)
        assert answer.status_code == 200
        assert "order-page" not in answer.text
        assert "HX-Refresh" not in answer.headers
        looked = look_in(answer.text)
        if looked is None:
            break
        address, every = looked
    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (2, 60)
    assert len(pauses) == MOST_LOOKS
    assert "Look again" in answer.text


@pytest.mark.parametrize(("page", "says"), [("", "It is paid."), ("/confirmation", "Thank you, ")])
def test_the_news_comes_once_is_said_aloud_and_ends_the_looking(client, page, says):
    payment = make_payment()
    order = order_of(payment)
    address, _every = look_in(client.get(f"/orders/{order.token}{page}").text)
    choose(payment, "pay")
    services.apply_payment(payment.id)
    answer = ask(client, address)
    assert says in answer.text
    assert '<div hx-swap-oob="true" id="order-page"' in answer.text
    assert re.search(r'<p hx-swap-oob="true" id="live"[^>]*role="status"[^>]*>It is paid\.</p>', answer.text)
    assert look_in(answer.text) is None


def test_a_page_that_offers_to_pay_again_is_loaded_whole_for_its_providers_scripts(client):
    payment = make_payment()
    order = order_of(payment)
    address, _every = look_in(client.get(f"/orders/{order.token}").text)
    choose(payment, "decline")
    services.apply_payment(payment.id)
    answer = ask(client, address)
    assert answer.headers["HX-Refresh"] == "true"
    assert look_in(client.get(f"/orders/{order.token}").text) is not None


def test_a_transfer_is_looked_for_more_rarely(client):
    order = order_of(make_payment())
    soon = look_in(client.get(f"/orders/{order.token}").text)[1]
    transfer(order)
    session.expire_all()
    assert look_in(client.get(f"/orders/{order.token}").text)[1] > soon


def test_a_page_on_which_nothing_is_awaited_asks_nothing(client):
    order = make_paid_order()
    for page in ("", "/confirmation"):
        text = client.get(f"/orders/{order.token}{page}").text
        assert 'hx-get="/orders' not in text
        assert "Look again" not in text


def test_without_javascript_there_is_a_link_and_no_page_that_loads_itself(client):
    order = order_of(make_payment())
    for page in ("", "/confirmation"):
        text = client.get(f"/orders/{order.token}{page}").text
        assert re.search(rf'class="without-script"><a href="/orders/{order.token}{page}">Look again', text)
        assert 'http-equiv="refresh"' not in text
    assert client.get(f"/orders/{order.token}/status").location == f"/orders/{order.token}"


@pytest.mark.parametrize("looks", ["-3", "9999999", "many", ""])
def test_a_number_of_looks_that_somebody_made_up_is_no_trouble(client, looks):
    order = order_of(make_payment())
    seen = look_of(order).seen
    assert ask(client, f"/orders/{order.token}/status?seen={seen}&looks={looks}&shown=nothing").status_code == 200


def test_while_money_is_being_processed_nobody_is_asked_for_it_again(client):
    payment = make_payment()
    choose(payment, "pay_later", delay=60)
    services.apply_payment(payment.id)
    order = order_of(payment)
    assert payment_of(order.id).status == "processing"
    page = client.get(f"/orders/{order.token}").text
    assert "is being processed" in page
    assert 'id="pay-now"' not in page
