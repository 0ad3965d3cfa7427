"""Stripe: cards, wallets and whatever else the account has switched on, on our payment page or on Stripe's own.

With a token of the Payment Element a payment is a payment intent, made and confirmed here on the server; without one
(no JavaScript, no publishable key) it is a hosted Checkout Session. Our `external_id` is the id of one or the other.
Rules are those of Stripe's documents: https://docs.stripe.com/payments/finalize-payments-on-the-server,
https://docs.stripe.com/api/checkout/sessions, https://docs.stripe.com/api/idempotent_requests,
https://docs.stripe.com/payments/place-a-hold-on-a-payment-method, https://docs.stripe.com/webhooks#verify-official-libraries
and, for amounts, https://docs.stripe.com/currencies.
"""

import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlsplit

from store.core.clock import now
from store.core.i18n import lazy_gettext
from store.core.settings import Settings
from store.payments.providers import stripe_form
from store.payments.providers.base import (
    CALL_TIMEOUT,
    WEBHOOK_TOLERANCE,
    BadSignature,
    Declined,
    Element,
    NextStep,
    PaymentRequest,
    Provider,
    ProviderDispute,
    ProviderPayment,
    ProviderRefund,
    Redirect,
    Unavailable,
    WebhookEvent,
    read_json,
)
from store.payments.providers.stripe_objects import (
    INTENT,
    dispute_of,
    event_of,
    payment_of_intent,
    payment_of_session,
    refund_of,
    words,
)

T = TypeVar("T")

# Stripe's amounts have the exponents of ISO 4217 but for these, and three-decimal ones must end in a zero.
_OTHER_EXPONENTS = frozenset({"ISK", "UGX", "BHD", "JOD", "KWD", "OMR", "TND", "IQD", "LYD"})

# One page of a listing; the most that Stripe gives.
_PAGE = 100

# Stripe forgets idempotency keys after a day at the earliest.
_KEYS_LAST = timedelta(hours=24)

# Asked for with everything that is read, so that one call tells all that `ProviderPayment` holds.
_SESSION_MONEY = ["payment_intent.latest_charge"]
_INTENT_MONEY = ["latest_charge"]


class Stripe(Provider):
    """Money by Stripe. `STRIPE_API_BASE` may name anything else that speaks the API."""

    code: ClassVar[str] = "stripe"
    label: Any = lazy_gettext("Card, wallet and more")
    authorizes: ClassVar[bool] = True
    settings_needed: ClassVar[tuple[str, ...]] = ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRETS")
    form_targets: ClassVar[tuple[str, ...]] = ("https://checkout.stripe.com",)

    def configure(self, settings: Settings) -> None:
        """Take the settings, and forget the client that was made of others."""
        super().configure(settings)
        self.__dict__.pop("_client", None)
        # What else speaks the API may have its hosted pages there, too.
        elsewhere = (stripe_form.origin_of(settings.stripe_api_base),) if settings.stripe_api_base else ()
        self.form_targets = (*type(self).form_targets, *elsewhere)  # type: ignore[misc]

    def configured(self) -> bool:
        """Whether there are a key to ask with and a secret that proves notifications."""
        return bool(self.settings.stripe_secret_key.get_secret_value() and self.settings.stripe_webhook_secrets)

    def available(self, *, currency: str, country: str | None) -> bool:  # noqa: ARG002 - Stripe chooses by country itself
        """Take every currency whose amounts Stripe counts as ISO 4217 does."""
        return self.configured() and currency not in _OTHER_EXPONENTS

    def element(self, *, amount_minor: int, currency: str) -> Element | None:
        """Return the Payment Element with the wallets above it, where the shop has a publishable key."""
        return stripe_form.element_of(self.settings, amount_minor=amount_minor, currency=currency)

    def next_step(self, external_id: str) -> NextStep | None:
        """Return where the bank asks: on a page of its own, or by Stripe's script, which knows the way by a secret."""
        return stripe_form.step_of(self.settings, self._intent(external_id)) if external_id.startswith(INTENT) else None

    def start(self, request: PaymentRequest) -> Redirect:
        """Confirm an intent with the token that our page brought, or open a hosted page for the whole amount.

        A key that Stripe knows with other words, or answers with an error of its own day in, day out, is looked up:
        the first try may have come through although its answer did not.
        """
        from stripe import IdempotencyError, StripeError

        open_ = self._confirm if request.token else self._open_session
        try:
            return self._ask(lambda _client: open_(request))
        except (Declined, Unavailable) as error:
            cause = error.__cause__
            replayed = isinstance(cause, StripeError) and (cause.headers or {}).get("Idempotent-Replayed") == "true"
            if not replayed and not isinstance(cause, IdempotencyError):
                raise
            known = self._find_started(request)
            if known is not None:
                return known
            if replayed and isinstance(error, Unavailable) and not request.token:
                # Whatever else Stripe did: nobody was ever told the address of that page.
                raise Declined("Stripe answers with an error of its own, and goes on doing so") from error
            raise

    def _open_session(self, request: PaymentRequest) -> Redirect:
        about = {"reference": request.reference, "key": request.idempotency_key}
        behind: dict[str, Any] = {"metadata": about}
        if request.capture == "manual":
            behind["capture_method"] = "manual"
        session = self._client.v1.checkout.sessions.create(
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
                "payment_intent_data": behind,
                "success_url": request.return_url,
                "cancel_url": request.return_url,
                **self._options(request),
            },
            {"idempotency_key": request.idempotency_key},
        )
        return Redirect(session.id, session.url)

    def _confirm(self, request: PaymentRequest) -> Redirect:
        """Make an intent and confirm it in one call.

        What the bank still wants from the shopper, the return page says: see `next_step`. A card that is declined
        leaves an intent behind, whose state says so.
        """
        from stripe import CardError

        try:
            intent = self._client.v1.payment_intents.create(
                {
                    "amount": request.amount_minor,
                    "currency": request.currency.lower(),
                    "confirm": True,
                    "confirmation_token": request.token,
                    "return_url": request.return_url,
                    "automatic_payment_methods": {"enabled": True},
                    # Tells it from the intents behind hosted pages, which are known by their session.
                    "metadata": {"reference": request.reference, "key": request.idempotency_key, "door": "element"},
                    **({"capture_method": "manual"} if request.capture == "manual" else {}),
                    **self._options(request),
                },
                {"idempotency_key": request.idempotency_key},
            )
        except CardError as error:
            declined = getattr(error.error, "payment_intent", None)
            if declined is None:
                raise
            return Redirect(declined.id, request.return_url)
        return Redirect(intent.id, request.return_url)

    def _options(self, request: PaymentRequest) -> dict[str, Any]:
        if request.capture != "manual" or not self.settings.stripe_multicapture:
            return {}
        return {"payment_method_options": {"card": {"request_multicapture": "if_available"}}}

    def _find_started(self, request: PaymentRequest) -> Redirect | None:
        """Look for what was opened under a key; another order's or another amount is none of ours."""
        since = now() - _KEYS_LAST
        for intent in self._intents(since):
            if _is_of(intent, request) and intent.amount == request.amount_minor:
                return Redirect(intent.id, request.return_url)
        for session in self._sessions(since):
            if _is_of(session, request) and session.amount_total == request.amount_minor:
                return Redirect(session.id, session.url or request.return_url)
        return None

    def fetch(self, external_id: str) -> ProviderPayment:
        """Ask for the payment and the money behind it."""
        if external_id.startswith(INTENT):
            return payment_of_intent(self._intent(external_id))
        return payment_of_session(self._session(external_id))

    def cancel(self, external_id: str) -> ProviderPayment:
        """Expire the session or cancel the intent, an authorised one too; nothing can come by it any more."""
        told = self.fetch(external_id)
        if told.status in ("open", "requires_action", "authorized"):
            try:
                self._ask(lambda _client: self._call_off(external_id, told))
            except Declined:
                # Between the two calls it was completed, or lapsed by itself: the books say which.
                told = self.fetch(external_id)
                if told.status in ("open", "requires_action", "authorized"):
                    raise
            else:
                told = self.fetch(external_id)
        if told.status == "processing":
            raise Declined("Stripe is processing this payment and can't stop it")
        return told

    def _call_off(self, external_id: str, told: ProviderPayment) -> None:
        if told.captured_minor:
            # In steps: the last one takes nothing and gives the rest free.
            last = {"amount_to_capture": 0, "final_capture": True}
            self._client.v1.payment_intents.capture(self._behind(external_id), last)
        elif external_id.startswith(INTENT) or told.status == "authorized":
            self._client.v1.payment_intents.cancel(self._behind(external_id))
        else:
            self._client.v1.checkout.sessions.expire(external_id)

    def capture(self, external_id: str, *, amount_minor: int, final: bool, idempotency_key: str) -> ProviderPayment:
        """Take authorised money. Which captures were made is written on the intent, because keys are forgotten."""
        name = self._behind(external_id)
        mark = f"capture_{hashlib.sha256(idempotency_key.encode()).hexdigest()[:24]}"
        intent = self._intent(name)
        if mark not in words(intent):
            in_steps = self._in_steps(intent)
            if not final and not in_steps:
                raise Declined("Stripe takes this money once: take all that is wanted of it, and give up the rest")
            self._ask(
                lambda client: client.v1.payment_intents.capture(
                    name,
                    {
                        "amount_to_capture": amount_minor,
                        "metadata": {mark: str(amount_minor)},
                        **({"final_capture": final} if in_steps else {}),
                    },
                    {"idempotency_key": idempotency_key},
                )
            )
        return self.fetch(external_id)

    def _in_steps(self, intent: Any) -> bool:
        """Whether what is not taken now may be taken later."""
        card = getattr(getattr(intent.latest_charge, "payment_method_details", None), "card", None)
        return getattr(getattr(card, "multicapture", None), "status", "") == "available"

    def refund(self, external_id: str, *, amount_minor: int, idempotency_key: str) -> ProviderRefund:
        """Send money back. Stripe forgets its idempotency keys after a day, the key in a refund's metadata never."""
        known = self.find_refund(external_id, idempotency_key=idempotency_key)
        if known is not None:
            return known
        intent = self._behind(external_id)
        return refund_of(
            self._ask(
                lambda client: client.v1.refunds.create(
                    {"payment_intent": intent, "amount": amount_minor, "metadata": {"key": idempotency_key}},
                    {"idempotency_key": idempotency_key},
                )
            )
        )

    def find_refund(self, external_id: str, *, idempotency_key: str) -> ProviderRefund | None:
        """Look through the refunds of the payment for the one with this key."""
        intent = self._behind(external_id, or_none=True)
        if intent is None:
            return None
        refunds = self._ask(
            lambda client: list(client.v1.refunds.list({"payment_intent": intent, "limit": _PAGE}).auto_paging_iter())
        )
        return next((refund_of(one) for one in refunds if words(one).get("key") == idempotency_key), None)

    def list_since(self, moment: datetime) -> Iterable[ProviderPayment]:
        """Read the sessions, and the intents of our own form, created from a moment on."""
        sessions = [payment_of_session(one) for one in self._sessions(moment) if words(one).get("reference")]
        intents = [payment_of_intent(one) for one in self._intents(moment) if words(one).get("door") == "element"]
        return [*sessions, *intents]

    def fetch_dispute(self, dispute_id: str) -> ProviderDispute:
        """Ask for a dispute and for the payment that it is about."""
        found = self._ask(lambda client: client.v1.disputes.retrieve(dispute_id, {"expand": ["payment_intent"]}))
        return dispute_of(found, self._name_of(found.payment_intent))

    def list_disputes(self, moment: datetime) -> Iterable[ProviderDispute]:
        """Read the disputes opened from a moment on."""
        asked = {"created": {"gte": int(moment.timestamp())}, "limit": _PAGE, "expand": ["data.payment_intent"]}
        found = self._ask(lambda client: list(client.v1.disputes.list(asked).auto_paging_iter()))
        return [dispute_of(one, self._name_of(one.payment_intent)) for one in found]

    def _name_of(self, intent: Any) -> str:
        """Return our name for a payment that Stripe names by its intent."""
        if intent is None:
            return ""
        sessions = (
            []
            if words(intent).get("door") == "element"
            else self._ask(lambda client: client.v1.checkout.sessions.list({"payment_intent": intent.id}).data)
        )
        return str((sessions or [intent])[0].id)

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
        return event_of(read_json(body))

    def _session(self, name: str) -> Any:
        return self._ask(lambda client: client.v1.checkout.sessions.retrieve(name, {"expand": _SESSION_MONEY}))

    def _sessions(self, since: datetime) -> list[Any]:
        asked = {"created": {"gte": int(since.timestamp())}, "limit": _PAGE}
        expand = [f"data.{path}" for path in _SESSION_MONEY]
        return self._ask(
            lambda client: list(client.v1.checkout.sessions.list({**asked, "expand": expand}).auto_paging_iter())
        )

    def _intent(self, name: str) -> Any:
        return self._ask(lambda client: client.v1.payment_intents.retrieve(name, {"expand": _INTENT_MONEY}))

    def _intents(self, since: datetime) -> list[Any]:
        asked = {"created": {"gte": int(since.timestamp())}, "limit": _PAGE}
        expand = [f"data.{path}" for path in _INTENT_MONEY]
        return self._ask(
            lambda client: list(client.v1.payment_intents.list({**asked, "expand": expand}).auto_paging_iter())
        )

    def _behind(self, external_id: str, *, or_none: bool = False) -> Any:
        """Return the id of the intent that money comes by; raises `Declined` where there is none yet."""
        if external_id.startswith(INTENT):
            return external_id
        intent = self._session(external_id).payment_intent
        if intent is None and not or_none:
            raise Declined("nothing was paid in this session")
        return intent if intent is None or isinstance(intent, str) else intent.id

    @cached_property
    def _client(self) -> Any:
        # The library takes most of a second to load, and only shops that use it should wait for it.
        from stripe import RequestsClient, StripeClient

        # It writes two lines of every call.
        logging.getLogger("stripe").setLevel(logging.WARNING)
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


def _is_of(found: Any, request: PaymentRequest) -> bool:
    written = words(found)
    return (written.get("key"), written.get("reference"), found.currency) == (
        request.idempotency_key,
        request.reference,
        request.currency.lower(),
    )


def _signed_at(header: str) -> int:
    return next((int(part[2:]) for part in header.split(",") if part.startswith("t=") and part[2:].isdigit()), 0)
