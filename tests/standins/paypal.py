"""A stand-in for PayPal's REST API: orders that a shopper approves, what is taken by them, refunds, signed notifications.

Shapes, states and refusals are those of PayPal's published OpenAPI documents (checkout_orders_v2, payments_payment_v2): a key
that is known is answered with how its order stands now, whatever is asked; an order is taken once, only when it was
approved, and only by the call that its intent names; unknown fields are refused. What it can't show is PayPal's judgement
of shoppers and accounts: use the sandbox before going live.
"""

import json
import re
import secrets
import time
from base64 import b64encode
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.standins import paypal_disputes, paypal_keys
from tests.standins.server import StandIn

CLIENT_ID, CLIENT_SECRET, WEBHOOK_ID = "client-of-the-standin", "secret-of-the-standin", "1JE4291016473214C"

CERTIFICATE_PATH = "/v1/notifications/certs/CERT-360caa42-fca2a594-5ta2d1n0"

# As far as the shop sends them; anything else would be a slip of the pen.
_FIELDS = {
    "create_order": {"intent", "purchase_units", "payment_source"},
    "capture_order": set[str](),
    "authorize_order": set[str](),
    "capture_authorization": {"amount", "invoice_id", "final_capture"},
    "void_authorization": set[str](),
    "refund_capture": {"amount", "custom_id"},
}
_UNIT_FIELDS = {"reference_id", "custom_id", "amount", "description", "invoice_id", "items", "shipping"}

_CALLS = (
    ("POST", r"/v1/oauth2/token", "token"),
    ("POST", r"/v2/checkout/orders", "create_order"),
    ("GET", r"/v2/checkout/orders/([^/]+)", "show_order"),
    ("PATCH", r"/v2/checkout/orders/([^/]+)", "update_order"),
    ("POST", r"/v2/checkout/orders/([^/]+)/capture", "capture_order"),
    ("POST", r"/v2/checkout/orders/([^/]+)/authorize", "authorize_order"),
    ("POST", r"/v2/payments/authorizations/([^/]+)/capture", "capture_authorization"),
    ("POST", r"/v2/payments/authorizations/([^/]+)/void", "void_authorization"),
    ("POST", r"/v2/payments/captures/([^/]+)/refund", "refund_capture"),
    ("GET", r"/v2/payments/captures/([^/]+)", "show_capture"),
    ("GET", r"/v1/customer/disputes/([^/]+)", "show_dispute"),
    ("GET", r"/v1/customer/disputes\?(.+)", "list_disputes"),
    ("GET", r"(/v1/notifications/certs/[^/]+)", "certificate"),
)


class Refusal(Exception):
    def __init__(self, status: int, name: str, issue: str = "", description: str = "") -> None:
        super().__init__(issue or name)
        self.status = status
        self.body = {
            "name": name,
            "message": description or "The requested action could not be performed.",
            "debug_id": "f2b9d1b1c9d4e",
            "details": [{"issue": issue, "description": description or issue}] if issue else [],
        }


class PayPalStandIn(StandIn):
    """One account. `url` is its API; `lose`, `fail` and `hang` name calls (`create_order`, `refund_capture`, …)."""

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.disputes: dict[str, dict[str, Any]] = {}
        # Whether the account's app may ask about disputes.
        self.sees_disputes = True
        self.keys: dict[str, tuple[str, str]] = {}
        self.tokens: set[str] = set()
        # What becomes of the money once it is asked for, by order: COMPLETED unless said otherwise.
        self.outcomes: dict[str, str] = {}
        self.lose: Counter[str] = Counter()
        self.fail: Counter[str] = Counter()
        self.hang: Counter[str] = Counter()
        self.hang_seconds = 1.0
        self.calls: list[str] = []
        super().__init__(_handler(self))

    # What a shopper does on PayPal's pages, and what becomes of it.

    def approve(self, order_id: str, *, outcome: str = "COMPLETED") -> None:
        """Agree to pay; `outcome` is what a later capture meets: COMPLETED, PENDING or INSTRUMENT_DECLINED."""
        with self._lock:
            order = self.orders[order_id]
            if order["status"] in ("CREATED", "PAYER_ACTION_REQUIRED"):
                order["status"] = "APPROVED"
            self.outcomes[order_id] = outcome

    def settle(self, order_id: str, status: str) -> None:
        """Let a pending capture end: COMPLETED or DECLINED."""
        with self._lock:
            for capture in _payments(self.orders[order_id], "captures"):
                capture["status"] = status

    def notification(
        self, resource: dict[str, Any], kind: str, *, stranger: bool = False, age: int = 0, webhook_id: str = WEBHOOK_ID
    ) -> tuple[dict[str, str], bytes]:
        """Return headers and body of a signed event; the same thing and kind make the same event."""
        # What moves on is told again.
        thing = resource.get("id") or f"{resource['dispute_id']}-{resource['status']}"
        event = {
            "id": f"WH-{thing}-{kind}",
            "event_version": "1.0",
            "event_type": kind,
            "resource_type": {"CHECKOUT": "checkout-order", "CUSTOMER": "dispute"}.get(
                kind.partition(".")[0], "capture"
            ),
            "resource": resource,
        }
        body = json.dumps(event).encode()
        moment = datetime.fromtimestamp(time.time() - age, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        transmission = "afa30d40-ca4a-11e9-ab68-7d4e2605c70c"
        signature = paypal_keys.sign(transmission, moment, webhook_id, body, stranger=stranger)
        return {
            "PAYPAL-AUTH-ALGO": "SHA256withRSA",
            "PAYPAL-CERT-URL": self.url + CERTIFICATE_PATH,
            "PAYPAL-TRANSMISSION-ID": transmission,
            "PAYPAL-TRANSMISSION-SIG": signature,
            "PAYPAL-TRANSMISSION-TIME": moment,
            "Content-Type": "application/json",
        }, body

    # The API.

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, bytes, str]:
        """Return status, answer and the name of the call."""
        found_calls = ((re.fullmatch(pattern, path), call) for verb, pattern, call in _CALLS if verb == method)
        match, call = next((one for one in found_calls if one[0]), (None, "unknown"))
        if match is None:
            return 404, json.dumps(Refusal(404, "RESOURCE_NOT_FOUND").body).encode(), call
        try:
            with self._lock:
                self.calls.append(call)
                if self.fail[call] > 0:
                    self.fail[call] -= 1
                    return 500, b'{"name": "INTERNAL_SERVER_ERROR"}', call
                if call == "certificate":
                    if match[1] != CERTIFICATE_PATH:
                        raise Refusal(404, "RESOURCE_NOT_FOUND")
                    return 200, paypal_keys.certificate().encode(), call
                status, found = self._perform(call, match, headers, body)
                return status, b"" if found is None else json.dumps(found).encode(), call
        except Refusal as refusal:
            return refusal.status, json.dumps(refusal.body).encode(), call

    def _perform(self, call: str, match: re.Match[str], headers: Any, body: bytes) -> tuple[int, dict[str, Any] | None]:
        if call == "token":
            return 200, self._token(headers, body)
        if headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            raise Refusal(401, "AUTHENTICATION_FAILURE")
        name = match[1] if match.groups() else ""
        if call == "show_order":
            return 200, self._order(name)
        if call == "show_capture":
            return 200, self._find(name, "captures")[1]
        if call in ("show_dispute", "list_disputes"):
            return 200, self._disputes(call, name)
        given = json.loads(body)
        if call == "update_order":
            self._update(self._order(name), given)
            return 204, None
        if set(given) - _FIELDS[call]:
            raise Refusal(400, "INVALID_REQUEST", "UNKNOWN_FIELD", str(set(given) - _FIELDS[call]))
        if headers.get("Prefer") != "return=representation":
            raise Refusal(400, "INVALID_REQUEST", "THE_SHOP_READS_THE_ANSWER")
        key = headers.get("PayPal-Request-Id", "")
        if not 1 <= len(key) <= 108:
            raise Refusal(400, "INVALID_REQUEST", "INVALID_STRING_LENGTH")
        known = self.keys.get(key)
        if known is not None:
            return 200, self._shown(*known)
        made = getattr(self, f"_{call}")(name, given)
        self.keys[key] = call, made
        return 201, self._shown(call, made)

    def _disputes(self, call: str, name: str) -> dict[str, Any]:
        if not self.sees_disputes:
            raise Refusal(403, "NOT_AUTHORIZED", "PERMISSION_DENIED")
        if call == "list_disputes":
            return paypal_disputes.listed(self, name)
        if name not in self.disputes:
            raise Refusal(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")
        return self.disputes[name]

    def _shown(self, call: str, name: str) -> dict[str, Any]:
        if call == "refund_capture":
            return self.refunds[name]
        if call in ("capture_authorization", "void_authorization"):
            return next(
                one
                for order in self.orders.values()
                for kind in ("captures", "authorizations")
                for one in _payments(order, kind)
                if one["id"] == name
            )
        return self.orders[name]

    def _token(self, headers: Any, body: bytes) -> dict[str, Any]:
        known = b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if headers.get("Authorization") != f"Basic {known}" or body != b"grant_type=client_credentials":
            raise Refusal(401, "invalid_client")
        token = secrets.token_urlsafe(24)
        self.tokens.add(token)
        return {"access_token": token, "token_type": "Bearer", "expires_in": 31668}

    def _create_order(self, _name: str, given: dict[str, Any]) -> str:
        (unit,) = given["purchase_units"]
        if set(unit) - _UNIT_FIELDS:
            raise Refusal(400, "INVALID_REQUEST", "UNKNOWN_FIELD", str(set(unit) - _UNIT_FIELDS))
        _money(unit["amount"])
        order_id = _id()
        self.orders[order_id] = {
            "id": order_id,
            "intent": given["intent"],
            "status": "PAYER_ACTION_REQUIRED" if given.get("payment_source") else "CREATED",
            "purchase_units": [{**unit, "payments": {}}],
            "create_time": datetime.now(tz=UTC).isoformat(),
            "links": [
                {"rel": "self", "href": f"{self.url}/v2/checkout/orders/{order_id}", "method": "GET"},
                {
                    "rel": "payer-action",
                    "href": f"https://www.sandbox.paypal.com/checkoutnow?token={order_id}",
                    "method": "GET",
                },
            ],
        }
        return order_id

    def _update(self, order: dict[str, Any], changes: list[dict[str, Any]]) -> None:
        if order["status"] == "COMPLETED":
            raise Refusal(422, "UNPROCESSABLE_ENTITY", "ORDER_ALREADY_COMPLETED")
        for change in changes:
            if (change["op"], change["path"]) != ("replace", "/intent"):
                raise Refusal(422, "UNPROCESSABLE_ENTITY", "NOT_PATCHABLE")
            if change["value"] not in ("CAPTURE", "AUTHORIZE"):
                raise Refusal(400, "INVALID_REQUEST", "INVALID_PARAMETER_VALUE")
            order["intent"] = change["value"]

    def _capture_order(self, name: str, _given: dict[str, Any]) -> str:
        order = self._to_take(name, "CAPTURE", "ORDER_ALREADY_CAPTURED")
        capture = self._capture(order, order["purchase_units"][0]["amount"])
        capture["status"] = self.outcomes[name]
        order["status"] = "COMPLETED"
        return name

    def _authorize_order(self, name: str, _given: dict[str, Any]) -> str:
        order = self._to_take(name, "AUTHORIZE", "ORDER_ALREADY_AUTHORIZED")
        status = "CREATED" if self.outcomes[name] == "COMPLETED" else self.outcomes[name]
        authorization = {"id": _id(), "status": status, "amount": order["purchase_units"][0]["amount"]}
        _payments(order, "authorizations").append(authorization)
        order["status"] = "COMPLETED"
        return name

    def _to_take(self, name: str, intent: str, already: str) -> dict[str, Any]:
        order = self._order(name)
        if order["intent"] != intent:
            raise Refusal(422, "UNPROCESSABLE_ENTITY", "ACTION_DOES_NOT_MATCH_INTENT")
        if order["status"] == "COMPLETED":
            raise Refusal(422, "UNPROCESSABLE_ENTITY", already)
        if order["status"] != "APPROVED":
            raise Refusal(422, "UNPROCESSABLE_ENTITY", "ORDER_NOT_APPROVED")
        if self.outcomes[name] == "INSTRUMENT_DECLINED":
            words = "The instrument presented was either declined by the processor or bank."
            raise Refusal(422, "UNPROCESSABLE_ENTITY", "INSTRUMENT_DECLINED", words)
        return order

    def _capture_authorization(self, name: str, given: dict[str, Any]) -> str:
        order, authorization = self._authorization(name)
        amount = given.get("amount", authorization["amount"])
        taken = sum(_money(one["amount"]) for one in _payments(order, "captures"))
        if authorization["status"] not in ("CREATED", "PARTIALLY_CAPTURED"):
            raise Refusal(422, "UNPROCESSABLE_ENTITY", f"AUTHORIZATION_ALREADY_{authorization['status']}")
        if taken + _money(amount) > _money(authorization["amount"]):
            raise Refusal(422, "UNPROCESSABLE_ENTITY", "MAX_CAPTURE_AMOUNT_EXCEEDED")
        capture = self._capture(order, amount)
        capture |= {"invoice_id": given.get("invoice_id"), "final_capture": given.get("final_capture", False)}
        whole = taken + _money(amount) == _money(authorization["amount"])
        authorization["status"] = "CAPTURED" if given.get("final_capture") or whole else "PARTIALLY_CAPTURED"
        return str(capture["id"])

    def _void_authorization(self, name: str, _given: dict[str, Any]) -> str:
        _order, authorization = self._authorization(name)
        if authorization["status"] == "CAPTURED":
            raise Refusal(422, "UNPROCESSABLE_ENTITY", "CANNOT_BE_VOIDED")
        authorization["status"] = "VOIDED"
        return name

    def _refund_capture(self, name: str, given: dict[str, Any]) -> str:
        order, capture = self._find(name, "captures")
        back = sum(_money(one["amount"]) for one in self.refunds.values() if one["capture"] == name)
        if capture["status"] not in ("COMPLETED", "PARTIALLY_REFUNDED"):
            raise Refusal(422, "UNPROCESSABLE_ENTITY", "CAPTURE_STATUS_NOT_VALID")
        if back + _money(given["amount"]) > _money(capture["amount"]):
            raise Refusal(422, "UNPROCESSABLE_ENTITY", "REFUND_AMOUNT_EXCEEDED", "The refund is more than is left.")
        whole = back + _money(given["amount"]) == _money(capture["amount"])
        capture["status"] = "REFUNDED" if whole else "PARTIALLY_REFUNDED"
        links = [{"rel": "up", "href": f"{self.url}/v2/payments/captures/{name}", "method": "GET"}]
        refund = {"id": _id(), "status": "COMPLETED", "capture": name, "links": links, **given}
        self.refunds[refund["id"]] = refund
        _payments(order, "refunds").append(refund)
        return str(refund["id"])

    def _capture(self, order: dict[str, Any], amount: dict[str, str]) -> dict[str, Any]:
        capture: dict[str, Any] = {
            "id": _id(),
            "status": "COMPLETED",
            "amount": amount,
            "custom_id": order["purchase_units"][0].get("custom_id"),
            "supplementary_data": {"related_ids": {"order_id": order["id"]}},
        }
        _payments(order, "captures").append(capture)
        return capture

    def _order(self, name: str) -> dict[str, Any]:
        if name not in self.orders:
            raise Refusal(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID", "Specified resource ID does not exist.")
        return self.orders[name]

    def _authorization(self, name: str) -> tuple[dict[str, Any], dict[str, Any]]:
        return self._find(name, "authorizations")

    def _find(self, name: str, kind: str) -> tuple[dict[str, Any], dict[str, Any]]:
        for order in self.orders.values():
            for one in _payments(order, kind):
                if one["id"] == name:
                    return order, one
        raise Refusal(404, "RESOURCE_NOT_FOUND", "INVALID_RESOURCE_ID")


def _handler(account: PayPalStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, text, call = account.answer(self.command, self.path, self.headers, body)
            if account.hang[call] > 0:
                account.hang[call] -= 1
                time.sleep(account.hang_seconds)
            if account.lose[call] > 0:
                # The work is done; the wire is cut before the answer.
                account.lose[call] -= 1
                self.close_connection = True
                self.connection.close()
                return
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = _serve  # noqa: N815 - the base class looks for these names

        def log_message(self, *_words: object) -> None:
            """Say nothing: tests ask `calls`."""

    return Handler


def _payments(order: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = order["purchase_units"][0]["payments"].setdefault(kind, [])
    return found


def _money(amount: dict[str, str]) -> Decimal:
    if set(amount) != {"currency_code", "value"} or not re.fullmatch(r"\d{1,30}(\.\d{1,2})?", amount["value"]):
        raise Refusal(400, "INVALID_REQUEST", "INVALID_PARAMETER_SYNTAX")
    if amount["currency_code"] in ("JPY", "HUF", "TWD") and "." in amount["value"]:
        raise Refusal(422, "UNPROCESSABLE_ENTITY", "DECIMALS_NOT_SUPPORTED")
    return Decimal(amount["value"])


def _id() -> str:
    return secrets.token_hex(9).upper()[:17]
