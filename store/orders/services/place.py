"""An order comes into being: its lines are copied and its stock is reserved, before any money is asked for."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import DateTime, Select, bindparam, column, func, insert, inspect, literal, select, true
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import aliased

from store.core import ids
from store.core.clock import now
from store.core.db import session
from store.core.faults import point
from store.inventory import services as inventory
from store.orders.models import Order, OrderEvent, OrderLine
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
    order = session.execute(_with_lines(draft), execution_options={"populate_existing": True}).scalar_one_or_none()
    if order is None:
        return session.execute(select(Order).where(Order.cart_id == draft.cart_id)).scalar_one()
    needs: dict[int, int] = defaultdict(int)
    for line in draft.lines:
        needs[line.variant_id] += line.price.quantity
    point("orders.place.before_hold")
    inventory.hold(hold_reference(order.id), needs)
    point("orders.place.after_hold")
    return order


def _with_lines(draft: Draft) -> Select[Order]:
    """Return the statement that writes the order, its lines and its first event, and gives the order back."""
    moment = now()
    made = (
        upsert(Order)
        .values(_with_defaults(_order(draft, moment)))
        .on_conflict_do_nothing(index_elements=["cart_id"])
        .returning(Order)
        .cte("made")
    )
    written_lines = [_line(*one) for one in enumerate(draft.lines, 1)]
    columns = [one for one in inspect(OrderLine).columns if one.key in written_lines[0]]
    rows = (
        func.jsonb_to_recordset(bindparam("lines", written_lines, type_=JSONB))
        .table_valued(*(column(one.key, one.type) for one in columns))
        .render_derived(with_types=True)
    )
    lines = insert(OrderLine).from_select(
        ["order_id", *(one.key for one in columns)],
        select(made.c.id, *rows.c).select_from(made.join(rows, true())),
        include_defaults=False,
    )
    told = {"total_minor": draft.totals.total_minor, "currency": draft.currency}
    event = insert(OrderEvent).from_select(
        ["order_id", "kind", "data", "actor", "at"],
        select(
            made.c.id,
            literal("created"),
            literal(told, JSONB),
            literal("system"),
            literal(moment, DateTime(timezone=True)),
        ),
        include_defaults=False,
    )
    return select(aliased(Order, made)).add_cte(lines.cte("lines"), event.cte("event"))


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


def _with_defaults(values: dict[str, Any]) -> dict[str, Any]:
    """Add what the model fills in by itself, which it does not do inside of a larger statement."""
    defaults = {
        one.key: one.default.arg(None) if one.default.is_callable else one.default.arg
        for one in inspect(Order).columns
        if one.default is not None and one.key not in values
    }
    return {**defaults, **values}


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
