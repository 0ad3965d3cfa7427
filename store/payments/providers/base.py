"""What a payment provider owes the shop. One file beside this one, with one subclass of `Provider`, is a new provider.

Three words that everything here rests on:

* **A timeout is UNKNOWN.** A provider that does not answer raises `Unavailable`; whether it did what was asked is open.
  The shop asks again with the same idempotency key, or looks the matter up. It never concludes that nothing happened.
* **Money is believed only by `fetch`.** Neither the browser's return nor the text of a notification pays an order.
* **No transaction is open** while a provider is asked: whoever calls one of these methods sees to that.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal

from store.core.errors import Conflict, Invalid
from store.core.errors import Unavailable as _Unavailable
from store.core.settings import Settings

PaymentState = Literal["open", "requires_action", "processing", "failed", "authorized", "cancelled", "succeeded"]
CaptureMode = Literal["automatic", "manual"]
RefundState = Literal["pending", "succeeded", "failed"]
DisputeState = Literal["needs_response", "under_review", "closed", "won", "lost"]

# How old a signed notification may be, in seconds, and how far its sender's clock may be ahead of ours.
WEBHOOK_TOLERANCE = 300

# How long one call may take, in seconds. A shopper waits for it.
CALL_TIMEOUT = 8


class Declined(Conflict):
    """The provider understood and refuses; asking again in the same words will not help.

    The message is the provider's reason, fit to be shown to staff.
    """


class Unavailable(_Unavailable):
    """No answer, or none that can be understood: what was asked may have been done or not."""


class BadSignature(Invalid):
    """A notification that its sender can't prove to be theirs, or that comes too late."""

    status = 400


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """What to take. `amount_minor` in minor units; `reference` is the order's token and comes back in `fetch`.

    With `capture` "manual" the money is only promised (authorised) and taken by `Provider.capture`. `token` is what
    the provider's own form on our page gave, if it has one (`Provider.element`): then the payment is confirmed at once.
    """

    idempotency_key: str
    amount_minor: int
    currency: str
    reference: str
    return_url: str
    capture: CaptureMode = "automatic"
    token: str = ""


@dataclass(frozen=True, slots=True)
class Redirect:
    """The payment exists at the provider as `external_id`; the shopper goes on at `url` (absolute, or a path here)."""

    external_id: str
    url: str


@dataclass(frozen=True, slots=True)
class ProviderPayment:
    """A payment as the provider's books have it at this moment.

    `succeeded` means that nothing more will be taken: all of it was, or what was captured before the rest was given
    up. `authorized` means that money is promised and may be captured. `taken_minor` is what was taken so far; `None`
    stands for the whole amount of a payment that succeeded, and nothing of any other. `amount_minor` and
    `refunded_minor` are `None` where a provider never tells: some name no amount before there is money, some not how
    much of it went back.
    """

    external_id: str
    status: PaymentState
    amount_minor: int | None
    currency: str
    reference: str
    refunded_minor: int | None = 0
    failure: str = ""
    taken_minor: int | None = None

    @property
    def captured_minor(self) -> int:
        """Return what was taken so far."""
        if self.taken_minor is not None:
            return self.taken_minor
        return self.amount_minor or 0 if self.status == "succeeded" else 0


@dataclass(frozen=True, slots=True)
class ProviderRefund:
    """A refund as the provider's books have it at this moment; `amount_minor` is `None` where they never tell it."""

    external_id: str
    status: RefundState
    amount_minor: int | None
    failure: str = ""


@dataclass(frozen=True, slots=True)
class ProviderDispute:
    """A payment that the shopper's bank questions (`inquiry`) or has taken back, as the provider's books have it.

    `payment_id` is our external id of the payment, `reference` the order's token where that is known; `due_at` is until
    when evidence is heard.
    """

    external_id: str
    payment_id: str
    reference: str
    status: DisputeState
    inquiry: bool
    amount_minor: int
    currency: str
    reason: str
    due_at: datetime | None
    opened_at: datetime


@dataclass(frozen=True, slots=True)
class NextStep:
    """What a bank still wants of a shopper: a page of its own at `url`, or one that our page's script opens.

    `template` shows it, with `facts` as in an `Element`.
    """

    template: str
    url: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    policy: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Element:
    """A provider's own form on our payment page: a template that shows it, and what its script has to know.

    `facts` are written as `data-` attributes; the form field `payment_token` brings back what the script was given.
    `policy` widens the page's content security policy: sources by directive (`script-src`, `frame-src`, …).
    """

    template: str
    facts: Mapping[str, str] = field(default_factory=dict)
    policy: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """A notification whose signature was right. It only says where to look: `external_id` names a payment.

    `dispute_id` names the dispute that it is about, where it is about one.
    """

    event_id: str
    kind: str
    external_id: str
    reference: str = ""
    dispute_id: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WebhookReply:
    """What a provider wants to hear when its notification is safe."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


class Provider(ABC):
    """A way to pay. Instances are made once, without arguments, and hold nothing but the settings.

    `code` is stored with every payment and never changes; `label` is what shoppers choose (translatable);
    `form_targets` are the origins of its pages where they lie on other hosts: a form may lead there. `authorizes` says
    that money can be promised first and captured later; `offline` that there is nobody to ask: the order is placed at
    once and staff write down the money as it comes (`ships_unpaid`: after the parcel).
    Errors of the provider's own library stop here: callers meet `Declined` and `Unavailable`, nothing else.
    Every call gives up after `CALL_TIMEOUT` seconds. `settings_needed` names what an operator has to set.

    What not every provider can do is said here, and whoever asks keeps to it:

    * `lists`: it tells what was opened since a moment. Else `list_since` raises `Declined`, and each payment is asked
      about.
    * `repeats`: the same key finds the payment again that it opened. Else `start` closes what an earlier try may have
      opened and raises `Declined`; whoever pays begins anew under another key.
    * `closes`: it can close a page that is still open. Else `cancel` raises `Declined` until the page has lapsed.
    * `signs_bytes`: a notification's signature covers its bytes and the time it was sent. Else it covers its fields.
    """

    code: ClassVar[str]
    label: Any
    form_targets: ClassVar[tuple[str, ...]] = ()
    authorizes: ClassVar[bool] = False
    offline: ClassVar[bool] = False
    ships_unpaid: ClassVar[bool] = False
    lists: ClassVar[bool] = True
    repeats: ClassVar[bool] = True
    closes: ClassVar[bool] = True
    signs_bytes: ClassVar[bool] = True
    settings_needed: ClassVar[tuple[str, ...]] = ()
    settings: Settings

    def configure(self, settings: Settings) -> None:
        """Take the settings; called once when the application starts, before anything else."""
        self.settings = settings

    @abstractmethod
    def configured(self) -> bool:
        """Whether this shop has what the provider needs (keys and such). Without it nothing below is ever called."""

    @abstractmethod
    def available(self, *, currency: str, country: str | None) -> bool:
        """Whether a shopper may choose it for an order in `currency`; `country` is `None` where it isn't known yet."""

    def note(self) -> str:
        """Return what shoppers read beside it at checkout; empty for the sentence about the provider's own page."""
        return ""

    def goes_with(self, delivery: str) -> bool:  # noqa: ARG002 - most go with all
        """Whether it may be chosen for an order that is delivered by the method with this code."""
        return True

    def element(self, *, amount_minor: int, currency: str) -> Element | None:  # noqa: ARG002 - most have none
        """Return the provider's form for our payment page, or `None` when shoppers go to its own pages."""
        return None

    @abstractmethod
    def start(self, request: PaymentRequest) -> Redirect:
        """Open a payment and say where the shopper goes. It takes no money by itself.

        The same key with the same request answers the same payment, however often and however concurrently it is
        asked; the same key with another amount, currency or reference raises `Declined` and opens nothing.
        """

    @abstractmethod
    def fetch(self, external_id: str) -> ProviderPayment:
        """Answer how the payment stands; raises `Declined` when the provider knows none by that name."""

    def capture(
        self,
        external_id: str,  # noqa: ARG002 - this one refuses
        *,
        amount_minor: int,  # noqa: ARG002
        final: bool,  # noqa: ARG002
        idempotency_key: str,  # noqa: ARG002
    ) -> ProviderPayment:
        """Take a part of what was authorised and answer how the payment stands then; `final` gives up the rest.

        The same key takes once. Raises `Declined` for more than is left and where nothing is authorised.
        """
        raise Declined("this provider takes money at once or not at all")

    @abstractmethod
    def cancel(self, external_id: str) -> ProviderPayment:
        """Close the payment so that no money can come by it any more, and answer how it stands then.

        What was authorised is given up, what was captured of it stays (`succeeded`). A payment that has succeeded,
        failed or been cancelled is answered as it is: no error. Raises `Declined` when money is on its way and can't
        be stopped.
        """

    @abstractmethod
    def refund(self, external_id: str, *, amount_minor: int, idempotency_key: str) -> ProviderRefund:
        """Send money back. The same key is the same refund, whatever became of it; raises `Declined` when it can't be.

        More than what was taken and not yet sent back is always `Declined`.
        """

    @abstractmethod
    def find_refund(self, external_id: str, *, idempotency_key: str) -> ProviderRefund | None:
        """Look up a refund by the key it was asked for with; `None` when it never arrived. Changes nothing."""

    @abstractmethod
    def list_since(self, moment: datetime) -> Iterable[ProviderPayment]:
        """Answer every payment opened at or after `moment` under this shop's account, for the reconciler."""

    def next_step(self, external_id: str) -> NextStep | None:  # noqa: ARG002 - most lead there at once
        """Return what the shopper has to do for a payment that requires action, if our page is to show it."""
        return None

    def fetch_dispute(self, dispute_id: str) -> ProviderDispute:  # noqa: ARG002 - there are none
        """Answer how a dispute stands; raises `Declined` when the provider knows none by that name."""
        raise Declined("this provider has no disputes")

    def list_disputes(self, moment: datetime) -> Iterable[ProviderDispute]:  # noqa: ARG002 - there are none
        """Answer every dispute opened at or after `moment`, for the reconciler."""
        return ()

    @abstractmethod
    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Check a notification and answer what it says; raises `BadSignature`.

        The signature covers the raw body and a time within `WEBHOOK_TOLERANCE`; while secrets are being rotated,
        each that is active counts. Header names come in any case. It looks at nothing before the signature is right.
        """

    def webhook_reply(self) -> WebhookReply:
        """Answer what the provider wants to hear when a notification of its own is safe."""
        return WebhookReply()


def read_json(body: bytes) -> Mapping[str, Any]:
    """Return a notification's JSON object, storable as it is; raises `BadSignature` for anything else."""
    try:
        # PostgreSQL's jsonb has no NUL.
        payload = json.loads(body.replace(b"\\u0000", b""))
    except ValueError:
        payload = None
    if not isinstance(payload, dict):
        raise BadSignature("this notification can't be read")
    return payload
