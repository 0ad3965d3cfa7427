"""A stand-in for Stripe's API: Checkout Sessions, the payments behind them, refunds, and signed notifications.

It keeps books, honours idempotency keys as Stripe documents them (the first answer is given again, other words under a
known key are refused), checks the names and shapes of every request against the parameter types that Stripe's own
library publishes, and has knobs for its bad days. What it can't show is Stripe's judgement: run test mode before going live.
"""

import json
import re
import secrets
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from stripe import WebhookSignature

from tests.standins import stripe_types
from tests.standins.server import StandIn

SECRET_KEY = "sk_test_standin"
WEBHOOK_SECRET = "whsec_standin"

# Stripe's own limit for an idempotency key.
_LONGEST_KEY = 255


class Refusal(Exception):
    def __init__(self, status: int, kind: str, message: str, code: str = "") -> None:
        super().__init__(message)
        self.status, self.kind, self.message, self.code = status, kind, message, code


class StripeStandIn(StandIn):
    """One account. `url` is its API; `lose`, `fail` and `hang` name calls (`create_session`, `create_refund`, …)."""

    def __init__(self) -> None:
        self.sessions: dict[str, dict[str, Any]] = {}
        self.intents: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, tuple[str, dict[str, Any], int, dict[str, Any]]] = {}
        self.lose: Counter[str] = Counter()
        self.fail: Counter[str] = Counter()
        self.hang: Counter[str] = Counter()
        self.hang_seconds = 1.0
        self.calls: list[str] = []
        super().__init__(_handler(self))

    # What a shopper does on Stripe's pages.

    def pay(self, session_id: str) -> None:
        with self._lock:
            session = self.sessions[session_id]
            if session["status"] != "open":
                return
            intent = self._intent(session, "succeeded")
            intent["latest_charge"] = {"id": _id("ch"), "object": "charge", "amount_refunded": 0, "refunded": False}
            session.update(status="complete", payment_status="paid", payment_intent=intent["id"], url=None)

    def pay_slowly(self, session_id: str) -> None:
        """Choose a way of paying that takes days, such as a direct debit."""
        with self._lock:
            session = self.sessions[session_id]
            session.update(
                status="complete", payment_status="unpaid", payment_intent=self._intent(session, "processing")["id"]
            )

    def bounce(self, session_id: str) -> None:
        """Let a slow payment fail in the end."""
        with self._lock:
            intent = self.intents[self.sessions[session_id]["payment_intent"]]
            intent["status"] = "requires_payment_method"
            intent["last_payment_error"] = {"message": "The account had no funds.", "code": "insufficient_funds"}

    def decline_card(self, session_id: str) -> None:
        """A card is declined on the page; the page stays open for another one."""
        with self._lock:
            session = self.sessions[session_id]
            intent = self._intent(session, "requires_payment_method")
            intent["last_payment_error"] = {"message": "Your card was declined.", "code": "card_declined"}
            session["payment_intent"] = intent["id"]

    def notification(
        self, object_: dict[str, Any], kind: str, *, secret: str = WEBHOOK_SECRET, age: int = 0
    ) -> tuple[dict[str, str], bytes]:
        """Return headers and body of a signed event; the same object and kind make the same event."""
        event = {
            "id": f"evt_{object_['id']}_{kind}",
            "object": "event",
            "type": kind,
            "created": int(time.time()),
            "data": {"object": object_},
        }
        body = json.dumps(event)
        header = WebhookSignature.generate_signature_header(body, secret, int(time.time()) - age)
        return {"Stripe-Signature": header, "Content-Type": "application/json"}, body.encode()

    # The API.

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> tuple[int, dict[str, Any], str]:
        """Return status, answer and the name of the call."""
        parts = urlsplit(target)
        call = _name(method, parts.path)
        try:
            if headers.get("Authorization") != f"Bearer {SECRET_KEY}":
                raise Refusal(401, "invalid_request_error", "Invalid API Key provided")
            given = _nested(parse_qsl(body.decode() if method == "POST" else parts.query, keep_blank_values=True))
            stripe_types.check(call, given)
            with self._lock:
                self.calls.append(call)
                if self.fail[call] > 0:
                    self.fail[call] -= 1
                    return 500, {"error": {"type": "api_error", "message": "An unknown error occurred"}}, call
                key = headers.get("Idempotency-Key", "")
                if method == "POST" and key:
                    return *self._once(key, parts.path, given, call), call
                return 200, self._do(call, parts.path, given), call
        except Refusal as refusal:
            error = {"type": refusal.kind, "message": refusal.message, "code": refusal.code}
            return refusal.status, {"error": error}, call

    def _once(self, key: str, path: str, given: dict[str, Any], call: str) -> tuple[int, dict[str, Any]]:
        if len(key) > _LONGEST_KEY:
            raise Refusal(400, "invalid_request_error", "Idempotency-Key is too long")
        known = self.answers.get(key)
        if known is not None:
            if known[:2] != (path, given):
                message = (
                    "Keys for idempotent requests can only be used with the same parameters they were first used with."
                )
                raise Refusal(400, "idempotency_error", message)
            return known[2], known[3]
        try:
            status, answer = 200, self._do(call, path, given)
        except Refusal as refusal:
            status = refusal.status
            answer = {"error": {"type": refusal.kind, "message": refusal.message, "code": refusal.code}}
        # As it was: later changes of the object don't show in an answer that is given again.
        self.answers[key] = (path, given, status, json.loads(json.dumps(answer)))
        return status, answer

    def _do(self, call: str, path: str, given: dict[str, Any]) -> dict[str, Any]:
        name = path.split("/")[4] if path.startswith("/v1/checkout/") and len(path.split("/")) > 4 else ""
        if call == "create_session":
            return self._create_session(given)
        if call == "retrieve_session":
            return self._shown(self._session(name), given.get("expand", []))
        if call == "expire_session":
            session = self._session(name)
            if session["status"] != "open":
                message = 'Only Checkout Sessions with a status in ["open"] can be expired.'
                raise Refusal(400, "invalid_request_error", message)
            session.update(status="expired", url=None)
            return self._shown(session, [])
        if call == "list_sessions":
            since = int(given.get("created", {}).get("gte", 0))
            found = [one for one in self.sessions.values() if one["created"] >= since]
            expand = [one.removeprefix("data.") for one in given.get("expand", [])]
            return self._page(found, given, lambda one: self._shown(one, expand), path)
        if call == "create_refund":
            return self._create_refund(given)
        if call == "list_refunds":
            found = [one for one in self.refunds.values() if one["payment_intent"] == given.get("payment_intent")]
            return self._page(found, given, dict, path)
        raise Refusal(404, "invalid_request_error", f"Unrecognized request URL ({path})")

    def _create_session(self, given: dict[str, Any]) -> dict[str, Any]:
        (line,) = given["line_items"]
        amount = int(line["price_data"]["unit_amount"]) * int(line["quantity"])
        if amount < 50:
            raise Refusal(
                400, "invalid_request_error", "The total amount due must add up to at least €0.50", "amount_too_small"
            )
        session_id = _id("cs_test")
        self.sessions[session_id] = {
            "id": session_id,
            "object": "checkout.session",
            "status": "open",
            "payment_status": "unpaid",
            "amount_total": amount,
            "currency": line["price_data"]["currency"],
            "client_reference_id": given.get("client_reference_id"),
            "metadata": given.get("metadata", {}),
            "payment_intent": None,
            "created": int(time.time()),
            "url": f"https://checkout.stripe.com/c/pay/{session_id}",
            "success_url": given["success_url"],
        }
        return dict(self.sessions[session_id])

    def _create_refund(self, given: dict[str, Any]) -> dict[str, Any]:
        intent = self.intents.get(given["payment_intent"])
        if intent is None:
            raise Refusal(404, "invalid_request_error", "No such payment_intent", "resource_missing")
        charge = intent.get("latest_charge")
        if not charge:
            raise Refusal(
                400, "invalid_request_error", "This PaymentIntent does not have a successful charge to refund."
            )
        amount, left = int(given["amount"]), intent["amount"] - charge["amount_refunded"]
        if amount > left:
            raise Refusal(
                400, "invalid_request_error", f"Refund amount ({amount}) is greater than unrefunded amount ({left})"
            )
        charge["amount_refunded"] += amount
        refund = {
            "id": _id("re"),
            "object": "refund",
            "amount": amount,
            "status": "succeeded",
            "payment_intent": intent["id"],
            "metadata": given.get("metadata", {}),
            "created": int(time.time()),
        }
        self.refunds[refund["id"]] = refund
        return dict(refund)

    def _session(self, name: str) -> dict[str, Any]:
        if name not in self.sessions:
            raise Refusal(404, "invalid_request_error", f"No such checkout.session: {name}", "resource_missing")
        return self.sessions[name]

    def _intent(self, session: dict[str, Any], status: str) -> dict[str, Any]:
        intent = {
            "id": _id("pi"),
            "object": "payment_intent",
            "status": status,
            "amount": session["amount_total"],
            "currency": session["currency"],
            "latest_charge": None,
            "last_payment_error": None,
        }
        self.intents[intent["id"]] = intent
        return intent

    def _shown(self, session: dict[str, Any], expand: list[str]) -> dict[str, Any]:
        shown = dict(session)
        if shown["payment_intent"] and any(path.startswith("payment_intent") for path in expand):
            intent = dict(self.intents[shown["payment_intent"]])
            if "payment_intent.latest_charge" not in expand and intent["latest_charge"]:
                intent["latest_charge"] = intent["latest_charge"]["id"]
            shown["payment_intent"] = intent
        return shown

    def _page(self, found: list[dict[str, Any]], given: dict[str, Any], show: Any, path: str) -> dict[str, Any]:
        # Newest first, in pages, as Stripe lists.
        found.reverse()
        if after := given.get("starting_after"):
            ids = [one["id"] for one in found]
            found = found[ids.index(after) + 1 :]
        limit = int(given.get("limit", 10))
        return {
            "object": "list",
            "url": path,
            "has_more": len(found) > limit,
            "data": [show(one) for one in found[:limit]],
        }


def _handler(account: StripeStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, answer, call = account.answer(self.command, self.path, self.headers, body)
            if account.hang[call] > 0:
                account.hang[call] -= 1
                time.sleep(account.hang_seconds)
            if account.lose[call] > 0:
                # The work is done; the wire is cut before the answer.
                account.lose[call] -= 1
                self.close_connection = True
                self.connection.close()
                return
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = _serve  # noqa: N815 - the base class looks for these names

        def log_message(self, *_words: object) -> None:
            """Say nothing: tests ask `calls`."""

    return Handler


def _name(method: str, path: str) -> str:
    if path == "/v1/checkout/sessions":
        return "create_session" if method == "POST" else "list_sessions"
    if re.fullmatch(r"/v1/checkout/sessions/[^/]+", path) and method == "GET":
        return "retrieve_session"
    if re.fullmatch(r"/v1/checkout/sessions/[^/]+/expire", path):
        return "expire_session"
    if path == "/v1/refunds":
        return "create_refund" if method == "POST" else "list_refunds"
    return "unknown"


def _nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Read `a[b][0][c]=d` as nested objects and lists, as Stripe's form encoding means them."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        path = re.findall(r"[^\[\]]+", name)
        inner = found
        for step in path[:-1]:
            inner = inner.setdefault(step, {})
        inner[path[-1]] = value
    return {name: _listed(value) for name, value in found.items()}


def _listed(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inner = {name: _listed(one) for name, one in value.items()}
    if inner and all(name.isdigit() for name in inner):
        return [inner[name] for name in sorted(inner, key=int)]
    return inner


def _id(prefix: str) -> str:
    return f"{prefix}_{secrets.token_hex(12)}"
