"""How the demo shop delivers: two zones, two ways by parcel, and a place where things can be fetched."""

from sqlalchemy.dialects.postgresql import insert

from store.core.db import session
from store.seed.content import shop
from store.shipping.models import MethodZone, ShippingMethod, ShippingRate, ShippingZone


def open_delivery() -> None:
    """Draw the zones and write down what each way to deliver costs in each."""
    zones = _add(ShippingZone, [{"name": one.name, "areas": one.areas} for one in shop.ZONES], key="name")
    methods = _add(
        ShippingMethod,
        [
            {
                "code": one.code,
                "name": one.name,
                "description": one.description,
                "currency": shop.CURRENCY,
                "price_minor": one.price,
                "free_from_minor": one.free_from,
                "min_days": one.days[0],
                "max_days": one.days[1],
                "basis": "weight" if one.tables else "fixed",
                "kind": "pickup" if one.point else "parcel",
                "point": one.point or {},
                "position": place,
            }
            for place, one in enumerate(shop.DELIVERIES)
        ],
        key="code",
    )
    for one in shop.DELIVERIES:
        for zone in one.zones:
            if one.code not in methods or zone.name not in zones:
                continue
            ids = {"method_id": methods[one.code], "zone_id": zones[zone.name]}
            days = zone.days or (None, None)
            served = {**ids, "free_from_minor": zone.free_from, "min_days": days[0], "max_days": days[1]}
            session.execute(insert(MethodZone).values(served).on_conflict_do_nothing())
            for up_to, price in zone.rates:
                row = {**ids, "up_to": up_to, "price_minor": price}
                session.execute(insert(ShippingRate).values(row).on_conflict_do_nothing())


def _add(model: type[ShippingZone | ShippingMethod], rows: list[dict[str, object]], *, key: str) -> dict[str, int]:
    """Write rows that are not there yet; return the ids of the new ones by what they are called."""
    placed = [{"position": place, **row} for place, row in enumerate(rows)]
    made = session.execute(
        insert(model).values(placed).on_conflict_do_nothing().returning(getattr(model, key), model.id)
    )
    return {row[0]: row[1] for row in made}
