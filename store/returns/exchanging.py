"""What may come instead of something that is sent back: the other variants of its product that are there today."""

from sqlalchemy import select

from store.catalog.models import Product, Variant
from store.catalog.queries import Sellable, list_sellables
from store.core.db import session
from store.inventory.queries import available_for
from store.orders.models import Order, OrderLine
from store.shop.queries import get_market

# More than anybody compares in one list.
_MOST = 60


def list_instead(order: Order, line: OrderLine) -> tuple[Sellable, ...]:
    """Return the other variants of a line's product that can be had in the order's currency; 3 statements."""
    prices = get_market(order.market).prices()
    if prices.currency != order.currency:
        return ()
    rows = session.execute(
        select(Variant.id, Product.revision)
        .join(Product, Product.id == Variant.product_id)
        .where(
            Product.id == line.product_id,
            Product.status == "active",
            Variant.deleted_at.is_(None),
            Variant.id != line.variant_id,
        )
        .order_by(Variant.position, Variant.id)
        .limit(_MOST)
    )
    revisions = {row.id: row.revision for row in rows}
    sellables, left = list_sellables(revisions, prices), available_for(revisions)
    found = [sellables[variant_id] for variant_id in revisions if variant_id in sellables]
    return tuple(
        one for one in found if one.amount is not None and (left[one.variant_id] is None or left[one.variant_id])
    )
