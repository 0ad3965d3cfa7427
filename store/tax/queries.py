"""What tax a basket bears: whose, at which rates, reckoned how."""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select

from store.core.clock import now
from store.core.db import read_rows, session
from store.pricing.totals import Rules
from store.shop.queries import MarketFacts, ShopFacts
from store.tax.classes import NONE, STANDARD
from store.tax.deciding import Decision, Treatment, decide
from store.tax.models import TaxRegistration, TaxRules
from store.tax.territory import Place, place_of

# A change of rules or rates is seen everywhere after at most this many seconds.
REMEMBER_SECONDS = 5.0

# Countries with the classes of a basket.
_MOST_REMEMBERED = 1000

# How long an answer of the register counts for new orders.
VALID_FOR = timedelta(hours=24)

_FACTS = """
    SELECT (SELECT coalesce(json_agg(json_build_array(country, region, tax_class, rate::text)), '[]')
              FROM (SELECT DISTINCT ON (country, region, tax_class) country, region, tax_class, rate
                      FROM tax_rates
                     WHERE country = ANY(:countries) AND tax_class = ANY(:classes)
                       AND valid_from <= :day AND (valid_to IS NULL OR :day < valid_to)
                     ORDER BY country, region, tax_class, valid_from DESC) held) AS rates,
           (SELECT json_build_array(status, checked_at, reference) FROM vat_checks WHERE vat_id = :vat_id) AS vat
"""


@dataclass(frozen=True, slots=True)
class ShopRules:
    """How the shop reckons tax, and where besides home it is registered."""

    rounding: str = "line"
    shipping: str = "highest"
    shipping_class: str = STANDARD
    one_stop_shop: bool = False
    registered_in: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class VatStanding:
    """A buyer's VAT id and what is known of it: `asked`, `valid`, `invalid`, `unknown`, or `unasked`.

    `reference` is the register's own number of its answer.
    """

    vat_id: str
    status: str
    checked_at: datetime | None
    reference: str = ""

    @property
    def counts(self) -> bool:
        """Whether it makes its owner a business today."""
        return self.status == "valid" and self.checked_at is not None and now() - self.checked_at < VALID_FOR


@dataclass(frozen=True, slots=True)
class Assessment:
    """The tax of a basket: whose, and the rate of each class.

    `shelf_rates` are those that a shown price contains, where they are not those charged and the net price shall stay.
    """

    decision: Decision
    rates: Mapping[str, Decimal]
    shelf_rates: Mapping[str, Decimal | None]
    rules: Rules
    vat: VatStanding | None

    @property
    def treatment(self) -> Treatment:
        """How it is taxed."""
        return self.decision.treatment


_remembered: tuple[float, ShopRules] = (0.0, ShopRules())
_rates_remembered: dict[tuple[frozenset[str], frozenset[str], date], tuple[float, Any]] = {}


def shop_rules() -> ShopRules:
    """Return how the shop reckons; 2 statements at most once in five seconds."""
    global _remembered
    until, rules = _remembered
    if time.monotonic() < until:
        return rules
    row = session.get(TaxRules, 1)
    countries = frozenset(session.execute(select(TaxRegistration.country)).scalars())
    rules = (
        ShopRules(row.rounding, row.shipping, row.shipping_class, row.one_stop_shop, countries)
        if row
        else ShopRules(registered_in=countries)
    )
    _remembered = (time.monotonic() + REMEMBER_SECONDS, rules)
    return rules


def forget() -> None:
    """Read the rules and rates anew at the next call."""
    global _remembered
    _remembered = (0.0, ShopRules())
    _rates_remembered.clear()


def assess(
    tax_classes: Iterable[str],
    *,
    shop: ShopFacts,
    market: MarketFacts,
    address: Mapping[str, str] | None,
    vat_id: str = "",
) -> Assessment:
    """Return the tax of goods of some classes that go to an address; at most 1 statement.

    What is fetched goes to the place where it is handed over. Without an address, tax is that of home.
    """
    own = shop_rules()
    home = place_of(None, shop.country)
    to = place_of(address, shop.country)
    shelf = place_of({"country": _shelf_country(shop, market)}, shop.country)

    def tax(place: Place, valid: str = "") -> Decision:
        return decide(home, place, one_stop_shop=own.one_stop_shop, registered_in=own.registered_in, valid_vat_id=valid)

    consumer, on_shelf = tax(to), tax(shelf)
    wanted = {STANDARD, own.shipping_class, *tax_classes}
    facts = _read({consumer.country, on_shelf.country}, wanted, shop=shop, vat_id=vat_id)
    vat = _standing(vat_id, facts.vat)
    decision = tax(to, vat.vat_id) if vat is not None and vat.counts else consumer
    rates = _rates(decision, facts.rates, wanted)
    shelf_rates = _shelf_rates(
        decision,
        _rates(consumer, facts.rates, wanted),
        _rates(on_shelf, facts.rates, wanted),
        same_shelf_price=market.same_shelf_price,
    )
    rules = Rules(
        "rate" if own.rounding == "rate" else "line",
        "own" if own.shipping == "own" else "proportional" if own.shipping == "proportional" else "highest",
        rates[own.shipping_class],
        shelf_rates[own.shipping_class],
    )
    return Assessment(decision, rates, shelf_rates, rules, vat)


def sources_on(day: date) -> Mapping[tuple[str, str], tuple[Decimal, str]]:
    """Return the rates of whole countries that hold on a day with where they are from, by country and class.

    1 statement.
    """
    rows = read_rows(
        """SELECT DISTINCT ON (country, tax_class) country, tax_class, rate, source FROM tax_rates
            WHERE region = '' AND valid_from <= :day AND (valid_to IS NULL OR :day < valid_to)
            ORDER BY country, tax_class, valid_from DESC""",
        {"day": day},
    )
    return {(row.country, row.tax_class): (row.rate, row.source) for row in rows}


def find_vat_standing(vat_id: str) -> VatStanding | None:
    """Return what is known of a VAT id, `None` for none; 1 statement."""
    if not vat_id:
        return None
    rows = read_rows("SELECT status, checked_at FROM vat_checks WHERE vat_id = :vat_id", {"vat_id": vat_id})
    return VatStanding(vat_id, rows[0].status, rows[0].checked_at) if rows else VatStanding(vat_id, "unasked", None)


def today_at(time_zone: str) -> date:
    """Return the day it is in the shop: rates change at its midnight."""
    return now().astimezone(ZoneInfo(time_zone)).date()


def _shelf_country(shop: ShopFacts, market: MarketFacts) -> str:
    """Whose tax the prices of a market contain: that of home where it sells at home, else of its first country."""
    return shop.country if not market.countries or shop.country in market.countries else market.countries[0]


def _read(countries: Collection[str], classes: Collection[str], *, shop: ShopFacts, vat_id: str) -> Any:
    """Return the rates of a day, remembered for seconds, and what is known of a VAT id, which is asked each time."""
    day = today_at(shop.time_zone)
    key = (frozenset(countries), frozenset(classes), day)
    until, facts = _rates_remembered.get(key, (0.0, None))
    if vat_id or time.monotonic() >= until:
        asked = {"countries": list(countries), "classes": list(classes), "day": day, "vat_id": vat_id}
        facts = read_rows(_FACTS, asked)[0]
        if len(_rates_remembered) >= _MOST_REMEMBERED:
            _rates_remembered.clear()
        if not vat_id:
            _rates_remembered[key] = (time.monotonic() + REMEMBER_SECONDS, facts)
    return facts


def _rates(decision: Decision, rows: Sequence[Sequence[str]], wanted: Collection[str]) -> dict[str, Decimal]:
    """Return the rate of each class: of the region before the country, of the class before the standard."""
    found: dict[tuple[str, str], Decimal] = {}
    for country, region, tax_class, rate in rows:
        if decision.taxed and country == decision.country and region in {"", decision.region}:
            found[region, tax_class] = Decimal(rate)

    def rate_of(tax_class: str) -> Decimal:
        if tax_class == NONE:
            return Decimal(0)
        for key in ((decision.region, tax_class), ("", tax_class), (decision.region, STANDARD), ("", STANDARD)):
            if key in found:
                return found[key]
        return Decimal(0)

    return {tax_class: rate_of(tax_class) for tax_class in wanted}


def _shelf_rates(
    decision: Decision, consumer: Mapping[str, Decimal], shelf: Mapping[str, Decimal], *, same_shelf_price: bool
) -> dict[str, Decimal | None]:
    """Return the rates that shown prices contain and buyers don't pay.

    The same price for all consumers stays, whatever their country; a business without tax pays what is left of it.
    """
    if not same_shelf_price:
        return dict(shelf)
    if decision.treatment == "reverse_charge":
        return dict(consumer)
    return dict.fromkeys(shelf)


def _standing(vat_id: str, row: Sequence[Any] | None) -> VatStanding | None:
    if not vat_id:
        return None
    if row is None:
        return VatStanding(vat_id, "unasked", None)
    return VatStanding(vat_id, row[0], datetime.fromisoformat(row[1]) if row[1] else None, row[2])
