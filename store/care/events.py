"""What shoppers have done with an order."""

from dataclasses import dataclass

from store.core.events import Event


@dataclass(frozen=True)
class AddressChanged(Event):
    """The order goes elsewhere now; `change` counts its changes of address."""

    order_id: int
    change: int
