"""What is to be fetched for many parcels at once."""

from collections import defaultdict
from collections.abc import Sequence

from store.orders.models import Fulfilment, Order


def list_picking(parcels: Sequence[tuple[Order, Fulfilment | None]]) -> list[list[str]]:
    """Return a row for each thing to fetch, by its SKU: how many, what it is called, and the orders it is for."""
    counts: dict[tuple[str, str, str], int] = defaultdict(int)
    wanted_by: dict[tuple[str, str, str], dict[str, None]] = defaultdict(dict)
    for order, parcel in parcels:
        inside = {line.order_line_id: line.quantity for line in parcel.lines} if parcel is not None else None
        for line in order.lines:
            count = line.quantity - line.cancelled_quantity if inside is None else inside.get(line.id, 0)
            if count > 0:
                key = (line.sku, line.title, line.variant_title)
                counts[key] += count
                wanted_by[key][str(order.number or order.id)] = None
    return [
        [str(count), title, detail, sku, ", ".join(wanted_by[sku, title, detail])]
        for (sku, title, detail), count in sorted(counts.items())
    ]
