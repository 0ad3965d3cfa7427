"""What can go wrong when a mail is sent."""

from store.core.errors import Unavailable


class MailRefused(Unavailable):
    """The mail server refuses this mail for good; sending it again would not help."""

    def __init__(self, message: str) -> None:
        super().__init__(message, permanent=True)
