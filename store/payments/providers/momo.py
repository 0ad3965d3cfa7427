"""MoMo, the wallet: one-time payments on MoMo's own page (API v2, `captureWallet`), in Vietnamese đồng.

Rules are those of https://developers.momo.vn/v3/docs/payment/api: wallet/onetime, payment-api/query and /refund,
result-handling/notification and /resultcode. What MoMo has not got, and what follows from that:

* no list of payments: the reconciler asks about each of ours;
* no way to close a page that is open: it lapses by itself, or its shopper gives up there;
* no time of sending in a notification, and a signature over its fields, not over its bytes. A replay does nothing: each
  event is kept once, and none is believed.
"""

import base64
import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar, Final
from urllib.parse import urlsplit

from store.core.i18n import lazy_gettext
from store.payments.providers.base import (
    BadSignature,
    Declined,
    PaymentRequest,
    PaymentState,
    Provider,
    ProviderPayment,
    ProviderRefund,
    Redirect,
    Unavailable,
    WebhookEvent,
    WebhookReply,
    read_json,
)
from store.payments.wire import post_json

# MoMo's limit for a `requestId`; `orderId` may be longer, and is the same here.
_LONGEST_NAME = 50

# What each kind of message signs, always with the access key, in the order of the alphabet.
_SIGNED: Final[dict[str, tuple[str, ...]]] = {
    "create": (
        "amount", "extraData", "ipnUrl", "orderId", "orderInfo", "partnerCode", "redirectUrl", "requestId",
        "requestType",
    ),
    "query": ("orderId", "partnerCode", "requestId"),
    "refund": ("amount", "description", "orderId", "partnerCode", "requestId", "transId"),
    "notification": (
        "amount", "extraData", "message", "orderId", "orderInfo", "orderType", "partnerCode", "payType", "requestId",
        "responseTime", "resultCode", "transId",
    ),
}  # fmt: skip

# How a payment stands by its result code. Those that mean failure: no money was taken and none can come any more.
_STATES: Final[dict[int, PaymentState]] = {
    0: "succeeded",
    1000: "open",
    8000: "requires_action",
    7000: "processing",
    7002: "processing",
    # Confirmed by the shopper; with one-step payments the money follows by itself.
    9000: "processing",
    1003: "cancelled",
    1005: "cancelled",
    1017: "cancelled",
    **dict.fromkeys((98, 99, 1001, 1002, 1004, 1006, 1007, 1026, 4001, 4002, 4100), "failed"),
}
_SUCCEEDED = 0
_PENDING = frozenset({7000, 7002, 9000})
# Under maintenance, in conflict with something that runs, or unknown to MoMo itself: what was asked is open.
_UNKNOWN = frozenset({10, 43, 99})
_KNOWN_ALREADY = frozenset({40, 41})
_UNREADABLE = -1


class MoMo(Provider):
    """Takes the shopper to `payment.momo.vn`. `MOMO_API_BASE` may name anything else that speaks the API."""

    code: ClassVar[str] = "momo"
    label: Any = lazy_gettext("MoMo wallet")
    form_targets: ClassVar[tuple[str, ...]] = ("https://*.momo.vn",)
    lists: ClassVar[bool] = False
    settings_needed: ClassVar[tuple[str, ...]] = ("MOMO_PARTNER_CODE", "MOMO_ACCESS_KEY", "MOMO_SECRET_KEY")
    closes: ClassVar[bool] = False
    signs_bytes: ClassVar[bool] = False

    def configured(self) -> bool:
        """Whether the three names that MoMo gives a business are there."""
        settings = self.settings
        return bool(settings.momo_partner_code and settings.momo_access_key and self._secret())

    def available(self, *, currency: str, country: str | None) -> bool:  # noqa: ARG002 - wherever it goes
        """Take đồng only; there is no other money in a wallet."""
        return self.configured() and currency == "VND"

    def start(self, request: PaymentRequest) -> Redirect:
        """Open a payment; MoMo answers the same `requestId` with the same page."""
        if request.currency != "VND":
            raise Declined("MoMo takes Vietnamese đồng only")
        host = urlsplit(request.return_url).netloc
        name = _name(request.idempotency_key)
        answer = self._ask(
            "create",
            {
                "orderId": name,
                "requestId": name,
                "amount": request.amount_minor,
                "orderInfo": host,
                "redirectUrl": request.return_url,
                "ipnUrl": f"{self.settings.base_url}/webhooks/payments/{self.code}",
                "requestType": "captureWallet",
                "extraData": _packed({"reference": request.reference}),
                "lang": "vi",
            },
        )
        code = _code(answer)
        if code != _SUCCEEDED or not answer.get("payUrl"):
            # Names that are known already mean that other words came under this key, or that MoMo forgot the page's
            # address; nobody was told it, so nobody can pay there.
            raise _refusal(answer)
        return Redirect(name, str(answer["payUrl"]))

    def fetch(self, external_id: str) -> ProviderPayment:
        """Ask how a payment stands."""
        return _payment(external_id, self._query(external_id))

    def cancel(self, external_id: str) -> ProviderPayment:
        """Answer how it ended; MoMo can't close a page before that."""
        told = self.fetch(external_id)
        if told.status in ("open", "requires_action", "processing"):
            raise Declined("MoMo can't close a payment page; it lapses by itself")
        return told

    def refund(self, external_id: str, *, amount_minor: int, idempotency_key: str) -> ProviderRefund:
        """Send money back; `requestId` makes it happen once, and the payment's own list shows what became of it."""
        paid = self._query(external_id)
        name = _name(idempotency_key)
        known = _refund(paid, name)
        if known is not None:
            return known
        if _payment(external_id, paid).status != "succeeded":
            raise Declined("nothing was paid here")
        answer = self._ask(
            "refund",
            {
                "orderId": name,
                "requestId": name,
                "amount": amount_minor,
                "transId": paid.get("transId"),
                "description": "",
                "lang": "en",
            },
        )
        code = _code(answer)
        if code == _SUCCEEDED or code in _PENDING:
            return ProviderRefund(name, "succeeded" if code == _SUCCEEDED else "pending", amount_minor)
        if code in _KNOWN_ALREADY:
            known = _refund(self._query(external_id), name)
            if known is not None:
                return known
            raise Unavailable("MoMo knows of this refund and does not show it yet")
        raise _refusal(answer)

    def find_refund(self, external_id: str, *, idempotency_key: str) -> ProviderRefund | None:
        """Look through the payment's refunds for the one that was asked for under this key."""
        return _refund(self._query(external_id), _name(idempotency_key))

    def list_since(self, moment: datetime) -> Iterable[ProviderPayment]:  # noqa: ARG002 - there is no such list
        """Refuse: see `lists`."""
        raise Declined("MoMo has no list of payments")

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:  # noqa: ARG002 - all is in the body
        """Check an instant payment notification with each active key; keep of it what names the payment."""
        told = read_json(body)
        given = str(told.get("signature", "")).encode()
        secrets = (self._secret(), *self.settings.momo_secret_key_fallbacks)
        if not any(
            hmac.compare_digest(self.signature("notification", told, secret=secret).encode(), given)
            for secret in secrets
        ):
            raise BadSignature("the signature is missing or wrong")
        name = str(told.get("orderId", ""))
        reference = _unpacked(told.get("extraData")).get("reference", "")
        about = {"orderId": name, "resultCode": told.get("resultCode"), "reference": reference}
        return WebhookEvent(
            event_id=f"{name}.{told.get('resultCode')}.{told.get('transId')}",
            kind=f"result.{told.get('resultCode')}",
            external_id=name,
            reference=reference,
            payload=about,
        )

    def webhook_reply(self) -> WebhookReply:
        """Say that it was taken, as MoMo wants to hear it: 204 within 15 seconds."""
        return WebhookReply(204)

    def signature(self, kind: str, fields: Mapping[str, Any], *, secret: str = "") -> str:
        """Return the signature of a message: HMAC-SHA256 of `accessKey=…&amount=…` in hex."""
        named = [
            ("accessKey", self.settings.momo_access_key),
            *((name, fields.get(name, "")) for name in _SIGNED[kind]),
        ]
        raw = "&".join(f"{name}={value}" for name, value in named)
        return hmac.new((secret or self._secret()).encode(), raw.encode(), hashlib.sha256).hexdigest()

    def _secret(self) -> str:
        return self.settings.momo_secret_key.get_secret_value()

    def _query(self, external_id: str) -> dict[str, Any]:
        answer = self._ask("query", {"orderId": external_id, "requestId": uuid.uuid4().hex, "lang": "en"})
        if _code(answer) not in _STATES:
            raise _refusal(answer)
        return answer

    def _ask(self, kind: str, fields: Mapping[str, Any]) -> dict[str, Any]:
        message = {"partnerCode": self.settings.momo_partner_code, **fields}
        message["signature"] = self.signature(kind, message)
        return post_json(f"{self.settings.momo_api_base.rstrip('/')}/v2/gateway/api/{kind}", message, provider="MoMo")


def _payment(external_id: str, told: Mapping[str, Any]) -> ProviderPayment:
    state = _STATES[_code(told)]
    refunds = [one for one in told.get("refundTrans") or () if _code(one) == _SUCCEEDED]
    return ProviderPayment(
        external_id=external_id,
        status=state,
        amount_minor=int(told.get("amount") or 0),
        currency="VND",
        reference=_unpacked(told.get("extraData")).get("reference", ""),
        refunded_minor=sum(int(one.get("amount") or 0) for one in refunds),
        failure=str(told.get("message", "")) if state in ("failed", "cancelled") else "",
    )


def _refund(paid: Mapping[str, Any], name: str) -> ProviderRefund | None:
    for one in paid.get("refundTrans") or ():
        if one.get("orderId") == name:
            code, amount = _code(one), int(one.get("amount") or 0)
            if code == _SUCCEEDED:
                return ProviderRefund(name, "succeeded", amount)
            if code in _PENDING:
                return ProviderRefund(name, "pending", amount)
            return ProviderRefund(name, "failed", amount, f"MoMo refused the refund ({code}).")
    return None


def _refusal(answer: Mapping[str, Any]) -> Declined | Unavailable:
    code, message = _code(answer), str(answer.get("message", ""))[:200]
    if code in _UNKNOWN or code == _UNREADABLE:
        return Unavailable("MoMo does not say", reason=message)
    return Declined(f"MoMo: {message} ({code})")


def _code(told: Mapping[str, Any]) -> int:
    code = str(told.get("resultCode"))
    return int(code) if re.fullmatch(r"[0-9]{1,6}", code) else _UNREADABLE


def _name(key: str) -> str:
    """Return the name of a payment or refund at MoMo, from its key: `^[0-9a-zA-Z]([-_.]*[0-9a-zA-Z]+)*$`."""
    name = "V" + re.sub(r"[^0-9A-Za-z_.-]", ".", key)
    if len(name) > _LONGEST_NAME or not name[-1].isalnum():
        name = "V" + hashlib.sha256(key.encode()).hexdigest()[:40]
    return name


def _packed(about: Mapping[str, str]) -> str:
    return base64.b64encode(json.dumps(about).encode()).decode()


def _unpacked(text: Any) -> Mapping[str, str]:
    try:
        about = json.loads(base64.b64decode(str(text or ""), validate=True))
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in about.items()} if isinstance(about, dict) else {}
