"""A change while staff are working on it: the order knows nothing of it yet."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from store.cart.queries import CartView
from store.changes import states
from store.changes.arithmetic import Delivery, Piece, Reckoning, Standing, reckon
from store.changes.basket import cart_of_order, pieces_of, priced
from store.changes.errors import AnotherChange, NotEditable, Outdated
from store.changes.models import OrderChange
from store.changes.queries import find_live_change
from store.changes.wanted import Wanted, wanted_of
from store.checkout.quote import Quote
from store.core.clock import now
from store.core.db import session
from store.core.errors import Invalid, NotFound
from store.core.i18n import gettext as _
from store.orders import services as orders
from store.orders.models import Order
from store.orders.parts import rules_of
from store.orders.queries import get_order
from store.orders.services.rewrite import units_kept
from store.shipping.queries import Method


@dataclass(frozen=True)
class Look:
    """An order and what it would be; `problem` is why it can't be reckoned, and then there is no reckoning."""

    order: Order
    change: OrderChange
    wanted: Wanted
    standing: Sequence[Standing]
    pieces: dict[int, Piece]
    cart: CartView
    methods: Sequence[Method]
    reckoning: Reckoning | None
    problem: Invalid | None


def open_change(order_id: int, *, actor: str, kind: str = "edit") -> OrderChange:
    """Begin to change an order, or go on with what was begun.

    Raises `NotEditable` for an order that is closed, and `AnotherChange` while an earlier one waits to be settled.
    """
    order = orders.lock_order(order_id)
    check_editable(order)
    live = find_live_change(order_id)
    if live is not None and live.status == "open" and live.kind == kind:
        return live
    if live is not None:
        raise AnotherChange(
            _("Another change of this order is not settled yet. Settle it or take it back first."), change_id=live.id
        )
    lines = [(line.id, line.variant_id, line.quantity) for line in get_order(order_id).lines]
    change = OrderChange(order_id=order_id, kind=kind, wanted=wanted_of(lines).as_json(), actor=actor)
    session.add(change)
    session.flush()
    return change


def save(order_id: int, change_id: int, wanted: Wanted, *, version: int) -> Look:
    """Keep what is wanted and return what it comes to; raises `Outdated`, or `Invalid` with its `field`."""
    order = orders.lock_order(order_id)
    change = lock_change(order_id, change_id)
    check_version(change, version)
    if change.status != "open":
        states.after(change.status, "request")
    found = look(order, change, wanted)
    if found.problem is not None:
        raise found.problem
    change.wanted = wanted.as_json()
    change.version += 1
    session.flush()
    return found


def drop(order_id: int, change_id: int, *, version: int) -> None:
    """Put away what was only being written."""
    orders.lock_order(order_id)
    change = lock_change(order_id, change_id)
    check_version(change, version)
    if change.status != "open":
        states.after(change.status, "request")
    change.status, change.closed_at = states.after(change.status, "cancel"), now()
    session.flush()


def look(order: Order, change: OrderChange, wanted: Wanted | None = None) -> Look:
    """Return an order with a change and what it would come to."""
    wanted = wanted or Wanted.from_json(change.wanted)
    order = get_order(order.id)
    cart = cart_of_order(order, wanted)
    quoted = priced(cart)
    pieces, methods = pieces_of(quoted), quoted.methods
    standing = standing_of(order)
    reckoning, problem = None, None
    try:
        reckoning = reckon(
            standing, wanted, pieces, delivery_of(order, wanted, quoted),
            total_before_minor=order.total_minor, prices_include_tax=order.prices_include_tax, rules=rules_of(order),
        )  # fmt: skip
    except Invalid as error:
        problem = error
    return Look(order, change, wanted, standing, pieces, cart, methods, reckoning, problem)


def standing_of(order: Order) -> list[Standing]:
    """Return the lines of an order as they stand. 1 statement."""
    left = units_kept(order.id)
    return [
        Standing(
            line_id=line.id,
            variant_id=line.variant_id,
            title=line.title,
            variant_title=line.variant_title,
            quantity=line.quantity,
            unit_minor=line.unit_gross_minor if order.prices_include_tax else line.unit_net_minor,
            tax_rate=line.tax_rate,
            total_minor=line.total_minor,
            discount_minor=line.discount_minor,
            tax_class=line.tax_class,
            left_house=left.get(line.id, 0),
        )
        for line in order.lines
    ]


def delivery_of(order: Order, wanted: Wanted, quoted: Quote) -> Delivery:
    """Return what delivery costs and cost, as the shop shows its prices."""
    before = order.shipping_minor if order.prices_include_tax else order.shipping_minor - order.shipping_tax_minor
    method, totals = quoted.method, quoted.totals
    tax = 0 if order.prices_include_tax else totals.shipping_tax_minor
    listed = before if method is None else totals.shipping_minor - tax
    price = listed if wanted.shipping_minor is None else wanted.shipping_minor
    return Delivery(price, before, listed, other_way=method is not None and method.code != order.shipping_method_code)


def check_editable(order: Order) -> None:
    """Raise `NotEditable` for an order that takes no changes."""
    if order.status not in ("pending", "placed"):
        raise NotEditable(_("This order is closed, so it can't be changed any more."))


def lock_change(order_id: int, change_id: int) -> OrderChange:
    """Return a change of an order under its lock; the caller has that of the order. Raises `NotFound`."""
    query = select(OrderChange).where(OrderChange.id == change_id, OrderChange.order_id == order_id)
    change = session.execute(
        query.with_for_update().execution_options(populate_existing=True)
    ).scalar_one_or_none()  # fmt: skip
    if change is None:
        raise NotFound(_("This change is not here any more."))
    return change


def check_version(change: OrderChange, version: int) -> None:
    """Raise `Outdated` when somebody else was faster."""
    if change.version != version:
        raise Outdated(_("Somebody else has changed this meanwhile. Please look once more."))
