"""What the desk shows of delivery: rate tables as they are edited, and what serves which zone."""

from collections.abc import Sequence
from dataclasses import dataclass

from store.core.db import read_rows

_TABLES = """
    SELECT z.id, z.name, z.areas, s.free_from_minor, s.min_days, s.max_days, s.method_id IS NOT NULL AS served,
           (SELECT json_agg(json_build_array(r.up_to, r.price_minor) ORDER BY r.up_to NULLS LAST)
              FROM shipping_rates r WHERE r.method_id = :method_id AND r.zone_id = z.id) AS rates
      FROM shipping_zones z LEFT JOIN shipping_method_zones s ON s.zone_id = z.id AND s.method_id = :method_id
     ORDER BY z.position, z.id
"""
_OWN = """
    SELECT up_to, price_minor FROM shipping_rates WHERE method_id = :method_id AND zone_id IS NULL
     ORDER BY up_to NULLS LAST
"""
_USE = """
    SELECT m.id, m.name FROM shipping_method_zones s JOIN shipping_methods m ON m.id = s.method_id
     WHERE s.zone_id = :zone_id ORDER BY m.position, m.id
"""
_NAMES = """
    SELECT s.method_id, array_agg(z.name ORDER BY z.position, z.id) AS names
      FROM shipping_method_zones s JOIN shipping_zones z ON z.id = s.zone_id GROUP BY s.method_id
"""


def zone_names() -> dict[int, list[str]]:
    """Return the names of the zones that each method serves, by the method's id. 1 statement."""
    return {row.method_id: row.names for row in read_rows(_NAMES)}


@dataclass(frozen=True, slots=True)
class ZoneRow:
    """A zone beside a method: whether the method serves it, and at which prices."""

    id: int
    name: str
    areas: str
    served: bool
    free_from_minor: int | None
    min_days: int | None
    max_days: int | None
    rates: Sequence[tuple[int | None, int]]


def tables_of(method_id: int) -> tuple[Sequence[tuple[int | None, int]], Sequence[ZoneRow]]:
    """Return a method's own rate table and every zone with its part in the method. 2 statements."""
    own = [(row.up_to, row.price_minor) for row in read_rows(_OWN, {"method_id": method_id})]
    zones = [
        ZoneRow(
            id=row.id,
            name=row.name,
            areas=row.areas,
            served=row.served,
            free_from_minor=row.free_from_minor,
            min_days=row.min_days,
            max_days=row.max_days,
            rates=[(up_to, price) for up_to, price in row.rates or ()],
        )
        for row in read_rows(_TABLES, {"method_id": method_id})
    ]
    return own, zones


def methods_of_zone(zone_id: int) -> Sequence[tuple[int, str]]:
    """Return the methods that serve a zone, as id and name. 1 statement."""
    return [(row.id, row.name) for row in read_rows(_USE, {"zone_id": zone_id})]
