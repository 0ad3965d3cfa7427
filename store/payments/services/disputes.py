"""A shopper, or their bank, takes money back or asks why it was taken.

The provider's word is written down; no money state moves.
"""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy import select

from store.core import log
from store.core.db import retrying, session, transaction
from store.core.i18n import gettext as _
from store.core.money import Money
from store.orders import services as orders
from store.orders.models import Order
from store.payments.models import Dispute, Payment
from store.payments.providers import all_providers, get_provider
from store.payments.providers.base import Declined, Provider, ProviderDispute
from store.payments.services.line import ask
from store.payments.services.lock import lock_payment
from store.payments.states import DISPUTED, dispute_after

logger = log.get_logger(__name__)


def apply_dispute(provider_code: str, dispute_id: str) -> Dispute | None:
    """Bring a dispute to what the provider says; `None` when it is about a payment that this shop never had.

    Whatever order its notifications come in, the row only moves on. The order is flagged when the dispute begins and
    when it ends, and its timeline tells every step. Raises `Unavailable` and `Declined` as the provider does.
    """
    provider = get_provider(provider_code)
    return write_dispute(provider_code, ask(lambda: provider.fetch_dispute(dispute_id)))


def catch_up_disputes(provider: Provider, since: datetime) -> Iterator[Dispute]:
    """Ask about every dispute opened since a moment and about all that are open here; yield those that were news.

    Raises `Unavailable` when the provider does not answer.
    """
    listed = ask(lambda: {told.external_id: told for told in provider.list_disputes(since)})
    with transaction():
        rows = session.execute(
            select(Dispute.external_id, Dispute.status).where(
                Dispute.provider == provider.code, Dispute.external_id.in_(listed) | Dispute.status.in_(DISPUTED)
            )
        ).all()
    known = {row.external_id: row.status for row in rows}
    for external_id in sorted({*listed, *known}):
        told = listed.get(external_id) or _asked(provider, external_id)
        dispute = write_dispute(provider.code, told) if told is not None else None
        if dispute is not None and dispute.status != known.get(external_id):
            yield dispute


def _asked(provider: Provider, external_id: str) -> ProviderDispute | None:
    try:
        return ask(lambda: provider.fetch_dispute(external_id))
    except Declined as error:
        logger.warning("dispute can't be asked about", dispute_id=external_id, error=error.message)
        return None


def write_dispute(provider_code: str, told: ProviderDispute) -> Dispute | None:
    """Write down what a provider said of a dispute."""
    with transaction():
        payment_id = _find_payment(provider_code, told)
    if payment_id is None:
        logger.warning("dispute of an unknown payment", provider=provider_code, dispute_id=told.external_id)
        return None
    return retrying(lambda: _write(payment_id, told))


def _find_payment(provider_code: str, told: ProviderDispute) -> int | None:
    of_provider = select(Payment.id).where(Payment.provider == provider_code)
    known = session.execute(of_provider.where(Payment.external_id == told.payment_id)).scalar_one_or_none()
    if known is not None or not told.reference:
        return known
    return session.execute(
        of_provider.join(Order, Order.id == Payment.order_id)
        .where(Order.token == told.reference)
        .order_by((Payment.captured_minor > 0).desc(), Payment.id.desc())
        .limit(1)
    ).scalar_one_or_none()


def _write(payment_id: int, told: ProviderDispute) -> Dispute:
    order, payment, _others = lock_payment(payment_id)
    dispute = session.execute(
        select(Dispute)
        .where(Dispute.provider == payment.provider, Dispute.external_id == told.external_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if dispute is None:
        dispute = Dispute(
            payment_id=payment.id,
            provider=payment.provider,
            external_id=told.external_id,
            amount_minor=told.amount_minor,
            currency=told.currency,
            reason=told.reason,
            status=told.status,
            inquiry=told.inquiry,
            due_at=told.due_at,
            opened_at=told.opened_at,
        )
        session.add(dispute)
        session.flush()
        _tell(order.id, dispute, "dispute_opened")
        return dispute
    moved = dispute_after((dispute.status, dispute.inquiry), (told.status, told.inquiry))
    if moved == (dispute.status, dispute.inquiry):
        # Only news of the same step may move the day until which evidence is heard.
        if moved == (told.status, told.inquiry):
            dispute.due_at = told.due_at
        session.flush()
        return dispute
    dispute.status, dispute.inquiry = moved
    dispute.amount_minor, dispute.reason, dispute.due_at = told.amount_minor, told.reason, told.due_at
    session.flush()
    _tell(order.id, dispute, "dispute_closed" if dispute.closed else "dispute_changed")
    return dispute


def _tell(order_id: int, dispute: Dispute, kind: str) -> None:
    sentence = _sentence(dispute, _day(dispute.due_at))
    orders.add_event(order_id, kind, dispute_id=dispute.id, status=dispute.status, text=sentence)
    if kind == "dispute_opened" or dispute.closed or dispute.status == "needs_response":
        orders.flag(order_id, sentence)
    logger.warning("payment disputed", order_id=order_id, dispute_id=dispute.id, status=dispute.status)


def _sentence(dispute: Dispute, day: str) -> str:
    amount = Money(dispute.amount_minor, dispute.currency)
    provider = all_providers()[dispute.provider].label
    if dispute.status == "won":
        return _("The dispute over %(amount)s was decided for the shop: the money is back.", amount=amount)
    if dispute.status == "lost":
        return _("The dispute over %(amount)s was lost: the money stays with the customer.", amount=amount)
    if dispute.status == "closed":
        return _("The question about %(amount)s is closed, and the money stays with the shop.", amount=amount)
    if dispute.status == "under_review":
        return _("What was said about %(amount)s is being looked into; a decision may take some weeks.", amount=amount)
    if dispute.inquiry:
        return _(
            "The customer or their bank asks about %(amount)s. Please answer at %(provider)s by %(day)s.",
            amount=amount,
            provider=provider,
            day=day,
        )
    return _(
        "The customer disputes %(amount)s, and it is taken back for now. Please send evidence at %(provider)s "
        "by %(day)s, and don't refund this order: the customer would get it twice.",
        amount=amount,
        provider=provider,
        day=day,
    )


def _day(moment: datetime | None) -> str:
    return moment.date().isoformat() if moment is not None else _("the day it names")
