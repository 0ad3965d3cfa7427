"""What others hear of changes."""

from dataclasses import dataclass

from store.core.events import Event


@dataclass(frozen=True, slots=True)
class ExchangeTakenBack(Event):
    """An exchange whose difference was not paid came to nothing: what was sent back for it is paid back."""

    order_id: int
    change_id: int
