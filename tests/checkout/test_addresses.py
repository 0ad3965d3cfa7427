"""The address at checkout asks for what its country writes, with and without JavaScript."""

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from store.cart.models import Cart
from store.core.db import session
from store.shop.models import Market
from tests.checkout.test_routes import CONTACT, HTMX, add, give_contact, send
from tests.factories.catalog import make_product
from tests.factories.shop import forget, make_shop

pytestmark = pytest.mark.usefixtures("db")

NEW_YORK = {"country": "US", "line1": "350 5th Ave", "postcode": "10118", "city": "New York", "region": "NY"}


@pytest.fixture(autouse=True)
def shop(db: object, client: FlaskClient) -> None:
    """A shop that sells to countries that write differently; something is in the cart."""
    make_shop()
    session.execute(select(Market)).scalar_one().countries = ["AT", "US", "GB", "HK"]
    session.commit()
    forget()
    make_product("mug", stock=10)
    add(client)


def fields(page: str) -> list[str]:
    """The names of the fields of the contact form, as they come."""
    return re.findall(r'<(?:input|select)[^>]* name="(line1|line2|district|postcode|city|region|country)"', page)


def kept() -> dict[str, str] | None:
    return session.execute(select(Cart.shipping_address)).scalar_one()


def choose(client: FlaskClient, country: str, headers: object = None) -> str:
    typed = {**CONTACT, "country": country, "line1": "Typed before 1"}
    answer = send(client, "/checkout/contact/form", typed, on="/checkout/contact", headers=headers)
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize(
    ("country", "asked"),
    [
        ("AT", ["country", "line1", "line2", "postcode", "city"]),
        ("US", ["country", "line1", "line2", "city", "region", "postcode"]),
        ("GB", ["country", "line1", "line2", "city", "postcode"]),
        ("HK", ["country", "line1", "line2", "region", "city"]),
    ],
)
def test_another_country_shows_its_own_form_and_keeps_what_was_typed(
    client: FlaskClient, country: str, asked: list[str]
) -> None:
    page = choose(client, country)
    assert fields(page) == asked
    assert 'value="Typed before 1"' in page
    assert "<html" in page
    assert kept() is None


def test_htmx_gets_the_form_alone(client: FlaskClient) -> None:
    part = choose(client, "US", HTMX)
    assert "<html" not in part
    assert "ZIP code" in part
    assert '<option value="CA">California</option>' in part


def test_an_address_is_kept_with_its_region(client: FlaskClient) -> None:
    assert give_contact(client, **NEW_YORK).status_code == 303
    address = kept() or {}
    assert (address["region"], address["postcode"]) == ("NY", "10118")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"region": ""}, "region"),
        ({"region": "Bavaria"}, "region"),
        ({"postcode": "94117"}, "postcode"),
        ({"postcode": "SW1A 1AA"}, "postcode"),
        ({"postcode": ""}, "postcode"),
        ({"city": ""}, "city"),
    ],
)
def test_what_does_not_fit_the_country_is_told_at_its_field(
    client: FlaskClient, changes: dict[str, str], field: str
) -> None:
    answer = give_contact(client, **{**NEW_YORK, **changes})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert kept() is None


def test_the_name_of_a_region_is_understood_as_well(client: FlaskClient) -> None:
    give_contact(client, **{**NEW_YORK, "region": "new york"})
    assert (kept() or {})["region"] == "NY"


def test_a_country_without_postcodes_asks_for_none(client: FlaskClient) -> None:
    changes = {"country": "HK", "postcode": "", "city": "", "region": "Kowloon"}
    assert give_contact(client, **changes).status_code == 303
    assert (kept() or {})["postcode"] == ""


@pytest.mark.parametrize(
    ("typed", "number"), [("0660 1234567", "+436601234567"), ("+49 30 901820", "+4930901820"), ("", "")]
)
def test_a_phone_number_is_kept_as_it_is_dialled_from_anywhere(client: FlaskClient, typed: str, number: str) -> None:
    give_contact(client, phone=typed)
    assert (kept() or {})["phone"] == number
