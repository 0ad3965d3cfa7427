"""Disputes at the PayPal stand-in, shaped as PayPal's OpenAPI document (customer_disputes_v1) and guides show them."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

DAYS_TO_ANSWER = 10

# What the list tells of each; the rest only the dispute itself.
_SUMMARY = (
    "dispute_id", "reason", "status", "dispute_state", "dispute_life_cycle_stage", "dispute_channel", "dispute_amount",
    "create_time", "update_time",
)  # fmt: skip


def dispute(account: Any, order_id: str, *, reason: str = "UNAUTHORISED", stage: str = "CHARGEBACK") -> str:
    """Let a shopper complain about a payment; with the stage `INQUIRY` both sides only talk."""
    unit = account.orders[order_id]["purchase_units"][0]
    capture = unit["payments"]["captures"][-1]
    name, moment = f"PP-D-{secrets.randbelow(90000) + 10000}", datetime.now(tz=UTC)
    account.disputes[name] = {
        "dispute_id": name,
        "create_time": _written(moment),
        "update_time": _written(moment),
        "disputed_transactions": [
            {
                "seller_transaction_id": capture["id"],
                "custom": unit["custom_id"],
                "transaction_status": "COMPLETED",
                "gross_amount": capture["amount"],
                "seller_protection_eligible": True,
            }
        ],
        "reason": reason,
        "status": "OPEN" if stage == "INQUIRY" else "WAITING_FOR_SELLER_RESPONSE",
        "dispute_state": "REQUIRED_ACTION",
        "dispute_amount": capture["amount"],
        "dispute_life_cycle_stage": stage,
        "dispute_channel": "INTERNAL",
        "seller_response_due_date": _written(moment + timedelta(days=DAYS_TO_ANSWER)),
    }
    return name


def move(account: Any, name: str, **facts: Any) -> None:
    """Let something come of it: a status, a stage, an outcome."""
    found = account.disputes[name]
    outcome = facts.pop("outcome", "")
    if outcome:
        facts |= {"status": "RESOLVED", "dispute_state": "RESOLVED", "dispute_outcome": {"outcome_code": outcome}}
        found.pop("seller_response_due_date", None)
    found.update(facts, update_time=_written(datetime.now(tz=UTC)))


def listed(account: Any, query: str) -> dict[str, Any]:
    """Answer a page of the disputes made after a moment, in short."""
    asked = {name: values[0] for name, values in parse_qs(query).items()}
    assert set(asked) <= {"create_time_after", "page", "page_size"}, asked
    size, page = int(asked["page_size"]), int(asked["page"])
    assert 1 <= size <= 50
    found = [one for one in account.disputes.values() if one["create_time"] >= asked["create_time_after"]]
    shown = found[(page - 1) * size : page * size]
    return {"items": [{name: one[name] for name in _SUMMARY} for one in shown], "links": []}


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
