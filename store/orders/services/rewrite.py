"""An order becomes another one: what `store.changes` has worked out is written into it, its stock included.

A snapshot holds all of it as plain values, so that a change that comes to nothing can be taken back, line by line.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from sqlalchemy import Executable, Numeric, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from store.core.db import session
from store.core.errors import Conflict
from store.core.i18n import gettext as _
from store.inventory.changing import change_hold
from store.orders.models import Order, OrderLine
from store.orders.services.lock import hold_reference, lock_order
from store.orders.services.units import units_of, write_fulfilment

# What of the order itself a change can touch.
_OF_ORDER = (
    "subtotal_minor",
    "shipping_minor",
    "shipping_tax_rate",
    "shipping_tax_minor",
    "tax_minor",
    "total_minor",
    "shipping_method_code",
    "shipping_label",
    "shipping_days",
    "delivery",
    "shipping_taxes",
    "trace",
)
# What parcels, returns and refunds write while a change is under way is theirs.
_NOT_OURS = ("id", "cancelled_quantity", "returned_quantity")


class LineInUse(Conflict):
    """A line can't go: a refund or a parcel names it; facts: `title`."""


def units_kept(order_id: int) -> dict[int, int]:
    """Return how many pieces of each line a change can't take out: in parcels, sent, or called off. 1 statement."""
    return {line_id: one.quantity - one.open for line_id, one in units_of(order_id).items()}


def snapshot(order_id: int) -> dict[str, Any]:
    """Return an order's lines, delivery and money as they are written, for `rewrite`. 2 statements."""
    order = session.execute(select(*(getattr(Order, name) for name in _OF_ORDER)).where(Order.id == order_id)).one()
    lines = session.execute(
        select(OrderLine.__table__).where(OrderLine.order_id == order_id).order_by(OrderLine.position)
    )
    return {
        "order": {name: _plain(value) for name, value in order._mapping.items()},  # noqa: SLF001 - SQLAlchemy's API
        "lines": [{name: _plain(value) for name, value in row._mapping.items()} for row in lines],  # noqa: SLF001
    }


def rewrite(order_id: int, after: Mapping[str, Any], *, actor: str, reason: str = "") -> None:
    """Make an order what a snapshot says; a line without an `id` is new. Its stock follows, all or nothing.

    Raises `OutOfStock`, and `LineInUse` for a line that something else names. The caller holds the locks of
    order and payments, and writes the order's statuses afterwards.
    """
    order = lock_order(order_id)
    before = snapshot(order_id)
    kept = units_kept(order_id)
    firm = order.status == "placed"
    holding = _needs(before["lines"], kept)
    wanted = _needs(after["lines"], kept)
    _write_lines(order_id, before["lines"], after["lines"])
    session.execute(update(Order).where(Order.id == order_id).values(_values(Order, after["order"])))
    session.refresh(order)
    change_hold(hold_reference(order_id), holding, wanted, firm=firm, actor=actor, reason=reason)
    write_fulfilment(order)


def next_position(order_id: int) -> int:
    """Return the place of the next new line."""
    last = session.execute(select(func.max(OrderLine.position)).where(OrderLine.order_id == order_id)).scalar()
    return (last or 0) + 1


def _write_lines(order_id: int, before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> None:
    known = {line["id"]: line for line in before}
    kept = {line["id"] for line in after if line.get("id") is not None}
    for line in before:
        if line["id"] not in kept:
            _write(line, delete(OrderLine).where(OrderLine.id == line["id"]))
    for line in after:
        values = _values(OrderLine, {**line, "order_id": order_id})
        if line.get("id") not in known:
            # A line that was taken out and comes back has its old id again.
            _write(line, insert(OrderLine).values({**values, **({"id": line["id"]} if line.get("id") else {})}))
        elif dict(line) != dict(known[line["id"]]):
            _write(line, update(OrderLine).where(OrderLine.id == line["id"]).values(values))


def _write(line: Mapping[str, Any], statement: Executable) -> None:
    try:
        with session.begin_nested():
            session.execute(statement)
    except IntegrityError as error:
        raise LineInUse(
            _("%(title)s can't be changed like this any more: a refund, a return or a parcel names it.",
              title=line["title"]),
            title=line["title"],
        ) from error  # fmt: skip


def _needs(lines: Sequence[Mapping[str, Any]], kept: Mapping[int, int]) -> dict[int, int]:
    needs: dict[int, int] = defaultdict(int)
    for line in lines:
        units = line["quantity"] - (kept.get(line["id"], 0) if line.get("id") else 0)
        if units > 0:
            needs[line["variant_id"]] += units
    return needs


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, Decimal) else value


def _values(model: Any, plain: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a snapshot as the columns want them; what is no column (any more) is left out."""
    columns = model.__table__.columns
    return {
        name: Decimal(value) if isinstance(columns[name].type, Numeric) and value is not None else value
        for name, value in plain.items()
        if name in columns and name not in _NOT_OURS
    }
