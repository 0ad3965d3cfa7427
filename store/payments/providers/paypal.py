"""PayPal, by Orders v2: the shopper approves on PayPal's pages, and the shop then takes what was approved.

A payment here is a PayPal order, and its id is our `external_id`. Rules are those of PayPal's references:
https://developer.paypal.com/docs/api/orders/v2/, https://developer.paypal.com/docs/api/payments/v2/ and
https://developer.paypal.com/api/rest/webhooks/rest/.

PayPal keeps no list of orders and can't cancel one that nobody has paid. It does take no money by an order until it is
told to, and not by a call that its intent does not name: to call an order off, its intent is turned round.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from time import monotonic
from typing import Any, ClassVar
from urllib.parse import urlsplit

from store.core.clock import now
from store.core.i18n import lazy_gettext
from store.core.settings import Settings
from store.payments.paypal import books, disputes
from store.payments.paypal.api import LIVE, Answer, Api, Line, Refused, exchange
from store.payments.paypal.signing import Certificate, Unreadable, read_certificate, signed_text
from store.payments.providers.base import (
    CALL_TIMEOUT,
    WEBHOOK_TOLERANCE,
    BadSignature,
    Declined,
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

# What any account may take, by https://developer.paypal.com/api/rest/reference/currency-codes/; without HUF and TWD,
# which PayPal takes in whole units only and ISO 4217 counts in hundredths.
_CURRENCIES = frozenset(
    "AUD CAD CHF CZK DKK EUR GBP HKD ILS JPY MXN NOK NZD PHP PLN SEK SGD THB USD".split()  # noqa: SIM905
)

# Somebody was faster, or the shopper has to go back to PayPal's page: the order itself says how it stands.
_NOT_A_DECLINE = frozenset(
    {
        "ORDER_ALREADY_CAPTURED",
        "ORDER_ALREADY_AUTHORIZED",
        "ACTION_DOES_NOT_MATCH_INTENT",
        "ORDER_NOT_APPROVED",
        "PAYER_ACTION_REQUIRED",
    }
)

_ORDERS = ("v2", "checkout", "orders")

# Where the shopper agrees: by which name depends on how the order was made.
_PAGES = ("payer-action", "approve")

# Where PayPal keeps the certificates that it signs with.
_CERTIFICATE = re.compile(r"/v1/notifications/certs/CERT-[0-9A-Za-z-]{1,80}", re.ASCII)
_MOST_CERTIFICATES = 16


class PayPal(Provider):
    """Takes the shopper to PayPal. `PAYPAL_API_BASE` may name the sandbox, or anything else that speaks the API."""

    code: ClassVar[str] = "paypal"
    label: Any = lazy_gettext("PayPal")
    form_targets: ClassVar[tuple[str, ...]] = ("https://*.paypal.com",)
    authorizes: ClassVar[bool] = True
    lists: ClassVar[bool] = False
    settings_needed: ClassVar[tuple[str, ...]] = ("PAYPAL_CLIENT_ID", "PAYPAL_CLIENT_SECRET", "PAYPAL_WEBHOOK_IDS")

    def configure(self, settings: Settings) -> None:
        """Take the settings, and forget what was learnt under others."""
        super().configure(settings)
        self.__dict__.pop("_api", None)
        self.__dict__.pop("_certificates", None)

    def configured(self) -> bool:
        """Whether there are an account to ask as and a webhook whose notifications can be told from others."""
        known = self.settings
        return bool(
            known.paypal_client_id and known.paypal_client_secret.get_secret_value() and known.paypal_webhook_ids
        )

    def available(self, *, currency: str, country: str | None) -> bool:  # noqa: ARG002 - PayPal decides by account
        """Take the currencies that PayPal takes and counts as ISO 4217 does."""
        return self.configured() and currency in _CURRENCIES

    def start(self, request: PaymentRequest) -> Redirect:
        """Open an order for the whole amount; the shop's own page says what is in it."""
        with self._api.line() as line:
            order = line.post(*_ORDERS, key=request.idempotency_key, body=_wanted(request))
        # PayPal answers a key that it knows with the order of then, whatever is asked this time.
        if books.agreed(order) != (request.amount_minor, request.currency, request.reference):
            raise Declined("PayPal knows this key for another payment")
        page = books.link(order, *_PAGES)
        if not order.get("id") or urlsplit(page).scheme != "https":
            raise Unavailable("PayPal gave an answer that can't be understood")
        return Redirect(str(order["id"]), page)

    def fetch(self, external_id: str) -> ProviderPayment:
        """Ask for the order; what the shopper has approved is taken, or promised to us, first."""
        with self._api.line() as line:
            order = _order(line, external_id)
            return _take(line, order) if books.is_approved(order) else books.payment_of(order)

    def capture(self, external_id: str, *, amount_minor: int, final: bool, idempotency_key: str) -> ProviderPayment:
        """Take a part of what was promised. PayPal would give a little more than that, and is not asked to."""
        with self._api.line() as line:
            order = _order(line, external_id)
            if books.find_capture(order, idempotency_key) is None:
                told = books.payment_of(order)
                if told.status != "authorized" or amount_minor > (told.amount_minor or 0) - told.captured_minor:
                    raise Declined("so much is not promised")
                line.post(
                    *(
                        "v2",
                        "payments",
                        "authorizations",
                        str(books.parts(order, "authorizations")[-1]["id"]),
                        "capture",
                    ),
                    key=idempotency_key,
                    body={
                        "amount": books.money(amount_minor, told.currency),
                        "invoice_id": books.invoice_id(idempotency_key),
                        "final_capture": final,
                    },
                )
                order = _order(line, external_id)
        made = books.find_capture(order, idempotency_key)
        if made is None or made.get("status") == "PENDING":
            raise Unavailable("PayPal has not said yet whether the money is ours")
        if made.get("status") not in books.TAKEN:
            raise Declined("PayPal could not take the money")
        return books.payment_of(order)

    def cancel(self, external_id: str) -> ProviderPayment:
        """Give a promise back, or turn the order's intent round: PayPal itself then refuses to take money by it."""
        with self._api.line() as line:
            told = _call_off(line, _order(line, external_id))
        if told.status == "processing":
            raise Declined("PayPal is processing this payment and can't stop it")
        return told

    def refund(self, external_id: str, *, amount_minor: int, idempotency_key: str) -> ProviderRefund:
        """Send money back, from as many captures as it takes. PayPal forgets request ids in time, our key never."""
        with self._api.line() as line:
            order = _order(line, external_id)
            known = books.find_refund(order, idempotency_key)
            if known is not None:
                return known
            for number, (capture_id, amount, custom_id) in enumerate(_shares(order, amount_minor, idempotency_key)):
                line.post(
                    *("v2", "payments", "captures", capture_id, "refund"),
                    key=f"{idempotency_key}:{number}",
                    body={"amount": amount, "custom_id": custom_id},
                )
            made = books.find_refund(_order(line, external_id), idempotency_key)
        if made is None:
            raise Unavailable("PayPal does not show the refund yet")
        return made

    def find_refund(self, external_id: str, *, idempotency_key: str) -> ProviderRefund | None:
        """Look through the refunds of the order for the one with this key."""
        with self._api.line() as line:
            return books.find_refund(_order(line, external_id), idempotency_key)

    def list_since(self, moment: datetime) -> Iterable[ProviderPayment]:  # noqa: ARG002 - it has none to tell
        """Refuse: PayPal keeps no list of orders."""
        raise Declined("PayPal keeps no list of orders")

    def fetch_dispute(self, dispute_id: str) -> ProviderDispute:
        """Ask for a dispute and for the payment that it is about."""
        with self._api.line() as line:
            return disputes.fetch(line, dispute_id)

    def list_disputes(self, moment: datetime) -> Iterable[ProviderDispute]:
        """Read the disputes opened from a moment on."""
        return disputes.list_since(self._api, moment)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Check `PAYPAL-TRANSMISSION-SIG` for each active webhook; keep of the event what names the payment."""
        told = {name.lower().removeprefix("paypal-"): value for name, value in headers.items()}
        moment = _moment(told.get("transmission-time", ""))
        if moment is None or abs((now() - moment).total_seconds()) > WEBHOOK_TOLERANCE:
            raise BadSignature("the signature is missing, too old or from the future")
        if told.get("auth-algo", "").lower() != "sha256withrsa":
            raise BadSignature("the signature is of no known kind")
        certificate = self._certificate(told.get("cert-url", ""))
        texts = (
            signed_text(
                transmission_id=told.get("transmission-id", ""),
                transmission_time=told["transmission-time"],
                webhook_id=webhook_id,
                body=body,
            )
            for webhook_id in self.settings.paypal_webhook_ids
        )
        valid = certificate.begins <= moment <= certificate.ends
        if not valid or not any(certificate.signed(text, told.get("transmission-sig", "")) for text in texts):
            raise BadSignature("the signature is wrong")
        return _event(read_json(body))

    @cached_property
    def _api(self) -> Api:
        return Api(self.settings)

    @cached_property
    def _certificates(self) -> dict[str, Certificate]:
        return {}

    def _certificate(self, address: str) -> Certificate:
        """Return a certificate of PayPal's: it counts because it comes from PayPal's own host, over TLS."""
        known = self._certificates.get(address)
        if known is not None:
            return known
        parts = urlsplit(address)
        here = f"{parts.scheme}://{parts.netloc}"
        if here not in self._hosts() or not _CERTIFICATE.fullmatch(address.removeprefix(here)):
            raise BadSignature("the certificate is not PayPal's")
        status, text = exchange(address, until=monotonic() + CALL_TIMEOUT)
        if status >= 500 or status == 429:
            raise Unavailable("PayPal does not show its certificate")
        try:
            found = read_certificate(text.decode("ascii", "replace")) if status == 200 else None
        except Unreadable:
            found = None
        if found is None:
            raise BadSignature("the certificate is not PayPal's")
        if len(self._certificates) >= _MOST_CERTIFICATES:
            self._certificates.clear()
        self._certificates[address] = found
        return found

    def _hosts(self) -> frozenset[str]:
        base = (self.settings.paypal_api_base or LIVE).rstrip("/")
        # Notifications name the older host, also where the API is asked by the newer one.
        return frozenset({base, base.replace("://api-m.", "://api.")})


def _wanted(request: PaymentRequest) -> Answer:
    intent = books.PROMISED if request.capture == "manual" else books.AT_ONCE
    return {
        "intent": intent,
        "purchase_units": [
            {
                "reference_id": intent,
                "custom_id": request.reference,
                "amount": books.money(request.amount_minor, request.currency),
            }
        ],
        "payment_source": {
            "paypal": {
                "experience_context": {
                    "user_action": "PAY_NOW",
                    "shipping_preference": "NO_SHIPPING",
                    "return_url": request.return_url,
                    "cancel_url": request.return_url,
                }
            }
        },
    }


def _take(line: Line, order: Answer) -> ProviderPayment:
    external_id = str(order["id"])
    action = "capture" if books.opened_for(order) == books.AT_ONCE else "authorize"
    try:
        line.post(*_ORDERS, external_id, action, key=f"{external_id}:{action}")
    except Refused as refusal:
        if not refusal.issues & _NOT_A_DECLINE:
            # Closed before anybody is told: a shopper who was declined pays again, and must not pay twice.
            told = _call_off(line, _order(line, external_id))
            return replace(told, status="failed", failure=refusal.message) if told.status == "cancelled" else told
    return books.payment_of(_order(line, external_id))


def _call_off(line: Line, order: Answer) -> ProviderPayment:
    told = books.payment_of(order)
    external_id = told.external_id
    try:
        if told.status == "open":
            turned = books.PROMISED if order.get("intent") == books.AT_ONCE else books.AT_ONCE
            line.patch(*_ORDERS, external_id, changes=[{"op": "replace", "path": "/intent", "value": turned}])
        elif told.status == "authorized":
            promise = str(books.parts(order, "authorizations")[-1]["id"])
            line.post("v2", "payments", "authorizations", promise, "void", key=f"{promise}:void")
        else:
            return told
    except Refused:
        # Between the two calls it was paid, or taken: the books say so.
        now_told = books.payment_of(_order(line, external_id))
        if now_told.status == told.status:
            raise
        return now_told
    return books.payment_of(_order(line, external_id))


def _shares(order: Answer, amount_minor: int, key: str) -> list[tuple[str, dict[str, str], str]]:
    """Share a refund out over the captures, the oldest first: id, amount, and what is written on the piece."""
    currency = books.agreed(order)[1]
    left, shares = amount_minor, []
    for capture_id, there in books.left_by_capture(order, key):
        share = min(there, left)
        if share > 0:
            shares.append((capture_id, share))
            left -= share
    if left or not shares:
        raise Declined("so much was not taken, or has gone back")
    counts = [f",{number},{len(shares)}" for number in range(len(shares))] if len(shares) > 1 else [""]
    return [
        (capture_id, books.money(share, currency), books.written(key) + count)
        for (capture_id, share), count in zip(shares, counts, strict=True)
    ]


def _order(line: Line, external_id: str) -> Answer:
    return line.get(*_ORDERS, external_id)


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _event(event: Mapping[str, Any]) -> WebhookEvent:
    about = event.get("resource")
    resource: Answer = about if isinstance(about, dict) else {}
    units = resource.get("purchase_units")
    unit = units[0] if isinstance(units, list) and units and isinstance(units[0], dict) else resource
    dispute_id, disputed = disputes.about(resource)
    reference = str(unit.get("custom_id", ""))
    return WebhookEvent(
        event_id=str(event.get("id", "")),
        kind=str(event.get("event_type", "")),
        external_id=disputed or dispute_id or _named(resource),
        reference=reference,
        dispute_id=dispute_id,
        # Names and addresses of shoppers are in the rest, and nobody here needs them.
        payload={
            "id": event.get("id"),
            "type": event.get("event_type"),
            "reference": reference,
            **({"dispute": dispute_id} if dispute_id else {}),
        },
    )


def _named(resource: Answer) -> str:
    """Return the id of the order that an event is about, or of the thing itself where it names none."""
    found: Any = resource.get("supplementary_data")
    for name in ("related_ids", "order_id"):
        found = found.get(name) if isinstance(found, dict) else None
    return str(found or resource.get("id", ""))
