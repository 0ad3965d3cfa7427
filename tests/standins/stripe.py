"""A stand-in for Stripe's API: sessions, intents, confirmation tokens, captures, refunds, disputes, notifications.

It keeps books, honours idempotency keys as Stripe documents them (the first answer is given again, other words under a
known key are refused), checks the names and shapes of every request against the parameter types that Stripe's own
library publishes, and has knobs for its bad days. What it can't show is Stripe's judgement: run test mode before going live.
"""

import json
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.standins import stripe_browser, stripe_disputes, stripe_types
from tests.standins.server import StandIn
from tests.standins.stripe_books import Books
from tests.standins.stripe_post import WEBHOOK_SECRET, event_of, sign
from tests.standins.stripe_wire import Refusal, call_name, named_in, nested

SECRET_KEY = "sk_test_standin"
PUBLISHABLE_KEY = "pk_test_standin"

# Stripe's own limit for an idempotency key.
_LONGEST_KEY = 255

Answer = tuple[int, dict[str, Any]]


class StripeStandIn(StandIn):
    """One account. `url` is its API. The knobs name calls (`create_session`, `create_refund`, …) and count down:

    `lose` does the work and cuts the wire, `fail` answers 500 before the work, `break_` answers 500 after it (and, as
    Stripe does, again under the same key), `refuse` says no, `hang` answers too late, `throttle` answers 429.
    """

    def __init__(self) -> None:
        self.books = Books()
        self.answers: dict[str, tuple[str, dict[str, Any], int, dict[str, Any]]] = {}
        self.lose: Counter[str] = Counter()
        self.fail: Counter[str] = Counter()
        self.break_: Counter[str] = Counter()
        self.refuse: Counter[str] = Counter()
        self.throttle: Counter[str] = Counter()
        self.hang: Counter[str] = Counter()
        self.hang_seconds = 1.0
        self.calls: list[str] = []
        super().__init__(_handler(self))
        self.books.url = self.books.cards.url = self.url

    @property
    def sessions(self) -> dict[str, dict[str, Any]]:
        """Checkout Sessions by their id."""
        return self.books.sessions

    @property
    def intents(self) -> dict[str, dict[str, Any]]:
        """Payment intents by their id."""
        return self.books.intents

    @property
    def refunds(self) -> dict[str, dict[str, Any]]:
        """Refunds by their id."""
        return self.books.refunds

    @property
    def disputes(self) -> dict[str, dict[str, Any]]:
        """Disputes by their id."""
        return self.books.disputes

    # What a shopper does on Stripe's pages; a payment is named by its session or its intent.

    def tokenize(self, means: str = "4242424242424242", *, express: str = "") -> str:
        """Type a card into the Payment Element, or press a wallet's button: the token that the page then sends."""
        with self._lock:
            return self.books.cards.tokenize(means, express=express)

    def pay(self, name: str) -> None:
        """Pay on the hosted page, or pass the extra step that the bank wanted."""
        with self._lock:
            session = self.sessions.get(name)
            if session is None:
                if self.intents[name]["status"] in ("requires_action", "requires_payment_method", "processing"):
                    self.books.cards.succeed(self.intents[name])
            elif session["status"] == "open":
                intent = self.books.intent_of(session, "requires_confirmation")
                self.books.cards.succeed(intent)
                # With separate capture the session is complete, but unpaid until the money is taken.
                paid = "paid" if intent["status"] == "succeeded" else "unpaid"
                session.update(status="complete", payment_status=paid, url=None)
                self.books.emit("checkout.session.completed", session)

    def pay_slowly(self, name: str) -> None:
        """Choose a way of paying that takes days, such as a direct debit."""
        with self._lock:
            session = self.sessions.get(name)
            if session is None:
                self.intents[name].update(status="processing", next_action=None)
            else:
                intent = self.books.intent_of(session, "processing")
                session.update(status="complete", payment_status="unpaid", payment_intent=intent["id"])
                self.books.emit("checkout.session.completed", session)

    def arrive(self, name: str) -> None:
        """Let slow money come."""
        with self._lock:
            intent = self.intents[self._intent_id(name)]
            self.books.cards.succeed(intent)
            if name in self.sessions:
                self.sessions[name]["payment_status"] = "paid"
                self.books.emit("checkout.session.async_payment_succeeded", self.sessions[name])

    def bounce(self, name: str) -> None:
        """Let a slow payment fail in the end."""
        with self._lock:
            self.books.cards.decline(self.intents[self._intent_id(name)], "The account had no funds.", "no_funds")
            if name in self.sessions:
                self.books.emit("checkout.session.async_payment_failed", self.sessions[name])

    def decline_card(self, name: str) -> None:
        """A card is declined on the page, or the extra step fails; a hosted page stays open for another card."""
        with self._lock:
            session = self.sessions.get(name)
            intent = self.intents[name] if session is None else self.books.intent_of(session, "requires_action")
            self.books.cards.decline(intent, "Your card was declined.", "generic_decline")

    # What others do at Stripe.

    def dispute(self, name: str, *, amount: int | None = None, reason: str = "fraudulent") -> str:
        """Let the shopper's bank take the money back."""
        with self._lock:
            return stripe_disputes.dispute(self.books, self._intent_id(name), amount=amount, reason=reason)

    def answer_dispute(self, name: str) -> None:
        """Send evidence in the dashboard."""
        with self._lock:
            stripe_disputes.answer(self.books, name)

    def close_dispute(self, name: str, status: str) -> None:
        """Let the bank decide: `won`, `lost` or `warning_closed`."""
        with self._lock:
            stripe_disputes.close(self.books, name, status)

    def lapse(self, name: str) -> None:
        """Let an authorisation run out, as it does after some days."""
        with self._lock:
            self.books.cards.cancel(self._intent_id(name))

    def notification(
        self, object_: dict[str, Any], kind: str, *, secret: str = WEBHOOK_SECRET, age: int = 0
    ) -> tuple[dict[str, str], bytes]:
        """Return headers and body of a signed event; the same object and kind make the same event."""
        return sign(event_of(kind, object_, f"evt_{object_['id']}_{kind}"), secret=secret, age=age)

    def balance(self) -> int:
        """What this account has taken and not given back, in minor units: the oracle of money."""
        with self._lock:
            taken = sum(one["amount_received"] for one in self.intents.values())
            return taken - sum(one["amount"] for one in self.refunds.values() if one["status"] != "failed")

    # The API.

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> tuple[int, dict[str, Any], str, bool]:
        """Return status, answer, the name of the call and whether it is an earlier answer again."""
        parts = urlsplit(target)
        call = call_name(method, parts.path)
        try:
            if headers.get("Authorization") != f"Bearer {SECRET_KEY}":
                raise Refusal(401, "invalid_request_error", "Invalid API Key provided")
            given = nested(parse_qsl(body.decode() if method == "POST" else parts.query, keep_blank_values=True))
            stripe_types.check(call, given)
            with self._lock:
                self.calls.append(call)
                if _turn(self.fail, call):
                    return 500, {"error": {"type": "api_error", "message": "An unknown error occurred"}}, call, False
                if _turn(self.throttle, call):
                    raise Refusal(429, "invalid_request_error", "Too many requests", "rate_limit")
                if _turn(self.refuse, call):
                    raise Refusal(400, "invalid_request_error", "This account can't do that right now.")
                key = headers.get("Idempotency-Key", "")
                if method == "POST" and key:
                    replayed = key in self.answers
                    return *self._once(key, parts.path, given, call), call, replayed
                return 200, self._do(call, parts.path, given), call, False
        except Refusal as refusal:
            return refusal.status, refusal.body, call, False

    def _once(self, key: str, path: str, given: dict[str, Any], call: str) -> Answer:
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
            status, answer = refusal.status, refusal.body
        if _turn(self.break_, call):
            status, answer = 500, {"error": {"type": "api_error", "message": "An unknown error occurred"}}
        # As it was: later changes of the object don't show in an answer that is given again.
        self.answers[key] = (path, given, status, json.loads(json.dumps(answer)))
        return status, answer

    def _do(self, call: str, path: str, given: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = _public(self.books.do(call, named_in(call, path), given, path))
        return found

    def _intent_id(self, name: str) -> str:
        found: str = self.sessions[name]["payment_intent"] if name in self.sessions else name
        return found


def _turn(knob: Counter[str], call: str) -> bool:
    if knob[call] <= 0:
        return False
    knob[call] -= 1
    return True


def _public(found: Any) -> Any:
    """Leave out what is ours and not Stripe's."""
    if isinstance(found, dict):
        return {name: _public(value) for name, value in found.items() if not name.startswith("_")}
    return [_public(one) for one in found] if isinstance(found, list) else found


def _handler(account: StripeStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            shown = stripe_browser.answer(account, self.command, self.path, body)
            if shown is not None:
                self._send(*shown)
                return
            status, answer, call, replayed = account.answer(self.command, self.path, self.headers, body)
            if _turn(account.hang, call):
                time.sleep(account.hang_seconds)
            if _turn(account.lose, call):
                # The work is done; the wire is cut before the answer.
                self.close_connection = True
                self.connection.close()
                return
            headers = {"Content-Type": "application/json"} | ({"Idempotent-Replayed": "true"} if replayed else {})
            self._send(status, headers, json.dumps(answer).encode())

        def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_OPTIONS = _serve  # noqa: N815 - the base class looks for these names

        def log_message(self, *_words: object) -> None:
            """Say nothing: tests ask `calls`."""

    return Handler
