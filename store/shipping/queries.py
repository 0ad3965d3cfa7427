"""Which ways of delivery there are, what they cost and when the parcel arrives."""

import time as clock
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from types import SimpleNamespace
from typing import Any, Literal

from sqlalchemy import select

from store.core.clock import now
from store.core.db import read_rows, session
from store.core.money import Money
from store.shipping import areas, days
from store.shipping.areas import Destination, Narrowness
from store.shipping.carriers import own_tables
from store.shipping.carriers.base import Parcel, Row, Tariff
from store.shipping.contents import Contents
from store.shipping.days import Schedule
from store.shipping.models import DeliverySettings

# A change of cut-off, holidays or box is seen everywhere after at most this many seconds.
REMEMBER_SECONDS = 5.0

# Why a method does not take a parcel: it goes elsewhere only, the parcel is too heavy, or too large for its table.
Reason = Literal["elsewhere", "heavy", "large"]

_METHODS = """
    SELECT m.id, m.code, m.name, m.description, m.price_minor, m.free_from_minor, m.min_days, m.max_days, m.kind,
           m.countries, m.basis, m.max_grams, m.carrier, m.service, m.point, q.services,
           (SELECT to_json(t) FROM delivery_settings t) AS terms,
           (SELECT json_agg(json_build_array(r.up_to, r.price_minor) ORDER BY r.up_to NULLS LAST)
              FROM shipping_rates r WHERE r.method_id = m.id AND r.zone_id IS NULL) AS rates,
           (SELECT json_agg(json_build_array(z.name, z.areas, s.free_from_minor, s.min_days, s.max_days,
                      (SELECT json_agg(json_build_array(r.up_to, r.price_minor) ORDER BY r.up_to NULLS LAST)
                         FROM shipping_rates r WHERE r.method_id = m.id AND r.zone_id = z.id))
                            ORDER BY z.position, z.id)
              FROM shipping_method_zones s JOIN shipping_zones z ON z.id = s.zone_id WHERE s.method_id = m.id) AS zones
      FROM shipping_methods m
      LEFT JOIN carrier_quotes q ON q.carrier = m.carrier AND q.parcel = :parcel AND q.until > :moment
     WHERE m.active AND m.currency = :currency
     ORDER BY m.position, m.id
"""


@dataclass(frozen=True, slots=True)
class Method:
    """A way to deliver to one place, with its price for one parcel before any threshold.

    `zone` names the zone that decided. `asked` is true when the price is the carrier's own answer. `point` is where a
    pickup is fetched: `name`, the lines of an address, `hours`.
    """

    id: int
    code: str
    name: str
    description: str
    price: Money
    free_from: Money | None
    min_days: int
    max_days: int
    kind: str = "parcel"
    point: Mapping[str, Any] | None = None
    zone: str = ""
    carrier: str = ""
    service: str = ""
    asked: bool = False

    def price_for(self, subtotal: Money) -> Money:
        """Return what delivery costs for goods of this value."""
        if self.free_from is not None and self.free_from <= subtotal:
            return Money.zero(self.price.currency)
        return self.price

    @property
    def is_pickup(self) -> bool:
        """Whether the buyer comes for it."""
        return self.kind == "pickup"


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for every delivery of the shop; sizes of its usual box in millimetres, weights in grams."""

    schedule: Schedule = field(default_factory=Schedule)
    origin: Mapping[str, Any] | None = None
    box_mm: tuple[int, int, int] = (300, 200, 100)
    tare_grams: int = 0
    piece_grams: int = 0


_remembered: tuple[float, Terms] = (0.0, Terms())


def list_methods(
    currency: str,
    to: Destination | None = None,
    *,
    contents: Contents | None = None,
    parcel: str = "",
    among: Iterable[str] = (),
) -> Sequence[Method]:
    """Return the active methods in a currency that take a parcel to a place, in their order. 1 statement.

    Without a place they are those that serve any country `among` some, at the lowest price that any of these pays; so
    is what is fetched, wherever its buyer lives.
    `parcel` is the name under which a carrier's answer is remembered.
    """
    anywhere: list[Destination | None] = [Destination(country) for country in among]
    there: list[Destination | None] = anywhere if to is None else [to]
    found: list[Method] = []
    rows = read_rows(_METHODS, {"currency": currency, "parcel": parcel, "moment": now()})
    if rows:
        _learn(rows[0].terms)
    for row in rows:
        where = anywhere or there if row.kind == "pickup" else there
        answers = [_offer(row, currency, place, contents) for place in where or [None]]
        offers = [answer for answer in answers if isinstance(answer, Method)]
        if offers:
            found.append(min(offers, key=lambda offer: offer.price.minor))
    return found


def explain_methods(
    currency: str, to: Destination, contents: Contents, *, parcel: str = ""
) -> Sequence[tuple[str, Method | Reason]]:
    """Return each active method by its name with its offer for a parcel, or why it does not take it. 1 statement."""
    rows = read_rows(_METHODS, {"currency": currency, "parcel": parcel, "moment": now()})
    return [(row.name, _offer(row, currency, to, contents)) for row in rows]


def get_terms() -> Terms:
    """Return what holds for every delivery; at most 1 statement, remembered for seconds."""
    global _remembered
    until, terms = _remembered
    if clock.monotonic() < until:
        return terms
    row = session.execute(select(DeliverySettings)).scalar_one_or_none()
    terms = Terms() if row is None else _terms(row)
    _remembered = (clock.monotonic() + REMEMBER_SECONDS, terms)
    return terms


def _learn(told: dict[str, Any] | None) -> None:
    """Remember the terms that came with the methods, so that nobody has to ask for them again."""
    global _remembered
    terms = Terms()
    if told is not None:
        cutoff = time.fromisoformat(told["cutoff"]) if told["cutoff"] else None
        terms = _terms(SimpleNamespace(**{**told, "cutoff": cutoff}))
    _remembered = (clock.monotonic() + REMEMBER_SECONDS, terms)


def forget() -> None:
    """Read what holds for every delivery anew at the next call."""
    global _remembered
    _remembered = (0.0, Terms())


def arrival(moment: datetime, method: Method) -> tuple[date, date]:
    """Return the first and last day on which a parcel ordered at a moment (in the shop's zone) should arrive."""
    return days.arrival(moment, get_terms().schedule, method.min_days, method.max_days)


def _offer(row: Any, currency: str, place: Destination | None, contents: Contents | None) -> Method | Reason:
    if place is not None and place.country and row.countries and place.country not in row.countries:
        return "elsewhere"
    if contents is not None and row.max_grams is not None and contents.grams > row.max_grams:
        return "heavy"
    plain = Method(
        id=row.id,
        code=row.code,
        name=row.name,
        description=row.description,
        price=Money(row.price_minor, currency),
        free_from=_money(row.free_from_minor, currency),
        min_days=row.min_days,
        max_days=row.max_days,
        kind=row.kind,
        point=row.point if row.kind == "pickup" else None,
        carrier=row.carrier,
        service=row.service,
    )
    rates: Sequence[Row] = row.rates or ()
    if row.kind == "parcel" and row.zones:
        zone = _zone_of(row.zones, place)
        if zone is None:
            return "elsewhere"
        name, _areas, free_from, min_days, max_days, of_zone = zone
        plain = replace(
            plain,
            zone=name,
            free_from=plain.free_from if free_from is None else Money(free_from, currency),
            min_days=plain.min_days if min_days is None else min_days,
            max_days=plain.max_days if max_days is None else max_days,
        )
        rates = of_zone or rates
    asked = next((one for one in row.services or () if one["service"] == row.service), None)
    if asked is not None and asked["currency"] == currency:
        days_asked = asked.get("days")
        shown = replace(plain, price=Money(asked["amount_minor"], currency), asked=True)
        return shown if days_asked is None else replace(shown, min_days=days_asked, max_days=max(days_asked, 1))
    tariff = Tariff(row.code, row.name, currency, row.price_minor, row.basis, rates)
    told = own_tables().quote(Parcel(contents, tariffs=[tariff]))
    return replace(plain, price=Money(told[0].amount_minor, currency)) if told else "large"


def _zone_of(zones: Sequence[Any], place: Destination | None) -> Any:
    """Return the zone that names a place most narrowly, the first of several; of no place, the first of all."""
    if place is None or not place.country:
        return zones[0]
    best: Any = None
    narrowest: Narrowness | None = None
    for zone in zones:
        narrowness = areas.reaches(areas.read(zone[1]), place)
        if narrowness is not None and (narrowest is None or narrowness > narrowest):
            best, narrowest = zone, narrowness
    return best


def _terms(row: Any) -> Terms:
    return Terms(
        schedule=Schedule(frozenset(row.working_days), row.cutoff, days.read(row.closed)),
        origin=row.origin or None,
        box_mm=(row.length_mm, row.width_mm, row.height_mm),
        tare_grams=row.tare_grams,
        piece_grams=row.piece_grams,
    )


def _money(minor: int | None, currency: str) -> Money | None:
    return None if minor is None else Money(minor, currency)
