"""What happens to money that others react to."""

from dataclasses import dataclass

from store.core.events import Event


@dataclass(frozen=True)
class PaymentMissed(Event):
    """Nothing has come of a transfer for some days; its customer is reminded."""

    order_id: int
