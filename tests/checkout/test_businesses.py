"""Businesses at checkout, and how a total came about for everybody."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import select, text

from store.core.db import session, transaction
from store.orders.models import Order
from store.tax import services, vies
from tests.checkout.test_routes import HTMX, choose_delivery, give_contact, place
from tests.factories.catalog import make_product
from tests.factories.shop import forget, make_shop
from tests.standins.vies import ViesStandIn

pytestmark = pytest.mark.usefixtures("db")

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
GERMAN = {"country": "DE", "postcode": "10115", "city": "Berlin"}
GOOD = "DE136695976"


@pytest.fixture(autouse=True)
def shop(db) -> None:
    make_shop()
    make_product("mug", title="Moth mug", price=1900, stock=10)


@pytest.fixture
def register() -> Iterator[ViesStandIn]:
    made = ViesStandIn()
    made.known[GOOD] = "ACME GmbH"
    vies.use(vies.Vies(made.url))
    yield made
    vies.use(None)
    made.close()


@pytest.fixture
def cart(client) -> None:
    client.post("/cart/lines", data={"product": "mug", "quantity": "2"}, headers=SAME_ORIGIN)


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_business_of_another_country_pays_no_tax_once_the_register_answers(client, cart, register) -> None:
    with transaction():
        services.register_in("AT", "ATU13585627")
    give_contact(client, **GERMAN, company="ACME GmbH", vat_id="de 136 695 976")
    choose_delivery(client)
    page = client.get("/checkout/payment").text
    assert "We are asking the register about the VAT ID DE136695976." in words(page)
    assert "Order and pay €42.90" in page
    assert 'hx-get="/checkout/vat-id"' in client.get("/checkout/vat-id", headers=HTMX).text
    services.check_vat_id(GOOD)
    part = client.get("/checkout/vat-id", headers=HTMX).text
    assert "is valid, so no tax is charged" in part
    assert "Show the total without tax" in part
    assert "hx-get" not in part
    # 19.00 with 20 % is 15.83 without, and 4.90 is 4.08.
    page = client.get("/checkout/payment").text
    assert "Order and pay €35.74" in page
    assert "Reverse charge: tax-free intra-Community supply" in page
    assert "Tax in it" not in page
    place(client)
    order = session.execute(select(Order)).scalar_one()
    assert (order.total_minor, order.tax_minor, order.tax_treatment, order.tax_country) == (
        3574,
        0,
        "reverse_charge",
        "DE",
    )
    assert (order.company, order.vat_id, order.vat_checked_at is not None) == ("ACME GmbH", GOOD, True)
    assert order.billing["vat_reference"] == "WAPIAAAAY1"
    assert "Reverse charge" in client.get(f"/orders/{order.token}").text


def test_who_agreed_to_a_total_with_tax_is_asked_again_when_the_register_answers(client, cart, register) -> None:
    give_contact(client, **GERMAN, vat_id=GOOD)
    choose_delivery(client)
    agreed = client.get("/checkout/payment").text
    services.check_vat_id(GOOD)
    token = re.search(r'name="csrf_token" value="([^"]+)"', agreed)[1]
    quote = re.search(r'name="quote" value="([^"]+)"', agreed)[1]
    answer = client.post(
        "/checkout/orders", data={"csrf_token": token, "quote": quote, "provider": "test"}, headers=SAME_ORIGIN
    )
    assert answer.status_code == 409
    assert "Something changed" in answer.text


def test_an_id_with_a_wrong_figure_is_told_where_it_was_typed(client, cart) -> None:
    answer = give_contact(client, **GERMAN, vat_id="DE136695977")
    assert answer.status_code == 422
    assert "This is no VAT ID" in answer.text
    assert '<details class="business" open>' in answer.text


def test_an_id_that_the_register_does_not_know_changes_nothing(client, cart, register) -> None:
    register.known.clear()
    give_contact(client, **GERMAN, vat_id=GOOD)
    services.check_vat_id(GOOD)
    assert "The register does not know the VAT ID" in words(client.get("/checkout/delivery").text)
    assert session.execute(text("SELECT billing->>'vat_id' FROM carts")).scalar_one() == GOOD


def test_a_parcel_that_leaves_the_union_bears_no_tax(client, cart) -> None:
    session.execute(text("UPDATE markets SET countries = '{AT,DE,NO}'"))
    session.commit()
    forget()
    give_contact(client, country="NO", postcode="0150", city="Oslo")
    page = words(client.get("/checkout/delivery").text)
    assert "Tax-free export. Import tax and duties" in page


def test_anybody_can_see_how_the_total_came_about(client, cart) -> None:
    give_contact(client)
    choose_delivery(client)
    page = words(client.get("/checkout/payment").text)
    assert "How is this computed?" in page
    assert "2 × €19.00" in page
    assert "in €42.90: €42.90 − €42.90 ÷ 1.2, rounded on each line" in page
    place(client)
    order = session.execute(select(Order)).scalar_one()
    assert "in €42.90: €42.90 − €42.90 ÷ 1.2" in words(client.get(f"/orders/{order.token}").text)


def test_prices_without_tax_stay_without_tax_until_the_total(client, cart) -> None:
    session.execute(text("UPDATE markets SET prices_include_tax = false"))
    session.commit()
    forget()
    give_contact(client)
    choose_delivery(client)
    place(client)
    order = session.execute(select(Order)).scalar_one()
    assert (order.subtotal_minor, order.shipping_minor, order.tax_minor, order.total_minor) == (4560, 588, 858, 5148)
    page = words(client.get(f"/orders/{order.token}").text)
    assert "2 × €19.00" in page
    assert "Goods €38.00 Delivery: Standard €4.90 Tax €8.58 Total €51.48" in page
    assert "Tax in it" not in page


def test_an_order_keeps_its_rates_whatever_comes_later(client, cart) -> None:
    with transaction():
        services.save_rules(rounding="rate", shipping="proportional", shipping_class="standard", one_stop_shop=False)
    give_contact(client)
    choose_delivery(client)
    place(client)
    order = session.execute(select(Order)).scalar_one()
    assert (order.tax_rounding, order.shipping_tax_rule, order.shipping_taxes) == (
        "rate",
        "proportional",
        [["0.2", 490, 82]],
    )
    assert order.trace[-1]["amount"] == order.total_minor
