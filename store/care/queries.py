"""What the shopper of an order may still do with it."""

from dataclasses import dataclass

from sqlalchemy import func, select

from store.core.db import session
from store.orders.models import Fulfilment, Order

# A parcel that nobody has begun to pack can still go elsewhere.
_NOT_PACKED = ("pending", "cancelled")


@dataclass(frozen=True, slots=True)
class Care:
    """What the page of an order offers."""

    can_change_address: bool
    can_cancel: bool
    can_order_again: bool


def care_of(order: Order) -> Care:
    """Return what an order allows as it stands; its parcels are read with it (no statement)."""
    open_ = is_open(order)
    return Care(
        can_change_address=open_ and bool(order.shipping_address.get("line1")),
        can_cancel=open_,
        can_order_again=order.status != "pending",
    )


def is_open(order: Order) -> bool:
    """Whether nothing of the order has been packed and it is still wanted."""
    return (
        order.status in ("pending", "placed")
        and order.fulfilment_status == "unfulfilled"
        and all(parcel.status in _NOT_PACKED for parcel in order.fulfilments)
    )


def find_order_by_number(number: int, email: str) -> Order | None:
    """Return the order with this number and e-mail address, whatever its capitals. 1 statement."""
    return session.execute(
        select(Order).where(Order.number == number, func.lower(Order.email) == email.lower())
    ).scalar_one_or_none()


def has_packed(order_id: int) -> bool:
    """Whether a parcel of the order is packed or gone. 1 statement."""
    found = select(Fulfilment.id).where(Fulfilment.order_id == order_id, Fulfilment.status.not_in(_NOT_PACKED))
    return session.execute(found.limit(1)).first() is not None
