"""The desk's side of delivery: zones, rate tables, days and parcels, and the question what a parcel costs."""

import re

import pytest
from sqlalchemy import text

from store.core.db import session
from store.core.settings import Settings
from store.shipping import carriers
from tests.admin.conftest import one
from tests.factories.delivery import make_method, make_zone, serve
from tests.factories.shop import forget

POINT = {"point_name": "Our shop", "point_line1": "Lindengasse 1", "point_city": "Wien", "point_country": "AT"}
METHOD = {"name": "Shop", "code": "shop", "min_days": "0", "max_days": "0", "position": "5"}
TERMS = {
    "cutoff": "14:00",
    "closed": "12-25\n12-24 to 01-06 Winter break",
    "working_days": ["1", "2", "3", "4", "5", "6"],
    "country": "AT",
    "phone": "0660 1234567",
    "length_mm": "300",
    "width_mm": "200",
    "height_mm": "100",
    "tare_grams": "120",
    "piece_grams": "300",
}


@pytest.fixture
def method(shop):
    return make_method("post")


def rows(*pairs: tuple[str, str], key: str = "own") -> dict[str, list[str]]:
    return {f"{key}-up_to": [up_to for up_to, _price in pairs], f"{key}-price": [price for _up_to, price in pairs]}


def save(desk, method, **data):
    path = f"/admin/delivery-rates/{method.id}"
    return desk.send(path, {"seen": desk.hidden(path, "seen"), "basis": "weight", **data})


def rates_of(method) -> list[tuple[int | None, int | None, int]]:
    found = session.execute(
        text("SELECT zone_id, up_to, price_minor FROM shipping_rates WHERE method_id = :id ORDER BY 1 NULLS FIRST, 2"),
        {"id": method.id},
    )
    return [tuple(row) for row in found]


def test_a_zone_is_made_in_words_and_a_line_that_says_nothing_is_named(desk):
    refused = desk.send("/admin/delivery-zones/new", {"name": "Europe", "areas": "EU\nWien"})
    assert refused.status_code == 422
    assert "Wien" in refused.text
    assert "does not begin with a country" in refused.text
    assert desk.send("/admin/delivery-zones/new", {"name": "Europe", "areas": "EU\nnot FR 20*"}).status_code == 303
    assert one("SELECT areas FROM shipping_zones")[0] == "EU\nnot FR 20*"


def test_a_zone_that_takes_places_out_and_names_none_is_refused(desk):
    assert desk.send("/admin/delivery-zones/new", {"name": "Nowhere", "areas": "not AT 6991"}).status_code == 422


def test_before_a_zone_is_deleted_the_desk_says_who_delivers_there(desk, method):
    zone = make_zone("Austria", "AT")
    serve(method, zone)
    assert "another zone of theirs holds it: Post." in desk.get(f"/admin/delivery-zones/{zone.id}/deletion").text
    assert "Post" in desk.get(f"/admin/delivery-zones/{zone.id}").text


def test_rate_tables_are_saved_whole_in_any_order_and_the_journal_tells(desk, method, journal):
    zone = make_zone("Austria", "AT")
    other = make_zone("Germany", "DE")
    answer = save(
        desk,
        method,
        **rows(("", "12,90"), ("1000", "4.90"), ("", "")),
        **rows(("2000", "3.50"), key=f"zone{zone.id}"),
        **{f"zone{zone.id}-served": "y", f"zone{zone.id}-free_from": "50", f"zone{zone.id}-min_days": "1"},
        **{f"zone{zone.id}-max_days": "2", f"zone{other.id}-min_days": ""},
    )
    assert answer.status_code == 303
    assert rates_of(method) == [(None, 1000, 490), (None, None, 1290), (zone.id, 2000, 350)]
    assert one("SELECT zone_id, free_from_minor, min_days, max_days FROM shipping_method_zones") == (
        zone.id,
        5000,
        1,
        2,
    )
    assert one("SELECT basis FROM shipping_methods WHERE code = 'post'")[0] == "weight"
    assert journal()[-1] == ("rates", "shipping_methods", str(method.id))
    assert save(desk, method, **rows(("", "2"))).status_code == 303
    assert rates_of(method) == [(None, None, 200)]


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (rows(("1000", "4.90"), ("1000", "5.90")), "Each step is larger than the one before"),
        (rows(("", "4.90"), ("", "5.90")), "Each step is larger than the one before"),
        (rows(("a lot", "4.90")), "“a lot” is no whole number."),
        (rows(("0", "4.90")), "“0” is not possible here."),
        (rows(("1000", "")), "Each row needs its price"),
        (rows(("1000", "-1")), "A price is zero or more."),
        ({"basis": "colour"}, "Please choose what the price goes by."),
    ],
)
def test_a_table_that_makes_no_sense_is_not_saved_and_nothing_typed_is_lost(desk, method, data, sentence):
    answer = save(desk, method, **data)
    assert answer.status_code == 422
    assert sentence in answer.text.replace("&#34;", '"')
    assert rates_of(method) == []
    assert all(f'value="{typed}"' in answer.text for typed in data.get("own-price", []) if typed)


def test_a_table_by_value_is_written_in_money(desk, method):
    save(desk, method, basis="price", **rows(("49,99", "4.90"), ("", "0")))
    assert rates_of(method) == [(None, 4999, 490), (None, None, 0)]
    assert 'value="49.99"' in desk.get(f"/admin/delivery-rates/{method.id}").text


def test_who_was_overtaken_is_told_and_keeps_what_they_typed(desk, method):
    path = f"/admin/delivery-rates/{method.id}"
    old = desk.hidden(path, "seen")
    save(desk, method, **rows(("", "7")))
    answer = desk.send(path, {"seen": old, "basis": "weight", **rows(("", "9"))})
    assert answer.status_code == 409
    assert 'value="9"' in answer.text
    assert rates_of(method) == [(None, None, 700)]
    fresh = re.search(r'name="seen" value="([^"]+)"', answer.text)
    assert fresh is not None
    assert desk.send(path, {"seen": fresh[1], "basis": "weight", **rows(("", "9"))}).status_code == 303


def test_a_pickup_needs_its_place(desk):
    refused = desk.send("/admin/delivery/new", {**METHOD, "kind": "pickup"})
    assert refused.status_code == 422
    assert "Buyers need the street and the town." in refused.text
    assert desk.send("/admin/delivery/new", {**METHOD, **POINT, "kind": "pickup"}).status_code == 303
    kind, point = one("SELECT kind, point FROM shipping_methods WHERE code = 'shop'")
    assert (kind, point["line1"], point["country"]) == ("pickup", "Lindengasse 1", "AT")


def test_a_carrier_is_offered_once_the_shop_has_an_account_and_needs_the_name_of_its_service(app, desk):
    assert "Whose price" not in desk.get("/admin/delivery/new").text
    carriers.configure(Settings(shippo_api_token="test"))
    try:
        assert "Shippo" in desk.get("/admin/delivery/new").text
        refused = desk.send("/admin/delivery/new", {**METHOD, "carrier": "shippo", "service": ""})
        assert 'id="service-error"' in refused.text
        assert desk.send("/admin/delivery/new", {**METHOD, "carrier": "nobody", "service": "x"}).status_code == 422
        made = desk.send("/admin/delivery/new", {**METHOD, "carrier": "shippo", "service": "usps_priority"})
        assert made.status_code == 303
    finally:
        carriers.configure(Settings())
    assert tuple(one("SELECT carrier, service FROM shipping_methods WHERE code = 'shop'")) == (
        "shippo",
        "usps_priority",
    )


def test_days_and_parcels_are_kept_and_hold_at_once(desk, journal):
    assert desk.send("/admin/delivery-terms/", TERMS).status_code == 303
    row = one("SELECT cutoff, working_days, closed, origin, tare_grams FROM delivery_settings")
    assert (row.cutoff.hour, row.working_days, row.tare_grams) == (14, [1, 2, 3, 4, 5, 6], 120)
    assert row.origin == {"country": "AT", "phone": "+436601234567"}
    assert journal()[-1] == ("edit", "delivery_settings", "1")
    page = desk.get("/admin/delivery-terms/").text
    assert 'value="14:00"' in page
    assert "Winter break" in page


@pytest.mark.parametrize(
    ("field", "value"),
    [("cutoff", "25:00"), ("closed", "Easter"), ("country", "Austria"), ("phone", "call"), ("length_mm", "0")],
)
def test_days_and_parcels_that_make_no_sense_are_told_at_their_field(desk, field, value):
    answer = desk.send("/admin/delivery-terms/", {**TERMS, field: value})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text


def test_a_shop_works_on_some_day(desk):
    answer = desk.send("/admin/delivery-terms/", {**TERMS, "working_days": []})
    assert answer.status_code == 422
    assert "Please tick at least one working day." in answer.text


def test_the_desk_answers_what_a_parcel_costs_and_why_one_is_not_taken(desk, method):
    serve(method, make_zone("Vienna", "AT 1000-1239"), rates=[(1000, 390), (2000, 590)])
    session.execute(text("UPDATE shipping_methods SET basis = 'weight' WHERE code = 'post'"))
    session.execute(text("UPDATE shipping_methods SET max_grams = 700 WHERE code = 'express'"))
    session.commit()
    forget()
    page = desk.get("/admin/delivery-preview/?grams=800&value=20&pieces=1&country=AT&postcode=1010").text
    assert "A parcel of 800 g to 1010 Austria" in page
    assert "€3.90" in page
    assert "Vienna" in page
    assert "too heavy for it" in page
    assert "larger than its last row" in desk.get("/admin/delivery-preview/?grams=2001&country=AT&postcode=1010").text
    assert "does not deliver there" in desk.get("/admin/delivery-preview/?grams=800&country=AT&postcode=6020").text
    assert "Free" in desk.get("/admin/delivery-preview/?grams=1&value=80&country=AT").text
    assert "Please check the parcel" in desk.get("/admin/delivery-preview/?grams=x&country=Austria").text
