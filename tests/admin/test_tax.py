"""Tax at the desk: rules, registrations, rates by day, and updates that show what they change before they do."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text

from store.core.db import session, transaction
from store.tax import package, queries, services
from store.tax.models import TaxRate
from tests.admin.conftest import Desk
from tests.factories.catalog import make_product
from tests.factories.orders import make_placed_order
from tests.factories.shop import make_shop

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def shop(db) -> None:
    make_shop()


def today():
    return queries.today_at("Europe/Vienna")


def held() -> dict[tuple[str, str], Decimal]:
    return {key: rate for key, (rate, _source) in queries.sources_on(today()).items()}


def test_the_switch_of_the_one_stop_shop_and_the_rules_are_kept(desk: Desk) -> None:
    answer = desk.send(
        "/admin/tax/",
        {"one_stop_shop": "y", "rounding": "rate", "shipping": "own", "shipping_class": "reduced"},
    )
    assert answer.status_code == 303
    rules = queries.shop_rules()
    assert (rules.one_stop_shop, rules.rounding, rules.shipping, rules.shipping_class) == (
        True,
        "rate",
        "own",
        "reduced",
    )
    assert desk.send("/admin/tax/", {"rounding": "down", "shipping": "own", "shipping_class": "x"}).status_code == 422


def test_a_registration_is_checked_written_down_and_removed(desk: Desk) -> None:
    assert desk.send("/admin/tax/registrations", {"country": "at", "number": "ATU13585628"}).status_code == 422
    assert desk.send("/admin/tax/registrations", {"country": "QQ", "number": ""}).status_code == 422
    desk.send("/admin/tax/registrations", {"country": "at", "number": "U13585627"})
    desk.send("/admin/tax/registrations", {"country": "CH", "number": "CHE-123.456.788"})
    assert queries.shop_rules().registered_in == {"AT", "CH"}
    assert "ATU13585627" in desk.get("/admin/tax/").text
    desk.send("/admin/tax/registrations/CH/removal", {})
    assert queries.shop_rules().registered_in == {"AT"}


def test_a_rate_is_entered_for_a_day_to_come_and_taken_back(desk: Desk) -> None:
    begins = today() + timedelta(days=10)
    answer = desk.send(
        "/admin/tax/rates/AT", {"tax_class": "standard", "rate": "20,5 %", "valid_from": begins.isoformat()}
    )
    assert answer.status_code == 303
    page = desk.get("/admin/tax/rates/AT").text
    assert "20.5%" in page
    assert "to come" in page
    assert held()["AT", "standard"] == Decimal("0.2")
    rate_id = re.search(r"/admin/tax/rates/AT/(\d+)/removal", page)[1]
    desk.send(f"/admin/tax/rates/AT/{rate_id}/removal", {})
    assert session.query(TaxRate).filter_by(country="AT").one().valid_to is None


@pytest.mark.parametrize("rate", ["", "abc", "100", "-1", "1.1234567", "NaN"])
def test_what_is_no_rate_is_refused_where_it_was_typed(desk: Desk, rate: str) -> None:
    sent = {"tax_class": "standard", "rate": rate, "valid_from": "2027-01-01"}
    assert desk.send("/admin/tax/rates/AT", sent).status_code == 422
    assert desk.get("/admin/tax/rates/QQ").status_code == 404


def test_an_update_shows_what_it_changes_and_changes_what_is_ticked(desk: Desk) -> None:
    with transaction():
        services.begin_rate("DE", "standard", Decimal("0.16"), valid_from=today() - timedelta(5), source="package")
        services.begin_rate("FR", "standard", Decimal("0.21"), valid_from=today() - timedelta(5))
    changes = {change.key: change for change in package.list_changes(today())}
    assert (changes["DE:standard"].old, changes["DE:standard"].new) == (Decimal("0.16"), Decimal("0.19"))
    assert changes["FR:standard"].own
    assert "AT:standard" not in changes
    page = desk.get("/admin/tax/update").text
    assert re.search(r'value="DE:standard" checked', page)
    assert re.search(r'value="FR:standard" aria', page)
    begins = today() + timedelta(days=1)
    desk.send("/admin/tax/update", {"accept": "DE:standard", "valid_from": begins.isoformat()})
    assert held()["DE", "standard"] == Decimal("0.16")
    later = {key: rate for key, (rate, _source) in queries.sources_on(begins).items()}
    assert (later["DE", "standard"], later["FR", "standard"]) == (Decimal("0.19"), Decimal("0.21"))
    assert desk.send("/admin/tax/update", {"accept": "FR:standard", "valid_from": ""}).status_code == 422


def test_of_several_reduced_rates_none_is_guessed() -> None:
    copied = {(country, tax_class) for country, tax_class, _rate in package.copied_rates()}
    assert ("DE", "reduced") in copied
    assert ("AT", "reduced") not in copied
    assert {country for country, _class in copied} == package.COVERED
    assert package.find_known("AT").others == (Decimal("0.049"), Decimal("0.1"), Decimal("0.13"), Decimal("0.19"))


def test_the_threshold_counts_what_consumers_of_other_member_states_bought(desk: Desk) -> None:

    order = make_placed_order()
    session.execute(
        text(
            "UPDATE orders SET tax_treatment = 'origin', shipping_address = "
            'shipping_address || \'{"country": "DE"}\' WHERE id = :id'
        ),
        {"id": order.id},
    )
    session.commit()
    net = order.total_minor - order.tax_minor
    assert f"This year so far: €{net / 100:.2f}" in desk.get("/admin/tax/").text


def test_a_market_may_keep_what_is_left_of_a_price_instead_of_the_price(desk: Desk) -> None:
    market = session.execute(text("SELECT id FROM markets")).scalar_one()
    page = desk.get(f"/admin/markets/{market}").text
    assert "The same in every country" in page


def test_a_product_is_put_into_another_tax_class(desk: Desk) -> None:
    book = make_product("book", title="Book")
    path = f"/admin/products/{book.product.id}"
    sent = {"seen": desk.hidden(path, "seen"), "title": "Book", "status": "active", "tax_class": "reduced"}
    assert desk.send(path, sent).status_code == 303
    assert session.execute(text("SELECT tax_class FROM products WHERE handle = 'book'")).scalar_one() == "reduced"
    assert '<option selected value="reduced">' in desk.get(path).text
