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


def list_parts(prices: PriceScope, *, size: int) -> list[int]:
    """Return the numbers of the ranges of `size` ids in which shoppers may see a product. 1 statement."""
    rows = read_rows(
        "SELECT part FROM generate_series(0, (SELECT coalesce(max(id), 0) / :size FROM products)) part "
        "WHERE EXISTS (SELECT FROM products p "
        f"WHERE p.id BETWEEN part * :size AND part * :size + :size - 1 AND {SHOWN}) ORDER BY part",
        {**prices.parameters, "size": size},
    )
    return [row.part for row in rows]


def list_addresses(prices: PriceScope, *, part: int, size: int) -> list[Address]:
    """Return the products of one range of ids that shoppers may see, in that order. 1 statement."""
    rows = read_rows(
        f"SELECT p.handle, p.updated_at FROM products p WHERE p.id BETWEEN :first AND :last AND {SHOWN} ORDER BY p.id",
        {**prices.parameters, "first": part * size, "last": part * size + size - 1},
    )
    return [Address(row.handle, row.updated_at) for row in rows]
