"""Where an order stands, in words for its shopper."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from store.core.i18n import gettext as _
from store.orders.models import Order


@dataclass(frozen=True, slots=True)
class Step:
    """A step of an order's way: `at` when it is done, `current` when it is the last one done."""

    label: str
    at: datetime | None
    current: bool = False


def progress(order: Order) -> Sequence[Step]:
    """Return the way of an order: received, paid, sent; or how it ended."""
    shipped_at = order.fulfilments[0].shipped_at if order.fulfilments else None
    done = [(_("Received"), order.created_at)]
    if order.placed_at is not None:
        done.append((_("Paid"), order.placed_at))
    if shipped_at is not None:
        done.append((_("Sent"), shipped_at))
    if order.status == "cancelled":
        done.append((_("Cancelled"), order.closed_at or order.created_at))
    elif order.status == "expired":
        done.append((_("Closed, because it was not paid in time"), order.closed_at or order.created_at))
    steps = [Step(label, at, current=number == len(done)) for number, (label, at) in enumerate(done, 1)]
    if order.status == "pending":
        steps += [Step(_("Paid"), None), Step(_("Sent"), None)]
    elif order.status == "placed" and shipped_at is None:
        steps.append(Step(_("Sent"), None))
    return steps
