"""Which products search engines may know of."""

from datetime import datetime
from typing import NamedTuple

from store.catalog.queries.collections import SHOWN
from store.catalog.queries.prices import PriceScope
from store.core.db import read_rows


class Address(NamedTuple):
    """A product's handle, and when it was last edited."""

    handle: str
    updated_at: datetime


def list_addresses(prices: PriceScope, *, limit: int) -> list[Address]:
    """Return the products that shoppers may see, the newest first. 1 statement."""
    rows = read_rows(
        f"SELECT p.handle, p.updated_at FROM products p WHERE {SHOWN} "
        "ORDER BY p.published_at DESC, p.id DESC LIMIT :limit",
        {**prices.parameters, "limit": limit},
    )
    return [Address(row.handle, row.updated_at) for row in rows]
