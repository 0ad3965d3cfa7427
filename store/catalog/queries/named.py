"""Products by the ends of their addresses, for those who remember only these."""

from collections.abc import Sequence

from store.catalog.queries.collections import SHOWN
from store.catalog.queries.listing import Ref
from store.catalog.queries.prices import PriceScope
from store.core.db import read_rows


def list_named(handles: Sequence[str], prices: PriceScope) -> tuple[Ref, ...]:
    """Return those of these products that shoppers may see, in the order they are named. 1 statement."""
    rows = read_rows(
        f"SELECT p.id, p.revision FROM products p WHERE p.handle = ANY(:handles) AND {SHOWN} "
        "ORDER BY array_position(CAST(:handles AS text[]), p.handle)",
        {**prices.parameters, "handles": list(handles)},
    )
    return tuple(Ref(row.id, row.revision) for row in rows)
