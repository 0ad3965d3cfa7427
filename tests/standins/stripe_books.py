"""What Stripe keeps of an account: sessions, intents, refunds, disputes, and what its API answers about them.

The rules are those of the API reference: which status allows what, and in which words the rest is refused.
"""

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from tests.standins import stripe_disputes
from tests.standins.stripe_intents import Intents, at_least
from tests.standins.stripe_wire import Refusal

Object = dict[str, Any]


class Books:
    """One account. `_do` answers a call by its name; `emit` is told of everything that Stripe would notify about."""

    def __init__(self) -> None:
        self.sessions: dict[str, Object] = {}
        self.refunds: dict[str, Object] = {}
        self.disputes: dict[str, Object] = {}
        self.events: list[tuple[str, Object]] = []
        # How the next refunds begin: `pending`, `failed`.
        self.refunds_begin: Counter[str] = Counter()
        self.cards = Intents(self.emit)
        # Where hosted pages lie, when a browser is to reach them; Stripe's own otherwise.
        self.url, self.hosted_here = "", False

    @property
    def intents(self) -> dict[str, Object]:
        """Every payment intent by its id."""
        return self.cards.all

    def emit(self, kind: str, about: Object) -> None:
        """Remember a notification as it would be worded now."""
        self.events.append((kind, snapshot(about)))

    def do(self, call: str, name: str, given: Object, path: str) -> Object:
        """Answer a call; `name` is the object's id where the address has one."""
        calls: dict[str, Callable[[], Object]] = {
            "create_session": lambda: self._create_session(given),
            "retrieve_session": lambda: self._shown(self.session(name), given.get("expand", [])),
            "expire_session": lambda: self._expire_session(name),
            "list_sessions": lambda: self._list_sessions(given, path),
            "create_intent": lambda: self.cards.create(given),
            "retrieve_intent": lambda: self._intent_shown(self.cards.get(name), given.get("expand", [])),
            "cancel_intent": lambda: self._cancel_intent(name),
            "capture_intent": lambda: self.cards.capture(name, given),
            "list_intents": lambda: self._list_intents(given, path),
            "create_refund": lambda: self._create_refund(given),
            "list_refunds": lambda: page(
                [one for one in self.refunds.values() if one["payment_intent"] == given.get("payment_intent")],
                given, snapshot, path,
            ),
            "retrieve_dispute": lambda: stripe_disputes.shown(self, name, given.get("expand", [])),
            "list_disputes": lambda: page(
                since(self.disputes.values(), given), given,
                lambda one: stripe_disputes.shown(self, one["id"], inside(given)), path,
            ),
        }  # fmt: skip
        if call not in calls:
            raise Refusal(404, "invalid_request_error", f"Unrecognized request URL ({path})")
        return calls[call]()

    def session(self, name: str) -> Object:
        """Return a session by its id."""
        if name not in self.sessions:
            raise Refusal(404, "invalid_request_error", f"No such checkout.session: {name}", "resource_missing")
        return self.sessions[name]

    def intent_of(self, session: Object, status: str) -> Object:
        """Make the intent behind a session, which comes to be when a shopper first tries to pay."""
        if session["payment_intent"]:
            intent = self.intents[session["payment_intent"]]
            intent["status"] = status
            return intent
        behind = session["_behind"]
        intent = self.cards.new(
            session["amount_total"],
            session["currency"],
            capture_method=behind.get("capture_method", "automatic"),
            metadata=behind.get("metadata", {}),
            status=status,
        )
        session["payment_intent"] = intent["id"]
        return intent

    def _create_session(self, given: Object) -> Object:
        (line,) = given["line_items"]
        amount = int(line["price_data"]["unit_amount"]) * int(line["quantity"])
        at_least(amount)
        session_id = new_id("cs_test")
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
            "url": f"{self.url if self.hosted_here else 'https://checkout.stripe.com'}/c/pay/{session_id}",
            "success_url": given["success_url"],
            "cancel_url": given.get("cancel_url"),
            # Of ours: what its intent will be made of.
            "_behind": given.get("payment_intent_data", {}),
        }
        return self._shown(self.sessions[session_id], [])

    def _expire_session(self, name: str) -> Object:
        session = self.session(name)
        if session["status"] != "open":
            message = 'Only Checkout Sessions with a status in ["open"] can be expired.'
            raise Refusal(400, "invalid_request_error", message)
        session.update(status="expired", url=None)
        self.emit("checkout.session.expired", session)
        return self._shown(session, [])

    def _list_sessions(self, given: Object, path: str) -> Object:
        found = since(self.sessions.values(), given)
        if intent := given.get("payment_intent"):
            found = [one for one in found if one["payment_intent"] == intent]
        return page(found, given, lambda one: self._shown(one, inside(given)), path)

    def _list_intents(self, given: Object, path: str) -> Object:
        expand = inside(given)
        return page(since(self.intents.values(), given), given, lambda one: self._intent_shown(one, expand), path)

    def _cancel_intent(self, name: str) -> Object:
        if any(one["payment_intent"] == name and one["status"] == "open" for one in self.sessions.values()):
            message = "You cannot cancel PaymentIntents created by Checkout Sessions that are open; expire the session."
            raise Refusal(400, "invalid_request_error", message)
        return self.cards.cancel(name)

    def _create_refund(self, given: Object) -> Object:
        intent = self.cards.get(given["payment_intent"])
        charge = intent.get("latest_charge")
        if not charge or not intent["amount_received"]:
            raise Refusal(
                400, "invalid_request_error", "This PaymentIntent does not have a successful charge to refund."
            )
        if charge["disputed"]:
            message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
            raise Refusal(400, "invalid_request_error", message, "charge_disputed")
        amount, left = int(given["amount"]), intent["amount_received"] - charge["amount_refunded"]
        if amount > left:
            raise Refusal(
                400, "invalid_request_error", f"Refund amount ({amount}) is greater than unrefunded amount ({left})"
            )
        status = next((word for word, times in self.refunds_begin.items() if times > 0), "succeeded")
        self.refunds_begin[status] -= 1
        if status != "failed":
            charge["amount_refunded"] += amount
        refund = {
            "id": new_id("re"),
            "object": "refund",
            "amount": amount,
            "currency": intent["currency"],
            "status": status,
            "failure_reason": "lost_or_stolen_card" if status == "failed" else None,
            "payment_intent": intent["id"],
            "charge": charge["id"],
            "metadata": given.get("metadata", {}),
            "created": int(time.time()),
        }
        self.refunds[refund["id"]] = refund
        self.emit("refund.created", refund)
        self.emit("charge.refunded", {**charge, "payment_intent": intent["id"], "metadata": intent["metadata"]})
        return snapshot(refund)

    def _shown(self, session: Object, expand: Iterable[str]) -> Object:
        shown = {name: value for name, value in snapshot(session).items() if not name.startswith("_")}
        if shown["payment_intent"] and any(path.startswith("payment_intent") for path in expand):
            inner = [path.removeprefix("payment_intent.") for path in expand]
            shown["payment_intent"] = self._intent_shown(self.intents[shown["payment_intent"]], inner)
        return shown

    def _intent_shown(self, intent: Object, expand: Iterable[str]) -> Object:
        shown = snapshot(intent)
        if "latest_charge" not in expand and shown["latest_charge"]:
            shown["latest_charge"] = shown["latest_charge"]["id"]
        return shown


def page(found: Iterable[Object], given: Object, show: Callable[[Object], Object], path: str) -> Object:
    """Answer a listing as Stripe does: the newest first, in pages."""
    rows = list(found)[::-1]
    if after := given.get("starting_after"):
        rows = rows[[one["id"] for one in rows].index(after) + 1 :]
    limit = int(given.get("limit", 10))
    return {"object": "list", "url": path, "has_more": len(rows) > limit, "data": [show(one) for one in rows[:limit]]}


def since(objects: Iterable[Object], given: Object) -> list[Object]:
    """Keep what was created at or after `created[gte]`."""
    moment = int(given.get("created", {}).get("gte", 0))
    return [one for one in objects if one["created"] >= moment]


def inside(given: Object) -> list[str]:
    """Return what a listing wants expanded in each of its objects."""
    return [path.removeprefix("data.") for path in given.get("expand", [])]


def snapshot(about: Object) -> Object:
    """Return an object as it is now; later changes don't show in it."""
    return {name: snapshot(value) if isinstance(value, dict) else value for name, value in about.items()}


def new_id(prefix: str) -> str:
    """Return a new id of Stripe's manner."""
    return f"{prefix}_{secrets.token_hex(12)}"
