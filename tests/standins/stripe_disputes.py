"""Disputes of the stand-in: a shopper's bank takes money back, and says what comes of it."""

import secrets
import time
from typing import Any

from tests.standins.stripe_wire import Refusal

DAYS_TO_ANSWER = 7


def dispute(books: Any, intent_id: str, *, amount: int | None = None, reason: str = "fraudulent") -> str:
    """Let the bank dispute a payment; an inquiry, which takes no money yet, has the reason `inquiry`."""
    intent = books.intents[intent_id]
    charge = intent["latest_charge"]
    name, inquiry = f"du_{secrets.token_hex(12)}", reason == "inquiry"
    books.disputes[name] = {
        "id": name,
        "object": "dispute",
        "amount": amount if amount is not None else intent["amount_received"],
        "currency": intent["currency"],
        "charge": charge["id"],
        "payment_intent": intent_id,
        "reason": "general" if inquiry else reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
        "is_charge_refundable": inquiry,
        "evidence_details": {
            "due_by": int(time.time()) + DAYS_TO_ANSWER * 86400,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "metadata": {},
        "created": int(time.time()),
    }
    charge["disputed"] = not inquiry
    books.emit("charge.dispute.created", books.disputes[name])
    if not inquiry:
        books.emit("charge.dispute.funds_withdrawn", books.disputes[name])
    return name


def answer(books: Any, name: str) -> None:
    """Send evidence in the dashboard: the bank looks into it."""
    found = books.disputes[name]
    found["status"] = "warning_under_review" if found["status"].startswith("warning") else "under_review"
    found["evidence_details"].update(has_evidence=True, submission_count=1)
    books.emit("charge.dispute.updated", found)


def close(books: Any, name: str, status: str) -> None:
    """Let the bank decide: `won`, `lost` or `warning_closed`."""
    found = books.disputes[name]
    found["status"] = status
    books.emit("charge.dispute.closed", found)
    if status == "won":
        books.emit("charge.dispute.funds_reinstated", found)


def shown(books: Any, name: str, expand: list[str]) -> dict[str, Any]:
    """Return a dispute as the API shows it."""
    if name not in books.disputes:
        raise Refusal(404, "invalid_request_error", f"No such dispute: '{name}'", "resource_missing")
    found = {**books.disputes[name], "evidence_details": dict(books.disputes[name]["evidence_details"])}
    if "payment_intent" in expand:
        intent = dict(books.intents[found["payment_intent"]])
        found["payment_intent"] = {**intent, "latest_charge": intent["latest_charge"]["id"]}
    return found
