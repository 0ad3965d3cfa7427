"""How the page of an order follows what happens: it asks ever more rarely, and no more when nothing is awaited."""

from dataclasses import dataclass

from store.orders.models import Order

# Seconds between one look and the next: a payment that is being made tells soon, a transfer takes days.
_SOON: tuple[int, ...] = (2, 2, 3, 5, 8, 13, 20, 30, 60)
_SELDOM: tuple[int, ...] = (15, 30, 60, 120, 300)

# So often, then the page only offers a link: somebody may have left it open for the night.
MOST_LOOKS = 30


@dataclass(frozen=True, slots=True)
class Look:
    """When to look again: in `every` seconds, never by itself when that is 0. `seen` is what the page shows."""

    every: int
    count: int
    seen: str


def look_of(order: Order, count: int = 0) -> Look | None:
    """Return when a page that shows an order looks again, after `count` looks; `None` where nothing is awaited."""
    if order.status == "pending":
        pauses = _SOON
    elif order.status == "placed" and order.payment_status in ("pending", "partially_paid") and not order.ship_unpaid:
        pauses = _SELDOM
    else:
        return None
    every = pauses[min(count, len(pauses) - 1)] if 0 <= count < MOST_LOOKS else 0
    return Look(every, count, seen_of(order))


def seen_of(order: Order) -> str:
    """Return a mark of what an order's page shows: another one when anything happened."""
    last = order.events[-1].id if order.events else 0
    return f"{order.status}-{order.payment_status}-{last}"
