"""Where an order stands, in words for its shopper."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.orders.models import Order


@dataclass(frozen=True, slots=True)
class Step:
    """A step of an order's way: `at` when it is done, `current` when it is the last one done."""

    label: str
    at: datetime | None
    current: bool = False


@dataclass(frozen=True, slots=True)
class PaymentWords:
    """How the payment of a placed order stands, for its shopper: a word, the kind of its dot, and a sentence."""

    label: str
    kind: str
    sentence: str


# What the last step of an order's way is called by its kind, whole and in part.
_SENT = {
    "parcel": (lazy_gettext("Sent"), lazy_gettext("Sent in part")),
    "pickup": (lazy_gettext("Fetched"), lazy_gettext("Fetched in part")),
    "none": (lazy_gettext("Done"), lazy_gettext("Done in part")),
}


def payment_words(order: Order) -> PaymentWords:
    """Return how the payment of a placed order stands, truthfully."""
    words = {
        "authorized": (
            _("Payment confirmed"),
            "ok",
            _("Your payment is confirmed; the money is taken when we send it."),
        ),
        "partially_paid": (_("Paid in part"), "warn", _("A part of it is paid; the rest is still open.")),
        "pending": (_("Not paid yet"), "warn", _("It is not paid yet.")),
        "partially_refunded": (_("Paid back in part"), "warn", _("A part of what you paid went back to you.")),
        "refunded": (_("Paid back in full"), "warn", _("All you paid went back to you.")),
        "overcharged": (_("Paid"), "ok", _("It is paid. You paid more than it costs; we give that back.")),
    }
    label, kind, sentence = words.get(order.payment_status, (_("Paid"), "ok", _("It is paid.")))
    return PaymentWords(label, kind, sentence)


def standing(order: Order) -> str:
    """Return in a sentence where an order stands, for whoever hears the page rather than sees it."""
    if order.status == "placed":
        return payment_words(order).sentence
    sentences = {
        "pending": _("This order is not paid yet."),
        "cancelled": _("This order was cancelled."),
        "expired": _("This order was closed, because it was not paid in time."),
    }
    return sentences.get(order.status, "")


def progress(order: Order) -> Sequence[Step]:
    """Return the way of an order: received, paid, sent or fetched or done; or how it ended."""
    sent, in_part = _SENT.get(order.kind, _SENT["parcel"])
    left = [parcel for parcel in order.fulfilments if parcel.has_left]
    shipped_at = max((parcel.shipped_at for parcel in left if parcel.shipped_at), default=None)
    ready_at = max(
        (parcel.ready_at for parcel in order.fulfilments if parcel.is_ready and parcel.ready_at), default=None
    )
    whole = order.fulfilment_status != "partial"
    done = [(_("Received"), order.created_at)]
    if order.placed_at is not None:
        unpaid = order.payment_status in ("pending", "partially_paid", "authorized", "voided")
        done.append((_("Confirmed") if unpaid else _("Paid"), order.placed_at))
    if shipped_at is not None:
        done.append((str(sent if whole else in_part), shipped_at))
    elif ready_at is not None:
        done.append((_("Ready to fetch"), ready_at))
    if left and order.fulfilment_status == "delivered" and order.kind == "parcel":
        done.append((_("Arrived"), max(parcel.delivered_at for parcel in left if parcel.delivered_at)))
    if order.status == "cancelled":
        done.append((_("Cancelled"), order.closed_at or order.created_at))
    elif order.status == "expired":
        done.append((_("Closed, because it was not paid in time"), order.closed_at or order.created_at))
    steps = [Step(label, at, current=number == len(done)) for number, (label, at) in enumerate(done, 1)]
    if order.status == "pending":
        steps += [Step(_("Paid"), None), Step(str(sent), None)]
    elif order.status == "placed" and (shipped_at is None or not whole):
        steps.append(Step(str(sent), None))
    return steps
