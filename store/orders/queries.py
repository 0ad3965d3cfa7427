"""Orders as people look for them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, text
from sqlalchemy.orm import selectinload

from store.core.db import session
from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.orders.models import Fulfilment, Order, OrderLine
from store.orders.states import SHIPPABLE_PAYMENT

PAGE_SIZE = 50

_LEFT = ("fulfilled", "delivered", "partially_returned", "returned")

# The tabs of the order queue, in the order of a day's work.
STATES: dict[str, ColumnElement[bool]] = {
    "to-ship": and_(
        Order.status == "placed",
        or_(
            Order.payment_status.in_(SHIPPABLE_PAYMENT),
            Order.ship_unpaid,
            and_(
                Order.payment_status == "partially_paid",
                Order.fulfilment_status == "partial",
                text(
                    "NOT EXISTS (SELECT 1 FROM order_changes c WHERE c.order_id = orders.id "
                    "AND c.status = 'requested' AND c.settlement = 'charge')"
                ),
            ),
        ),
        Order.fulfilment_status.in_(("unfulfilled", "partial")),
    ),
    "awaiting-payment": or_(
        Order.status == "pending",
        and_(Order.status == "placed", Order.payment_status.in_(("pending", "partially_paid"))),
    ),
    "shipped": and_(Order.status == "placed", Order.fulfilment_status.in_(_LEFT)),
    "closed": or_(
        Order.status.in_(("cancelled", "expired")), Order.payment_status.in_(("refunded", "partially_refunded"))
    ),
    "attention": Order.attention != "",
}


@dataclass(frozen=True)
class OrderRow:
    """A line of the order queue."""

    order: Order
    items: int
    first_title: str
    # Something of it waits for its buyer to come.
    is_ready: bool = False


def get_order_by_token(token: str) -> Order:
    """Return an order with its lines, timeline and parcels (5 statements); raises `NotFound`."""
    order = session.execute(_whole().where(Order.token == token)).scalar_one_or_none()
    if order is None:
        raise NotFound(_("We can't find this order."))
    return order


def get_order(order_id: int) -> Order:
    """Return an order with its lines, timeline and parcels (5 statements); raises `NotFound`."""
    order = session.execute(_whole().where(Order.id == order_id)).scalar_one_or_none()
    if order is None:
        raise NotFound(_("We can't find this order."))
    return order


def list_whole_orders(order_ids: Sequence[int]) -> list[Order]:
    """Return orders with their lines, timelines and parcels by their ids, the oldest first (5 statements)."""
    return list(session.execute(_whole().where(Order.id.in_(order_ids)).order_by(Order.id)).scalars())


def find_order_of_cart(cart_id: int) -> Order | None:
    """Return the order that a cart has become."""
    return session.execute(select(Order).where(Order.cart_id == cart_id)).scalar_one_or_none()


def list_orders(*, state: str | None = None, search: str = "", page: int = 1) -> Sequence[OrderRow]:
    """Return one page of orders, newest first, with what is in them (1 statement).

    `search` is an order number, or part of an e-mail address, a name or a SKU.
    """
    items = (
        select(
            OrderLine.order_id,
            func.sum(OrderLine.quantity).label("units"),
            func.min(OrderLine.title).label("first_title"),
        )
        .where(OrderLine.order_id == Order.id)
        .group_by(OrderLine.order_id)
        .correlate(Order)
        .lateral()
    )
    ready = (
        select(Fulfilment.id)
        .where(Fulfilment.order_id == Order.id, Fulfilment.status == "packed", Fulfilment.ready_at.is_not(None))
        .exists()
    )
    rows = session.execute(
        select(Order, items.c.units, items.c.first_title, ready)
        .join(items, items.c.order_id == Order.id)
        .where(*_conditions(state, search))
        .order_by(Order.id.desc())
        .limit(PAGE_SIZE)
        .offset((max(page, 1) - 1) * PAGE_SIZE)
    )
    return [OrderRow(order, int(count), title, is_ready) for order, count, title, is_ready in rows]


def count_orders(*, state: str | None = None, search: str = "") -> int:
    """Return how many orders `list_orders` would go through."""
    return session.execute(select(func.count()).select_from(Order).where(*_conditions(state, search))).scalar_one()


def count_by_state() -> dict[str, int]:
    """Return the figures on the tabs of the order queue (1 statement)."""
    row = session.execute(select(*(func.count().filter(condition) for condition in STATES.values()))).one()
    return dict(zip(STATES, row, strict=True))


def _conditions(state: str | None, search: str) -> list[ColumnElement[bool]]:
    conditions = [STATES[state]] if state in STATES else []
    search = search.strip()
    if search.isascii() and search.lstrip("#").isdigit() and len(search) < 18:
        conditions.append(Order.number == int(search.lstrip("#")))
    elif search:
        found = OrderLine.order_id == Order.id, OrderLine.sku.icontains(search, autoescape=True)
        conditions.append(
            or_(
                Order.email.icontains(search, autoescape=True),
                func.jsonb_extract_path_text(Order.shipping_address, "name").icontains(search, autoescape=True),
                select(OrderLine.id).where(*found).exists(),
            )
        )
    return conditions


def _whole() -> Select[Order]:
    return (
        select(Order)
        .options(
            selectinload(Order.lines),
            selectinload(Order.events),
            selectinload(Order.fulfilments).selectinload(Fulfilment.lines),
        )
        .execution_options(populate_existing=True)
    )
