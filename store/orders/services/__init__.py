"""The verbs of orders. Money is decided in `payments`, which calls down to these."""

from store.orders.services.close import mark_cancelled, mark_expired
from store.orders.services.lock import add_event, flag, lock_order, unflag
from store.orders.services.pay import credit, mark_placed, record_refund
from store.orders.services.place import Draft, DraftLine, place
from store.orders.services.ship import ship
from store.orders.services.together import count_bought_together

__all__ = [
    "Draft",
    "DraftLine",
    "add_event",
    "count_bought_together",
    "credit",
    "flag",
    "lock_order",
    "mark_cancelled",
    "mark_expired",
    "mark_placed",
    "place",
    "record_refund",
    "ship",
    "unflag",
]
