"""The only door to paid. Notifications, the return page and the reconciler all come through here.

None of them is believed: the provider is asked how the payment stands, and what it says is written down under the
locks of order and payment, if it is news. Whoever comes second finds it written and returns the same.
"""

from collections.abc import Sequence

from store.core import log
from store.core.db import retrying, session, transaction
from store.core.errors import Conflict
from store.core.faults import point
from store.core.i18n import gettext as _
from store.core.money import Money
from store.core.queue import enqueue
from store.orders import services as orders
from store.orders.models import Order
from store.payments.models import Payment, Refund
from store.payments.providers import get_provider
from store.payments.providers.base import ProviderPayment
from store.payments.queries import get_payment
from store.payments.services import statuses
from store.payments.services.awaiting import stop_waiting
from store.payments.services.line import ask
from store.payments.services.lock import lock_payment
from store.payments.services.open import open_at_provider
from store.payments.states import after

# The failure of a payment that was not what we asked for: money may have been taken that nobody owes.
MISMATCH = "mismatch"

logger = log.get_logger(__name__)


def apply_payment(payment_id: int) -> Payment:
    """Bring a payment, its order and its stock to what the provider says, and return the payment.

    Money for an order that can't be placed any more goes back by itself. Raises `NotFound` for an unknown payment,
    `Unavailable` when the provider does not answer and `Declined` when it won't say; then nothing has changed.
    """
    with transaction():
        payment = get_payment(payment_id)
    if payment.status == "captured" or payment.offline:
        # Its effects were written together with it; of money received by hand no provider knows.
        return payment
    if payment.external_id is None:
        open_at_provider(payment_id)
        with transaction():
            payment = get_payment(payment_id)
    external_id = payment.external_id
    if external_id is None:
        return payment
    provider = get_provider(payment.provider)
    told = ask(lambda: provider.fetch(external_id))
    point("payments.apply.after_fetch")
    return retrying(lambda: _write(payment_id, told))


def _write(payment_id: int, told: ProviderPayment) -> Payment:
    order, payment, others = lock_payment(payment_id)
    status = after(payment.status, told.status)
    # Taken is taken: an answer from before a capture is old news.
    taken = max(told.captured_minor, payment.captured_minor)
    if status == payment.status and taken == payment.captured_minor:
        return payment
    if _mismatches(order, payment, told):
        return payment
    payment.status = status
    payment.failure = told.failure
    news = taken - payment.captured_minor
    payment.captured_minor = taken
    if status == "authorized":
        payment.authorized_minor = payment.amount_minor
    session.flush()
    if status in ("authorized", "captured"):
        _place(order, payment, others, news)
    elif status == "failed":
        orders.add_event(order.id, "payment_failed", attempt=payment.attempt)
    statuses.write(order, (payment, *others))
    point("payments.apply.before_commit")
    return payment


def _place(order: Order, payment: Payment, others: Sequence[Payment], news: int) -> None:
    """Let an order that waited for this money be placed; money for one that is placed is looked at by a person."""
    if order.status == "placed":
        if news:
            orders.add_event(order.id, "captured", payment_id=payment.id, amount_minor=news)
        kept = sum(one.captured_minor - one.refunded_minor for one in (payment, *others))
        if news and kept > order.total_minor - order.credited_minor:
            # Which of the two to give back, and whether the shopper meant it, is for a person to say.
            orders.flag(order.id, _("This order was paid twice. Please give the second payment back."))
            logger.error("order paid twice", order_id=order.id, payment_id=payment.id)
        stop_waiting(order, (payment, *others))
        return
    try:
        # A savepoint, so that whatever a refused placement began is undone and the money is still on record.
        with session.begin_nested():
            orders.mark_placed(order.id)
    except Conflict as error:
        _send_back(order, payment, error)


def _send_back(order: Order, payment: Payment, why: Conflict) -> None:
    """Give money back that came too late. The key of the refund is the payment's, so it happens once."""
    if not payment.captured_minor:
        # Only promised: the promise is given back.
        enqueue("payments.void", dedupe=f"payments.void:{payment.id}", payment_id=payment.id)
        logger.warning("late promise goes back", order_id=order.id, payment_id=payment.id, reason=type(why).__name__)
        return
    refund = Refund(
        payment_id=payment.id,
        request_id=f"late:{payment.id}",
        amount_minor=payment.captured_minor,
        currency=payment.currency,
        reason=_("The money came when the order could not be placed any more."),
    )
    session.add(refund)
    session.flush()
    enqueue("payments.settle_refund", dedupe=f"payments.settle_refund:{refund.id}", refund_id=refund.id)
    orders.flag(
        order.id, _("Money came after the order was closed and could not be placed any more. It is being paid back.")
    )
    logger.warning("late money goes back", order_id=order.id, payment_id=payment.id, reason=type(why).__name__)


def _mismatches(order: Order, payment: Payment, told: ProviderPayment) -> bool:
    """Refuse a payment that is not the one we asked for: it never pays the order, and staff are called."""
    # What a provider does not tell before there is money can't differ.
    untold = told.amount_minor is None and told.status not in ("authorized", "succeeded")
    amount_minor = payment.amount_minor if untold else told.amount_minor or 0
    agreed = (payment.amount_minor, payment.currency, order.token)
    # A placed order may have changed since: what is still asked for then is the difference.
    right_amount = order.status == "placed" or payment.amount_minor == order.total_minor
    if (amount_minor, told.currency, told.reference) == agreed and right_amount:
        return False
    if payment.status != "failed":
        payment.status = "failed"
        payment.failure = MISMATCH
        session.flush()
    sentence = _(
        "The payment provider reports %(told)s where %(wanted)s were asked for, or names another order. "
        "This payment was not accepted; please look it up there.",
        told=Money(amount_minor, told.currency),
        wanted=Money(payment.amount_minor, payment.currency),
    )
    orders.flag(order.id, sentence)
    logger.error("payment does not match its order", order_id=order.id, payment_id=payment.id)
    return True
