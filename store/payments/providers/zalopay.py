"""ZaloPay's payment gateway (Open API v2): wallet, cards and bank QR on ZaloPay's own page, in Vietnamese đồng.

Rules are those of https://docs.zalopay.vn/docs/specs: order-create, order-query, order-cancel, order-refund,
order-query-refund and callback-api. What ZaloPay has not got, and what follows from that:

* no list of payments: the reconciler asks about each of ours;
* no second answer to a first question: an order id that comes again is refused, so an opening whose answer was lost is
  closed and the shopper begins anew. Nobody was ever told that page's address;
* no amount before it is paid, and no amount of a refund: where it says nothing, nothing is compared;
* no time of sending in a callback, and a signature over its `data`. A replay does nothing: each event is kept once.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, ClassVar
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from store.core.clock import now
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

# Ids begin with the day in Vietnam on which they were first used.
_DAY = "%y%m%d"
_VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")

# How long an answer to a refund may be missing until a second one could be made of it: it was looked for every day.
_LOOK_BACK = timedelta(days=7)

_SHORTEST_EXPIRY = 300

_SUCCESS, _FAIL, _PROCESSING = 1, 2, 3
_DUPLICATE_ORDER = -68
_DUPLICATE_REFUND = -23
_NO_MONEY_IN_THE_WALLET = -63
_TIME_IS_OVER = -54
_NOT_FOUND = frozenset({-101, -92, -21})
_NOT_UNDERSTOOD = frozenset({-401, -402})
# Too many requests, an error of theirs, maintenance: what was asked is open.
_UNKNOWN = frozenset({-429, -500, -999})


class ZaloPay(Provider):
    """Takes the shopper to ZaloPay's gateway. `ZALOPAY_API_BASE` names the sandbox or anything that speaks the API."""

    code: ClassVar[str] = "zalopay"
    label: Any = lazy_gettext("ZaloPay wallet, card or bank app")
    form_targets: ClassVar[tuple[str, ...]] = ("https://*.zalopay.vn",)
    lists: ClassVar[bool] = False
    settings_needed: ClassVar[tuple[str, ...]] = ("ZALOPAY_APP_ID", "ZALOPAY_KEY1", "ZALOPAY_KEY2")
    repeats: ClassVar[bool] = False
    signs_bytes: ClassVar[bool] = False

    def configured(self) -> bool:
        """Whether there are an application's number and its two keys."""
        return bool(self.settings.zalopay_app_id and self._key1() and self._key2())

    def available(self, *, currency: str, country: str | None) -> bool:  # noqa: ARG002 - wherever it goes
        """Take đồng only."""
        return self.configured() and currency == "VND"

    def start(self, request: PaymentRequest) -> Redirect:
        """Open an order; what an earlier try under this key opened is closed, and then `Declined` is raised."""
        if request.currency != "VND":
            raise Declined("ZaloPay takes Vietnamese đồng only")
        host = urlsplit(request.return_url).netloc
        trans_id = _trans_id(request)
        fields = {
            "app_id": self.settings.zalopay_app_id,
            "app_trans_id": trans_id,
            "app_user": host[:50],
            "app_time": _milliseconds(),
            "amount": request.amount_minor,
            "item": "[]",
            "embed_data": json.dumps({"redirecturl": request.return_url}),
            "expire_duration_seconds": max(_SHORTEST_EXPIRY, self.settings.order_expiry_seconds),
            "description": f"{host} #{trans_id}",
            "bank_code": "",
            "callback_url": f"{self.settings.base_url}/webhooks/payments/{self.code}",
        }
        signed = ("app_id", "app_trans_id", "app_user", "amount", "app_time", "embed_data", "item")
        answer = self._ask("create", fields, *(fields[name] for name in signed))
        if _code(answer) == _SUCCESS and answer.get("order_url"):
            return Redirect(trans_id, str(answer["order_url"]))
        if _why(answer) == _DUPLICATE_ORDER:
            told = self._close(trans_id)
            if told.status in ("succeeded", "processing"):
                # Somebody was told the address after all, and has paid there.
                return Redirect(trans_id, request.return_url)
        raise _refusal(answer)

    def fetch(self, external_id: str) -> ProviderPayment:
        """Ask how an order stands."""
        return _payment(external_id, self._query(external_id))

    def cancel(self, external_id: str) -> ProviderPayment:
        """Close an order that nobody has paid."""
        told = self._close(external_id)
        if told.status in ("open", "processing"):
            raise Declined("ZaloPay is processing this payment and can't stop it")
        return told

    def refund(self, external_id: str, *, amount_minor: int, idempotency_key: str) -> ProviderRefund:
        """Send money back. ZaloPay takes its time, so the answer to look at is that of the look-up."""
        known = self.find_refund(external_id, idempotency_key=idempotency_key)
        if known is not None:
            return known
        paid = self._query(external_id)
        if _code(paid) != _SUCCESS:
            raise Declined("nothing was paid here")
        name = self._refund_id(now(), idempotency_key)
        fields = {
            "app_id": self.settings.zalopay_app_id,
            "m_refund_id": name,
            "zp_trans_id": str(paid.get("zp_trans_id")),
            "amount": amount_minor,
            "timestamp": _milliseconds(),
            "description": f"Refund of {external_id}",
        }
        signed = ("app_id", "zp_trans_id", "amount", "description", "timestamp")
        answer = self._ask("refund", fields, *(fields[part] for part in signed))
        if _code(answer) not in (_SUCCESS, _PROCESSING) and _why(answer) != _DUPLICATE_REFUND:
            raise _refusal(answer)
        return self._look_up(name) or ProviderRefund(name, "pending", None)

    def find_refund(self, external_id: str, *, idempotency_key: str) -> ProviderRefund | None:
        """Look for a refund under the ids it could have been given, from today back to the day of the payment."""
        for moment in _days(external_id):
            found = self._look_up(self._refund_id(moment, idempotency_key))
            if found is not None:
                return found
        return None

    def list_since(self, moment: datetime) -> Iterable[ProviderPayment]:  # noqa: ARG002 - there is no such list
        """Refuse: see `lists`."""
        raise Declined("ZaloPay has no list of payments")

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:  # noqa: ARG002 - all is in the body
        """Check a callback with each active second key; keep of it what names the order."""
        told = read_json(body)
        data, given = str(told.get("data", "")), str(told.get("mac", "")).encode()
        keys = (self._key2(), *self.settings.zalopay_key2_fallbacks)
        if not any(hmac.compare_digest(mac(key, data).encode(), given) for key in keys):
            raise BadSignature("the signature is missing or wrong")
        order = read_json(data.encode())
        trans_id = str(order.get("app_trans_id", ""))
        reference = _reference(trans_id)
        about = {"app_trans_id": trans_id, "zp_trans_id": order.get("zp_trans_id"), "reference": reference}
        return WebhookEvent(
            event_id=f"{trans_id}.{order.get('zp_trans_id')}",
            kind=f"callback.{told.get('type')}",
            external_id=trans_id,
            reference=reference,
            payload=about,
        )

    def webhook_reply(self) -> WebhookReply:
        """Say that it was taken; without these words ZaloPay sends it up to three times."""
        return WebhookReply(200, b'{"return_code": 1, "return_message": "success"}', "application/json")

    def _key1(self) -> str:
        return self.settings.zalopay_key1.get_secret_value()

    def _key2(self) -> str:
        return self.settings.zalopay_key2.get_secret_value()

    def _query(self, trans_id: str) -> dict[str, Any]:
        fields = {"app_id": self.settings.zalopay_app_id, "app_trans_id": trans_id}
        answer = self._ask("query", fields, *fields.values(), self._key1())
        if _why(answer) in _NOT_FOUND | _NOT_UNDERSTOOD | _UNKNOWN or _code(answer) is None:
            raise _refusal(answer)
        return answer

    def _close(self, trans_id: str) -> ProviderPayment:
        told = self.fetch(trans_id)
        if told.status == "open":
            fields = {"app_id": self.settings.zalopay_app_id, "app_trans_id": trans_id}
            answer = self._ask("cancel", fields, *fields.values(), self._key1())
            if _code(answer) == _SUCCESS:
                return replace(told, status="cancelled")
            # Between the two calls it was paid, or lapsed by itself: the books say which.
            told = self.fetch(trans_id)
        return told

    def _look_up(self, name: str) -> ProviderRefund | None:
        fields = {"app_id": self.settings.zalopay_app_id, "m_refund_id": name, "timestamp": _milliseconds()}
        answer = self._ask("query_refund", fields, *fields.values())
        why = _why(answer)
        if why in _NOT_FOUND:
            return None
        if why in _NOT_UNDERSTOOD | _UNKNOWN or _code(answer) is None:
            raise _refusal(answer)
        if _code(answer) == _SUCCESS:
            return ProviderRefund(name, "succeeded", None)
        if _code(answer) == _PROCESSING:
            return ProviderRefund(name, "pending", None)
        return ProviderRefund(name, "failed", None, _message(answer))

    def _refund_id(self, moment: datetime, key: str) -> str:
        """Return `yymmdd_appid_…`, at most 45 characters."""
        day = moment.astimezone(_VIETNAM).strftime(_DAY)
        return f"{day}_{self.settings.zalopay_app_id}_{hashlib.sha256(key.encode()).hexdigest()[:24]}"

    def _ask(self, call: str, fields: Mapping[str, Any], *signed: Any) -> dict[str, Any]:
        message = {**fields, "mac": mac(self._key1(), "|".join(str(one) for one in signed))}
        return post_json(f"{self.settings.zalopay_api_base.rstrip('/')}/v2/{call}", message, provider="ZaloPay")


def mac(key: str, text: str) -> str:
    """Return ZaloPay's signature: HMAC-SHA256 in hex."""
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


def _payment(trans_id: str, told: Mapping[str, Any]) -> ProviderPayment:
    paid = _code(told) == _SUCCESS
    state = _state(told)
    return ProviderPayment(
        external_id=trans_id,
        status=state,
        amount_minor=int(told.get("amount") or 0) if paid else None,
        currency="VND",
        reference=_reference(trans_id),
        refunded_minor=None,
        failure=_message(told) if state in ("failed", "cancelled") else "",
    )


def _state(told: Mapping[str, Any]) -> PaymentState:
    code, why = _code(told), _why(told)
    if code == _SUCCESS:
        return "succeeded"
    if code == _PROCESSING:
        return "processing" if told.get("is_processing") else "open"
    if why == _NO_MONEY_IN_THE_WALLET:
        # The page stays open: the wallet can be filled, or another one used.
        return "open"
    return "cancelled" if why == _TIME_IS_OVER else "failed"


def _refusal(answer: Mapping[str, Any]) -> Declined | Unavailable:
    code, why = _code(answer), _why(answer)
    if code is None or code == _PROCESSING or why in _UNKNOWN:
        return Unavailable("ZaloPay does not say", reason=_message(answer))
    return Declined(f"ZaloPay: {_message(answer)} ({why})")


def _code(answer: Mapping[str, Any]) -> int | None:
    code = answer.get("return_code")
    return code if isinstance(code, int) else None


def _why(answer: Mapping[str, Any]) -> int:
    """Return the reason of a failure; some come as the return code itself."""
    code, sub = answer.get("return_code"), answer.get("sub_return_code")
    if isinstance(code, int) and code < 0:
        return code
    return sub if isinstance(sub, int) and code == _FAIL else 0


def _message(answer: Mapping[str, Any]) -> str:
    return str(answer.get("sub_return_message") or answer.get("return_message") or "")[:200]


def _milliseconds() -> int:
    return int(now().timestamp() * 1000)


def _trans_id(request: PaymentRequest) -> str:
    """Return `yymmdd_…`, at most 40 characters: the day, the order's token and the attempt, as its key names them."""
    kind, _, rest = request.idempotency_key.partition(":")
    reference, _, attempt = rest.rpartition(":")
    if kind != "pay" or reference != request.reference or not attempt.isdigit():
        raise Declined("this key belongs to another order")
    return f"{now().astimezone(_VIETNAM):{_DAY}}_{reference}_{attempt}"


def _reference(trans_id: str) -> str:
    return trans_id.partition("_")[2].rpartition("_")[0]


def _days(trans_id: str) -> Iterator[datetime]:
    moment, first = now(), trans_id[:6]
    for back in range(_LOOK_BACK.days + 1):
        yield moment - timedelta(days=back)
        if f"{(moment - timedelta(days=back)).astimezone(_VIETNAM):{_DAY}}" == first:
            return
