"""A provider that does not answer, in the words of a shopper's page."""

from dataclasses import dataclass

from store.core.i18n import gettext as _
from store.orders.models import Order
from store.payments.providers import all_providers
from store.payments.queries import list_payments
from store.payments.states import OPEN


@dataclass(frozen=True)
class Silence:
    """What to say of it: who is silent, and what that means for the shopper's money."""

    title: str
    sentence: str


def find_silence(order: Order, unanswered: str = "") -> Silence | None:
    """Return what is true of the latest attempt to pay an order while its provider keeps silent (1 statement).

    `unanswered` is the provider that did not answer a moment ago, where somebody has just asked one.
    """
    payments = list_payments(order.id)
    last = payments[-1] if payments else None
    if last is None or last.offline or last.status not in OPEN:
        return None
    if last.external_id is not None and not unanswered:
        return None
    title = _("%(provider)s does not answer right now", provider=all_providers()[last.provider].label)
    if last.external_id is not None:
        return Silence(title, _("The payment page that you opened there stays yours. Please try again in a moment."))
    if last.token_sent:
        sentence = _("We don't know yet whether it took your payment. Please try again: it is never charged twice.")
        return Silence(title, sentence)
    return Silence(title, _("Nothing was charged, and your order is kept. Please try again, or pay in another way."))
