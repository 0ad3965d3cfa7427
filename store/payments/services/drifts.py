"""How a payment of ours and the provider's word about it differ, each way by its name.

Mended is only what is safe: news goes through the one door, and a page or a promise that we gave up is given up there,
too. No figure is adjusted, and nothing is refunded here but by the rule for late money.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select

from store.core.clock import now
from store.core.db import session, transaction
from store.core.errors import StoreError
from store.payments.models import Capture, Payment, Refund
from store.payments.providers import get_provider
from store.payments.providers.base import ProviderPayment
from store.payments.services.apply import MISMATCH, apply_payment
from store.payments.services.line import ask
from store.payments.states import OPEN, after

# What was asked for longer ago than this has been asked for again many times.
OVERDUE = timedelta(hours=1)

# Every kind by what it means; those of the last two lines say nothing about an order.
KINDS: Final[dict[str, str]] = {
    "behind": "They had news that we had not heard.",
    "amount": "They were asked for another amount than we say.",
    "currency": "They were asked for another currency than we say.",
    "reference": "They name another order.",
    "paid_here_only": "We count money that they have not taken.",
    "paid_there_only": "They have taken money that we do not count.",
    "promised_here_only": "We count a promise that is no longer there.",
    "open_there_only": "We gave it up, and it can still be paid there.",
    "refunded_here_only": "We count money as given back that they have not sent.",
    "refunded_there_only": "They have sent money back that we do not count.",
    "refund_overdue": "A refund has had no answer for an hour.",
    "capture_overdue": "A capture has had no answer for an hour.",
    "dispute_behind": "They had news of a dispute.",
    "unknown_here": "They have a payment of our account that we do not know.",
    "unknown_there": "We have a payment that they do not know.",
    "cannot_ask": "They do not answer about this payment.",
    "provider_silent": "They do not answer at all.",
}

_CAN_BE_PAID: Final = ("open", "requires_action", "processing", "authorized")


@dataclass(frozen=True)
class Drift:
    """A difference between the books. `kind` is its name, `healed` says whether it is mended already."""

    kind: str
    provider: str
    external_id: str
    payment_id: int | None
    order_id: int | None
    ours: str
    theirs: str
    healed: bool = False


def drift_of(kind: str, payment: Payment, *, ours: str | None = None, theirs: str = "", healed: bool = False) -> Drift:
    """Return a difference in a payment that we know; `ours` is its status unless something else is said."""
    return Drift(
        kind,
        payment.provider,
        payment.external_id or "",
        payment.id,
        payment.order_id,
        payment.status if ours is None else ours,
        theirs,
        healed,
    )


def list_differences(payment: Payment, token: str, told: ProviderPayment) -> Iterator[Drift]:
    """Tell each way in which a payment and the provider's word about it differ, and mend what is safe."""
    facts: dict[str, tuple[Any, Any]] = {
        "amount": (payment.amount_minor, told.amount_minor),
        "currency": (payment.currency, told.currency),
        "reference": (token, told.reference),
    }
    differing = {kind: pair for kind, pair in facts.items() if pair[1] is not None and pair[0] != pair[1]}
    for kind, (ours, theirs) in differing.items():
        # The reference opens the order's page: it is no word for a log.
        shown = ("", "") if kind == "reference" else (str(ours), str(theirs))
        yield drift_of(kind, payment, ours=shown[0], theirs=shown[1])
    if not differing and payment.status not in OPEN:
        yield from _money(payment, told)
    yield from _refunds(payment, told)


def list_overdue(provider_code: str) -> list[Drift]:
    """Tell which refunds and captures have waited too long for their answer (2 statements)."""
    with transaction():
        refunds = session.execute(
            select(Refund, Payment)
            .join(Payment, Payment.id == Refund.payment_id)
            .where(Payment.provider == provider_code, Refund.status == "requested", Refund.created_at < now() - OVERDUE)
        ).all()
        captures = session.execute(
            select(Capture, Payment)
            .join(Payment, Payment.id == Capture.payment_id)
            .where(
                Payment.provider == provider_code, Capture.status == "requested", Capture.created_at < now() - OVERDUE
            )
        ).all()
    return [
        *(drift_of("refund_overdue", payment, ours=str(refund.amount_minor)) for refund, payment in refunds),
        *(drift_of("capture_overdue", payment, ours=str(capture.amount_minor)) for capture, payment in captures),
    ]


def _money(payment: Payment, told: ProviderPayment) -> Iterator[Drift]:
    taken = told.captured_minor
    if payment.captured_minor > taken or (payment.status == "captured" and told.status != "succeeded"):
        theirs = f"{told.status} {taken}"
        yield drift_of("paid_here_only", payment, ours=f"{payment.status} {payment.captured_minor}", theirs=theirs)
    elif taken > payment.captured_minor:
        # We gave it up, or took it elsewhere: the one door sees to it, and to giving it back when it came too late.
        yield drift_of("paid_there_only", payment, theirs=f"{told.status} {taken}", healed=_caught_up(payment, taken))
    elif payment.status == "authorized" and after(payment.status, told.status) != "authorized":
        # Written down at once; that an order is left without its money is for a person to see.
        _caught_up(payment, taken)
        yield drift_of("promised_here_only", payment, theirs=told.status)
    elif payment.status in ("voided", "failed") and told.status in (
        "open",
        "requires_action",
        "processing",
        "authorized",
    ):
        yield drift_of("open_there_only", payment, theirs=told.status, healed=_given_up(payment))


def _refunds(payment: Payment, told: ProviderPayment) -> Iterator[Drift]:
    if told.refunded_minor is None or not told.captured_minor or payment.refunded_minor == told.refunded_minor:
        return
    kind = "refunded_here_only" if payment.refunded_minor > told.refunded_minor else "refunded_there_only"
    if payment.captured_minor and (kind == "refunded_here_only" or not _refund_under_way(payment)):
        yield drift_of(kind, payment, ours=str(payment.refunded_minor), theirs=str(told.refunded_minor))


def _caught_up(payment: Payment, taken: int) -> bool:
    try:
        return apply_payment(payment.id).captured_minor == taken
    except StoreError:
        return False


def _given_up(payment: Payment) -> bool:
    """Close what nobody should pay any more; a payment that was refused as a mismatch is left for people to look at."""
    provider, external_id = get_provider(payment.provider), payment.external_id
    if external_id is None or payment.failure == MISMATCH:
        return False
    try:
        return ask(lambda: provider.cancel(external_id)).status in ("cancelled", "failed")
    except StoreError:
        return False


def _refund_under_way(payment: Payment) -> bool:
    with transaction():
        waiting = select(Refund.id).where(Refund.payment_id == payment.id, Refund.status == "requested")
        return session.execute(waiting.limit(1)).scalar_one_or_none() is not None
