"""What a carrier owes the shop. One file beside this one, with one subclass of `Carrier`, is a new carrier.

Every carrier says what a parcel costs. One that is somebody `outside` is asked over the network, with no transaction
open, and its prices are remembered; the shop's own tables answer on the spot. Who sells labels says so, and tells where
its parcels are. One that does not answer raises `Unavailable`: whether it did what was asked is open, and the shop asks
again by what it knows. What a notification says is a hint; `track` is what counts.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal

from store.core.errors import Conflict, Invalid
from store.core.errors import Unavailable as _Unavailable
from store.core.i18n import gettext as _
from store.core.settings import Settings
from store.shipping.contents import Contents

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


# Up to so much (`None`: any more) it costs so many minor units.
Row = Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Tariff:
    """What the shop itself has written down for a way to deliver: one price, or rows by a basis, in their order."""

    service: str
    name: str
    currency: str
    price_minor: int
    basis: str = "fixed"
    rows: Sequence[Row] = ()


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is sent from where to where; addresses as the shop keeps them, sizes in millimetres.

    Without `contents` nothing is known of it yet: the lowest price is meant. `tariffs` are the shop's own.
    """

    contents: Contents | None
    origin: Mapping[str, Any] = field(default_factory=dict)
    to: Mapping[str, Any] = field(default_factory=dict)
    box_mm: tuple[int, int, int] = (0, 0, 0)
    tariffs: Sequence[Tariff] = ()

    @property
    def grams(self) -> int:
        """What it weighs: nothing weighs nothing."""
        return max(self.contents.grams, 1) if self.contents else 1


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
    # Whether this is somebody else, who is asked over the network.
    outside: ClassVar[bool] = True

    @abstractmethod
    def configure(self, settings: Settings) -> None:
        """Take what is needed from the settings."""

    @abstractmethod
    def configured(self) -> bool:
        """Whether the shop has an account there."""

    @abstractmethod
    def quote(self, parcel: Parcel, *, timeout: float = QUOTE_TIMEOUT) -> Sequence[Rate]:
        """Return what each service that takes a parcel asks for it; raises `Refused` and `Unavailable`."""

    def get_rate(self, external_id: str) -> Rate:  # noqa: ARG002
        """Return an offer that was made before; raises `Refused` when it is gone."""
        raise self._no_labels()

    def buy(self, rate_id: str, *, reference: str) -> Label:  # noqa: ARG002
        """Buy a label; raises `Unavailable` when it is open whether it was bought."""
        raise self._no_labels()

    def find_label(self, rate_id: str, *, reference: str) -> Label | None:  # noqa: ARG002
        """Return the label that was bought under a reference, `None` when there is none."""
        return None

    def track(self, tracking_carrier: str, tracking_number: str) -> Tracking:  # noqa: ARG002
        """Return where a parcel is."""
        return Tracking("unknown", None)

    def parse_webhook(self, headers: Mapping[str, str], token: str, body: bytes) -> Hint | None:  # noqa: ARG002
        """Return what a notification is about, `None` for what does not matter; raises `BadSignature`."""
        raise BadSignature(_("This carrier sends no notifications."))

    def _no_labels(self) -> Refused:
        return Refused(_("This carrier sells no labels."))
