"""Buying a carrier's label for a parcel at the desk."""

import re
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from store.core.db import session, transaction
from store.core.settings import Settings
from store.orders import services as orders
from store.shipping import carriers
from tests.admin.conftest import one
from tests.factories.delivery import change_terms
from tests.factories.orders import make_placed_order
from tests.standins.shippo import TOKEN, ShippoStandIn

ORIGIN = {"name": "Dimmet", "line1": "Lindengasse 1", "postcode": "1070", "city": "Wien", "country": "AT"}
BOX = "grams=800&length_mm=300&width_mm=200&height_mm=100"


@pytest.fixture
def shippo(app) -> Iterator[ShippoStandIn]:
    """An account that works."""
    standin = ShippoStandIn()
    carriers.configure(Settings(shippo_api_base=standin.url, shippo_api_token=TOKEN))
    yield standin
    standin.close()
    carriers.configure(Settings())


@pytest.fixture
def parcel(db) -> tuple[int, str]:
    """The order and the label's address of a parcel that waits."""
    change_terms(origin=ORIGIN)
    order = make_placed_order()
    with transaction():
        made = orders.prepare_parcel(order.id, None, actor="staff:1")
        return order.id, f"/admin/orders/{order.id}/parcels/{made.id}/label"


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_staff_see_what_carriers_ask_and_buy_a_label(desk, shippo, parcel, journal):
    order_id, path = parcel
    assert f'href="{path}"' in desk.get(f"/admin/orders/{order_id}").text
    assert "Ask for prices" in desk.get(path).text
    assert shippo.calls == []
    page = desk.get(f"{path}?{BOX}").text
    assert "USPS Priority Mail" in page
    assert "€7.80" in page
    bought = {name: hidden(page, name) for name in ("carrier", "rate", "request_id")}
    for _press in range(2):
        assert desk.send(path, bought).status_code == 303
    assert len(shippo.transactions) == 1
    page = desk.get(f"/admin/orders/{order_id}").text
    assert "Print the label" in page
    assert shippo.transactions[0]["tracking_number"] in page
    assert ("buy_label", "order", str(order_id)) in journal()


def test_a_price_that_a_form_brings_along_is_ignored(desk, shippo, parcel):
    _order, path = parcel
    page = desk.get(f"{path}?{BOX}").text
    bought = {name: hidden(page, name) for name in ("carrier", "rate", "request_id")}
    desk.send(path, {**bought, "amount_minor": "1", "currency": "JPY"})
    assert tuple(one("SELECT amount_minor, currency FROM shipping_labels")) == (780, "EUR")


def test_a_parcel_that_is_not_described_is_asked_about_again(desk, shippo, parcel):
    _order, path = parcel
    answer = desk.get(f"{path}?grams=0&length_mm=300&width_mm=x&height_mm=100")
    assert answer.status_code == 422
    assert 'id="width_mm-error"' in answer.text
    assert shippo.calls == []


@pytest.mark.parametrize(
    ("trouble", "sentence"),
    [("down", "Shippo answered 503."), ("origin", "Please write down first where parcels leave")],
)
def test_what_stands_in_the_way_is_said(desk, shippo, parcel, trouble, sentence):
    _order, path = parcel
    if trouble == "down":
        shippo.fail = [503]
    else:
        change_terms(origin={})
    assert sentence in desk.get(f"{path}?{BOX}").text


def test_a_refusal_stands_beside_the_parcel(desk, shippo, parcel):
    order_id, path = parcel
    page = desk.get(f"{path}?{BOX}").text
    shippo.decline = "The address is not known"
    desk.send(path, {name: hidden(page, name) for name in ("carrier", "rate", "request_id")})
    page = desk.get(f"/admin/orders/{order_id}").text
    assert "The address is not known" in page
    assert "Buy a label" in page


def test_without_a_carrier_nobody_is_offered_a_label(desk, parcel):
    order_id, _path = parcel
    carriers.configure(Settings())
    assert "Buy a label" not in desk.get(f"/admin/orders/{order_id}").text
    assert session.execute(text("SELECT count(*) FROM shipping_labels")).scalar_one() == 0
