"""An order comes into being: its lines are copied and its stock is reserved, before any money is asked for."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import select

from store.core import ids
from store.core.clock import now
from store.core.db import run, session
from store.core.faults import point
from store.core.rows import filled, known
from store.inventory import services as inventory
from store.orders.models import Order
from store.orders.services.lock import hold_reference
from store.pricing.totals import LineTotals, Totals
from store.pricing.trace import written


@dataclass(frozen=True)
class DraftLine:
    """A line as it will be kept: everything that is shown of it later is copied here."""

    variant_id: int
    product_id: int
    product_handle: str
    title: str
    variant_title: str
    sku: str
    image_key: str | None
    price: LineTotals
    looks: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True)
class Draft:
    """What a checkout hands over to become an order. `shipping_days` is the promise as `(earliest, latest)`.

    What staff put together has no cart.
    """

    cart_id: int | None
    market: str
    currency: str
    locale: str
    prices_include_tax: bool
    email: str
    shipping_address: Mapping[str, Any]
    shipping_method_code: str
    shipping_label: str
    shipping_days: tuple[int, int]
    lines: Sequence[DraftLine]
    totals: Totals
    quote_hash: str
    expires_at: datetime
    # What else was promised: see `Order.delivery`.
    delivery: Mapping[str, Any] = field(default_factory=dict)
    billing: Mapping[str, Any] = field(default_factory=dict)
    vat_checked_at: datetime | None = None
    tax_treatment: str = "domestic"
    tax_country: str = ""


def place(draft: Draft) -> Order:
    """Make a pending order and reserve its stock; raises `OutOfStock`, and then there is no order.

    One cart gives at most one order: whoever comes second with the same cart gets the order of the first.
    Three statements: the order with its lines and the beginning of its timeline, the levels, the hold.
    """
    order = Order(**_order(draft, now()))
    values = filled(order)
    written_lines = [_line(*one) for one in enumerate(draft.lines, 1)]
    told = {"total_minor": draft.totals.total_minor, "currency": draft.currency}
    made = run(
        _statement(tuple(values), tuple(written_lines[0])),
        {
            "made": _as_json(values),
            "lines": _as_json(written_lines),
            "told": _as_json(told),
            "moment": values["created_at"],
        },
    )
    if not made:
        return session.execute(select(Order).where(Order.cart_id == draft.cart_id)).scalar_one()
    order = known(order, {**values, "id": made[0].id})
    needs: dict[int, int] = defaultdict(int)
    for line in draft.lines:
        needs[line.variant_id] += line.price.quantity
    point("orders.place.before_hold")
    inventory.hold(hold_reference(order.id), needs)
    point("orders.place.after_hold")
    return order


@lru_cache(maxsize=4)
def _statement(of_order: tuple[str, ...], of_lines: tuple[str, ...]) -> str:
    """Return what writes an order, its lines and its first event, and says the order's id if it is a new one."""
    order, lines = ", ".join(of_order), ", ".join(of_lines)
    return f"""
        WITH made AS (
            INSERT INTO orders ({order})
            SELECT {order} FROM jsonb_populate_record(NULL::orders, CAST(:made AS jsonb))
            ON CONFLICT (cart_id) DO NOTHING
            RETURNING id
        ), lines AS (
            INSERT INTO order_lines (order_id, {lines})
            SELECT made.id, {", ".join(f"r.{name}" for name in of_lines)}
              FROM made, jsonb_populate_recordset(NULL::order_lines, CAST(:lines AS jsonb)) r
        ), event AS (
            INSERT INTO order_events (order_id, kind, data, actor, at)
            SELECT id, 'created', CAST(:told AS jsonb), 'system', :moment FROM made
        )
        SELECT id FROM made
    """


def _as_json(values: Any) -> str:
    return json.dumps(values, default=_written)


def _written(value: object) -> str:
    """Write what JSON does not know: a moment, or an exact number."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"an order does not hold {type(value).__name__}")


def _order(draft: Draft, moment: datetime) -> dict[str, Any]:
    return {
        "token": ids.token(),
        "cart_id": draft.cart_id,
        "status": "pending",
        "payment_status": "pending",
        "market": draft.market,
        "currency": draft.currency,
        "locale": draft.locale,
        "prices_include_tax": draft.prices_include_tax,
        "email": draft.email,
        "shipping_address": dict(draft.shipping_address),
        "shipping_method_code": draft.shipping_method_code,
        "shipping_label": draft.shipping_label,
        "shipping_days": {"min": draft.shipping_days[0], "max": draft.shipping_days[1]},
        "delivery": dict(draft.delivery),
        "subtotal_minor": draft.totals.subtotal_minor,
        "shipping_minor": draft.totals.shipping_minor,
        "shipping_tax_rate": draft.totals.shipping_tax_rate,
        "shipping_tax_minor": draft.totals.shipping_tax_minor,
        "tax_minor": draft.totals.tax_minor,
        "total_minor": draft.totals.total_minor,
        "quote_hash": draft.quote_hash,
        "billing": dict(draft.billing),
        "vat_checked_at": draft.vat_checked_at,
        "tax_treatment": draft.tax_treatment,
        "tax_country": draft.tax_country,
        "tax_rounding": draft.totals.rules.rounding,
        "shipping_tax_rule": draft.totals.rules.shipping,
        "shipping_taxes": [[written(one.rate), one.amount_minor, one.tax_minor] for one in draft.totals.shipping_taxes],
        "trace": list(draft.totals.trace),
        "created_at": moment,
        "expires_at": draft.expires_at,
    }


def _line(position: int, line: DraftLine) -> dict[str, Any]:
    return {
        "position": position,
        "variant_id": line.variant_id,
        "product_id": line.product_id,
        "product_handle": line.product_handle,
        "title": line.title,
        "variant_title": line.variant_title,
        "sku": line.sku,
        "image_key": line.image_key,
        "looks": [dict(look) for look in line.looks],
        "quantity": line.price.quantity,
        "unit_net_minor": line.price.unit_net_minor,
        "unit_gross_minor": line.price.unit_gross_minor,
        "tax_rate": str(line.price.tax_rate),
        "tax_minor": line.price.tax_minor,
        "total_minor": line.price.total_minor,
        "discount_minor": line.price.discount_minor,
        "tax_class": line.price.tax_class,
    }
