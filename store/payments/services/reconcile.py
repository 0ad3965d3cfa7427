"""Our books beside the providers': what is late is caught up, and what differs is reported, never papered over.

Only the provider's news about a payment is written down, through the same door as ever. Nothing is refunded here but
by the rule for late money, and no figure is ever adjusted to make two sides agree.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select

from store.core import log
from store.core.clock import now
from store.core.db import retrying, session, transaction
from store.core.errors import StoreError, Unavailable
from store.core.faults import point
from store.core.i18n import gettext as _
from store.orders import services as orders
from store.orders.models import Order
from store.payments.models import Payment, Refund
from store.payments.providers import configured_providers
from store.payments.providers.base import Provider, ProviderPayment
from store.payments.services.apply import apply_payment
from store.payments.services.disputes import catch_up_disputes
from store.payments.services.line import PATIENCE, ask
from store.payments.states import OPEN, after

WINDOW = timedelta(hours=48)

# Younger payments are on their way through the ordinary doors.
SETTLED_AFTER = timedelta(minutes=1)

# A refund older than this has been asked for again many times.
REFUND_OVERDUE = timedelta(hours=1)

BATCH = 500

logger = log.get_logger(__name__)


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


def reconcile() -> list[Drift]:
    """Catch up with every provider over the last 48 hours and return what differed, mended or not.

    A provider that does not answer is reported as a drift of its own; the others are compared all the same.
    """
    since = now() - WINDOW
    drifts: list[Drift] = []
    for provider in configured_providers():
        if provider.offline:
            continue
        drifts += _catch_up(provider, since)
        point("payments.reconcile.after_catch_up")
        if not provider.lists:
            # Its books can't be read as a whole; what is open was asked about one by one.
            continue
        try:
            theirs = _listed(provider, since)
        except StoreError as error:
            drifts.append(_drift("provider_silent", provider.code, "", None, ours="", theirs=error.message))
            continue
        drifts += _compare(provider, since, theirs)
        drifts += _disputes(provider, since)
    for drift in drifts:
        logger.warning("books differ", **asdict(drift))
        # That a provider is silent says nothing about an order.
        if not drift.healed and drift.order_id is not None and drift.kind != "cannot_ask":
            _call_staff(drift.order_id)
    return drifts


def _catch_up(provider: Provider, since: datetime) -> Iterator[Drift]:
    """Ask about every payment that should be over by now."""
    moment = now() - SETTLED_AFTER
    with transaction():
        opened = (
            session.execute(
                select(Payment)
                .where(
                    Payment.provider == provider.code,
                    Payment.status.in_(OPEN),
                    Payment.created_at < moment,
                    # Money that is being processed may take days; it is asked about for as long as it takes.
                    or_(Payment.created_at >= since, Payment.status == "processing"),
                )
                .order_by(func.random())
                .limit(BATCH)
            )
            .scalars()
            .all()
        )
    silent = 0
    for payment in opened:
        if silent == PATIENCE:
            return
        before = payment.status
        payment_id, order_id, external_id = payment.id, payment.order_id, payment.external_id or ""
        try:
            status = apply_payment(payment_id).status
        except StoreError as error:
            silent += isinstance(error, Unavailable)
            if external_id:
                yield Drift("cannot_ask", provider.code, external_id, payment_id, order_id, before, error.message)
            continue
        if status != before:
            yield Drift("behind", provider.code, external_id, payment_id, order_id, before, status, healed=True)


def _listed(provider: Provider, since: datetime) -> dict[str, ProviderPayment]:
    return ask(lambda: {told.external_id: told for told in provider.list_since(since)})


def _compare(provider: Provider, since: datetime, theirs: dict[str, ProviderPayment]) -> Iterator[Drift]:
    with transaction():
        rows = session.execute(
            select(Payment, Order.token)
            .join(Order, Order.id == Payment.order_id)
            .where(Payment.provider == provider.code, Payment.external_id.is_not(None))
            .where(or_(Payment.created_at >= since, Payment.external_id.in_(theirs)))
            .execution_options(populate_existing=True)
        ).all()
        overdue = session.execute(
            select(Refund, Payment)
            .join(Payment, Payment.id == Refund.payment_id)
            .where(
                Payment.provider == provider.code,
                Refund.status == "requested",
                and_(Refund.created_at < now() - REFUND_OVERDUE, Refund.created_at >= since),
            )
        ).all()
    known = {payment.external_id for payment, _token in rows}
    for external_id, told in theirs.items():
        if external_id not in known:
            money = f"{told.status} {told.amount_minor} {told.currency}"
            yield _drift("unknown_here", provider.code, external_id, None, ours="", theirs=money)
    for payment, token in rows:
        told_of_it = theirs.get(payment.external_id or "")
        if told_of_it is None:
            yield _drift("unknown_there", provider.code, payment.external_id or "", payment, ours=payment.status)
        else:
            yield from _differences(payment, token, told_of_it)
    for refund, payment in overdue:
        yield _drift("refund_overdue", provider.code, payment.external_id or "", payment, ours=str(refund.amount_minor))


def _disputes(provider: Provider, since: datetime) -> Iterator[Drift]:
    """Write down what the provider says of disputes; their notifications may have been lost."""
    try:
        for dispute in catch_up_disputes(provider, since):
            money = f"{dispute.status} {dispute.amount_minor} {dispute.currency}"
            yield Drift(
                "dispute_behind", provider.code, dispute.external_id, dispute.payment_id, None, "", money, healed=True
            )
    except StoreError as error:
        yield _drift("provider_silent", provider.code, "", None, ours="", theirs=error.message)


def _differences(payment: Payment, token: str, told: ProviderPayment) -> Iterator[Drift]:
    facts: dict[str, tuple[Any, Any]] = {
        "amount": (payment.amount_minor, told.amount_minor),
        "currency": (payment.currency, told.currency),
        "reference": (token, told.reference),
    }
    differing = {kind: pair for kind, pair in facts.items() if pair[0] != pair[1]}
    for kind, (ours, theirs) in differing.items():
        # The reference opens the order's page: it is no word for a log.
        shown = ("", "") if kind == "reference" else (str(ours), str(theirs))
        yield _drift(kind, payment.provider, told.external_id, payment, ours=shown[0], theirs=shown[1])
    if not differing and payment.status not in OPEN:
        yield from _status(payment, told)
    if payment.status == "captured" and told.status == "succeeded" and payment.refunded_minor != told.refunded_minor:
        kind = "refunded_here_only" if payment.refunded_minor > told.refunded_minor else "refunded_there_only"
        if kind == "refunded_here_only" or not _refund_under_way(payment):
            ours, theirs = str(payment.refunded_minor), str(told.refunded_minor)
            yield _drift(kind, payment.provider, told.external_id, payment, ours=ours, theirs=theirs)


def _status(payment: Payment, told: ProviderPayment) -> Iterator[Drift]:
    if payment.status == "captured":
        if told.status != "succeeded":
            yield _drift("paid_here_only", payment.provider, told.external_id, payment, theirs=told.status)
    elif after(payment.status, told.status) == "captured":
        # We gave it up, and the money came nevertheless: the one door sees to it, and to giving it back.
        try:
            healed = apply_payment(payment.id).status == "captured"
        except StoreError:
            healed = False
        yield _drift("paid_there_only", payment.provider, told.external_id, payment, theirs=told.status, healed=healed)
    elif told.status in ("open", "requires_action", "processing"):
        yield _drift("open_there_only", payment.provider, told.external_id, payment, theirs=told.status)


def _refund_under_way(payment: Payment) -> bool:
    with transaction():
        waiting = select(Refund.id).where(Refund.payment_id == payment.id, Refund.status == "requested")
        return session.execute(waiting.limit(1)).scalar_one_or_none() is not None


def _drift(
    kind: str,
    provider: str,
    external_id: str,
    payment: Payment | None,
    *,
    ours: str | None = None,
    theirs: str = "",
    healed: bool = False,
) -> Drift:
    return Drift(
        kind,
        provider,
        external_id,
        payment.id if payment is not None else None,
        payment.order_id if payment is not None else None,
        ours if ours is not None else (payment.status if payment is not None else ""),
        theirs,
        healed,
    )


def _call_staff(order_id: int) -> None:
    retrying(
        lambda: orders.flag(
            order_id, _("Our books and the payment provider's differ for this order. Please compare them.")
        )
    )
