"""Notifications: kept once as they came, and answered by asking the provider."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from store.core import log
from store.core.clock import now
from store.core.db import retrying, session, transaction
from store.core.faults import point
from store.core.queue import enqueue
from store.orders.models import Order
from store.payments.models import Payment, PaymentEvent
from store.payments.providers import get_provider
from store.payments.providers.base import BadSignature, WebhookEvent, WebhookReply
from store.payments.services.apply import apply_payment
from store.payments.services.disputes import apply_dispute

logger = log.get_logger(__name__)


def receive_webhook(provider_code: str, headers: Mapping[str, str], body: bytes) -> WebhookReply:
    """Keep a notification, have it dealt with and return what to answer; the same one sent again changes nothing.

    Raises `BadSignature` when it can't be trusted or read, `NotFound` for a provider that isn't in use.
    """
    provider = get_provider(provider_code)
    event = provider.parse_webhook(headers, body)
    if not event.event_id or not event.external_id:
        raise BadSignature("this notification names no event or no payment")
    retrying(lambda: _keep(provider_code, event))
    return provider.webhook_reply()


def handle_event(event_id: int) -> None:
    """Bring the payment that a notification names up to date; raises `Unavailable` when the provider does not answer.

    What the notification itself says about the payment is not read: it may be old, or overtaken.
    """
    with transaction():
        event = session.execute(
            select(PaymentEvent).where(PaymentEvent.id == event_id).execution_options(populate_existing=True)
        ).scalar_one()
        if event.processed_at is not None:
            return
        dispute_id = str(event.payload.get("dispute", ""))
        payment_id = None if dispute_id else _find_payment(event)
    if dispute_id:
        apply_dispute(event.provider, dispute_id)
    elif payment_id is None:
        # From another system on the same account, or of an order that this database never had.
        logger.warning("notification names an unknown payment", provider=event.provider, kind=event.kind)
    else:
        apply_payment(payment_id)
    point("payments.handle_event.after_apply")
    retrying(lambda: _tick(event_id))


def _keep(provider_code: str, event: WebhookEvent) -> None:
    kept = session.execute(
        insert(PaymentEvent)
        .values(
            provider=provider_code,
            event_id=event.event_id,
            kind=event.kind,
            external_id=event.external_id,
            payload=dict(event.payload),
            received_at=now(),
        )
        .on_conflict_do_nothing(index_elements=["provider", "event_id"])
        .returning(PaymentEvent.id)
    ).scalar_one_or_none()
    if kept is not None:
        enqueue("payments.handle_event", dedupe=f"payments.handle_event:{kept}", event_id=kept)
    point("payments.webhook.before_commit")


def _find_payment(event: PaymentEvent) -> int | None:
    """Find the payment by the provider's name for it; else by its order.

    The answer that told us the name may have been lost, or the notification names a thing behind the payment. The
    latest attempt is asked about then: what is said of it is the provider's word, not the notification's.
    """
    known = session.execute(
        select(Payment.id).where(Payment.provider == event.provider, Payment.external_id == event.external_id)
    ).scalar_one_or_none()
    if known is not None:
        return known
    reference = str(event.payload.get("reference", ""))
    return session.execute(
        select(Payment.id)
        .join(Order, Order.id == Payment.order_id)
        .where(Order.token == reference, Payment.provider == event.provider)
        .order_by(Payment.external_id.is_(None).desc(), Payment.id.desc())
        .limit(1)
    ).scalar_one_or_none()


def _tick(event_id: int) -> None:
    event = session.execute(select(PaymentEvent).where(PaymentEvent.id == event_id).with_for_update()).scalar_one()
    event.processed_at = event.processed_at or now()
