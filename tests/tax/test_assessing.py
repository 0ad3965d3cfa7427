"""The rates of a basket, by the day, the place and the buyer."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from store.core.clock import now
from store.core.db import run, session, transaction
from store.core.errors import Conflict, Invalid
from store.shop.queries import get_default_market, get_shop
from store.tax import queries, services
from store.tax.models import TaxRate
from store.tax.queries import assess

pytestmark = pytest.mark.usefixtures("shop")

AT, DE = {"country": "AT"}, {"country": "DE"}


def assessed(address: dict[str, str] | None, *classes: str, same_shelf_price: bool = True, **more: object):
    market = replace(get_default_market(), same_shelf_price=same_shelf_price)
    return assess(classes or ("standard",), shop=get_shop(), market=market, address=address, **more)


def rules(**changes: object) -> None:
    known = {"rounding": "line", "shipping": "highest", "shipping_class": "standard", "one_stop_shop": False}
    with transaction():
        services.save_rules(**{**known, **changes})


def vouched(vat_id: str, status: str = "valid", hours: int = 1) -> None:
    with transaction():
        run(
            "INSERT INTO vat_checks (vat_id, status, asked_at, checked_at) VALUES (:vat_id, :status, :moment, :moment)",
            {"vat_id": vat_id, "status": status, "moment": now() - timedelta(hours=hours)},
        )


def test_goods_bear_the_rate_of_their_class_at_home() -> None:
    tax = assessed(AT, "standard", "reduced")
    assert (tax.treatment, tax.rates["standard"], tax.rates["reduced"]) == ("domestic", Decimal("0.2"), Decimal("0.1"))


def test_a_class_without_a_rate_bears_the_standard_rate_and_never_nothing() -> None:
    tax = assessed(AT, "parking", "none")
    assert (tax.rates["parking"], tax.rates["none"]) == (Decimal("0.2"), Decimal(0))


def test_the_one_stop_shop_charges_the_rates_of_where_it_goes() -> None:
    assert assessed(DE).rates["standard"] == Decimal("0.2")
    rules(one_stop_shop=True)
    tax = assessed(DE, "standard", "reduced")
    assert (tax.treatment, tax.rates["standard"], tax.rates["reduced"]) == (
        "destination",
        Decimal("0.19"),
        Decimal("0.07"),
    )
    # What is fetched in the shop is handed over there, wherever its buyer lives.
    assert assessed({"country": "AT", "line1": "Lindengasse 1"}).rates["standard"] == Decimal("0.2")


def test_a_rate_begins_on_its_day_and_ends_the_one_before(clock) -> None:
    with transaction():
        services.begin_rate(
            "AT", "standard", Decimal("0.21"), valid_from=queries.today_at("Europe/Vienna") + timedelta(3)
        )
    assert assessed(AT).rates["standard"] == Decimal("0.2")
    clock.shift(timedelta(days=3))
    assert assessed(AT).rates["standard"] == Decimal("0.21")


def test_a_rate_that_is_to_come_can_be_taken_back_and_one_in_force_can_not() -> None:
    today = queries.today_at("Europe/Vienna")
    with transaction():
        coming = services.begin_rate("AT", "standard", Decimal("0.21"), valid_from=today + timedelta(3))
    with transaction():
        services.delete_coming_rate(coming.id, today=today)
    row = session.query(TaxRate).filter_by(country="AT", tax_class="standard").one()
    assert row.valid_to is None
    with pytest.raises(Conflict), transaction():
        services.delete_coming_rate(row.id, today=today)


def test_a_correction_in_between_ends_where_the_next_rate_begins() -> None:
    with transaction():
        services.begin_rate("AT", "standard", Decimal("0.22"), valid_from=date(2030, 1, 1))
        services.begin_rate("AT", "standard", Decimal("0.16"), valid_from=date(2027, 1, 1))
    rows = session.query(TaxRate).filter_by(country="AT", tax_class="standard").order_by(TaxRate.valid_from)
    assert [(row.rate, row.valid_from, row.valid_to) for row in rows] == [
        (Decimal("0.2"), date(2000, 1, 1), date(2027, 1, 1)),
        (Decimal("0.16"), date(2027, 1, 1), date(2030, 1, 1)),
        (Decimal("0.22"), date(2030, 1, 1), None),
    ]


@pytest.mark.parametrize(("tax_class", "rate"), [("magic", "0.1"), ("standard", "1"), ("standard", "-0.1")])
def test_rates_that_can_not_be_are_refused(tax_class, rate) -> None:
    with pytest.raises(Invalid), transaction():
        services.begin_rate("AT", tax_class, Decimal(rate), valid_from=date(2027, 1, 1))


def test_a_region_may_have_a_rate_of_its_own() -> None:
    with transaction():
        services.register_in("US", "12-345")
        services.begin_rate("US", "standard", Decimal("0.0725"), valid_from=date(2020, 1, 1), region="CA")
    assert assessed({"country": "US", "region": "CA"}).rates["standard"] == Decimal("0.0725")
    assert assessed({"country": "US", "region": "OR"}).rates["standard"] == Decimal(0)


def test_a_business_with_a_valid_vat_id_pays_no_tax_and_the_price_without_it() -> None:
    vouched("DE136695976")
    tax = assessed(DE, vat_id="DE136695976")
    assert (tax.treatment, tax.rates["standard"], tax.shelf_rates["standard"]) == (
        "reverse_charge",
        Decimal(0),
        Decimal("0.2"),
    )


@pytest.mark.parametrize(("status", "hours"), [("asked", 1), ("invalid", 1), ("unknown", 1), ("valid", 25), (None, 0)])
def test_whoever_the_register_did_not_vouch_for_today_pays_tax(status, hours) -> None:
    if status:
        vouched("DE136695976", status, hours)
    tax = assessed(DE, vat_id="DE136695976")
    assert (tax.treatment, tax.rates["standard"]) == ("origin", Decimal("0.2"))


def test_the_same_price_stays_for_all_consumers_unless_the_market_says_otherwise() -> None:
    rules(one_stop_shop=True)
    assert assessed(DE).shelf_rates["standard"] is None
    assert assessed(DE, same_shelf_price=False).shelf_rates["standard"] == Decimal("0.2")


def test_delivery_follows_the_rule_of_the_shop() -> None:
    rules(rounding="rate", shipping="own", shipping_class="reduced")
    tax = assessed(AT)
    assert (tax.rules.rounding, tax.rules.shipping, tax.rules.shipping_rate) == ("rate", "own", Decimal("0.1"))
