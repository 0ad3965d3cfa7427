"""Our books beside the providers': what is late is caught up, and what differs is reported, never papered over.

A provider that lists its payments is compared with that list; of one that has no list, each of our payments is asked
about, a number of them in each round.
"""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select

from store.core import log
from store.core.clock import now
from store.core.db import retrying, session, transaction
from store.core.errors import StoreError, Unavailable
from store.core.faults import point
from store.core.i18n import gettext as _
from store.orders import services as orders
from store.orders.models import Order
from store.payments.models import Payment
from store.payments.providers import configured_providers
from store.payments.providers.base import Declined, Provider, ProviderPayment
from store.payments.services.apply import apply_payment
from store.payments.services.disputes import catch_up_disputes
from store.payments.services.drifts import Drift, drift_of, list_differences, list_overdue
from store.payments.services.line import PATIENCE, ask
from store.payments.states import OPEN

WINDOW = timedelta(hours=48)

# Once a day everything is compared that may still be charged back or refunded.
FAR_WINDOW = timedelta(days=35)

# Younger payments are on their way through the ordinary doors.
SETTLED_AFTER = timedelta(minutes=1)

BATCH = 500

# Of a provider without a list: how many payments are asked about in one round, each by a call of its own.
ASKED = 50

logger = log.get_logger(__name__)


def reconcile(window: timedelta = WINDOW) -> list[Drift]:
    """Catch up with every provider over the last 48 hours and return what differed, mended or not.

    A provider that does not answer is reported as a drift of its own; the others are compared all the same.
    """
    since = now() - window
    drifts: list[Drift] = []
    for provider in configured_providers():
        if provider.offline:
            continue
        drifts += _catch_up(provider, since)
        point("payments.reconcile.after_catch_up")
        drifts += _compare_list(provider, since) if provider.lists else _compare_each(provider, since)
        drifts += _disputes(provider, since)
        drifts += list_overdue(provider.code)
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


def _compare_list(provider: Provider, since: datetime) -> Iterator[Drift]:
    """Compare with the provider's list, which also shows what we do not know."""
    try:
        theirs = ask(lambda: {told.external_id: told for told in provider.list_since(since)})
    except StoreError as error:
        yield _silence(provider, error)
        return
    ours = _ours(provider, or_(Payment.created_at >= since, Payment.external_id.in_(theirs)))
    known = {payment.external_id for payment, _token in ours}
    for external_id, told in theirs.items():
        if external_id not in known:
            money = f"{told.status} {told.amount_minor} {told.currency}"
            yield Drift("unknown_here", provider.code, external_id, None, None, "", money)
    for payment, token in ours:
        yield from _compare(payment, token, theirs.get(payment.external_id or ""))


def _compare_each(provider: Provider, since: datetime) -> Iterator[Drift]:
    """Ask about some of our payments one by one, others in each round. What we do not know can't be found like this."""
    silences: list[StoreError] = []
    for payment, token in _ours(provider, Payment.created_at >= since, Payment.status.not_in(OPEN), limit=ASKED):
        told: ProviderPayment | None = None
        external_id = payment.external_id or ""
        try:
            told = ask(lambda name=external_id: provider.fetch(name))  # type: ignore[misc]
        except Declined:
            # They know none by that name.
            pass
        except Unavailable as error:
            silences.append(error)
            if len(silences) == PATIENCE:
                break
            continue
        yield from _compare(payment, token, told)
    if silences:
        yield _silence(provider, silences[-1])


def _compare(payment: Payment, token: str, told: ProviderPayment | None) -> Iterator[Drift]:
    if told is None:
        yield drift_of("unknown_there", payment)
    else:
        yield from list_differences(payment, token, told)


def _disputes(provider: Provider, since: datetime) -> Iterator[Drift]:
    """Write down what the provider says of disputes; their notifications may have been lost."""
    try:
        for dispute in catch_up_disputes(provider, since):
            money = f"{dispute.status} {dispute.amount_minor} {dispute.currency}"
            yield Drift(
                "dispute_behind", provider.code, dispute.external_id, dispute.payment_id, None, "", money, healed=True
            )
    except StoreError as error:
        yield _silence(provider, error)


def _ours(provider: Provider, *which: Any, limit: int | None = None) -> list[tuple[Payment, str]]:
    with transaction():
        rows = session.execute(
            select(Payment, Order.token)
            .join(Order, Order.id == Payment.order_id)
            .where(Payment.provider == provider.code, Payment.external_id.is_not(None), *which)
            .order_by(func.random() if limit else Payment.id)
            .limit(limit)
            .execution_options(populate_existing=True)
        ).all()
    return [(payment, token) for payment, token in rows]


def _silence(provider: Provider, error: StoreError) -> Drift:
    return Drift("provider_silent", provider.code, "", None, None, "", error.message)


def _call_staff(order_id: int) -> None:
    retrying(
        lambda: orders.flag(
            order_id, _("Our books and the payment provider's differ for this order. Please compare them.")
        )
    )
