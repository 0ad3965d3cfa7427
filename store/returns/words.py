"""Returns in words: reasons, states and what became of them, for shoppers and staff."""

from store.core.i18n import lazy_gettext

REASONS = {
    "unsaid": lazy_gettext("I’d rather not say"),
    "too_small": lazy_gettext("Too small"),
    "too_large": lazy_gettext("Too large"),
    "not_as_shown": lazy_gettext("Not as shown or described"),
    "not_liked": lazy_gettext("I don’t like it"),
    "too_late": lazy_gettext("It came too late"),
    "too_many": lazy_gettext("I ordered too many"),
    "damaged": lazy_gettext("It arrived damaged"),
    "faulty": lazy_gettext("It does not work or came apart"),
    "wrong": lazy_gettext("It is not what I ordered"),
    "missing": lazy_gettext("It was not in the parcel"),
}
KINDS = {
    "return": lazy_gettext("Return"),
    "exchange": lazy_gettext("Exchange"),
    "claim": lazy_gettext("Claim"),
}
# The words and the kind of dot, by status: first for staff, then for the shopper.
STATES = {
    "requested": (lazy_gettext("To decide"), "warn"),
    "approved": (lazy_gettext("Waits for the parcel"), "open"),
    "rejected": (lazy_gettext("Turned down"), "bad"),
    "in_transit": (lazy_gettext("On its way back"), "open"),
    "received": (lazy_gettext("To settle"), "warn"),
    "resolved": (lazy_gettext("Settled"), "ok"),
    "cancelled": (lazy_gettext("Called off"), "open"),
}
SHOPPER_STATES = {
    "requested": (lazy_gettext("We are looking at it"), "warn"),
    "approved": (lazy_gettext("Please send it back"), "warn"),
    "rejected": (lazy_gettext("Turned down"), "bad"),
    "in_transit": (lazy_gettext("On its way to us"), "open"),
    "received": (lazy_gettext("It is here and being checked"), "open"),
    "resolved": (lazy_gettext("Settled"), "ok"),
    "cancelled": (lazy_gettext("Called off"), "open"),
}
RESOLUTIONS = {
    "refund": lazy_gettext("Paid back"),
    "exchange": lazy_gettext("Exchanged"),
    "replacement": lazy_gettext("Sent once more"),
    "nothing": lazy_gettext("Closed without payment"),
}
