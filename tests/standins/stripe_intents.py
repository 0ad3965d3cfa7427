"""Payment intents of the stand-in, confirmed on the server by a confirmation token, captured at once or later.

Cards decide as Stripe's published test cards do: https://docs.stripe.com/testing.
"""

import secrets
import time
from collections.abc import Callable
from typing import Any

from tests.standins.stripe_wire import Refusal

Object = dict[str, Any]

GOOD = "4242424242424242"
DECLINED = "4000000000000002"
NO_FUNDS = "4000000000009995"
AUTHENTICATE = "4000002500003155"
# No cards, but ways to pay by the names that the Payment Element gives them.
SEPA, IDEAL = "sepa_debit", "ideal"

_REASONS = {DECLINED: ("Your card was declined.", "generic_decline"), NO_FUNDS: (
    "Your card has insufficient funds.", "insufficient_funds",
)}  # fmt: skip

_CANCELABLE = ("requires_payment_method", "requires_capture", "requires_confirmation", "requires_action")


class Intents:
    """The intents and the tokens that confirm them. `url` is where pages for an extra step lie."""

    def __init__(self, emit: Callable[[str, Object], None]) -> None:
        self.all: dict[str, Object] = {}
        self.tokens: dict[str, Object] = {}
        self.url = ""
        # Whether this account may capture an authorisation in several steps.
        self.multicapture = True
        self._emit = emit

    def tokenize(self, means: str = GOOD, *, express: str = "") -> str:
        """Make what `createConfirmationToken` gives a page: what was typed there, good for one confirmation."""
        name = f"ctoken_{secrets.token_hex(12)}"
        kind = means if means in (SEPA, IDEAL) else "card"
        self.tokens[name] = {
            "id": name,
            "object": "confirmation_token",
            "created": int(time.time()),
            "payment_intent": None,
            "payment_method_preview": {"type": kind},
            "use_stripe_sdk": True,
            "_means": means,
            "_express": express,
        }
        return name

    def new(self, amount: int, currency: str, *, capture_method: str, metadata: Object, status: str) -> Object:
        """Write an intent into the books."""
        name = f"pi_{secrets.token_hex(12)}"
        self.all[name] = {
            "id": name,
            "object": "payment_intent",
            "status": status,
            "amount": amount,
            "amount_capturable": 0,
            "amount_received": 0,
            "currency": currency,
            "capture_method": capture_method,
            "client_secret": f"{name}_secret_{secrets.token_hex(8)}",
            "latest_charge": None,
            "last_payment_error": None,
            "next_action": None,
            "metadata": metadata,
            "created": int(time.time()),
        }
        return self.all[name]

    def get(self, name: str) -> Object:
        """Return an intent by its id."""
        if name not in self.all:
            raise Refusal(404, "invalid_request_error", f"No such payment_intent: '{name}'", "resource_missing")
        return self.all[name]

    def create(self, given: Object) -> Object:
        """Create an intent, and confirm it when `confirm` says so."""
        amount = int(given["amount"])
        at_least(amount)
        token = self.tokens.get(given.get("confirmation_token", ""))
        if given.get("confirm") == "true" and token is None:
            raise Refusal(404, "invalid_request_error", "No such confirmation token", "resource_missing")
        if token is not None and token["payment_intent"]:
            raise Refusal(400, "invalid_request_error", "This ConfirmationToken has already been used.")
        intent = self.new(
            amount,
            given["currency"],
            capture_method=given.get("capture_method", "automatic_async"),
            metadata=given.get("metadata", {}),
            status="requires_payment_method",
        )
        self._emit("payment_intent.created", intent)
        if token is not None:
            token["payment_intent"] = intent["id"]
            self._confirm(intent, token, given)
        return dict(intent)

    def _confirm(self, intent: Object, token: Object, given: Object) -> None:
        means = token["_means"]
        if means in _REASONS:
            self.decline(intent, *_REASONS[means])
            message, code = _REASONS[means]
            raise Refusal(402, "card_error", message, "card_declined", {"decline_code": code, "payment_intent": intent})
        if means in (AUTHENTICATE, IDEAL):
            page = f"{self.url}/next-action/{intent['id']}"
            intent["status"] = "requires_action"
            intent["_return_url"] = given.get("return_url")
            # A token made by Stripe.js asks for Stripe.js: only ways to pay with a page of their own say its address.
            intent["next_action"] = (
                {"type": "redirect_to_url", "redirect_to_url": {"url": page, "return_url": given.get("return_url")}}
                if means == IDEAL
                else {"type": "use_stripe_sdk", "use_stripe_sdk": {"type": "three_d_secure_redirect"}}
            )
            self._emit("payment_intent.requires_action", intent)
        elif means == SEPA:
            intent["status"] = "processing"
            self._emit("payment_intent.processing", intent)
        else:
            self.succeed(intent)

    def succeed(self, intent: Object) -> None:
        """Take the money, or the right to it."""
        multicapture = "available" if self.multicapture else "unavailable"
        intent["next_action"] = None
        intent["latest_charge"] = {
            "id": f"ch_{secrets.token_hex(12)}",
            "object": "charge",
            "amount": intent["amount"],
            "amount_captured": 0,
            "amount_refunded": 0,
            "disputed": False,
            "payment_method_details": {"type": "card", "card": {"multicapture": {"status": multicapture}}},
        }
        if intent["capture_method"] == "manual":
            intent.update(status="requires_capture", amount_capturable=intent["amount"])
            self._emit("payment_intent.amount_capturable_updated", intent)
        else:
            self._take(intent, intent["amount"], final=True)

    def decline(self, intent: Object, message: str, code: str) -> None:
        """Refuse the means of payment; another may be tried."""
        error = {"type": "card_error", "code": "card_declined", "decline_code": code, "message": message}
        intent.update(status="requires_payment_method", last_payment_error=error, next_action=None)
        self._emit("payment_intent.payment_failed", intent)

    def capture(self, name: str, given: Object) -> Object:
        """Take authorised money: once, or in steps where the account may."""
        intent = self.get(name)
        if intent["status"] != "requires_capture":
            message = (
                f"This PaymentIntent could not be captured because it has a status of {intent['status']}. "
                "Only a PaymentIntent with one of the following statuses may be captured: requires_capture."
            )
            raise Refusal(400, "invalid_request_error", message, "payment_intent_unexpected_state")
        amount = int(given.get("amount_to_capture", intent["amount_capturable"]))
        if amount > intent["amount_capturable"]:
            message = (
                f"The requested capture amount is greater than the amount you can capture for this charge: {amount}."
            )
            raise Refusal(400, "invalid_request_error", message, "amount_too_large")
        final = given.get("final_capture", "true") != "false"
        if not final and not self.multicapture:
            message = "`final_capture` can only be used when multicapture is available for this PaymentIntent."
            raise Refusal(400, "invalid_request_error", message)
        intent["metadata"] = {**intent["metadata"], **given.get("metadata", {})}
        self._take(intent, amount, final=final)
        return dict(intent)

    def _take(self, intent: Object, amount: int, *, final: bool) -> None:
        intent["amount_received"] += amount
        intent["latest_charge"]["amount_captured"] = intent["amount_received"]
        intent["amount_capturable"] = intent["amount"] - intent["amount_received"]
        if final or not intent["amount_capturable"]:
            intent.update(status="succeeded", amount_capturable=0)
            self._emit("payment_intent.succeeded", intent)
        else:
            self._emit("payment_intent.amount_capturable_updated", intent)

    def cancel(self, name: str) -> Object:
        """Close an intent that no money has come by."""
        intent = self.get(name)
        if intent["status"] not in _CANCELABLE or intent["amount_received"]:
            message = (
                f"You cannot cancel this PaymentIntent because it has a status of {intent['status']}. "
                f"Only a PaymentIntent with one of the following statuses may be canceled: {', '.join(_CANCELABLE)}."
            )
            raise Refusal(400, "invalid_request_error", message, "payment_intent_unexpected_state")
        intent.update(status="canceled", amount_capturable=0, next_action=None)
        self._emit("payment_intent.canceled", intent)
        return dict(intent)


def at_least(amount: int) -> None:
    """Refuse less than Stripe takes."""
    if amount < 50:
        message = "The total amount due must add up to at least €0.50"
        raise Refusal(400, "invalid_request_error", message, "amount_too_small")
