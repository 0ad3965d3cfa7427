"""The shopper comes back from the provider. That proves nothing, so the provider is asked."""

from store.core import log
from store.core.db import transaction
from store.orders.models import Order
from store.orders.queries import get_order_by_token
from store.payments.providers import get_provider
from store.payments.providers.base import Declined, NextStep, Unavailable
from store.payments.queries import list_payments
from store.payments.services.apply import apply_payment
from store.payments.services.line import ask
from store.payments.states import OPEN

logger = log.get_logger(__name__)


def return_from_provider(token: str) -> tuple[Order, str]:
    """Bring the latest attempt to pay an order up to date; return the order and how that attempt stands.

    The attempt is `none` when there was none. A provider that does not answer is no error here: its notification or
    the reconciler will tell. Raises `NotFound` for an unknown order.
    """
    with transaction():
        order = get_order_by_token(token)
        payments = list_payments(order.id)
    attempt = payments[-1].status if payments else "none"
    if payments and attempt in OPEN:
        try:
            attempt = apply_payment(payments[-1].id).status
        except (Unavailable, Declined) as error:
            logger.warning("returning shopper's payment is unknown", payment_id=payments[-1].id, error=error.message)
    with transaction():
        return get_order_by_token(token), attempt


def next_step(order_id: int) -> NextStep | None:
    """Return what the shopper's bank still wants for the latest attempt, where a page of ours is to show it."""
    with transaction():
        payments = list_payments(order_id)
    external_id = payments[-1].external_id if payments else None
    if external_id is None:
        return None
    provider = get_provider(payments[-1].provider)
    try:
        return ask(lambda: provider.next_step(external_id))
    except (Unavailable, Declined) as error:
        logger.warning("next step is unknown", payment_id=payments[-1].id, error=error.message)
        return None
