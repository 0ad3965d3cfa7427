"""Money goes back: written down first, then asked for under its own key, then told as it turned out."""

from datetime import timedelta

from sqlalchemy import func, select

from store.core import log
from store.core.clock import now
from store.core.db import retrying, session, transaction
from store.core.errors import Conflict, NotFound, StoreError
from store.core.events import emit
from store.core.faults import point
from store.core.i18n import gettext as _
from store.inventory import services as inventory
from store.orders import services as orders
from store.orders.events import OrderRefunded
from store.orders.services.lock import hold_reference
from store.payments.errors import AlreadyRefunded, NothingPaid, Unsettled
from store.payments.models import Payment, Refund
from store.payments.providers import get_provider
from store.payments.providers.base import Declined, Provider, ProviderRefund, Unavailable
from store.payments.services.line import PATIENCE, ask
from store.payments.services.lock import lock_order_payments, lock_payment

# A refund younger than this is probably in the hands of whoever asked for it.
SETTLE_AFTER = timedelta(seconds=30)

BATCH = 100

logger = log.get_logger(__name__)


def refund_in_full(order_id: int, *, request_id: str, actor: str, reason: str, restock: bool) -> Refund:
    """Give back all money of an order that has not gone back yet, and return the refund as it stands.

    One `request_id` is one refund, however often it is sent. `requested` means that the provider has not confirmed
    it: it is settled without anybody's help. `failed` says why, and may be tried again under a new `request_id`.
    Raises `NothingPaid`, and `AlreadyRefunded` when somebody else was faster.
    """
    refunds = retrying(
        lambda: request_refund(order_id, request_id=request_id, actor=actor, reason=reason, restock=restock)
    )
    point("payments.refund.before_call")
    return [attempt_refund(refund.id) for refund in refunds][0]  # noqa: RUF015 - each of them is sent


def request_refund(order_id: int, *, request_id: str, actor: str, reason: str, restock: bool) -> list[Refund]:
    """Write down, in the transaction in progress, what is to go back: a row for each payment that holds money."""
    _order, payments = lock_order_payments(order_id)
    known = _requested_before(order_id, request_id)
    if known:
        return known
    captured = [payment for payment in payments if payment.status == "captured"]
    if not captured:
        raise NothingPaid(_("This order holds no money that could go back."))
    made: list[Refund] = []
    # The newest first: of an order that was paid twice, that is the payment too many.
    for payment in reversed(captured):
        left = payment.captured_minor - _going_back(payment)
        if left > 0:
            made.append(
                Refund(
                    payment_id=payment.id,
                    request_id=f"{request_id}:{payment.id}" if made else request_id,
                    amount_minor=left,
                    currency=payment.currency,
                    reason=reason,
                    restock=restock,
                    actor=actor,
                )
            )
    if not made:
        raise AlreadyRefunded(_("All money of this order has gone back, or is on its way."))
    session.add_all(made)
    session.flush()
    return made


def settle_refund(refund_id: int) -> Refund:
    """Find out what became of a refund, or ask for it again under its key; raises `Unsettled` when nobody answers."""
    refund = attempt_refund(refund_id, look_first=True)
    if refund.status == "requested":
        raise Unsettled(_("The payment provider has not confirmed the refund yet."))
    return refund


def settle_due_refunds() -> int:
    """Settle every refund that has waited for a while; return how many of those tried are still open."""
    with transaction():
        due = (
            session.execute(
                select(Refund.id)
                .where(Refund.status == "requested", Refund.updated_at <= now() - SETTLE_AFTER)
                .order_by(func.random())
                .limit(BATCH)
            )
            .scalars()
            .all()
        )
    still_open = 0
    for refund_id in due:
        try:
            settle_refund(refund_id)
        except StoreError as error:
            still_open += 1
            logger.warning("refund can't be settled yet", refund_id=refund_id, error=error.message)
        if still_open == PATIENCE:
            break
    return still_open


def attempt_refund(refund_id: int, *, look_first: bool = False) -> Refund:
    """Ask the provider for a refund and write down its answer; without an answer the refund stays `requested`."""
    with transaction():
        refund, payment = _read(refund_id)
    external_id = payment.external_id
    if refund.status != "requested" or external_id is None:
        return refund
    provider = get_provider(payment.provider)
    # Of this row alone, and of this order for ever: see `begin` on keys.
    key = f"refund:{payment.idempotency_key}:{refund.id}"
    try:
        told = ask(lambda: provider.find_refund(external_id, idempotency_key=key)) if look_first else None
        told = told or ask(lambda: _send(provider, external_id, refund.amount_minor, key))
    except (Declined, Unavailable) as error:
        logger.warning("refund not confirmed", refund_id=refund_id, error=error.message)
        return refund
    point("payments.refund.after_call")
    return retrying(lambda: _write(refund_id, told))


def _send(provider: Provider, external_id: str, amount_minor: int, key: str) -> ProviderRefund:
    try:
        return provider.refund(external_id, amount_minor=amount_minor, idempotency_key=key)
    except Declined as error:
        return ProviderRefund(external_id="", status="failed", amount_minor=amount_minor, failure=error.message)


def _write(refund_id: int, told: ProviderRefund) -> Refund:
    payment_id = session.execute(select(Refund.payment_id).where(Refund.id == refund_id)).scalar_one()
    order, payment, others = lock_payment(payment_id)
    refund = session.execute(
        select(Refund).where(Refund.id == refund_id).with_for_update().execution_options(populate_existing=True)
    ).scalar_one()
    if refund.status != "requested":
        return refund
    refund.external_id = told.external_id or None
    if told.status == "pending":
        return refund
    if told.status == "failed" or told.amount_minor != refund.amount_minor:
        refund.status = "failed"
        refund.failure = told.failure or _("The provider reports another amount.")
        session.flush()
        orders.add_event(order.id, "refund_failed", actor=refund.actor, refund_id=refund.id)
        orders.flag(order.id, _("A refund was refused by the payment provider. Please look into it."))
        return refund
    refund.status, refund.failure = "succeeded", ""
    payment.refunded_minor += refund.amount_minor
    session.flush()
    missing = order.total_minor - sum(one.captured_minor - one.refunded_minor for one in (payment, *others))
    if missing > 0:
        orders.record_refund(order.id, refund_id=refund.id, refunded_minor=missing, actor=refund.actor)
    else:
        # It was paid twice and still is paid once.
        orders.add_event(order.id, "refunded", actor=refund.actor, refund_id=refund.id, refunded_minor=0)
        emit(OrderRefunded(order.id, refund.id))
    if refund.restock and missing >= order.total_minor:
        inventory.release(hold_reference(order.id), actor=refund.actor)
        inventory.restock(hold_reference(order.id), actor=refund.actor)
    point("payments.refund.before_commit")
    return refund


def _requested_before(order_id: int, request_id: str) -> list[Refund]:
    known = session.execute(
        select(Refund, Payment.order_id)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.request_id == request_id)
    ).one_or_none()
    if known is None:
        return []
    refund, its_order_id = known
    if its_order_id != order_id:
        raise Conflict(_("This form was used for another order. Please reload the page."))
    return [refund]


def _going_back(payment: Payment) -> int:
    return int(
        session.execute(
            select(func.coalesce(func.sum(Refund.amount_minor), 0)).where(
                Refund.payment_id == payment.id, Refund.status.in_(("requested", "succeeded"))
            )
        ).scalar_one()
    )


def _read(refund_id: int) -> tuple[Refund, Payment]:
    row = session.execute(
        select(Refund, Payment)
        .join(Payment, Payment.id == Refund.payment_id)
        .where(Refund.id == refund_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound(_("This refund does not exist."))
    return row[0], row[1]
