"""The verbs of delivery: rate tables are written whole, and so is what holds for every delivery."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import delete, insert, select

from store.core.db import session
from store.core.errors import Invalid, NotFound
from store.core.i18n import gettext as _
from store.shipping import areas, days
from store.shipping.models import BASES, DeliverySettings, MethodZone, ShippingMethod, ShippingRate
from store.shipping.queries import forget

Rates = Sequence[tuple[int | None, int]]


@dataclass(frozen=True, slots=True)
class ZoneTable:
    """What a zone pays for a method; what is empty is as the method says."""

    rates: Rates = ()
    free_from_minor: int | None = None
    min_days: int | None = None
    max_days: int | None = None


def save_tables(method_id: int, *, basis: str, rates: Rates, zones: Mapping[int, ZoneTable]) -> None:
    """Write what a method goes by, its own table and those of its zones; zones that are not named it serves no more.

    Raises `Invalid` for a table whose steps are not each larger than the one before.
    """
    method = session.get(ShippingMethod, method_id, with_for_update=True)
    if method is None:
        raise NotFound(_("This is not here any more."))
    if basis not in BASES:
        raise Invalid(_("Please choose what the price goes by."), field="basis")
    for table in (rates, *(zone.rates for zone in zones.values())):
        _check(table)
    method.basis = basis
    for model in (ShippingRate, MethodZone):
        session.execute(delete(model).where(model.method_id == method_id))
    for zone_id, zone in zones.items():
        session.add(
            MethodZone(
                method_id=method_id,
                zone_id=zone_id,
                free_from_minor=zone.free_from_minor,
                min_days=zone.min_days,
                max_days=zone.max_days,
            )
        )
    session.flush()
    rows = [
        {"method_id": method_id, "zone_id": zone_id, "up_to": up_to, "price_minor": price}
        for zone_id, table in ((None, rates), *((one, zone.rates) for one, zone in zones.items()))
        for up_to, price in table
    ]
    if rows:
        session.execute(insert(ShippingRate), rows)


def save_terms(**facts: Any) -> None:
    """Write what holds for every delivery; raises `Invalid` for holidays that can't be read."""
    days.read(facts.get("closed", ""))
    row = session.execute(select(DeliverySettings).with_for_update()).scalar_one_or_none()
    if row is None:
        row = DeliverySettings(id=1)
        session.add(row)
    for name, value in facts.items():
        setattr(row, name, value)
    session.flush()
    forget()


def check_areas(text: str) -> None:
    """Raise `Invalid` for a zone that names no place, or one that can't be read."""
    if not [area for area in areas.read(text) if not area.excluded]:
        raise Invalid(_("Please name at least one place."), field="areas")


def _check(rates: Rates) -> None:
    steps = [up_to for up_to, _price in rates]
    if None in steps[:-1] or any(
        later is not None and earlier is not None and later <= earlier for earlier, later in pairwise(steps)
    ):
        raise Invalid(_("Each step is larger than the one before; only the last may be open."), field="rates")
