"""Stripe, by its hosted Checkout page: cards, wallets and whatever else the account has switched on.

A payment here is a Checkout Session, and its id is our `external_id`. Rules are those of Stripe's API reference:
https://docs.stripe.com/api/checkout/sessions, https://docs.stripe.com/api/refunds, https://docs.stripe.com/api/idempotent_requests,
https://docs.stripe.com/webhooks#verify-official-libraries and, for amounts, https://docs.stripe.com/currencies.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from functools import cached_property
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit

from store.core.clock import now
from store.core.i18n import lazy_gettext
from store.core.settings import Settings
from store.payments.providers.base import (
    CALL_TIMEOUT,
    WEBHOOK_TOLERANCE,
    BadSignature,
    Declined,
    PaymentRequest,
    PaymentState,
    Provider,
    ProviderPayment,
    ProviderRefund,
    Redirect,
    RefundState,
    Unavailable,
    WebhookEvent,
    read_json,
)

T = TypeVar("T")

# Stripe's amounts have the exponents of ISO 4217 but for these, and three-decimal ones must end in a zero.
_OTHER_EXPONENTS = frozenset({"ISK", "UGX", "BHD", "JOD", "KWD", "OMR", "TND", "IQD", "LYD"})

# One page of a listing; the most that Stripe gives.
_PAGE = 100

_REFUND_STATES: dict[str, RefundState] = {
    "succeeded": "succeeded",
    "pending": "pending",
    "requires_action": "pending",
    "failed": "failed",
    "canceled": "failed",
}

# Asked for with every session, so that one call tells all that `ProviderPayment` holds.
_WITH_MONEY = ["payment_intent.latest_charge"]


class Stripe(Provider):
    """Takes the shopper to `checkout.stripe.com`. `STRIPE_API_BASE` may name anything else that speaks the API."""

    code: ClassVar[str] = "stripe"
    label: Any = lazy_gettext("Card, wallet and more")
    form_targets: ClassVar[tuple[str, ...]] = ("https://checkout.stripe.com",)

    def configure(self, settings: Settings) -> None:
        """Take the settings, and forget the client that was made of others."""
        super().configure(settings)
        self.__dict__.pop("_client", None)

    def configured(self) -> bool:
        """Whether there are a key to ask with and a secret that proves notifications."""
        return bool(self.settings.stripe_secret_key.get_secret_value() and self.settings.stripe_webhook_secrets)

    def available(self, *, currency: str, country: str | None) -> bool:  # noqa: ARG002 - Stripe chooses by country itself
        """Take every currency whose amounts Stripe counts as ISO 4217 does."""
        return self.configured() and currency not in _OTHER_EXPONENTS

    def start(self, request: PaymentRequest) -> Redirect:
        """Open a Checkout Session for the whole amount as one line; the order page says what is in it."""
        about = {"reference": request.reference}
        session = self._ask(
            lambda client: client.v1.checkout.sessions.create(
                {
                    "mode": "payment",
                    "client_reference_id": request.reference,
                    "line_items": [
                        {
                            "quantity": 1,
                            "price_data": {
                                "currency": request.currency.lower(),
                                "unit_amount": request.amount_minor,
                                # The same under every language: Stripe refuses a key that comes again with other words.
                                "product_data": {"name": urlsplit(request.return_url).netloc},
                            },
                        }
                    ],
                    "metadata": about,
                    "payment_intent_data": {"metadata": about},
                    "success_url": request.return_url,
                    "cancel_url": request.return_url,
                },
                {"idempotency_key": request.idempotency_key},
            )
        )
        return Redirect(session.id, session.url)

    def fetch(self, external_id: str) -> ProviderPayment:
        """Ask for the session and the money behind it."""
        return _payment(self._session(external_id))

    def cancel(self, external_id: str) -> ProviderPayment:
        """Expire the session; the page it showed then takes nothing any more."""
        told = self.fetch(external_id)
        if told.status == "open":
            try:
                self._ask(lambda client: client.v1.checkout.sessions.expire(external_id))
            except Declined:
                # Between the two calls it was completed, or expired by itself: the books say which.
                told = self.fetch(external_id)
                if told.status == "open":
                    raise
            else:
                told = self.fetch(external_id)
        if told.status == "processing":
            raise Declined("Stripe is processing this payment and can't stop it")
        return told

    def refund(self, external_id: str, *, amount_minor: int, idempotency_key: str) -> ProviderRefund:
        """Send money back. Stripe forgets its idempotency keys after a day, the key in a refund's metadata never."""
        known = self.find_refund(external_id, idempotency_key=idempotency_key)
        if known is not None:
            return known
        intent = _intent_id(self._session(external_id))
        if intent is None:
            raise Declined("nothing was paid in this session")
        made = self._ask(
            lambda client: client.v1.refunds.create(
                {"payment_intent": intent, "amount": amount_minor, "metadata": {"key": idempotency_key}},
                {"idempotency_key": idempotency_key},
            )
        )
        return _refund(made)

    def find_refund(self, external_id: str, *, idempotency_key: str) -> ProviderRefund | None:
        """Look through the refunds of the payment for the one with this key."""
        intent = _intent_id(self._session(external_id))
        if intent is None:
            return None
        refunds = self._ask(
            lambda client: list(client.v1.refunds.list({"payment_intent": intent, "limit": _PAGE}).auto_paging_iter())
        )
        return next((_refund(one) for one in refunds if _words(one).get("key") == idempotency_key), None)

    def list_since(self, moment: datetime) -> Iterable[ProviderPayment]:
        """Read the sessions created from a moment on that carry a reference of ours."""
        since = int(moment.timestamp())
        sessions = self._ask(
            lambda client: list(
                client.v1.checkout.sessions.list(
                    {"created": {"gte": since}, "limit": _PAGE, "expand": [f"data.{path}" for path in _WITH_MONEY]}
                ).auto_paging_iter()
            )
        )
        return [_payment(session) for session in sessions if _words(session).get("reference")]

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Check `Stripe-Signature` with each active secret; keep of the event what names the payment."""
        from stripe import SignatureVerificationError, WebhookSignature

        header = next((value for name, value in headers.items() if name.lower() == "stripe-signature"), "")
        for secret in self.settings.stripe_webhook_secrets:
            try:
                WebhookSignature.verify_header(body, header, secret, WEBHOOK_TOLERANCE)
            except (SignatureVerificationError, UnicodeDecodeError):
                continue
            break
        else:
            raise BadSignature("the signature is missing, wrong or too old")
        if _signed_at(header) > now().timestamp() + WEBHOOK_TOLERANCE:
            raise BadSignature("the signature is from the future")
        event = read_json(body)
        about = _inner(event, "data", "object")
        reference = str(about.get("client_reference_id") or _inner(about, "metadata").get("reference") or "")
        return WebhookEvent(
            event_id=str(event.get("id", "")),
            kind=str(event.get("type", "")),
            external_id=str(about.get("id", "")),
            reference=reference,
            # Names and addresses of shoppers are in the rest, and nobody here needs them.
            payload={"id": event.get("id"), "type": event.get("type"), "reference": reference},
        )

    def _session(self, external_id: str) -> Any:
        return self._ask(lambda client: client.v1.checkout.sessions.retrieve(external_id, {"expand": _WITH_MONEY}))

    @cached_property
    def _client(self) -> Any:
        # The library takes most of a second to load, and only shops that use it should wait for it.
        from stripe import RequestsClient, StripeClient

        base = self.settings.stripe_api_base
        return StripeClient(
            self.settings.stripe_secret_key.get_secret_value(),
            base_addresses={"api": base.rstrip("/")} if base else None,
            http_client=RequestsClient(timeout=CALL_TIMEOUT),
            # Whether to ask again is decided where the key is kept.
            max_network_retries=0,
        )

    def _ask(self, call: Callable[[Any], T]) -> T:
        from stripe import CardError, IdempotencyError, InvalidRequestError, StripeError

        try:
            return call(self._client)
        except (CardError, IdempotencyError, InvalidRequestError) as error:
            raise Declined(str(error.user_message or error)) from error
        except StripeError as error:
            raise Unavailable("Stripe does not answer", reason=str(error)[:200]) from error


def _payment(session: Any) -> ProviderPayment:
    intent = session.payment_intent if not isinstance(session.payment_intent, str) else None
    charge = getattr(intent, "latest_charge", None)
    failure = getattr(getattr(intent, "last_payment_error", None), "message", None) or ""
    return ProviderPayment(
        external_id=session.id,
        status=_status(session, intent),
        amount_minor=session.amount_total,
        currency=session.currency.upper(),
        reference=session.client_reference_id or "",
        refunded_minor=getattr(charge, "amount_refunded", 0) or 0,
        failure=failure,
    )


def _status(session: Any, intent: Any) -> PaymentState:
    if session.payment_status == "paid":
        return "succeeded"
    if session.status == "expired":
        return "cancelled"
    if session.status == "open":
        # A card that was declined can be tried again, or another one, on the same page.
        return "open"
    return "processing" if intent is not None and intent.status == "processing" else "failed"


def _refund(refund: Any) -> ProviderRefund:
    return ProviderRefund(
        external_id=refund.id,
        status=_REFUND_STATES.get(refund.status or "pending", "pending"),
        amount_minor=refund.amount,
        failure=getattr(refund, "failure_reason", None) or "",
    )


def _words(found: Any) -> dict[str, str]:
    """Return what we wrote on an object of Stripe's."""
    written: dict[str, str] = found.metadata.to_dict() if found.metadata else {}
    return written


def _intent_id(session: Any) -> str | None:
    intent = session.payment_intent
    return intent if intent is None or isinstance(intent, str) else intent.id


def _signed_at(header: str) -> int:
    return next((int(part[2:]) for part in header.split(",") if part.startswith("t=") and part[2:].isdigit()), 0)


def _inner(found: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    for name in path:
        inner = found.get(name)
        found = inner if isinstance(inner, dict) else {}
    return found
