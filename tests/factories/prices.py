"""Price lists and their rows."""

import itertools
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from store.catalog.models import Price
from store.core.db import session
from store.shop.models import PriceList
from tests.factories import shop

_serial = itertools.count(1)


def make_list(
    kind: str = "sale", prices: Mapping[int, int] | None = None, *, currency: str = "EUR", **facts: Any
) -> PriceList:
    """Make an active list with prices by variant; `facts` are columns."""
    number = next(_serial)
    made = PriceList(**{"code": f"list-{number}", "name": f"List {number}", "kind": kind, "status": "active", **facts})
    session.add(made)
    session.flush()
    for variant_id, amount in (prices or {}).items():
        set_price(variant_id, amount, list_id=made.id, currency=currency)
    session.commit()
    shop.forget()
    return made


def set_price(
    variant_id: int,
    amount: int,
    *,
    list_id: int | None = None,
    currency: str = "EUR",
    min_qty: int = 1,
    compare_at: int | None = None,
    since: datetime | None = None,
) -> None:
    """Write a price over the one that is there."""
    row = {
        "variant_id": variant_id,
        "currency": currency,
        "price_list_id": list_id,
        "min_qty": min_qty,
        "amount_minor": amount,
        "compare_at_minor": compare_at,
    }
    if since is not None:
        row["since"] = since
    written = insert(Price).values(row)
    session.execute(
        written.on_conflict_do_update(
            index_elements=["variant_id", "currency", "price_list_id", "min_qty"],
            set_={name: written.excluded[name] for name in ("amount_minor", "compare_at_minor")},
        )
    )
