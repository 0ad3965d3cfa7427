"""The verbs of orders. Money is decided in `payments`, which calls down to these."""

from store.orders.services.close import mark_cancelled, mark_expired
from store.orders.services.lock import add_event, flag, lock_order, unflag
from store.orders.services.parcels import (
    NotShippable,
    cancel_parcel,
    configure,
    deliver_parcel,
    mail_waits,
    may_ship,
    pack_parcel,
    prepare_parcel,
    ship,
    ship_parcel,
    ship_rest,
    take_parcel_back,
    undo_for,
    undo_until,
    write_tracking,
)
from store.orders.services.pay import credit, mark_placed, record_refund
from store.orders.services.pickups import hand_over, make_ready, make_rest_ready
from store.orders.services.place import Draft, DraftLine, place
from store.orders.services.together import count_bought_together
from store.orders.services.units import (
    InParcel,
    Units,
    call_off_parcels,
    take_all_back,
    take_back,
    take_returned,
    units_of,
    write_fulfilment,
)

__all__ = [
    "Draft",
    "DraftLine",
    "InParcel",
    "NotShippable",
    "Units",
    "add_event",
    "call_off_parcels",
    "cancel_parcel",
    "configure",
    "count_bought_together",
    "credit",
    "deliver_parcel",
    "flag",
    "hand_over",
    "lock_order",
    "mail_waits",
    "make_ready",
    "make_rest_ready",
    "mark_cancelled",
    "mark_expired",
    "mark_placed",
    "may_ship",
    "pack_parcel",
    "place",
    "prepare_parcel",
    "record_refund",
    "ship",
    "ship_parcel",
    "ship_rest",
    "take_all_back",
    "take_back",
    "take_parcel_back",
    "take_returned",
    "undo_for",
    "undo_until",
    "unflag",
    "units_of",
    "write_fulfilment",
    "write_tracking",
]
