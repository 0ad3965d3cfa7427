"""Money that is awaited by hand while another way is open: whichever comes first ends the waiting for the other."""

from collections.abc import Sequence

from store.core.db import session
from store.core.queue import enqueue
from store.orders.models import Order
from store.payments.models import Payment
from store.payments.services import statuses
from store.payments.states import OPEN


def stop_waiting(order: Order, payments: Sequence[Payment]) -> None:
    """Expect no more money by hand where all that is owed was paid, or promised, another way; under the locks."""
    promised = sum(one.authorized_minor - one.captured_minor for one in payments if one.status == "authorized")
    if statuses.due(order, payments) > promised:
        return
    for payment in payments:
        if payment.offline and payment.status in OPEN:
            payment.status = "captured" if payment.captured_minor else "voided"
    session.flush()


def call_off_the_rest(order: Order, payments: Sequence[Payment]) -> None:
    """Have attempts and promises at providers called off where enough has come by hand; under the locks."""
    if statuses.due(order, payments) > 0:
        return
    for payment in payments:
        if not payment.offline and payment.status in (*OPEN, "authorized"):
            enqueue("payments.void", dedupe=f"payments.void:{payment.id}", payment_id=payment.id)
