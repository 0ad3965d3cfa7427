"""Money that was promised is taken, all of it or in parts: written down first, then asked for under its own key."""

from collections.abc import Callable, Sequence

from sqlalchemy import func, select

from store.core import log
from store.core.db import retrying, session, transaction
from store.core.errors import Conflict, Invalid, NotFound
from store.core.faults import point
from store.core.i18n import gettext as _
from store.core.queue import enqueue
from store.orders import services as orders
from store.orders.models import Order
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
    made = capture_reckoned(
        order_id, lambda _order, _payments, _payment: (amount_minor, final), request_id=request_id, actor=actor
    )
    assert made is not None  # somebody asked for an amount
    return made


def capture_reckoned(
    order_id: int,
    reckon: Callable[[Order, Sequence[Payment], Payment], tuple[int, bool] | None],
    *,
    request_id: str,
    actor: str,
) -> Capture | None:
    """Take what is reckoned, under the locks of order and payments, from how they stand; `None` for nothing."""
    made = retrying(lambda: _request(order_id, reckon, request_id=request_id, actor=actor))
    point("payments.capture.before_call")
    return attempt_capture(made.id) if made is not None else None


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
    point("payments.capture.after_call")
    return retrying(lambda: _write(capture_id, told))


def _request(
    order_id: int,
    reckon: Callable[[Order, Sequence[Payment], Payment], tuple[int, bool] | None],
    *,
    request_id: str,
    actor: str,
) -> Capture | None:
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
    wanted = reckon(order, payments, payment)
    if wanted is None:
        return None
    amount_minor, final = wanted
    under_way = asked_for(payment)
    left = payment.authorized_minor - payment.captured_minor - under_way
    final = final or amount_minor == left
    if under_way and (final or amount_minor > left):
        # Whichever arrives first at the provider: after the last one nothing can be taken any more.
        raise Conflict(_("Another part of the promised money is being taken right now. Please try again in a moment."))
    if not 0 < amount_minor <= left:
        raise Invalid(_("Please take something, and no more than was promised."), field="amount")
    made = Capture(payment_id=payment.id, request_id=request_id, amount_minor=amount_minor, final=final, actor=actor)
    session.add(made)
    session.flush()
    enqueue("payments.settle_capture", dedupe=f"payments.settle_capture:{made.id}", capture_id=made.id)
    return made


def asked_for(payment: Payment) -> int:
    """Return what is being taken of a payment right now, in minor units."""
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
    news = told.captured_minor - payment.captured_minor
    payment.captured_minor = max(payment.captured_minor, told.captured_minor)
    payment.status = after(payment.status, told.status)
    session.flush()
    if news > 0:
        # Else the provider's notification was faster, and has told it.
        orders.add_event(order.id, "captured", actor=made.actor, payment_id=payment.id, amount_minor=news)
    statuses.write(order, (payment, *others))
    point("payments.capture.before_commit")
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
