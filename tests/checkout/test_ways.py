"""What is fetched, what is not sent at all, and invoices to another address."""

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from store.core.db import session, transaction
from store.invoicing import services as invoicing
from store.notifications import emails
from store.orders import services as orders
from store.orders.models import Order
from store.tax import services as tax
from tests.checkout.test_delivery import POINT, weigh
from tests.checkout.test_routes import add, choose_delivery, give_contact, only_order, place, send
from tests.factories.catalog import Made, make_product
from tests.factories.delivery import make_method
from tests.factories.shop import forget, make_shop

pytestmark = pytest.mark.usefixtures("db")

NOWHERE = {"line1": "", "postcode": "", "city": ""}
INVOICE = {
    "invoice-name": "ACME Accounts",
    "invoice-country": "DE",
    "invoice-line1": "Unter den Linden 1",
    "invoice-postcode": "10117",
    "invoice-city": "Berlin",
}


@pytest.fixture(autouse=True)
def mug(db: object) -> Made:
    """A shop with mugs."""
    make_shop()
    return make_product("mug", title="Moth mug", price=1900, stock=50)


@pytest.fixture
def point() -> None:
    make_method("shop", name="In our shop", kind="pickup", price_minor=0, min_days=0, max_days=1, point=POINT)


@pytest.fixture
def voucher() -> None:
    make_product("voucher", title="Voucher", price=5000, stock=10)
    weigh("voucher", 0, sent=False)


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def fetch(client: FlaskClient, **changes: str) -> object:
    return give_contact(client, way="collect", **{**NOWHERE, **changes})


# Fetched.


def test_nobody_is_asked_how_it_gets_there_where_nothing_can_be_fetched(client: FlaskClient) -> None:
    add(client)
    assert 'name="way"' not in client.get("/checkout/contact").text


def test_who_fetches_gives_a_name_and_no_address(client: FlaskClient, point: None) -> None:
    add(client)
    assert "Lindengasse 1, 1070 Wien" in client.get("/checkout/contact").text
    assert fetch(client).location == "/checkout/delivery"
    page = client.get("/checkout/delivery").text
    assert "In our shop" in page
    assert "Standard" not in page
    choose_delivery(client, "shop")
    assert "ready " in words(client.get("/checkout/payment").text)
    place(client)
    order = only_order()
    assert order.shipping_address["name"] == "Ana Gruber"
    assert (order.shipping_address["line1"], order.shipping_address["country"]) == ("", "AT")
    assert (order.kind, order.total_minor) == ("pickup", 1900)
    page = client.get(f"/orders/{order.token}").text
    assert "Fetch it at" in page
    assert "Your address" not in page


@pytest.mark.parametrize("field", ["email", "name"])
def test_who_fetches_still_says_who_they_are(client: FlaskClient, point: None, field: str) -> None:
    add(client)
    answer = fetch(client, **{field: ""})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert 'id="line1-error"' not in answer.text
    assert re.search(r'value="collect" checked', answer.text)


def test_what_is_typed_and_not_asked_for_is_not_kept(client: FlaskClient, point: None) -> None:
    add(client)
    fetch(client, line1="Secret lane 7", country="DE", postcode="nonsense")
    assert "Secret" not in str(session.execute(text("SELECT shipping_address::text FROM carts")).scalar_one())


def test_who_changes_their_mind_chooses_again_how_it_comes(client: FlaskClient, point: None) -> None:
    add(client)
    fetch(client)
    choose_delivery(client, "shop")
    assert give_contact(client).location == "/checkout/delivery"
    choose_delivery(client)
    assert fetch(client).location == "/checkout/delivery"


def test_the_place_where_it_is_fetched_decides_the_tax_and_not_where_the_buyer_lives(
    client: FlaskClient, point: None
) -> None:
    with transaction():
        tax.save_rules(rounding="line", shipping="highest", shipping_class="standard", one_stop_shop=True)
    forget()
    add(client)
    give_contact(client, country="DE", postcode="10115", city="Berlin")
    choose_delivery(client, "shop")
    place(client)
    assert (only_order().tax_country, only_order().tax_minor) == ("AT", 317)


def test_a_place_in_another_country_has_the_tax_of_that_country(client: FlaskClient) -> None:
    with transaction():
        tax.save_rules(rounding="line", shipping="highest", shipping_class="standard", one_stop_shop=True)
    forget()
    make_method("berlin", kind="pickup", price_minor=0, point={**POINT, "city": "Berlin", "country": "DE"})
    add(client)
    fetch(client)
    choose_delivery(client, "berlin")
    place(client)
    assert (only_order().tax_country, only_order().shipping_address["country"]) == ("DE", "DE")


# Not sent at all.


def test_what_is_not_sent_skips_delivery_and_asks_for_a_country_only(client: FlaskClient, voucher: None) -> None:
    add(client, "voucher")
    page = client.get("/checkout/contact").text
    assert 'name="line1"' not in page.split('id="invoice"')[0]
    assert client.get("/checkout/delivery").location == "/checkout/contact"
    assert give_contact(client, **NOWHERE).location == "/checkout/payment"
    assert client.get("/checkout/delivery").location == "/checkout/payment"
    page = words(client.get("/checkout/payment").text)
    assert "Delivery" not in page
    assert "Arrives" not in page
    assert place(client).status_code == 303
    order = only_order()
    assert (order.kind, order.total_minor, order.shipping_method_code) == ("none", 5000, "")
    page = words(client.get(f"/orders/{order.token}").text)
    assert "Delivery" not in page
    assert "Arrives" not in page


def test_one_piece_that_is_sent_makes_all_of_it_a_delivery(client: FlaskClient, voucher: None) -> None:
    add(client, "voucher")
    give_contact(client, **NOWHERE)
    add(client)
    assert client.get("/checkout").location == "/checkout/contact"
    assert give_contact(client, **NOWHERE).status_code == 422


def test_the_country_of_the_buyer_decides_the_tax_of_what_is_not_sent(client: FlaskClient, voucher: None) -> None:
    with transaction():
        tax.save_rules(rounding="line", shipping="highest", shipping_class="standard", one_stop_shop=True)
    forget()
    add(client, "voucher")
    give_contact(client, **NOWHERE, country="DE")
    place(client)
    assert only_order().tax_country == "DE"


# Invoices to another address.


def test_the_invoice_goes_to_another_address_and_the_parcel_does_not(client: FlaskClient) -> None:
    add(client)
    give_contact(client, company="ACME GmbH", **INVOICE)
    choose_delivery(client)
    assert "Invoice to ACME Accounts, Unter den Linden 1, 10117 Berlin, Germany" in words(
        client.get("/checkout/payment").text
    )
    place(client)
    order = paid()
    assert order.shipping_address["line1"] == "Lindengasse 4"
    assert order.invoice_address["line1"] == "Unter den Linden 1"
    invoice = session.execute(text("SELECT data->'buyer' FROM documents WHERE kind = 'invoice'")).scalar_one()
    assert invoice == ["ACME GmbH", "ACME Accounts", "Unter den Linden 1", "10117 Berlin", "DE"]
    page = words(client.get(f"/orders/{order.token}").text)
    assert "Invoice to ACME Accounts" in page
    mail = emails.write("receipt", order)
    assert "Unter den Linden 1" in mail.html


def test_an_invoice_address_is_checked_like_any_other_and_all_is_told_at_once(client: FlaskClient) -> None:
    add(client)
    answer = give_contact(client, name="", **{**INVOICE, "invoice-postcode": "1"})
    assert answer.status_code == 422
    assert 'id="name-error"' in answer.text
    assert 'id="invoice-postcode-error"' in answer.text
    assert re.search(r'<details class="business" id="invoice" open', answer.text)


def test_an_invoice_address_that_is_left_empty_is_none(client: FlaskClient) -> None:
    add(client)
    assert give_contact(client, **dict.fromkeys(INVOICE, "") | {"invoice-country": "DE"}).status_code == 303
    assert session.execute(text("SELECT billing FROM carts")).scalar_one() == {}


def test_an_invoice_address_can_be_taken_away_again(client: FlaskClient) -> None:
    add(client)
    give_contact(client, **INVOICE)
    assert "Unter den Linden 1" in client.get("/checkout/contact").text
    give_contact(client)
    assert session.execute(text("SELECT billing FROM carts")).scalar_one() == {}


def test_who_fetches_may_want_an_address_on_the_invoice(client: FlaskClient, point: None) -> None:
    add(client)
    fetch(client, **INVOICE)
    choose_delivery(client, "shop")
    place(client)
    assert only_order().invoice_address["city"] == "Berlin"
    assert only_order().tax_country == "AT"


def test_another_country_of_the_invoice_asks_for_its_own_lines(client: FlaskClient) -> None:
    add(client)
    answer = send(
        client, "/checkout/contact/form", {**INVOICE, "invoice-country": "US", "country": "AT"}, on="/checkout/contact"
    )
    assert 'name="invoice-region"' in answer.text
    assert 'name="region"' not in answer.text


@pytest.mark.parametrize("way", ["collect", "none"])
def test_every_way_is_placed_in_eight_statements(
    client: FlaskClient,
    point: None,
    voucher: None,
    way: str,
    count_sql: Callable[[], AbstractContextManager[list[str]]],
) -> None:
    add(client, "voucher" if way == "none" else "mug")
    fetch(client) if way == "collect" else give_contact(client, **NOWHERE)
    if way == "collect":
        choose_delivery(client, "shop")
    client.get("/checkout/payment")
    with count_sql() as statements:
        assert place(client).status_code == 303
    first = next(at for at, one in enumerate(statements) if "FOR UPDATE" in one)
    last = next(at for at, one in enumerate(statements) if one.startswith("INSERT INTO payments"))
    assert last - first + 1 <= 8


def paid() -> Order:
    """The order, once its money has come and its invoice is made."""
    order_id = only_order().id
    with transaction():
        orders.mark_placed(order_id)
        invoicing.issue_invoice(order_id)
    return only_order()
