"""What happens to returns, for those above to follow up."""

from dataclasses import dataclass

from store.core.events import Event

# No status: an exchange that was settled came to nothing after all.
GIVEN_UP = "given_up"


@dataclass(frozen=True)
class ReturnMoved(Event):
    """A return has come to a status, or is `GIVEN_UP`; it comes to each but `received` once."""

    return_id: int
    status: str
