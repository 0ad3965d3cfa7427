"""What a streaming service owes the shop. Its own errors stop here: callers meet `Unavailable` and `Refused`.

* **A notification only says where to look.** What became of a film is believed by `fetch` alone.
* **No transaction is open** while a service is asked.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from store.core.errors import Conflict, Invalid

State = Literal["missing", "waiting", "working", "ready", "failed"]

# How old a signed notification may be, in seconds, and how far its sender's clock may be ahead of ours.
WEBHOOK_TOLERANCE = 300


class Refused(Conflict):
    """The service understood and refuses; asking again in the same words will not help."""


class BadSignature(Invalid):
    """A notification that its sender can't prove to be theirs, or that comes too late."""

    status = 400


@dataclass(frozen=True, slots=True)
class Ticket:
    """Where one film may be sent once; the service knows it as `external_id` from now on."""

    external_id: str
    url: str


@dataclass(frozen=True, slots=True)
class Standing:
    """How a film stands at the service. `waiting` is for its bytes; `embed_url` is its player once it is ready."""

    state: State
    problem: str = ""
    embed_url: str = ""
    hls_url: str = ""


class StreamingService(ABC):
    """A service that plays films in the quality that a connection allows. Safe to share between threads."""

    @abstractmethod
    def open_upload(self, *, name: str, reference: str, seconds: int) -> Ticket:
        """Ask for a place for a film no longer than `seconds`; one that nothing is sent to is forgotten by itself."""

    @abstractmethod
    def send(self, ticket: Ticket, *, name: str, content_type: str, size: int, pieces: Iterator[bytes]) -> None:
        """Send a film of `size` bytes to its place."""

    @abstractmethod
    def fetch(self, external_id: str) -> Standing:
        """Answer how a film stands; `missing` when the service knows none by that name."""

    @abstractmethod
    def set_captions(self, external_id: str, language: str, body: str) -> None:
        """Give a film captions in WebVTT, in place of those it had in that language."""

    @abstractmethod
    def drop_captions(self, external_id: str, language: str) -> None:
        """Take captions away; harmless when there are none."""

    @abstractmethod
    def delete(self, external_id: str) -> None:
        """Delete a film; harmless when there is none."""

    @abstractmethod
    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> str:
        """Check a notification and return the film that it is about; raises `BadSignature`.

        It looks at nothing before the signature is right. Header names come in any case.
        """
