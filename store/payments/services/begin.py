"""A payment begins: one open attempt an order, its key written down before the provider hears of it."""

from collections.abc import Sequence
from functools import partial

from store.core import log
from store.core.clock import now
from store.core.db import retrying, session
from store.core.errors import Conflict
from store.core.i18n import gettext as _
from store.core.rows import put
from store.orders import services as orders
from store.orders.models import Order
from store.payments.errors import NotPayable
from store.payments.models import Payment
from store.payments.providers import capture_mode, get_provider
from store.payments.providers.base import Declined, Provider, Unavailable
from store.payments.queries import list_open_payments
from store.payments.services import statuses
from store.payments.services.apply import MISMATCH, apply_payment
from store.payments.services.lock import lock_order_payments, lock_payment
from store.payments.services.open import open_at_provider, return_url
from store.payments.services.void import void_payment
from store.payments.states import OPEN

MAX_ATTEMPTS = 5

# Nobody is paying, and the provider has no way to close its page.
_STILL_OPEN = ("created", "requires_action")

logger = log.get_logger(__name__)


def begin(order_id: int, provider_code: str, *, token: str = "", fresh: tuple[Order, Payment] | None = None) -> str:
    """Return the URL at which the shopper pays an order; however often it is called, there is one open attempt.

    What is asked for is the whole of an order that waits for its payment, and what is still due of one that is placed.
    `token` is what the provider's own form on our page gave; `fresh` is an order and what `first_attempt` has just
    written down for it. A way to pay that is offline places the order at once.
    An attempt at another provider is called off first. When there is nothing to pay any more, the URL is that of the
    return page, which knows where to go on. Raises `NotPayable` for an order that is closed or has been tried too
    often, `NotFound` for a provider that isn't offered, and `Unavailable` when the provider does not answer: then the
    next call asks again for the same attempt. An attempt that its provider never answered gives way to another one.
    """
    provider = get_provider(provider_code)
    if fresh is not None and not fresh[1].offline:
        return open_at_provider(fresh[1].id, token=token, fresh=fresh)
    _catch_up(order_id)
    for _round in range(3):
        order, payment = retrying(lambda: _attempt(order_id, provider))
        if payment is None or payment.status == "processing":
            return return_url(order)
        # With a token somebody has typed another card: what waits for another step, or on another page, is called off.
        if payment.provider == provider.code and not (token and payment.external_id):
            if payment.offline:
                return return_url(order)
            return payment.redirect_url or open_at_provider(payment.id, token=token)
        try:
            status = void_payment(payment.id).status
        except Unavailable:
            if not retrying(partial(_set_aside, payment.id)):
                raise
            continue
        if status in _STILL_OPEN:
            raise Conflict(
                _(
                    "The payment page you opened before can't be closed from here. "
                    "Please pay on it or cancel there; after that you can pay in another way."
                )
            )
    raise Conflict(_("Your earlier payment is still being processed. Please wait a moment."))


def first_attempt(order: Order, provider_code: str) -> Payment | None:
    """Write down, in the transaction that makes an order, the first attempt to pay it; `begin` opens it afterwards.

    An order that costs nothing is placed at once, without an attempt; one that is paid by hand is placed with it.
    """
    if order.total_minor == 0:
        orders.mark_placed(order.id)
        statuses.write(order, ())
        return None
    return _write_down(order, (), get_provider(provider_code), order.total_minor)


def _set_aside(payment_id: int) -> bool:
    """Give up an attempt that its provider never answered, and say whether that is safe.

    It is where no money can have come by it: nobody was shown a page, and no token went with the call. Should the
    provider have heard the call after all, `open_at_provider` closes what it opened.
    """
    order, payment, others = lock_payment(payment_id)
    if payment.external_id is not None or payment.token_sent:
        return False
    if payment.status in OPEN:
        payment.status, payment.failure = "failed", _("The provider did not answer; another way was chosen.")
        session.flush()
        orders.add_event(order.id, "payment_failed", attempt=payment.attempt)
        statuses.write(order, (payment, *others))
    return True


def _catch_up(order_id: int) -> None:
    """Ask about the open attempt first: a shopper who was declined should not be sent back to the same page."""
    for payment in list_open_payments(order_id):
        if payment.external_id is not None and not payment.offline:
            try:
                apply_payment(payment.id)
            except (Unavailable, Declined) as error:
                logger.warning("open payment can't be asked about", payment_id=payment.id, error=error.message)


def _attempt(order_id: int, provider: Provider) -> tuple[Order, Payment | None]:
    order, payments = lock_order_payments(order_id)
    promised = sum(one.authorized_minor - one.captured_minor for one in payments if one.status == "authorized")
    amount = statuses.due(order, payments) - promised
    if order.status == "placed" and amount <= 0:
        return order, None
    if order.status not in ("pending", "placed"):
        raise NotPayable(_("This order was closed before it was paid. Please check your cart and try again."))
    if any(payment.failure == MISMATCH for payment in payments):
        raise NotPayable(_("We have to look into a payment of this order first. Please write to us."))
    opened = [payment for payment in payments if payment.status in OPEN]
    if order.status == "placed" and not provider.offline:
        # What is awaited by hand stays awaited until this one has brought it: whoever gives up here still owes it.
        opened = [payment for payment in opened if not payment.offline]
    if opened:
        return order, opened[-1]
    if amount <= 0:
        orders.mark_placed(order_id)
        statuses.write(order, payments)
        return order, None
    if order.expires_at is not None and order.expires_at <= now():
        raise NotPayable(_("The time to pay this order is over. Please check your cart and try again."))
    if sum(payment.status == "failed" or order.status == "pending" for payment in payments) >= MAX_ATTEMPTS:
        raise NotPayable(_("There have been too many attempts to pay this order. Please write to us."))
    return order, _write_down(order, payments, provider, amount)


def _write_down(order: Order, payments: Sequence[Payment], provider: Provider, amount: int) -> Payment:
    number = len(payments) + 1
    payment = Payment(
        order_id=order.id,
        attempt=number,
        provider=provider.code,
        # Tokens are unique for ever; ids begin anew with an emptied database, and providers remember keys.
        idempotency_key=f"pay:{order.token}:{number}",
        currency=order.currency,
        amount_minor=amount,
        capture_mode=capture_mode() if provider.authorizes else "automatic",
        offline=provider.offline,
    )
    put(payment)
    if provider.offline:
        if order.status != "placed":
            # What is only the difference of a change must not let the rest leave unpaid.
            order.ship_unpaid = provider.ships_unpaid
        orders.mark_placed(order.id)
        statuses.write(order, (*payments, payment))
    return payment
