"""An attempt becomes known to its provider."""

from sqlalchemy import select, update

from store.core import log
from store.core.clock import now
from store.core.db import retrying, run_alone, session
from store.core.faults import point
from store.orders import services as orders
from store.orders.models import Order
from store.payments.models import Payment
from store.payments.providers import base_url, get_provider
from store.payments.providers.base import Declined, PaymentRequest, Unavailable
from store.payments.services.line import ask
from store.payments.services.lock import lock_payment
from store.payments.states import OPEN
from store.shop.queries import get_market

_OPENED = """
    UPDATE payments SET external_id = :external_id, redirect_url = :url, updated_at = :moment WHERE id = :payment_id
    RETURNING status
"""

logger = log.get_logger(__name__)


def open_at_provider(payment_id: int, *, token: str = "", fresh: tuple[Order, Payment] | None = None) -> str:
    """Open an attempt at its provider, or find out what became of an earlier try; return where the shopper goes.

    `fresh` spares reading what has been written a moment ago. Raises `Unavailable` when the provider does not answer;
    the attempt stays as it is, for its key may have arrived.
    """
    order, payment = fresh or retrying(lambda: _read(payment_id))
    request = PaymentRequest(
        idempotency_key=payment.idempotency_key,
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        reference=order.token,
        return_url=return_url(order),
        capture="manual" if payment.capture_mode == "manual" else "automatic",
        token=token,
    )
    provider = get_provider(payment.provider)
    if token:
        retrying(lambda: _token_goes(payment_id))
    point("payments.begin.before_start")
    try:
        redirect = ask(lambda: provider.start(request))
    except Declined as error:
        logger.warning("payment refused at the start", payment_id=payment_id, reason=error.message)
        reason = error.message
        retrying(lambda: _refused(payment_id, reason))
        return return_url(order)
    point("payments.begin.after_start")
    status = _opened(payment_id, redirect.external_id, redirect.url)
    if status in ("failed", "voided"):
        # While nobody answered, the shopper chose another way: nothing may come by this one.
        try:
            ask(lambda: provider.cancel(redirect.external_id))
        except (Declined, Unavailable) as error:
            logger.warning("late answer can't be closed", payment_id=payment_id, error=error.message)
        return return_url(order)
    return redirect.url


def return_url(order: Order) -> str:
    """Return the page to which providers lead a shopper back."""
    prefix = get_market(order.market).prefix
    return f"{base_url()}{f'/{prefix}' if prefix else ''}/checkout/return/{order.token}"


def _read(payment_id: int) -> tuple[Order, Payment]:
    row = session.execute(
        select(Order, Payment)
        .join(Payment, Payment.order_id == Order.id)
        .where(Payment.id == payment_id)
        .execution_options(populate_existing=True)
    ).one()
    return row[0], row[1]


def _token_goes(payment_id: int) -> None:
    # Written down before the call: with a token the money may be taken at once, and the answer be lost.
    session.execute(update(Payment).where(Payment.id == payment_id).values(token_sent=True))


def _opened(payment_id: int, external_id: str, url: str) -> str:
    # One row and nothing else, so the order's lock is not needed; whoever asked at the same time was answered the same.
    named = {"payment_id": payment_id, "external_id": external_id, "url": url, "moment": now()}
    status: str = run_alone(_OPENED, named)[0].status
    return status


def _refused(payment_id: int, reason: str) -> None:
    order, payment, _others = lock_payment(payment_id)
    if payment.status in OPEN and payment.external_id is None:
        payment.status, payment.failure = "failed", reason
        session.flush()
        orders.add_event(order.id, "payment_failed", attempt=payment.attempt)
