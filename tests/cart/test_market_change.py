"""A cart in the market of the address: it comes along, is priced anew and says so; tiers count its pieces."""

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from store.core.clock import now
from store.core.db import read_rows, session
from tests.factories.catalog import Made, make_product
from tests.factories.prices import make_list, set_price
from tests.factories.shop import forget, make_market, make_shop

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
CONTACT = {
    "email": "ana@example.com",
    "name": "Ana Gruber",
    "country": "AT",
    "line1": "Lindengasse 4",
    "postcode": "1070",
    "city": "Wien",
}


@pytest.fixture(autouse=True)
def swiss(db: object) -> None:
    """Austria and Germany in euros, and Switzerland beside them."""
    make_shop()
    market = make_market("ch", currency="CHF")
    market.countries = ["CH"]
    session.commit()
    forget()


@pytest.fixture
def mug(swiss: None) -> Made:
    made = make_product("mug", title="Mug", price=2000, stock=50)
    set_price(made.variant.id, 1800, currency="CHF")
    return made


def add(client: FlaskClient, handle: str = "mug", quantity: int = 1, prefix: str = "") -> None:
    sent = client.post(f"{prefix}/cart/lines", data={"product": handle, "quantity": str(quantity)}, headers=SAME_ORIGIN)
    assert sent.status_code == 303


def cart_page(client: FlaskClient, prefix: str = "") -> str:
    return client.get(f"{prefix}/cart").text.partition("<main")[2].partition("</main>")[0]


def change(client: FlaskClient, quantity: int) -> None:
    line = read_rows("SELECT id FROM cart_lines")[0].id
    sent = client.post(f"/cart/lines/{line}/quantity", data={"quantity": str(quantity)}, headers=SAME_ORIGIN)
    assert sent.status_code == 303


@pytest.mark.parametrize("place", ["/ch/cart", "/ch/-/visitor", "/ch/checkout/contact"])
def test_whoever_goes_to_another_market_takes_the_cart_along(client: FlaskClient, mug: Made, place: str) -> None:
    add(client)
    page = client.get(place).text
    assert "CHF" in page
    assert "€20" not in page
    assert tuple(read_rows("SELECT market, currency FROM carts")[0]) == ("ch", "CHF")


def test_the_cart_says_that_its_prices_are_others_now_and_no_longer_when_it_is_back(
    client: FlaskClient, mug: Made
) -> None:
    add(client, quantity=2)
    assert "Prices are now those of" not in cart_page(client)
    for _look in range(2):
        moved = cart_page(client, "/ch")
        assert "Prices are now those of CH, in CHF" in moved
        assert "CHF" in moved
        assert "36.00" in moved
    back = cart_page(client)
    assert "Prices are now those of" not in back
    assert "€40.00" in back


def test_what_another_market_of_one_currency_charges_is_told_at_its_line(client: FlaskClient, mug: Made) -> None:
    german = make_market("de", currency="EUR")
    make_list("override", {mug.variant.id: 2200}, markets=[german.code])
    add(client)
    moved = cart_page(client, "/de")
    assert "€22.00" in moved
    assert "was €20.00 when you added it" in moved


def test_what_a_market_does_not_sell_stays_in_the_cart_and_stops_checkout(client: FlaskClient) -> None:
    make_product("bowl", title="Bowl", price=3000)
    add(client, "bowl")
    assert "be bought in this currency" in cart_page(client, "/ch")
    assert client.get("/ch/checkout").location == "/ch/cart"
    assert "be bought in this currency" not in cart_page(client)


def test_an_order_that_waits_for_payment_does_not_move(client: FlaskClient, mug: Made) -> None:
    add(client)
    reach_payment(client)
    place(client)
    client.get("/ch/cart")
    assert read_rows("SELECT currency FROM orders")[0].currency == "EUR"
    assert read_rows("SELECT currency FROM carts")[0].currency == "EUR"


def test_more_pieces_cost_less_each_and_fewer_cost_more_again(client: FlaskClient, mug: Made) -> None:
    set_price(mug.variant.id, 1700, min_qty=6)
    set_price(mug.variant.id, 1500, min_qty=12)
    totals = {}
    add(client)
    for quantity in (5, 6, 11, 12, 6, 1):
        change(client, quantity)
        page = cart_page(client)
        totals[quantity] = re.search(r'summary__total">(€[\d.]+)', page)[1]
        assert "when you added it" not in page
    assert totals == {5: "€100.00", 6: "€102.00", 11: "€187.00", 12: "€180.00", 1: "€20.00"}


def test_pieces_put_in_one_after_the_other_reach_the_tier_together(client: FlaskClient, mug: Made) -> None:
    set_price(mug.variant.id, 1700, min_qty=6)
    add(client, quantity=3)
    add(client, quantity=3)
    page = cart_page(client)
    assert "€102.00" in page
    assert "price from 6 pieces on" in page
    assert "when you added it" not in page


def test_a_sale_begins_and_ends_in_carts_and_lists_by_the_clock(client: FlaskClient, mug: Made, clock) -> None:
    start = now() + timedelta(hours=2)
    make_list("sale", {mug.variant.id: 1200}, starts_at=start, ends_at=start + timedelta(hours=2))
    add(client)
    seen = []
    for _hour in range(3):
        seen.append(["€12.00" in client.get(place).text for place in ("/cart", "/products/mug", "/collections/all")])
        clock.shift(timedelta(hours=2, seconds=1))
    # Nothing ran in between, and nobody wrote anything.
    assert seen == [[False] * 3, [True] * 3, [False] * 3]


def send(client: FlaskClient, path: str, data: dict[str, str], *, on: str):
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get(on).text)[1]
    return client.post(path, data={"csrf_token": token, **data}, headers=SAME_ORIGIN)


def reach_payment(client: FlaskClient, prefix: str = "", **address: str):
    send(client, f"{prefix}/checkout/contact", {**CONTACT, **address}, on=f"{prefix}/checkout/contact")
    code = "standard" if not prefix else f"standard-{prefix.strip('/')}"
    method = read_rows("SELECT id FROM shipping_methods WHERE code = :code", {"code": code})[0].id
    return send(client, f"{prefix}/checkout/delivery", {"method": str(method)}, on=f"{prefix}/checkout/delivery")


def place(client: FlaskClient, prefix: str = "", page: str | None = None):
    page = page or client.get(f"{prefix}/checkout/payment").text
    found = {name: re.search(rf'name="{name}" value="([^"]+)"', page)[1] for name in ("csrf_token", "quote")}
    return client.post(f"{prefix}/checkout/orders", data={**found, "provider": "test"}, headers=SAME_ORIGIN)


def test_an_address_that_the_market_does_not_serve_stops_checkout_and_offers_the_one_that_does(
    client: FlaskClient, mug: Made
) -> None:
    add(client)
    assert reach_payment(client).location == "/checkout/payment"
    # The address is Austrian; in the market of Switzerland the cart can't be sent there.
    for step in ("delivery", "payment"):
        assert client.get(f"/ch/checkout/{step}").location == "/ch/checkout/contact"
    page = client.get("/ch/checkout/contact").text
    assert "From CH we don" in page
    assert "Austria" in page
    assert re.search(r'id="go-elsewhere" name="market" value="at"', page)
    assert re.search(r'<option selected value="CH"', page)
    back = client.post("/ch/-/market", data={"market": "at", "at": "/checkout"}, headers=SAME_ORIGIN)
    assert back.location == "/checkout"
    assert client.get("/checkout").location == "/checkout/payment"


def test_an_order_is_refused_when_the_market_stops_serving_the_address(client: FlaskClient, mug: Made) -> None:
    add(client)
    reach_payment(client)
    page = client.get("/checkout/payment").text
    session.execute(text("UPDATE markets SET countries = '{DE}' WHERE code = 'at'"))
    session.commit()
    forget()
    answer = place(client, page=page)
    assert answer.status_code == 409
    assert "deliver to Austria" in answer.text
    assert read_rows("SELECT count(*) AS n FROM orders")[0].n == 0


def test_a_country_of_another_market_is_no_answer(client: FlaskClient, mug: Made) -> None:
    add(client)
    answer = send(client, "/checkout/contact", {**CONTACT, "country": "CH"}, on="/checkout/contact")
    assert answer.status_code == 422


def test_a_swiss_order_is_paid_in_francs_and_delivered_by_a_swiss_way(client: FlaskClient, mug: Made) -> None:
    session.execute(
        text(
            "INSERT INTO shipping_methods (code, name, currency, price_minor, min_days, max_days, position, countries)"
            " VALUES ('standard-ch', 'Post', 'CHF', 700, 2, 3, 1, '{CH}')"
        )
    )
    session.commit()
    add(client, prefix="/ch")
    assert reach_payment(client, "/ch", country="CH", postcode="8001").location == "/ch/checkout/payment"
    assert place(client, "/ch").status_code == 303
    order = read_rows("SELECT market, currency, total_minor FROM orders")[0]
    assert tuple(order) == ("ch", "CHF", 2500)


@pytest.mark.parametrize(("with_tax", "net"), [(True, False), (False, True)])
def test_each_market_says_whether_its_prices_hold_tax_and_counts_so(
    client: FlaskClient, mug: Made, with_tax: bool, net: bool
) -> None:
    session.execute(text("UPDATE markets SET prices_include_tax = :value"), {"value": with_tax})
    session.commit()
    forget()
    add(client)
    product, listing = client.get("/products/mug").text, client.get("/collections/all").text
    assert ("plus tax and delivery" in product) == net
    assert ("Prices without tax" in listing) == net
    assert ("All prices are without tax" in product) == net
    assert ("Tax is added at checkout" in cart_page(client)) == net
    assert "€20.00" in product
    reach_payment(client)
    checkout = client.get("/checkout/payment").text
    # 20.00 and 4.90 for delivery, with a fifth on top where prices are net.
    assert ("€29.88" if net else "€24.90") in checkout
    assert ("<dt>Tax</dt><dd>€4.98</dd>" in checkout) == net
    assert ("Tax in it" in checkout) != net
