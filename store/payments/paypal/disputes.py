"""Disputes as PayPal's books have them.

https://developer.paypal.com/docs/api/customer-disputes/v1/. At first buyer and shop talk (`INQUIRY`); then PayPal, or
the bank behind the card, holds the money back and decides.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from store.payments.paypal import books
from store.payments.paypal.api import Answer, Api, Line, Refused
from store.payments.providers.base import DisputeState, ProviderDispute, Unavailable

_DISPUTES = ("v1", "customer", "disputes")

_PAGE = 50

_INQUIRY = "INQUIRY"

_STATES: Mapping[str, DisputeState] = {
    "OPEN": "needs_response",
    "WAITING_FOR_SELLER_RESPONSE": "needs_response",
    "WAITING_FOR_BUYER_RESPONSE": "under_review",
    "UNDER_REVIEW": "under_review",
}

# What became of it; anything else closes it without a winner.
_OUTCOMES: Mapping[str, DisputeState] = {
    "RESOLVED_BUYER_FAVOUR": "lost",
    "ACCEPTED": "lost",
    "RESOLVED_SELLER_FAVOUR": "won",
    # PayPal bears it.
    "RESOLVED_WITH_PAYOUT": "won",
    "DENIED": "won",
    "CANCELED_BY_BUYER": "won",
}

# An account may be kept from this part of the API; notifications then still come.
_NOT_OURS = frozenset({"NOT_AUTHORIZED", "PERMISSION_DENIED"})


def fetch(line: Line, dispute_id: str) -> ProviderDispute:
    """Ask for a dispute and for the payment that it is about; raises `Refused` and `Unavailable`."""
    found = line.get(*_DISPUTES, dispute_id)
    order_id, reference = _payment(line, found)
    return _read(found, order_id, reference)


def list_since(api: Api, moment: datetime) -> Iterator[ProviderDispute]:
    """Ask for the disputes opened since a moment, each in full: PayPal's list does not say what they are about."""
    page = 1
    while True:
        asked = {"create_time_after": _written(moment), "page": str(page), "page_size": str(_PAGE)}
        with api.line() as line:
            try:
                items = line.get(*_DISPUTES, query=asked).get("items")
            except Refused as refusal:
                if refusal.issues & _NOT_OURS:
                    return
                raise
        known = [one for one in items if isinstance(one, dict)] if isinstance(items, list) else []
        for one in known:
            with api.line() as line:
                yield fetch(line, str(one.get("dispute_id", "")))
        if len(known) < _PAGE:
            return
        page += 1


def about(resource: Answer) -> tuple[str, str]:
    """Return which dispute an event is about, and the transaction that is disputed; empty for any other event."""
    return str(resource.get("dispute_id", "")), str(_transaction(resource).get("seller_transaction_id", ""))


def _payment(line: Line, dispute: Answer) -> tuple[str, str]:
    """Return the PayPal order behind a dispute and our reference; a dispute names only the money taken by it."""
    transaction = _transaction(dispute)
    reference = str(transaction.get("custom", ""))
    name = str(transaction.get("seller_transaction_id", ""))
    if not name:
        return "", reference
    try:
        capture = line.get("v2", "payments", "captures", name)
    except Refused:
        # It was not taken by this shop.
        return "", reference
    found: Any = capture.get("supplementary_data")
    for part in ("related_ids", "order_id"):
        found = found.get(part) if isinstance(found, dict) else None
    return str(found or ""), str(capture.get("custom_id") or reference)


def _read(dispute: Answer, order_id: str, reference: str) -> ProviderDispute:
    amount_minor, currency = books.read_money(dispute.get("dispute_amount"))
    opened_at = _moment(dispute.get("create_time"))
    if opened_at is None or not dispute.get("dispute_id"):
        raise Unavailable("PayPal gave an answer that can't be understood")
    inquiry = dispute.get("dispute_life_cycle_stage") == _INQUIRY
    return ProviderDispute(
        external_id=str(dispute["dispute_id"]),
        payment_id=order_id,
        reference=reference,
        status=_status(dispute, inquiry=inquiry),
        inquiry=inquiry,
        amount_minor=amount_minor,
        currency=currency,
        reason=str(dispute.get("reason", "")),
        due_at=_moment(dispute.get("seller_response_due_date")),
        opened_at=opened_at,
    )


def _status(dispute: Answer, *, inquiry: bool) -> DisputeState:
    if dispute.get("status") != "RESOLVED":
        return _STATES.get(str(dispute.get("status", "")), "under_review")
    outcome = dispute.get("dispute_outcome")
    code = str(outcome.get("outcome_code", "")) if isinstance(outcome, dict) else ""
    # While they only talked nothing was held back that could be won.
    return "closed" if inquiry and _OUTCOMES.get(code) == "won" else _OUTCOMES.get(code, "closed")


def _transaction(dispute: Answer) -> Answer:
    found = dispute.get("disputed_transactions")
    return found[0] if isinstance(found, list) and found and isinstance(found[0], dict) else {}


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def _written(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
