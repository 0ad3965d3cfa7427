"""Checkout step by step, over HTTP, with everything a form can send."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, text

from store.cart.models import Cart
from store.cart.queries import find_cart
from store.checkout import services
from store.checkout.errors import QuoteChanged
from store.checkout.quote import quote
from store.core.db import session, transaction
from store.orders import services as orders
from store.orders.models import Order
from store.shop.queries import get_shop
from tests.factories.catalog import Made, make_product
from tests.factories.shop import make_shop

pytestmark = pytest.mark.usefixtures("db")

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
HTMX = {**SAME_ORIGIN, "HX-Request": "true", "HX-Request-Type": "partial"}
CONTACT = {
    "email": "ana@example.com",
    "name": "Ana Gruber",
    "country": "AT",
    "line1": "Lindengasse 4",
    "line2": "",
    "postcode": "1070",
    "city": "Wien",
    "phone": "",
}


@pytest.fixture(autouse=True)
def shop(db: object) -> None:
    """Every test has a merchant."""
    make_shop()


@pytest.fixture
def mug(db: object) -> Made:
    """Ten mugs."""
    return make_product("mug", title="Moth mug", price=1900, stock=10)


def add(client: FlaskClient, handle: str = "mug", quantity: str = "1") -> None:
    answer = client.post("/cart/lines", data={"product": handle, "quantity": quantity}, headers=SAME_ORIGIN)
    assert answer.status_code == 303


def token_of(page: str) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def quote_of(page: str) -> str:
    found = re.search(r'name="quote" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def send(client: FlaskClient, path: str, data: dict[str, str], *, on: str, headers: object = None) -> object:
    token = token_of(client.get(on).text)
    return client.post(path, data={"csrf_token": token, **data}, headers=headers or SAME_ORIGIN)


def give_contact(client: FlaskClient, **changes: str) -> object:
    return send(client, "/checkout/contact", {**CONTACT, **changes}, on="/checkout/contact")


def choose_delivery(client: FlaskClient, code: str = "standard") -> object:
    method_id = session.execute(text("SELECT id FROM shipping_methods WHERE code = :code"), {"code": code}).scalar()
    return send(client, "/checkout/delivery", {"method": str(method_id)}, on="/checkout/delivery")


def place(client: FlaskClient, **changes: str) -> object:
    page = client.get("/checkout/payment").text
    data = {"csrf_token": token_of(page), "quote": quote_of(page), "provider": "test", **changes}
    return client.post("/checkout/orders", data=data, headers=SAME_ORIGIN)


def reach_payment(client: FlaskClient) -> None:
    add(client)
    give_contact(client)
    choose_delivery(client)


def only_order() -> Order:
    return session.execute(select(Order).execution_options(populate_existing=True)).scalar_one()


def count_orders() -> int:
    return session.execute(select(func.count()).select_from(Order)).scalar_one()


def test_each_step_leads_to_the_next_and_the_last_to_the_bank(client: FlaskClient, mug: Made) -> None:
    add(client)
    assert client.get("/checkout").location == "/checkout/contact"
    assert give_contact(client).location == "/checkout/delivery"
    assert choose_delivery(client).location == "/checkout/payment"
    assert "€23.90" in client.get("/checkout/payment").text
    answer = place(client)
    assert answer.status_code == 303
    assert "/-/test-gateway/" in answer.location
    order = only_order()
    assert (order.status, order.total_minor, order.email) == ("pending", 2390, "ana@example.com")


def test_htmx_gets_the_next_step_as_a_part_and_its_address(client: FlaskClient, mug: Made) -> None:
    add(client)
    answer = send(client, "/checkout/contact", CONTACT, on="/checkout/contact", headers=HTMX)
    assert answer.status_code == 200
    assert answer.headers["HX-Push-Url"] == "/checkout/delivery"
    assert "<html" not in answer.text
    assert 'id="checkout"' in answer.text


@pytest.mark.parametrize("step", ["delivery", "payment"])
def test_a_step_that_comes_too_early_leads_back(client: FlaskClient, mug: Made, step: str) -> None:
    add(client)
    assert client.get(f"/checkout/{step}").location == "/checkout/contact"


def test_an_empty_cart_has_nothing_to_check_out(client: FlaskClient) -> None:
    assert client.get("/checkout").location == "/cart"
    assert client.get("/checkout/payment").location == "/cart"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", ""),
        ("email", "ana"),
        ("email", "ana@example.com\nBcc: all@example.com"),
        ("email", "a" * 300 + "@example.com"),
        ("name", ""),
        ("name", "x" * 121),
        ("line1", " "),
        ("postcode", "10700"),
        ("postcode", ""),
        ("city", ""),
        ("country", "XX"),
        ("country", ""),
        ("phone", "call me"),
    ],
)
def test_a_bad_answer_is_told_at_its_field_and_nothing_typed_is_lost(
    client: FlaskClient, mug: Made, field: str, value: str
) -> None:
    add(client)
    answer = give_contact(client, **{field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert 'value="Lindengasse 4"' in answer.text or field == "line1"
    assert session.execute(select(Cart.email)).scalar_one() is None


@pytest.mark.parametrize("method", ["", "0", "-1", "999999", "1e3", "x"])
def test_a_delivery_that_is_not_offered_is_refused(client: FlaskClient, mug: Made, method: str) -> None:
    add(client)
    give_contact(client)
    answer = send(client, "/checkout/delivery", {"method": method}, on="/checkout/delivery")
    assert answer.status_code == 422
    assert "checkout-problem" in answer.text


def test_delivery_is_free_from_its_threshold(client: FlaskClient, mug: Made) -> None:
    add(client, quantity="5")
    give_contact(client)
    choose_delivery(client)
    assert "€95.00" in client.get("/checkout/payment").text


def test_a_form_without_its_token_does_nothing(client: FlaskClient, mug: Made) -> None:
    add(client)
    answer = client.post("/checkout/contact", data=CONTACT, headers=SAME_ORIGIN)
    assert answer.status_code == 400
    assert session.execute(select(Cart.email)).scalar_one() is None


def test_totals_that_a_form_brings_along_are_ignored(client: FlaskClient, mug: Made) -> None:
    reach_payment(client)
    place(client, total="1", total_minor="1", price="1", currency="JPY", user_id="1", status="placed", tax="0")
    order = only_order()
    assert (order.total_minor, order.currency, order.status) == (2390, "EUR", "pending")


@pytest.mark.parametrize("quote", ["", "forged", "0" * 64])
def test_a_total_nobody_agreed_to_is_shown_again(client: FlaskClient, mug: Made, quote: str) -> None:
    reach_payment(client)
    answer = place(client, quote=quote)
    assert answer.status_code == 409
    assert "Please check the total once more." in answer.text
    assert count_orders() == 0


def test_a_price_that_changed_meanwhile_is_shown_before_it_is_paid(client: FlaskClient, mug: Made) -> None:
    reach_payment(client)
    page = client.get("/checkout/payment").text
    session.execute(text("UPDATE prices SET amount_minor = 2100"))
    session.commit()
    data = {"csrf_token": token_of(page), "quote": quote_of(page), "provider": "test"}
    answer = client.post("/checkout/orders", data=data, headers=SAME_ORIGIN)
    assert answer.status_code == 409
    assert "€25.90" in answer.text
    assert count_orders() == 0
    assert place(client).status_code == 303


def test_the_last_piece_goes_to_one_of_two_and_the_other_keeps_the_cart(client: FlaskClient, app: object) -> None:
    mug = make_product("mug", title="Moth mug", stock=1)
    rival = app.test_client()  # type: ignore[attr-defined]
    for visitor in (client, rival):
        reach_payment(visitor)
    page = rival.get("/checkout/payment").text
    assert place(client).status_code == 303
    data = {"csrf_token": token_of(page), "quote": quote_of(page), "provider": "test"}
    answer = rival.post("/checkout/orders", data=data, headers=SAME_ORIGIN)
    assert answer.status_code == 409
    assert "This has sold out." in answer.text
    assert mug.product.title in answer.text
    assert count_orders() == 1


def test_two_tabs_and_a_double_click_make_one_order(client: FlaskClient, mug: Made) -> None:
    reach_payment(client)
    page = client.get("/checkout/payment").text
    data = {"csrf_token": token_of(page), "quote": quote_of(page), "provider": "test"}
    answers = [client.post("/checkout/orders", data=data, headers=SAME_ORIGIN) for _ in range(3)]
    assert {answer.location for answer in answers} == {answers[0].location}
    assert count_orders() == 1


def test_going_back_to_checkout_leads_to_the_order_that_waits(client: FlaskClient, mug: Made) -> None:
    reach_payment(client)
    place(client)
    assert client.get("/checkout").location == f"/orders/{only_order().token}"
    assert "waits for your payment" in client.get("/cart").text


def test_after_an_expired_order_the_same_cart_can_be_bought_again(client: FlaskClient, mug: Made) -> None:
    reach_payment(client)
    place(client)
    first = only_order().id
    orders.mark_expired(first)
    session.commit()
    assert "not paid in time" in client.get("/cart").text
    assert place(client).status_code == 303
    assert count_orders() == 2


def test_an_order_is_shown_to_its_link_only(client: FlaskClient, mug: Made) -> None:
    reach_payment(client)
    place(client)
    order = only_order()
    page = client.get(f"/orders/{order.token}")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "Moth mug" in page.text
    for guess in (str(order.id), order.token[:-1], order.token + "x", "0" * 26):
        assert client.get(f"/orders/{guess}").status_code == 404


@pytest.mark.parametrize("path", ["/checkout/contact", "/checkout/delivery", "/checkout/payment"])
def test_each_step_costs_the_same_statements_whatever_is_in_the_cart(
    client: FlaskClient, count_sql: Callable[[], AbstractContextManager[list[str]]], mug: Made, path: str
) -> None:
    reach_payment(client)
    counts = []
    for _size in range(2):
        # What is in the cart is remembered by the process; the first look costs one statement more.
        client.get(path)
        with count_sql() as statements:
            assert client.get(path).status_code == 200
        counts.append(len(statements))
        for _piece in range(6):
            add(client, make_product().product.handle)
    assert counts[0] == counts[1]
    assert counts[0] <= 8


def test_placing_costs_the_same_statements_whatever_is_in_the_cart(
    client: FlaskClient, app: object, count_sql: Callable[[], AbstractContextManager[list[str]]]
) -> None:
    counts = []
    for size in (1, 6):
        visitor = app.test_client()  # type: ignore[attr-defined]
        for _piece in range(size):
            add(visitor, make_product().product.handle)
        give_contact(visitor)
        choose_delivery(visitor)
        page = visitor.get("/checkout/payment").text
        data = {"csrf_token": token_of(page), "quote": quote_of(page), "provider": "test"}
        with count_sql() as statements:
            assert visitor.post("/checkout/orders", data=data, headers=SAME_ORIGIN).status_code == 303
        counts.append(len(statements))
        first = next(place for place, one in enumerate(statements) if "FOR UPDATE" in one)
        last = next(place for place, one in enumerate(statements) if one.startswith("INSERT INTO payments"))
        assert last - first + 1 <= 8, "the transaction that places an order"
    assert counts[0] == counts[1] <= 12


def test_a_cart_that_changes_while_its_order_is_sent_is_read_again(client: FlaskClient, mug: Made) -> None:
    reach_payment(client)
    page = client.get("/checkout/payment").text
    row = session.execute(select(Cart)).scalar_one()
    seen = find_cart(row.token_hash)
    sent = {
        "shop": get_shop(),
        "fingerprint": quote_of(page),
        "provider": "test",
        "locale": "en",
        "expires_after": timedelta(minutes=30),
        "seen": seen,
    }
    add(client)
    session.commit()
    with pytest.raises(QuoteChanged), transaction():
        services.place(row.token_hash, **sent)
    assert count_orders() == 0
    now = find_cart(row.token_hash)
    assert now is not None
    fresh = quote(now, get_shop()).fingerprint
    with transaction():
        order, _payment = services.place(row.token_hash, **{**sent, "fingerprint": fresh})
    assert order.subtotal_minor == 2 * 1900
