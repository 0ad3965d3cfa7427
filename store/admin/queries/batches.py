"""What is to be fetched for many parcels at once."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from store.orders.models import Order


def list_picking(parcels: Sequence[tuple[Order, Mapping[int, int]]]) -> list[list[str]]:
    """Return a row for each thing to fetch, by its SKU: how many, what it is called, and the orders it is for.

    A parcel is an order and how many of each of its lines are in it.
    """
    counts: dict[tuple[str, str, str], int] = defaultdict(int)
    wanted_by: dict[tuple[str, str, str], dict[str, None]] = defaultdict(dict)
    for order, units in parcels:
        for line in order.lines:
            if units.get(line.id):
                key = (line.sku, line.title, line.variant_title)
                counts[key] += units[line.id]
                wanted_by[key][str(order.number or order.id)] = None
    return [
        [str(count), title, detail, sku, ", ".join(wanted_by[sku, title, detail])]
        for (sku, title, detail), count in sorted(counts.items())
    ]
