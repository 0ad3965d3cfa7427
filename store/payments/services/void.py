"""An attempt is called off: at the provider first, because only there can money be stopped."""

from store.core import log
from store.core.db import retrying, session, transaction
from store.core.faults import point
from store.payments.models import Payment
from store.payments.providers import get_provider
from store.payments.providers.base import Declined, Unavailable
from store.payments.queries import get_payment
from store.payments.services import statuses
from store.payments.services.apply import apply_payment
from store.payments.services.line import ask
from store.payments.services.lock import lock_payment
from store.payments.services.open import open_at_provider
from store.payments.states import OPEN

logger = log.get_logger(__name__)


def void_payment(payment_id: int) -> Payment:
    """Close a payment at its provider and return how it stands then: voided, or captured if the money was faster.

    Of one that is authorised, what was not captured is given up. It stays open when the provider can't stop it. Raises
    `Unavailable` when the provider does not say how it stands.
    """
    with transaction():
        payment = get_payment(payment_id)
    if payment.status not in (*OPEN, "authorized"):
        return payment
    if payment.offline:
        return retrying(lambda: _close(payment_id))
    if payment.external_id is None:
        # Its opening may have arrived although the answer did not: only by asking again do we learn its name.
        open_at_provider(payment_id)
        with transaction():
            payment = get_payment(payment_id)
    external_id = payment.external_id
    if external_id is None:
        return payment
    provider = get_provider(payment.provider)
    try:
        ask(lambda: provider.cancel(external_id))
    except (Declined, Unavailable) as error:
        # Refused or unknown; either way the truth is what the provider says next.
        logger.warning("cancelling was not confirmed", payment_id=payment_id, error=error.message)
    point("payments.void.after_cancel")
    return apply_payment(payment_id)


def _close(payment_id: int) -> Payment:
    """Expect no more money by hand; what came of it stays."""
    order, payment, others = lock_payment(payment_id)
    if payment.status in OPEN:
        payment.status = "captured" if payment.captured_minor else "voided"
        session.flush()
        statuses.write(order, (payment, *others))
    return payment
