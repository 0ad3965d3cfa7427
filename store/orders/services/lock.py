"""An order under its lock, its timeline, and the sentence that calls staff to it."""

from typing import Any

from sqlalchemy import select

from store.core.db import session
from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.orders.models import Order, OrderEvent


def lock_order(order_id: int) -> Order:
    """Return the order as it is now and keep others from changing it until the transaction ends; raises `NotFound`."""
    order = session.execute(
        select(Order).where(Order.id == order_id).with_for_update().execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if order is None:
        raise NotFound(_("This order does not exist."))
    return order


def add_event(order_id: int, kind: str, *, actor: str = "system", **data: Any) -> None:
    """Write a line of the timeline."""
    session.add(OrderEvent(order_id=order_id, kind=kind, data=data, actor=actor))
    session.flush()


def flag(order_id: int, sentence: str) -> None:
    """Ask staff to look at the order, and say why; a second reason is added to the first."""
    order = lock_order(order_id)
    if sentence in order.attention:
        return
    order.attention = f"{order.attention} {sentence}".strip()
    add_event(order_id, "attention", sentence=sentence)


def unflag(order_id: int, *, actor: str) -> None:
    """Note that a person has dealt with what the order was flagged for."""
    order = lock_order(order_id)
    if not order.attention:
        return
    sentence, order.attention = order.attention, ""
    add_event(order_id, "settled", actor=actor, sentence=sentence)


def hold_reference(order_id: int) -> str:
    """Return the name under which the order's stock is held."""
    return f"order:{order_id}"
