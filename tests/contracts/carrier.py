"""What every carrier must do: these tests run over each one that is discovered, unasked.

A carrier brings a driver in `DRIVERS` below, which plays its other side; over HTTP, where it is somebody outside.
"""

from collections.abc import Iterator
from typing import Protocol

import pytest
from flask.testing import FlaskClient

from store.core import ids
from store.core.settings import Settings
from store.shipping import carriers
from store.shipping.carriers.base import BadSignature, Carrier, Parcel, Refused, Tariff, Unavailable
from store.shipping.contents import Contents
from tests.checkout.test_routes import add, choose_delivery, give_contact, only_order, place
from tests.factories.catalog import make_product
from tests.factories.delivery import change_terms, make_method
from tests.factories.shop import make_shop
from tests.standins.shippo import SECRET, TOKEN, ShippoStandIn

ORIGIN = {"name": "Dimmet", "line1": "Lindengasse 1", "postcode": "1070", "city": "Wien", "country": "AT"}
HOME = {"name": "Ana", "line1": "Hauptplatz 1", "postcode": "8010", "city": "Graz", "country": "AT"}
TOO_HEAVY = 50_000


class Driver(Protocol):
    """The carrier's other side. `service` takes parcels of 800 g for `costs`, and none of `TOO_HEAVY` grams."""

    service: str
    costs: int

    def close(self) -> None: ...
    # A way to deliver at checkout whose price is this carrier's.
    def offer(self) -> None: ...
    def parcel(self, grams: int) -> Parcel: ...
    def calls(self) -> int: ...
    def fall_silent(self) -> None: ...


class TableDriver:
    """The shop's own table."""

    service, costs = "post", 750
    rows = ((1000, 750), (TOO_HEAVY - 1, 1250))

    def close(self) -> None:
        pass

    def offer(self) -> None:
        make_method("post", name="Post", basis="weight", rates=self.rows)

    def parcel(self, grams: int) -> Parcel:
        tariff = Tariff("post", "Post", "EUR", 990, "weight", self.rows)
        return Parcel(Contents(grams), ORIGIN, HOME, (300, 200, 100), [tariff])

    def calls(self) -> int:
        return 0


class ShippoDriver:
    """An account at Shippo, over HTTP."""

    service, costs = "usps_priority", 780

    def __init__(self) -> None:
        self.standin = ShippoStandIn()
        self._use(self.standin.url)

    def close(self) -> None:
        self.standin.close()
        carriers.configure(Settings())

    def offer(self) -> None:
        change_terms(origin=ORIGIN)
        make_method("post", name="Post", carrier="shippo", service=self.service, price_minor=990)

    def parcel(self, grams: int) -> Parcel:
        return Parcel(Contents(grams), ORIGIN, HOME, (300, 200, 100))

    def calls(self) -> int:
        return len(self.standin.calls)

    def fall_silent(self) -> None:
        self._use("http://127.0.0.1:9")

    def _use(self, url: str) -> None:
        carriers.configure(
            Settings(shippo_api_base=url, shippo_api_token=TOKEN, shippo_webhook_secret=SECRET)  # type: ignore[arg-type]
        )


DRIVERS = {"table": TableDriver, "shippo": ShippoDriver}


@pytest.fixture(params=sorted(carriers.all_carriers()))
def code(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def driver(code: str, app: object, db: object) -> Iterator[Driver]:
    made = DRIVERS[code]()
    yield made  # type: ignore[misc]
    made.close()


@pytest.fixture
def carrier(code: str, driver: Driver) -> Carrier:
    return carriers.all_carriers()[code]


def test_it_is_found_at_start_under_its_code_with_a_name_for_staff(code: str, carrier: Carrier) -> None:
    assert carrier.code == code
    assert str(carrier.label)
    assert carrier.configured()
    assert (carrier in carriers.configured_carriers()) is carrier.outside


def test_a_parcel_costs_whole_minor_units_of_a_currency_and_asked_again_the_same(
    carrier: Carrier, driver: Driver
) -> None:
    first, second = (
        {one.service: (one.amount_minor, one.currency) for one in carrier.quote(driver.parcel(800))} for _time in "ab"
    )
    assert first == second
    assert first[driver.service] == (driver.costs, "EUR")
    assert type(first[driver.service][0]) is int


def test_a_heavier_parcel_costs_more(carrier: Carrier, driver: Driver) -> None:
    (heavier,) = [one for one in carrier.quote(driver.parcel(4000)) if one.service == driver.service]
    assert heavier.amount_minor > driver.costs


def test_what_no_service_takes_has_no_price_and_is_no_error(carrier: Carrier, driver: Driver) -> None:
    assert carrier.quote(driver.parcel(TOO_HEAVY)) == []


def test_checkout_shows_its_price_and_placing_asks_nobody(client: FlaskClient, driver: Driver) -> None:
    make_shop()
    make_product("mug", title="Moth mug", price=1900, stock=5)
    change_terms(piece_grams=800)
    driver.offer()
    add(client)
    give_contact(client)
    assert f"€{driver.costs / 100:.2f}" in client.get("/checkout/delivery").text
    choose_delivery(client, "post")
    client.get("/checkout/payment")
    before = driver.calls()
    place(client)
    assert only_order().shipping_minor == driver.costs
    assert driver.calls() == before


def test_silence_is_unavailable_and_only_who_is_asked_can_be_silent(carrier: Carrier, driver: Driver) -> None:
    if not carrier.outside:
        assert driver.calls() == 0
        return
    driver.fall_silent()
    with pytest.raises(Unavailable):
        carrier.quote(driver.parcel(800))


def test_a_label_is_found_again_by_its_reference_or_none_is_sold(carrier: Carrier, driver: Driver) -> None:
    rate, reference = carrier.quote(driver.parcel(800))[0], ids.token()
    assert carrier.find_label(rate.external_id, reference=reference) is None
    if not carrier.outside:
        with pytest.raises(Refused):
            carrier.buy(rate.external_id, reference=reference)
        with pytest.raises(Refused):
            carrier.get_rate(rate.external_id)
        return
    assert carrier.get_rate(rate.external_id) == rate
    bought = carrier.buy(rate.external_id, reference=reference)
    assert carrier.find_label(rate.external_id, reference=reference) == bought
    assert bought.state == "bought"


def test_where_an_unknown_parcel_is_nobody_claims_to_know(carrier: Carrier, driver: Driver) -> None:
    assert carrier.track("usps", "123").state == "unknown"


@pytest.mark.parametrize("headers", [{}, {"Shippo-Auth-Signature": "t=1,v1=00"}])
def test_a_notification_that_nobody_signed_is_not_believed(
    carrier: Carrier, driver: Driver, headers: dict[str, str]
) -> None:
    with pytest.raises(BadSignature):
        carrier.parse_webhook(headers, "", b'{"event": "track_updated"}')
