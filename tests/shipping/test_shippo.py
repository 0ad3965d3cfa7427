"""Shippo over HTTP, against a stand-in of its published API: prices at checkout, labels from the desk, tracking."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from flask.testing import FlaskClient
from sqlalchemy import select, text

from store.core import ids
from store.core.clock import now
from store.core.db import session, transaction
from store.core.errors import Conflict
from store.core.settings import Settings
from store.orders import services as orders
from store.orders.models import Fulfilment, Order
from store.shipping import carriers, labels, rates
from store.shipping.carriers.base import BadSignature, Parcel, Refused, Unavailable
from store.shipping.contents import Contents
from store.shipping.models import ShippingLabel
from tests.checkout.test_routes import (
    SAME_ORIGIN,
    add,
    choose_delivery,
    give_contact,
    only_order,
    place,
    quote_of,
    token_of,
)
from tests.factories.catalog import make_product
from tests.factories.delivery import change_terms, make_method
from tests.factories.orders import make_placed_order
from tests.factories.payments import run_jobs
from tests.factories.shop import make_shop
from tests.standins.shippo import SECRET, TOKEN, ShippoStandIn, sign

pytestmark = pytest.mark.usefixtures("db")

ORIGIN = {"name": "Dimmet", "line1": "Lindengasse 1", "postcode": "1070", "city": "Wien", "country": "AT"}
SHIPPO = carriers.all_carriers()["shippo"]


def configure(url: str, **more: str) -> None:
    carriers.configure(Settings(shippo_api_base=url, shippo_api_token=TOKEN, **more))


@pytest.fixture
def shippo(app: object) -> Iterator[ShippoStandIn]:
    """An account that works."""
    standin = ShippoStandIn()
    configure(standin.url, shippo_webhook_secret=SECRET)
    yield standin
    standin.close()


@pytest.fixture(autouse=True)
def shop(db: object) -> Iterator[None]:
    """A shop that knows where its parcels leave, with a method that Shippo prices and a table for when it is down."""
    make_shop()
    change_terms(origin=ORIGIN)
    make_method(
        "priority", name="Priority", carrier="shippo", service="usps_priority", basis="weight", rates=[(None, 999)]
    )
    make_product("mug", stock=10)
    session.execute(text("UPDATE variants SET weight_grams = 500"))
    session.commit()
    yield
    carriers.configure(Settings())


@pytest.fixture
def at_delivery(client: FlaskClient, shippo: ShippoStandIn) -> FlaskClient:
    """A shopper whose address is known."""
    add(client)
    give_contact(client)
    return client


@pytest.fixture
def parcel() -> SimpleNamespace:
    """A parcel that waits for its label; its ids are kept, for what is read is let go of."""
    order = make_placed_order()
    with transaction():
        made = orders.prepare_parcel(order.id, None, actor="staff:1")
        return SimpleNamespace(id=made.id, order_id=order.id)


def price_shown(client: FlaskClient) -> str:
    found = re.search(r"Priority</span>.*?choice__end\">([^<]*)<", client.get("/checkout/delivery").text, re.DOTALL)
    assert found is not None
    return found[1]


def shipments(standin: ShippoStandIn) -> int:
    return standin.calls.count("POST /shipments")


# What the contract says of any carrier.


def test_it_is_offered_only_with_a_key(shippo: ShippoStandIn) -> None:
    assert carriers.get_carrier("shippo") is SHIPPO
    carriers.configure(Settings())
    assert carriers.configured_carriers() == []


def test_a_parcel_has_a_price_for_each_service(shippo: ShippoStandIn) -> None:
    to = {
        "name": "Al",
        "line1": "1 Main St",
        "city": "San Francisco",
        "region": "CA",
        "postcode": "94117",
        "country": "US",
    }
    found = SHIPPO.quote(Parcel(Contents(800), ORIGIN, to, (300, 200, 100)))
    assert [(one.service, one.name, one.amount_minor, one.currency, one.days) for one in found] == [
        ("usps_priority", "USPS Priority Mail", 780, "EUR", 2),
        ("dhl_express_worldwide", "DHL Express Express Worldwide", 2660, "EUR", 1),
    ]
    (sent,) = shippo.shipments
    assert sent["address_to"]["state"] == "CA"
    assert sent["parcels"][0] == {
        "length": "30.0",
        "width": "20.0",
        "height": "10.0",
        "distance_unit": "cm",
        "weight": "800",
        "mass_unit": "g",
    }


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_an_answer_that_says_nothing_leaves_it_open(shippo: ShippoStandIn, status: int) -> None:
    shippo.fail = [status]
    with pytest.raises(Unavailable):
        SHIPPO.get_rate("abc")


def test_a_refusal_is_a_refusal(shippo: ShippoStandIn) -> None:
    with pytest.raises(Refused):
        SHIPPO.get_rate("unknown")
    carriers.configure(Settings(shippo_api_base=shippo.url, shippo_api_token="another"))
    with pytest.raises(Refused):
        SHIPPO.get_rate("unknown")


def test_nobody_there_is_not_an_error_of_ours() -> None:
    configure("http://127.0.0.1:9")
    with pytest.raises(Unavailable):
        SHIPPO.get_rate("abc")


# Prices at checkout.


def test_checkout_shows_what_the_carrier_asks_and_the_order_costs_it(
    at_delivery: FlaskClient, shippo: ShippoStandIn
) -> None:
    assert price_shown(at_delivery) == "€7.50"
    choose_delivery(at_delivery, "priority")
    assert "€26.50" in at_delivery.get("/checkout/payment").text
    place(at_delivery)
    assert (only_order().shipping_minor, only_order().delivery["carrier"]) == (750, "shippo")
    assert shipments(shippo) == 1


def test_a_price_is_asked_again_after_ten_minutes_or_for_another_parcel(
    at_delivery: FlaskClient, shippo: ShippoStandIn
) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        price_shown(at_delivery)
        clock.shift(timedelta(minutes=9))
        price_shown(at_delivery)
        assert shipments(shippo) == 1
        clock.shift(timedelta(minutes=2))
        price_shown(at_delivery)
        assert shipments(shippo) == 2
        add(at_delivery)
        assert price_shown(at_delivery) == "€8.00"
        assert shipments(shippo) == 3


@pytest.mark.parametrize("how", ["fail", "lose", "gone"])
def test_while_the_carrier_is_down_the_table_holds_and_it_is_left_alone_for_a_minute(
    client: FlaskClient, shippo: ShippoStandIn, how: str
) -> None:
    shippo.fail = [503] * 9 if how == "fail" else []
    shippo.lose = 9 if how == "lose" else 0
    if how == "gone":
        configure("http://127.0.0.1:9")
    add(client)
    give_contact(client)
    with time_machine.travel(now(), tick=False) as clock:
        assert price_shown(client) == "€9.99"
        asked = shipments(shippo)
        assert price_shown(client) == "€9.99"
        assert shipments(shippo) == asked
        shippo.fail, shippo.lose = [], 0
        configure(shippo.url)
        clock.shift(timedelta(seconds=61))
        assert price_shown(client) == "€7.50"


def test_a_price_that_was_shown_holds_while_the_carrier_goes_silent(
    at_delivery: FlaskClient, shippo: ShippoStandIn
) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        price_shown(at_delivery)
        choose_delivery(at_delivery, "priority")
        shippo.fail = [500] * 9
        clock.shift(timedelta(minutes=20))
        assert "€26.50" in at_delivery.get("/checkout/payment").text
        assert place(at_delivery).status_code == 303
    assert only_order().shipping_minor == 750


def test_a_price_that_is_too_old_is_never_charged(at_delivery: FlaskClient, shippo: ShippoStandIn) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        choose_delivery(at_delivery, "priority")
        page = at_delivery.get("/checkout/payment").text
        clock.shift(timedelta(minutes=31))
        data = {"csrf_token": token_of(page), "quote": quote_of(page), "provider": "test"}
        # Nothing is looked at in between: placing asks no carrier.
        assert at_delivery.post("/checkout/orders", data=data, headers=SAME_ORIGIN).status_code == 409


def test_a_price_in_another_currency_is_not_taken_for_ours(client: FlaskClient, shippo: ShippoStandIn) -> None:
    shippo.currency = "USD"
    add(client)
    give_contact(client)
    assert price_shown(client) == "€9.99"


def test_shops_without_a_carrier_pay_nothing_for_it(client: FlaskClient, count_sql: object) -> None:
    add(client)
    give_contact(client)
    cart_contents = SimpleNamespace(grams=1)
    with count_sql() as statements:  # type: ignore[operator]
        rates.refresh("EUR", {"country": "AT"}, cart_contents)  # type: ignore[arg-type]
    assert statements == []


# Labels.


def buy(parcel: SimpleNamespace, *, request_id: str | None = None, service: int = 0) -> str:
    found = labels.list_rates(session.get_one(Order, parcel.order_id), "shippo", grams=800, box_mm=(300, 200, 100))
    return labels.buy(
        parcel.order_id,
        parcel.id,
        carrier_code="shippo",
        rate_id=found[service].external_id,
        request_id=request_id or ids.token(),
        actor="staff:1",
    )


def only_label() -> ShippingLabel:
    return session.execute(select(ShippingLabel).execution_options(populate_existing=True)).scalar_one()


def parcel_row(parcel: SimpleNamespace) -> Fulfilment:
    return session.get_one(Fulfilment, parcel.id, populate_existing=True)


def test_a_label_brings_its_number_and_its_page_to_the_parcel(shippo: ShippoStandIn, parcel: SimpleNamespace) -> None:
    assert buy(parcel, service=1) == "bought"
    row, label = parcel_row(parcel), only_label()
    assert (row.carrier, row.tracking_number) == ("DHL Express", label.tracking_number)
    assert row.tracking_link == f"https://track.example/{label.tracking_number}"
    assert (label.amount_minor, label.currency, label.tracking_carrier) == (2660, "EUR", "dhl_express")
    assert label.url.endswith(".pdf")
    with transaction():
        orders.ship_parcel(
            parcel.order_id, parcel.id, carrier=row.carrier, tracking_number=row.tracking_number, actor="staff:1"
        )
    assert parcel_row(parcel).tracking_link == f"https://track.example/{label.tracking_number}"


def test_the_same_wish_buys_once_and_a_parcel_has_one_label(shippo: ShippoStandIn, parcel: SimpleNamespace) -> None:
    wish = ids.token()
    assert [buy(parcel, request_id=wish) for _press in range(3)] == ["bought"] * 3
    assert len(shippo.transactions) == 1
    with pytest.raises(Conflict):
        buy(parcel)
    assert len(shippo.transactions) == 1


def test_a_label_whose_answer_was_lost_is_found_and_not_bought_again(
    shippo: ShippoStandIn, parcel: SimpleNamespace
) -> None:
    found = labels.list_rates(session.get_one(Order, parcel.order_id), "shippo", grams=800, box_mm=(300, 200, 100))
    shippo.lose = 1
    wish = ids.token()
    status = labels.buy(
        parcel.order_id,
        parcel.id,
        carrier_code="shippo",
        rate_id=found[0].external_id,
        request_id=wish,
        actor="staff:1",
    )
    assert (status, only_label().status) == ("asked", "asked")
    with time_machine.travel(now() + timedelta(minutes=2), tick=False):
        run_jobs(only="shipping.settle_label")
    assert only_label().status == "bought"
    assert parcel_row(parcel).tracking_number == shippo.transactions[0]["tracking_number"]
    assert len(shippo.transactions) == 1


def test_a_wish_that_never_arrived_fails_and_can_be_made_again(shippo: ShippoStandIn, parcel: SimpleNamespace) -> None:
    found = labels.list_rates(session.get_one(Order, parcel.order_id), "shippo", grams=800, box_mm=(300, 200, 100))
    shippo.fail = []
    rate = SHIPPO.get_rate(found[0].external_id)
    with transaction():
        label_id, _new = labels._note(parcel.order_id, parcel.id, "shippo", rate, ids.token(), "staff:1")
    assert labels.settle(label_id) == "asked"
    with time_machine.travel(now() + timedelta(minutes=2), tick=False):
        assert labels.settle(label_id) == "failed"
    assert buy(parcel) == "bought"


def test_a_label_that_is_still_being_made_is_waited_for(shippo: ShippoStandIn, parcel: SimpleNamespace) -> None:
    shippo.queue = True
    assert buy(parcel) == "asked"
    with time_machine.travel(now() + timedelta(minutes=2), tick=False):
        run_jobs(only="shipping.settle_label")
    assert only_label().status == "bought"


def test_a_refused_label_says_why_and_the_parcel_stays_as_it_was(
    shippo: ShippoStandIn, parcel: SimpleNamespace
) -> None:
    shippo.decline = "The address is not known"
    assert buy(parcel) == "failed"
    assert only_label().problem == "The address is not known"
    assert parcel_row(parcel).tracking_number == ""


def test_a_parcel_that_left_gets_no_label(shippo: ShippoStandIn, parcel: SimpleNamespace) -> None:
    with transaction():
        orders.ship_parcel(parcel.order_id, parcel.id, carrier="", tracking_number="", actor="staff:1")
    with pytest.raises(Conflict):
        buy(parcel)
    assert shippo.transactions == []


# Tracking.


@pytest.fixture
def on_its_way(shippo: ShippoStandIn, parcel: SimpleNamespace) -> SimpleNamespace:
    """A parcel with a label that has left."""
    buy(parcel)
    label = only_label()
    with transaction():
        orders.ship_parcel(
            parcel.order_id, parcel.id, carrier="USPS", tracking_number=label.tracking_number, actor="staff:1"
        )
    return SimpleNamespace(id=parcel.id, order_id=parcel.order_id, number=label.tracking_number)


def knock(client: FlaskClient, body: bytes, headers: dict[str, str], query: str = "") -> int:
    return client.post(f"/webhooks/carriers/shippo{query}", data=body, headers=headers).status_code


def test_the_carriers_word_makes_the_parcel_delivered_once(
    client: FlaskClient, shippo: ShippoStandIn, on_its_way: SimpleNamespace
) -> None:
    body, headers = shippo.notify("usps", on_its_way.number)
    assert [knock(client, body, headers) for _time in range(3)] == [200] * 3
    run_jobs(only="shipping.track")
    row = parcel_row(on_its_way)
    assert (row.status, row.delivered_at.isoformat()[:10]) == ("delivered", "2026-11-25")
    assert session.get_one(Order, on_its_way.order_id, populate_existing=True).fulfilment_status == "delivered"
    told = "SELECT count(*) FROM order_events WHERE kind = 'delivered'"
    assert session.execute(text(told)).scalar_one() == 1


def test_what_a_notification_says_is_only_a_hint(
    client: FlaskClient, shippo: ShippoStandIn, on_its_way: SimpleNamespace
) -> None:
    body, headers = shippo.notify("usps", on_its_way.number)
    shippo.tracks["usps", on_its_way.number] = "TRANSIT"
    knock(client, body, headers)
    run_jobs(only="shipping.track")
    assert parcel_row(on_its_way).status == "shipped"
    assert only_label().tracking_state == "moving"


def test_a_parcel_that_comes_back_is_told_to_staff(
    client: FlaskClient, shippo: ShippoStandIn, on_its_way: SimpleNamespace
) -> None:
    for _time in range(2):
        knock(client, *shippo.notify("usps", on_its_way.number, "RETURNED"))
        run_jobs(only="shipping.track")
    told = "SELECT count(*) FROM order_events WHERE kind = 'tracking_problem'"
    assert session.execute(text(told)).scalar_one() == 1


def test_an_unknown_number_and_other_events_are_taken_and_forgotten(client: FlaskClient, shippo: ShippoStandIn) -> None:
    assert knock(client, *shippo.notify("usps", "123")) == 200
    other = b'{"event": "transaction_created", "data": {}}'
    assert knock(client, other, sign(other)) == 200
    assert session.execute(text("SELECT count(*) FROM outbox WHERE task = 'shipping.track'")).scalar_one() == 0


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Shippo-Auth-Signature": "t=1,v1="},
        {"Shippo-Auth-Signature": "nonsense"},
        sign(b"{}", secret="another"),
        sign(b"[]"),
        sign(b"{}", moment=time.time() - 3600),
    ],
)
def test_nobody_else_is_believed(client: FlaskClient, shippo: ShippoStandIn, headers: dict[str, str]) -> None:
    assert knock(client, b"{}", headers) == 400


def test_a_signature_by_the_published_rule_is_believed(shippo: ShippoStandIn) -> None:
    """`t=<time>,v1=<hex of HMAC-SHA256 over "<time>.<body>">`, made here by hand and not by the stand-in."""
    body = b'{"event":"track_updated","data":{"carrier":"usps","tracking_number":"9499907123456123456781"}}'
    # openssl: printf '1700000000.%s' "$BODY" | openssl dgst -sha256 -hmac secret-of-the-standin
    signature = "808a04f53901e861d99bb60ad22adc72ffce14ccae6ff2554300a47cb5a2f83f"
    with time_machine.travel(1_700_000_100, tick=False):
        hint = SHIPPO.parse_webhook({"Shippo-Auth-Signature": f"t=1700000000,v1={signature}"}, "", body)
    assert hint is not None
    assert hint.tracking_number == "9499907123456123456781"


def test_a_token_in_the_address_is_the_other_way_to_be_believed(client: FlaskClient, shippo: ShippoStandIn) -> None:
    configure(shippo.url, shippo_webhook_token="a-long-token-of-our-own")
    assert knock(client, b"{}", {}, "?token=a-long-token-of-our-own") == 200
    assert knock(client, b"{}", {}, "?token=another") == 400
    assert knock(client, b"{}", {}) == 400


def test_without_any_secret_nobody_is_believed(shippo: ShippoStandIn) -> None:
    configure(shippo.url)
    with pytest.raises(BadSignature):
        SHIPPO.parse_webhook({}, "", b"{}")
