"""What happens to returns, for those above to follow up."""

from dataclasses import dataclass

from store.core.events import Event


@dataclass(frozen=True)
class ReturnMoved(Event):
    """A return has come to a status; it comes to each but `received` once."""

    return_id: int
    status: str
