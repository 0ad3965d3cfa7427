"""Payments' jobs: what notifications and the clock set going."""

from store.core.db import transaction
from store.core.events import subscribe
from store.core.queue import job
from store.orders.events import OrderShipped
from store.orders.queries import get_order
from store.payments import services
from store.payments.services.cancel import finish_cancellation
from store.payments.services.reconcile import FAR_WINDOW
from store.payments.services.shipped import capture_shipped as take_for_shipped


@subscribe(OrderShipped, name="payments.capture_shipped")
def capture_shipped(event: OrderShipped) -> None:
    """Take what has left, unless the parcel was taken back."""
    with transaction():
        parcels = {one.id: one for one in get_order(event.order_id).fulfilments}
    parcel = parcels.get(event.fulfilment_id)
    if parcel is None or not parcel.has_left or parcel.attempt != event.attempt:
        return
    take_for_shipped(event.order_id, request_id=f"shipped-{parcel.id}-{parcel.attempt}")


@job("payments.handle_event")
def handle_event(event_id: int) -> None:
    """Deal with a notification."""
    services.handle_event(event_id)


@job("payments.expire_due_orders", lease=120)
def expire_due_orders() -> None:
    """Close the orders that were not paid in time."""
    services.expire_due_orders()


@job("payments.settle_capture")
def settle_capture(capture_id: int) -> None:
    """See a capture through; raises until the provider has answered, so that it is tried again."""
    services.settle_capture(capture_id)


@job("payments.void")
def void(payment_id: int) -> None:
    """Call off a promise or an attempt whose order could not be placed, or was paid another way."""
    services.void_payment(payment_id)


@job("payments.settle_refund")
def settle_refund(refund_id: int) -> None:
    """See a refund through; raises until the provider has answered, so that it is tried again."""
    services.settle_refund(refund_id)


@job("payments.settle_refunds", lease=120)
def settle_refunds() -> None:
    """See the refunds through that nobody is waiting for any more."""
    services.settle_due_refunds()


@job("payments.finish_cancellation")
def finish_cancelling(order_id: int, refund_ids: list[int], actor: str, reason: str, restock: bool) -> None:  # noqa: FBT001 - a job's arguments are JSON
    """Cancel an order whose refund was not confirmed at once."""
    finish_cancellation(order_id, refund_ids, actor=actor, reason=reason, restock=restock)


@job("payments.reconcile", lease=240)
def reconcile() -> None:
    """Compare the books with every provider's."""
    services.reconcile()


@job("payments.reconcile_far", lease=900)
def reconcile_far() -> None:
    """Compare what may still be given back or charged back, once a day."""
    services.reconcile(FAR_WINDOW)


@job("payments.chase_transfers", lease=240)
def chase_transfers() -> None:
    """Remind of transfers that do not come, and call off orders that were not paid in time."""
    services.chase_transfers()
