"""What a carrier owes the shop. One file beside this one, with one subclass of `Carrier`, is a new carrier.

No transaction is open while a carrier is asked. One that does not answer raises `Unavailable`: whether it did what was
asked is open, and the shop asks again by what it knows. What a notification says is a hint; `track` is what counts.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal

from store.core.errors import Conflict, Invalid
from store.core.errors import Unavailable as _Unavailable
from store.core.settings import Settings

# A shopper waits for prices, so long and no longer; staff wait for a label.
QUOTE_TIMEOUT = 4.0
CALL_TIMEOUT = 20.0

State = Literal["unknown", "announced", "moving", "delivered", "returned", "failed"]


class Refused(Conflict):
    """The carrier understood and says no; its reason is the message."""


class Unavailable(_Unavailable):
    """No answer, or none that can be understood."""


class BadSignature(Invalid):
    """A notification that its sender can't prove to be theirs."""

    status = 400


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is sent from where to where; addresses as the shop keeps them, sizes in millimetres, weight in grams."""

    origin: Mapping[str, Any]
    to: Mapping[str, Any]
    grams: int
    box_mm: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Rate:
    """What a carrier asks for a parcel by one of its services; `external_id` is what a label is bought by."""

    external_id: str
    provider: str
    service: str
    name: str
    amount_minor: int
    currency: str
    days: int | None


@dataclass(frozen=True, slots=True)
class Label:
    """A label as the carrier has it. `state` asked: it is still being made."""

    external_id: str
    state: Literal["asked", "bought", "failed"]
    tracking_number: str = ""
    tracking_link: str = ""
    url: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Hint:
    """That something may have happened to a parcel."""

    tracking_carrier: str
    tracking_number: str


@dataclass(frozen=True, slots=True)
class Tracking:
    """Where a parcel is, in one word, and since when."""

    state: State
    at: datetime | None
    words: str = ""


class Carrier(ABC):
    """A carrier, or a service that speaks for many."""

    code: ClassVar[str]
    label: ClassVar[str]

    @abstractmethod
    def configure(self, settings: Settings) -> None:
        """Take what is needed from the settings."""

    @abstractmethod
    def configured(self) -> bool:
        """Whether the shop has an account there."""

    @abstractmethod
    def quote(self, parcel: Parcel, *, timeout: float = QUOTE_TIMEOUT) -> Sequence[Rate]:
        """Return what each service asks for a parcel; raises `Refused` and `Unavailable`."""

    @abstractmethod
    def get_rate(self, external_id: str) -> Rate:
        """Return an offer that was made before; raises `Refused` when it is gone."""

    @abstractmethod
    def buy(self, rate_id: str, *, reference: str) -> Label:
        """Buy a label; raises `Unavailable` when it is open whether it was bought."""

    @abstractmethod
    def find_label(self, rate_id: str, *, reference: str) -> Label | None:
        """Return the label that was bought under a reference, `None` when there is none."""

    @abstractmethod
    def track(self, tracking_carrier: str, tracking_number: str) -> Tracking:
        """Return where a parcel is."""

    @abstractmethod
    def parse_webhook(self, headers: Mapping[str, str], token: str, body: bytes) -> Hint | None:
        """Return what a notification is about, `None` for what does not matter; raises `BadSignature`."""
