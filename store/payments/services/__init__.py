"""The verbs of money. Each asks the provider first and then writes down what it said.

Unlike other services these open their own transactions, because between two of them they talk to a provider: call
them outside of any. Locks are taken in the order order, payment, stock.
"""

from store.payments.services.apply import apply_payment
from store.payments.services.begin import begin, first_attempt
from store.payments.services.cancel import cancel_order
from store.payments.services.capture import capture, settle_capture
from store.payments.services.chase import chase_transfers
from store.payments.services.crediting import LinePart, RefundParts
from store.payments.services.drifts import Drift
from store.payments.services.expire import expire_due_orders, expire_order
from store.payments.services.receive import receive
from store.payments.services.reconcile import reconcile
from store.payments.services.refund import (
    confirm_refund,
    refund,
    refund_in_full,
    settle_difference,
    settle_due_refunds,
    settle_refund,
)
from store.payments.services.returning import next_step, return_from_provider
from store.payments.services.shipped import capture_shipped, configure, takes_when_shipped
from store.payments.services.void import void_payment
from store.payments.services.webhooks import handle_event, receive_webhook

__all__ = [
    "Drift",
    "LinePart",
    "RefundParts",
    "apply_payment",
    "begin",
    "cancel_order",
    "capture",
    "capture_shipped",
    "chase_transfers",
    "configure",
    "confirm_refund",
    "expire_due_orders",
    "expire_order",
    "first_attempt",
    "handle_event",
    "next_step",
    "receive",
    "receive_webhook",
    "reconcile",
    "refund",
    "refund_in_full",
    "return_from_provider",
    "settle_capture",
    "settle_difference",
    "settle_due_refunds",
    "settle_refund",
    "takes_when_shipped",
    "void_payment",
]
