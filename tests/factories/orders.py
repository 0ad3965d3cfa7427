"""Orders at every stage of their life, made by the services that make real ones."""

import itertools
from datetime import timedelta
from decimal import Decimal

from store.core import ids
from store.core.clock import now
from store.core.db import session, transaction
from store.orders import services as orders
from store.orders.models import Order
from store.pricing.totals import LineInput, compute
from tests.factories.catalog import Made, make_product

_serial = itertools.count(1_000_000)


def make_draft(
    made: Made | None = None, *, quantity: int = 1, cart_id: int | None = None, expires_in: int = 900
) -> orders.Draft:
    """Return what a checkout would hand over for some pieces of a product."""
    made = made or make_product()
    variant = made.variant
    totals = compute(
        [LineInput(variant.id, 1900, quantity, Decimal("0.20"))], shipping_minor=490, prices_include_tax=True
    )
    return orders.Draft(
        cart_id=cart_id if cart_id is not None else next(_serial),
        market="at",
        currency="EUR",
        locale="en",
        prices_include_tax=True,
        email="ana@example.com",
        shipping_address={
            "name": "Ana Gruber",
            "line1": "Lindengasse 4",
            "line2": "",
            "postcode": "1070",
            "city": "Wien",
            "country": "AT",
            "phone": "",
        },
        shipping_method_code="standard",
        shipping_label="Standard",
        shipping_days=(2, 4),
        lines=[
            orders.DraftLine(
                variant_id=variant.id,
                product_id=made.product.id,
                product_handle=made.product.handle,
                title=made.product.title,
                variant_title="",
                sku=variant.sku or "",
                image_key=None,
                price=totals.lines[0],
            )
        ],
        totals=totals,
        quote_hash=ids.digest("quote"),
        expires_at=now() + timedelta(seconds=expires_in),
    )


def make_pending_order(made: Made | None = None, *, quantity: int = 1, expires_in: int = 900) -> Order:
    """Make an order that waits for its payment."""
    draft = make_draft(made, quantity=quantity, expires_in=expires_in)
    with transaction():
        return orders.place(draft)


def make_placed_order(made: Made | None = None, *, quantity: int = 1) -> Order:
    """Make an order that counts as paid; there is no payment behind it."""
    order = make_pending_order(made, quantity=quantity)
    orders.mark_placed(order.id)
    session.refresh(order)
    order.payment_status = "paid"
    session.flush()
    return order
