"""States and events in the words of staff."""

from datetime import datetime, timedelta

from babel.dates import format_timedelta

from store.core.clock import now
from store.core.i18n import current_locale, lazy_gettext
from store.core.i18n import gettext as _
from store.core.money import Money
from store.web.filters import babel_locale

# The words and the kind of dot, by state.
STATUS = {
    "draft": (lazy_gettext("Draft"), "open"),
    "pending": (lazy_gettext("Not placed yet"), "open"),
    "placed": (lazy_gettext("Placed"), "ok"),
    "cancelled": (lazy_gettext("Cancelled"), "bad"),
    "expired": (lazy_gettext("Expired"), "open"),
}
PAYMENT = {
    "none": (lazy_gettext("Nothing paid"), "open"),
    "pending": (lazy_gettext("Awaiting payment"), "warn"),
    "authorized": (lazy_gettext("Money promised"), "ok"),
    "partially_paid": (lazy_gettext("Partly paid"), "warn"),
    "paid": (lazy_gettext("Paid"), "ok"),
    "partially_refunded": (lazy_gettext("Partly refunded"), "warn"),
    "refunded": (lazy_gettext("Refunded"), "open"),
    "voided": (lazy_gettext("Promise given back"), "open"),
    "failed": (lazy_gettext("Payment failed"), "bad"),
    "overcharged": (lazy_gettext("Paid too much"), "bad"),
}
FULFILMENT = {
    "unfulfilled": (lazy_gettext("To ship"), "warn"),
    "partial": (lazy_gettext("Partly shipped"), "warn"),
    "fulfilled": (lazy_gettext("Shipped"), "ok"),
    "delivered": (lazy_gettext("Delivered"), "ok"),
    "partially_returned": (lazy_gettext("Partly returned"), "open"),
    "returned": (lazy_gettext("Returned"), "open"),
    "cancelled": (lazy_gettext("Not to be shipped"), "open"),
}
# What is fetched, and what is not sent at all, is called otherwise.
FULFILMENT_BY_KIND = {
    "pickup": {
        **FULFILMENT,
        "unfulfilled": (lazy_gettext("To be fetched"), "warn"),
        "partial": (lazy_gettext("Partly fetched"), "warn"),
        "fulfilled": (lazy_gettext("Fetched"), "ok"),
        "delivered": (lazy_gettext("Fetched"), "ok"),
        "cancelled": (lazy_gettext("Not to be fetched"), "open"),
    },
    "none": {
        **FULFILMENT,
        "unfulfilled": (lazy_gettext("To do"), "warn"),
        "partial": (lazy_gettext("Partly done"), "warn"),
        "fulfilled": (lazy_gettext("Done"), "ok"),
        "delivered": (lazy_gettext("Done"), "ok"),
        "cancelled": (lazy_gettext("Nothing to do"), "open"),
    },
}
ATTEMPT = {
    "created": (lazy_gettext("Started"), "open"),
    "requires_action": (lazy_gettext("Waits for the customer"), "warn"),
    "processing": (lazy_gettext("Being processed"), "warn"),
    "failed": (lazy_gettext("Failed"), "bad"),
    "authorized": (lazy_gettext("Promised"), "ok"),
    "voided": (lazy_gettext("Called off"), "open"),
    "captured": (lazy_gettext("Received"), "ok"),
}
CAPTURE = {
    "requested": (lazy_gettext("Being taken"), "warn"),
    "succeeded": (lazy_gettext("Received"), "ok"),
    "failed": (lazy_gettext("Failed"), "bad"),
}
REFUND = {
    "requested": (lazy_gettext("On its way"), "warn"),
    "succeeded": (lazy_gettext("Done"), "ok"),
    "failed": (lazy_gettext("Failed"), "bad"),
}
DISPUTE = {
    "needs_response": (lazy_gettext("Wants an answer"), "bad"),
    "under_review": (lazy_gettext("Being looked into"), "warn"),
    "closed": (lazy_gettext("Closed"), "open"),
    "won": (lazy_gettext("Won"), "ok"),
    "lost": (lazy_gettext("Lost"), "bad"),
}
PARCEL = {
    "pending": (lazy_gettext("To be packed"), "warn"),
    "packed": (lazy_gettext("Packed"), "warn"),
    "ready": (lazy_gettext("Ready to fetch"), "ok"),
    "shipped": (lazy_gettext("On its way"), "ok"),
    "delivered": (lazy_gettext("Delivered"), "ok"),
    "cancelled": (lazy_gettext("Called off"), "open"),
}
WAY = {
    "offered": (lazy_gettext("Offered"), "ok"),
    "off": (lazy_gettext("Not offered"), "open"),
    "missing": (lazy_gettext("Not set up"), "open"),
}
MAIL = {
    "queued": (lazy_gettext("Waiting"), "warn"),
    "sent": (lazy_gettext("Sent"), "ok"),
    "failed": (lazy_gettext("Failed"), "bad"),
}
PRODUCT = {
    "draft": (lazy_gettext("Draft"), "open"),
    "active": (lazy_gettext("Active"), "ok"),
    "archived": (lazy_gettext("Archived"), "bad"),
}
EVENT = {
    "created": lazy_gettext("Order begun"),
    "placed": lazy_gettext("Placed"),
    "captured": lazy_gettext("Money taken"),
    "capture_failed": lazy_gettext("Promised money was refused"),
    "received": lazy_gettext("Money received"),
    "payment_reminded": lazy_gettext("Reminded of the transfer"),
    "credited": lazy_gettext("Credited"),
    "parcel_prepared": lazy_gettext("Parcel begun"),
    "packed": lazy_gettext("Parcel packed"),
    "ready": lazy_gettext("Ready to fetch"),
    "fetched": lazy_gettext("Fetched by the customer"),
    "shipped": lazy_gettext("Shipped"),
    "taken_back": lazy_gettext("Shipping undone"),
    "tracking": lazy_gettext("Tracking corrected"),
    "label_bought": lazy_gettext("Label bought"),
    "tracking_problem": lazy_gettext("The carrier reports a problem"),
    "delivered": lazy_gettext("Delivered"),
    "parcel_cancelled": lazy_gettext("Parcel called off"),
    "restocked": lazy_gettext("Put back on the shelf"),
    "expired": lazy_gettext("Expired without payment"),
    "cancelled": lazy_gettext("Cancelled"),
    "refunded": lazy_gettext("Refunded"),
    "payment_failed": lazy_gettext("A payment did not go through"),
    "refund_failed": lazy_gettext("Refund refused"),
    "dispute_opened": lazy_gettext("Payment disputed"),
    "dispute_changed": lazy_gettext("Dispute moved on"),
    "dispute_closed": lazy_gettext("Dispute decided"),
    "attention": lazy_gettext("Needs attention"),
    "settled": lazy_gettext("Dealt with"),
    "drafted": lazy_gettext("Put together by staff"),
    "changed": lazy_gettext("Order changed"),
    "change_confirmed": lazy_gettext("Change settled"),
    "change_waived": lazy_gettext("Difference forgiven"),
    "change_declined": lazy_gettext("Change declined by the customer"),
    "rest_called_off": lazy_gettext("What had not left was called off"),
    "return_given_up": lazy_gettext("Exchange called off, to be paid back"),
    "change_cancelled": lazy_gettext("Change taken back"),
    "return_requested": lazy_gettext("The customer wants to send something back, or something went wrong"),
    "return_approved": lazy_gettext("Return approved"),
    "return_rejected": lazy_gettext("Return turned down"),
    "return_in_transit": lazy_gettext("On its way back"),
    "return_received": lazy_gettext("Come back"),
    "return_resolved": lazy_gettext("Return settled"),
    "return_cancelled": lazy_gettext("Return called off"),
    "address_changed": lazy_gettext("Address changed"),
    "note": lazy_gettext("Note"),
}
CHANGE = {
    "open": (lazy_gettext("Being written"), "open"),
    "requested": (lazy_gettext("Waits to be settled"), "warn"),
    "confirmed": (lazy_gettext("Settled"), "ok"),
    "declined": (lazy_gettext("Declined"), "bad"),
    "cancelled": (lazy_gettext("Taken back"), "open"),
}
MOVEMENT = {
    "received": lazy_gettext("Received"),
    "adjusted": lazy_gettext("Adjusted"),
    "reserved": lazy_gettext("Reserved for an order"),
    "released": lazy_gettext("Reservation given back"),
    "allocated": lazy_gettext("Promised to a paid order"),
    "deallocated": lazy_gettext("Promise taken back"),
    "shipped": lazy_gettext("Shipped"),
    "split": lazy_gettext("Set aside for a part of an order"),
    "unshipped": lazy_gettext("Came back before it left"),
    "returned": lazy_gettext("Returned to the shelf"),
}


def age(moment: datetime) -> str:
    """Return how long ago something was, e.g. `3 hr`."""
    passed = max(now() - moment, timedelta(minutes=1))
    return format_timedelta(
        passed, granularity="minute", threshold=1.3, format="short", locale=babel_locale(current_locale())
    )


def ago(moment: datetime) -> str:
    """Return the same as a phrase, e.g. `3 hr ago`."""
    passed = max(now() - moment, timedelta(minutes=1))
    return format_timedelta(
        -passed,
        granularity="minute",
        threshold=1.3,
        format="short",
        add_direction=True,
        locale=babel_locale(current_locale()),
    )


def actor_name(actor: str, names: dict[str, str]) -> str:
    """Return who did something: a name for staff, nothing for the shop itself."""
    if actor == "system":
        return ""
    if actor == "customer":
        return _("the customer")
    return names.get(actor) or _("former staff")


def decimal(minor: int, currency: str) -> str:
    """Return an amount as staff enter it, e.g. `4.00`."""
    return str(Money(minor, currency).decimal())
