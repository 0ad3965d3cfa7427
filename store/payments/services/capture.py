"""Money that was promised is taken, all of it or in parts: written down first, then asked for under its own key."""

from sqlalchemy import func, select

from store.core import log
from store.core.db import retrying, session, transaction
from store.core.errors import Conflict, Invalid, NotFound
from store.core.i18n import gettext as _
from store.core.queue import enqueue
from store.orders import services as orders
from store.payments.errors import NothingPaid, Unsettled
from store.payments.models import Capture, Payment
from store.payments.providers import get_provider
from store.payments.providers.base import Declined, ProviderPayment, Unavailable
from store.payments.services import statuses
from store.payments.services.line import ask
from store.payments.services.lock import lock_order_payments, lock_payment
from store.payments.states import after

logger = log.get_logger(__name__)


def capture(order_id: int, *, amount_minor: int, request_id: str, actor: str, final: bool = False) -> Capture:
    """Take a part of what was authorised for an order, and return the capture as it stands.

    One `request_id` is one capture, however often it is sent; `final` gives up the rest. `requested` means that the
    provider has not confirmed it: it is settled without anybody's help. `failed` says why. Raises `NothingPaid` where
    nothing is authorised and `Invalid` for more than is left.
    """
    made = retrying(lambda: _request(order_id, amount_minor, request_id=request_id, actor=actor, final=final))
    return attempt_capture(made.id)


def settle_capture(capture_id: int) -> Capture:
    """Ask for a capture again under its key; raises `Unsettled` when nobody answers."""
    made = attempt_capture(capture_id)
    if made.status == "requested":
        raise Unsettled(_("The payment provider has not confirmed that it took the money yet."))
    return made


def attempt_capture(capture_id: int) -> Capture:
    """Ask the provider for a capture and write down its answer; without an answer it stays `requested`."""
    with transaction():
        made, payment = _read(capture_id)
    external_id = payment.external_id
    if made.status != "requested" or external_id is None or payment.offline:
        return made
    provider = get_provider(payment.provider)
    key = f"capture:{payment.idempotency_key}:{made.id}"
    try:
        told = ask(
            lambda: provider.capture(external_id, amount_minor=made.amount_minor, final=made.final, idempotency_key=key)
        )
    except Unavailable as error:
        logger.warning("capture not confirmed", capture_id=capture_id, error=error.message)
        return made
    except Declined as error:
        reason = error.message
        return retrying(lambda: _refused(capture_id, reason))
    return retrying(lambda: _write(capture_id, told))


def _request(order_id: int, amount_minor: int, *, request_id: str, actor: str, final: bool) -> Capture:
    order, payments = lock_order_payments(order_id)
    known = session.execute(
        select(Capture, Payment.order_id)
        .join(Payment, Payment.id == Capture.payment_id)
        .where(Capture.request_id == request_id)
    ).one_or_none()
    if known is not None:
        if known[1] != order_id:
            raise Conflict(_("This form was used for another order. Please reload the page."))
        return known[0]
    payment = next((one for one in payments if one.status == "authorized"), None)
    if payment is None or order.status != "placed":
        raise NothingPaid(_("This order holds no promised money that could be taken."))
    left = payment.authorized_minor - payment.captured_minor - _asked_for(payment)
    if not 0 < amount_minor <= left:
        raise Invalid(_("Please take something, and no more than was promised."), field="amount")
    made = Capture(
        payment_id=payment.id,
        request_id=request_id,
        amount_minor=amount_minor,
        final=final or amount_minor == left,
        actor=actor,
    )
    session.add(made)
    session.flush()
    enqueue("payments.settle_capture", dedupe=f"payments.settle_capture:{made.id}", capture_id=made.id)
    return made


def _asked_for(payment: Payment) -> int:
    return int(
        session.execute(
            select(func.coalesce(func.sum(Capture.amount_minor), 0)).where(
                Capture.payment_id == payment.id, Capture.status == "requested"
            )
        ).scalar_one()
    )


def _write(capture_id: int, told: ProviderPayment) -> Capture:
    made, payment_before = _read(capture_id)
    order, payment, others = lock_payment(payment_before.id)
    session.refresh(made, with_for_update=True)
    if made.status != "requested":
        return made
    made.status, made.failure = "succeeded", ""
    payment.captured_minor = max(payment.captured_minor, told.captured_minor)
    payment.status = after(payment.status, told.status)
    session.flush()
    orders.add_event(order.id, "captured", actor=made.actor, payment_id=payment.id, amount_minor=made.amount_minor)
    statuses.write(order, (payment, *others))
    return made


def _refused(capture_id: int, reason: str) -> Capture:
    made, payment_before = _read(capture_id)
    order, _payment, _others = lock_payment(payment_before.id)
    session.refresh(made, with_for_update=True)
    if made.status != "requested":
        return made
    made.status, made.failure = "failed", reason
    session.flush()
    orders.add_event(order.id, "capture_failed", actor=made.actor, amount_minor=made.amount_minor)
    orders.flag(order.id, _("The payment provider refused to take promised money. Please look into it."))
    return made


def _read(capture_id: int) -> tuple[Capture, Payment]:
    row = session.execute(
        select(Capture, Payment)
        .join(Payment, Payment.id == Capture.payment_id)
        .where(Capture.id == capture_id)
        .execution_options(populate_existing=True)
    ).one_or_none()
    if row is None:
        raise NotFound(_("This capture does not exist."))
    return row[0], row[1]
