"""What happens to orders, for those above to follow up."""

from dataclasses import dataclass

from store.core.events import Event


@dataclass(frozen=True)
class OrderPlaced(Event):
    """The order has its number and its stock is allocated; it is paid, or its money is promised."""

    order_id: int


@dataclass(frozen=True)
class OrderShipped(Event):
    """A parcel of the order has left; it may have been taken back and left again, as its `attempt` tells."""

    order_id: int
    fulfilment_id: int
    attempt: int = 1


@dataclass(frozen=True)
class OrderReady(Event):
    """A parcel of the order waits for its buyer to fetch it; it may have been called off since."""

    order_id: int
    fulfilment_id: int


@dataclass(frozen=True)
class OrderExpired(Event):
    """The order was not paid in time; its stock is free again."""

    order_id: int


@dataclass(frozen=True)
class OrderCancelled(Event):
    """The order will not be fulfilled."""

    order_id: int


@dataclass(frozen=True)
class OrderRefunded(Event):
    """Money of the order has gone back; `refund_id` says which refund."""

    order_id: int
    refund_id: int
