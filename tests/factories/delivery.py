"""Ways to deliver to test with."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from store.core.db import session
from store.shipping import queries
from store.shipping.models import DeliverySettings, MethodZone, ShippingMethod, ShippingRate, ShippingZone

Table = Sequence[tuple[int | None, int]]


def make_zone(name: str, areas: str, *, position: int = 0) -> ShippingZone:
    """Make a zone."""
    zone = ShippingZone(name=name, areas=areas, position=position)
    session.add(zone)
    session.commit()
    return zone


def make_method(code: str = "post", *, rates: Table = (), **facts: Any) -> ShippingMethod:
    """Make a way to deliver, with its own rate table."""
    facts = {"name": code.title(), "currency": "EUR", "price_minor": 490, "position": 5, **facts}
    method = ShippingMethod(code=code, **facts)
    session.add(method)
    session.flush()
    _write(method.id, None, rates)
    return method


def serve(method: ShippingMethod, zone: ShippingZone, *, rates: Table = (), **facts: Any) -> None:
    """Let a method serve a zone, at the prices of a table."""
    session.add(MethodZone(method_id=method.id, zone_id=zone.id, **facts))
    session.flush()
    _write(method.id, zone.id, rates)


def change_terms(**facts: Any) -> None:
    """Change what holds for every delivery."""
    row = session.execute(select(DeliverySettings)).scalar_one_or_none() or DeliverySettings(id=1)
    for name, value in facts.items():
        setattr(row, name, value)
    session.add(row)
    session.commit()
    queries.forget()


def _write(method_id: int, zone_id: int | None, rates: Table) -> None:
    session.add_all(
        ShippingRate(method_id=method_id, zone_id=zone_id, up_to=up_to, price_minor=price) for up_to, price in rates
    )
    session.commit()
