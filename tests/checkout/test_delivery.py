"""Delivery at checkout: rate tables, pickup, and the days that are promised."""

from datetime import time

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import text

from store.checkout import promise
from store.core.db import session
from tests.checkout.test_routes import add, choose_delivery, give_contact, only_order, place, reach_payment
from tests.factories.catalog import Made, make_product
from tests.factories.delivery import change_terms, make_method, make_zone, serve
from tests.factories.shop import forget, make_shop

pytestmark = pytest.mark.usefixtures("db")

MONDAY = "2026-11-23 09:00+01:00"
POINT = {
    "name": "Moth & Moon",
    "line1": "Lindengasse 1",
    "postcode": "1070",
    "city": "Wien",
    "country": "AT",
    "hours": "Mo–Fr 9–18",
}


@pytest.fixture(autouse=True)
def mug(db: object) -> Made:
    """A shop with mugs of 400 g."""
    make_shop()
    made = make_product("mug", title="Moth mug", price=1900, stock=50)
    weigh("mug", 400)
    return made


def weigh(handle: str, grams: int, *, sent: bool = True) -> None:
    session.execute(
        text(
            "UPDATE variants v SET weight_grams = :grams, requires_shipping = :sent FROM products p "
            "WHERE p.id = v.product_id AND p.handle = :handle"
        ),
        {"grams": grams, "sent": sent, "handle": handle},
    )
    session.commit()


def delivery_page(client: FlaskClient) -> str:
    return client.get("/checkout/delivery").text


def test_the_weight_of_the_cart_decides_what_delivery_costs(client: FlaskClient) -> None:
    make_method(basis="weight", rates=[(1000, 390), (None, 890)])
    add(client, quantity="2")
    give_contact(client)
    assert "€3.90" in delivery_page(client)
    add(client)
    assert "€8.90" in delivery_page(client)
    choose_delivery(client, "post")
    place(client)
    assert (only_order().shipping_minor, only_order().delivery["grams"]) == (890, 1200)


def test_the_box_counts_and_so_do_pieces_nobody_weighed_but_nothing_that_is_not_sent(client: FlaskClient) -> None:
    make_product("voucher", stock=10)
    make_product("candle", stock=10)
    weigh("voucher", 5000, sent=False)
    weigh("candle", 0)
    make_method(basis="weight", rates=[(850, 390), (None, 890)])
    for handle in ("mug", "voucher", "candle"):
        add(client, handle)
    give_contact(client)
    change_terms(tare_grams=150, piece_grams=300)
    assert "€3.90" in delivery_page(client)
    change_terms(tare_grams=151)
    assert "€8.90" in delivery_page(client)


def test_a_total_that_grew_with_the_weight_is_shown_before_it_is_paid(client: FlaskClient) -> None:
    make_method(basis="weight", rates=[(1000, 390), (None, 890)])
    add(client)
    give_contact(client)
    choose_delivery(client, "post")
    page = client.get("/checkout/payment").text
    assert "€22.90" in page
    weigh("mug", 4000)
    answer = place(client, quote=page.split('name="quote" value="')[1].split('"')[0])
    assert answer.status_code == 409
    assert "€27.90" in answer.text


def test_another_postcode_may_cost_another_price_or_not_be_served(client: FlaskClient) -> None:
    method = make_method(basis="weight", price_minor=990)
    serve(method, make_zone("Vienna", "AT 1000-1239"), rates=[(None, 250)])
    serve(method, make_zone("Austria", "AT\nnot AT 6991-6993"))
    add(client)
    for postcode, shown in (("1070", "€2.50"), ("6020", "€9.90"), ("6991", None)):
        give_contact(client, postcode=postcode)
        page = delivery_page(client)
        assert ("Post" in page.replace("Postcode", "")) == (shown is not None)
        assert shown is None or shown in page


def test_a_method_that_does_not_reach_the_new_address_is_chosen_again(client: FlaskClient) -> None:
    serve(make_method(), make_zone("Vienna", "AT 1000-1239"))
    add(client)
    give_contact(client)
    choose_delivery(client, "post")
    assert client.get("/checkout").location == "/checkout/payment"
    give_contact(client, postcode="6020")
    assert client.get("/checkout").location == "/checkout/delivery"


def test_a_pickup_is_free_anywhere_and_its_point_is_kept_with_the_order(client: FlaskClient) -> None:
    pickup = make_method("shop", name="In our shop", kind="pickup", price_minor=0, min_days=0, max_days=0, point=POINT)
    add(client)
    give_contact(client, country="DE", postcode="10115", city="Berlin")
    page = delivery_page(client)
    assert "Lindengasse 1, 1070 Wien" in page
    assert "Mo–Fr 9–18" in page
    choose_delivery(client, "shop")
    place(client)
    pickup.point = {**POINT, "line1": "Elsewhere 2"}
    session.commit()
    order = only_order()
    assert (order.shipping_minor, order.delivery["kind"], order.delivery["point"]["line1"]) == (
        0,
        "pickup",
        "Lindengasse 1",
    )
    page = client.get(f"/orders/{order.token}").text
    assert "Fetch it at" in page
    assert "Lindengasse 1" in page
    assert "Your address" in page


@pytest.mark.parametrize(
    ("moment", "days"),
    [
        ("2026-11-23 11:59+01:00", "Wed 25 Nov – Fri 27 Nov"),
        ("2026-11-23 12:00+01:00", "Thu 26 Nov – Mon 30 Nov"),
        ("2026-11-21 09:00+01:00", "Wed 25 Nov – Fri 27 Nov"),
    ],
)
def test_the_days_promised_follow_the_cut_off_and_stay_with_the_order(
    client: FlaskClient, moment: str, days: str
) -> None:
    change_terms(cutoff=time(12))
    with time_machine.travel(moment, tick=False):
        forget()
        reach_payment(client)
        assert days in client.get("/checkout/payment").text
        place(client)
    order = only_order()
    with time_machine.travel("2027-03-01 09:00+01:00", tick=False):
        assert promise.promised_days(order.delivery) == days


def test_a_holiday_is_no_working_day(client: FlaskClient) -> None:
    change_terms(closed="11-24 to 11-26")
    with time_machine.travel(MONDAY, tick=False):
        forget()
        reach_payment(client)
        assert "Mon 30 Nov – Wed 2 Dec" in client.get("/checkout/payment").text


def test_product_pages_say_until_when_it_leaves_today(client: FlaskClient) -> None:
    change_terms(cutoff=time(14))
    for moment, said in ((MONDAY, True), ("2026-11-23 14:00+01:00", False), ("2026-11-22 09:00+01:00", False)):
        with time_machine.travel(moment, tick=False):
            forget()
            assert ("It leaves today if you order before 2:00" in client.get("/products/mug").text) is said
