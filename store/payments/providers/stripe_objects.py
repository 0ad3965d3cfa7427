"""Stripe's objects read as the contract's: what a session, an intent, a refund and a dispute say."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from store.payments.providers.base import (
    DisputeState,
    PaymentState,
    ProviderDispute,
    ProviderPayment,
    ProviderRefund,
    RefundState,
    WebhookEvent,
)

INTENT = "pi_"

# https://docs.stripe.com/payments/paymentintents/lifecycle
_INTENT_STATES: dict[str, PaymentState] = {
    "requires_payment_method": "open",
    "requires_confirmation": "open",
    "requires_action": "requires_action",
    "processing": "processing",
    "requires_capture": "authorized",
    "canceled": "cancelled",
    "succeeded": "succeeded",
}

_REFUND_STATES: dict[str, RefundState] = {
    "succeeded": "succeeded",
    "pending": "pending",
    "requires_action": "pending",
    "failed": "failed",
    "canceled": "failed",
}

# https://docs.stripe.com/api/disputes/object#dispute_object-status; those that warn are inquiries, and take no money.
_INQUIRY = "warning_"
_DISPUTE_STATES: dict[str, DisputeState] = {
    "needs_response": "needs_response",
    "under_review": "under_review",
    "closed": "closed",
    "prevented": "closed",
    "charge_refunded": "closed",
    "won": "won",
    "lost": "lost",
}


def payment_of_session(session: Any) -> ProviderPayment:
    """Read a Checkout Session whose intent and charge were expanded."""
    intent = session.payment_intent if not isinstance(session.payment_intent, str) else None
    return ProviderPayment(
        external_id=session.id,
        status=_status_of_session(session, intent),
        amount_minor=session.amount_total,
        currency=session.currency.upper(),
        reference=session.client_reference_id or "",
        refunded_minor=_refunded(intent),
        failure=_failure(intent),
        taken_minor=intent.amount_received if intent is not None else None,
    )


def payment_of_intent(intent: Any) -> ProviderPayment:
    """Read a payment intent whose charge was expanded."""
    return ProviderPayment(
        external_id=intent.id,
        status=_status_of_intent(intent),
        amount_minor=intent.amount,
        currency=intent.currency.upper(),
        reference=words(intent).get("reference", ""),
        refunded_minor=_refunded(intent),
        failure=_failure(intent),
        taken_minor=intent.amount_received,
    )


def refund_of(refund: Any) -> ProviderRefund:
    """Read a refund."""
    return ProviderRefund(
        external_id=refund.id,
        status=_REFUND_STATES.get(refund.status or "pending", "pending"),
        amount_minor=refund.amount,
        failure=getattr(refund, "failure_reason", None) or "",
    )


def dispute_of(dispute: Any, payment_id: str) -> ProviderDispute:
    """Read a dispute of the payment that we know as `payment_id`."""
    due = getattr(dispute.evidence_details, "due_by", None)
    intent = dispute.payment_intent
    return ProviderDispute(
        external_id=dispute.id,
        payment_id=payment_id,
        reference=words(intent).get("reference", "") if intent is not None else "",
        status=_DISPUTE_STATES.get(dispute.status.removeprefix(_INQUIRY), "under_review"),
        inquiry=dispute.status.startswith(_INQUIRY),
        amount_minor=dispute.amount,
        currency=dispute.currency.upper(),
        reason=dispute.reason,
        due_at=datetime.fromtimestamp(due, UTC) if due else None,
        opened_at=datetime.fromtimestamp(dispute.created, UTC),
    )


def event_of(event: Mapping[str, Any]) -> WebhookEvent:
    """Read a notification whose signature was right."""
    about = inner(event, "data", "object")
    reference = str(about.get("client_reference_id") or inner(about, "metadata").get("reference") or "")
    disputed = str(about.get("id", "")) if about.get("object") == "dispute" else ""
    # Charges, refunds and disputes are not what we call a payment, but name it.
    intent = about.get("payment_intent") if about.get("object") in ("charge", "refund", "dispute") else None
    return WebhookEvent(
        event_id=str(event.get("id", "")),
        kind=str(event.get("type", "")),
        external_id=str(intent or about.get("id", "")),
        reference=reference,
        dispute_id=disputed,
        # Names and addresses of shoppers are in the rest, and nobody here needs them.
        payload={
            "id": event.get("id"),
            "type": event.get("type"),
            "reference": reference,
            **({"dispute": disputed} if disputed else {}),
        },
    )


def words(found: Any) -> dict[str, str]:
    """Return what we wrote on an object of Stripe's."""
    written: dict[str, str] = found.metadata.to_dict() if getattr(found, "metadata", None) else {}
    return written


def inner(found: Mapping[str, Any], *path: str) -> Mapping[str, Any]:
    """Return a nested object of a notification, empty where there is none."""
    for name in path:
        value = found.get(name)
        found = value if isinstance(value, dict) else {}
    return found


def _status_of_session(session: Any, intent: Any) -> PaymentState:
    if session.payment_status == "paid":
        return "succeeded"
    if session.status == "expired":
        return "cancelled"
    if session.status == "open":
        # A card that was declined can be tried again, or another one, on the same page.
        return "open"
    status = _INTENT_STATES.get(intent.status, "failed") if intent is not None else "failed"
    # The page is gone: what is open there, nobody can go on with.
    return "failed" if status in ("open", "requires_action") else status


def _status_of_intent(intent: Any) -> PaymentState:
    if intent.status == "requires_payment_method" and intent.last_payment_error:
        return "failed"
    return _INTENT_STATES.get(intent.status, "processing")


def _refunded(intent: Any) -> int:
    return getattr(getattr(intent, "latest_charge", None), "amount_refunded", 0) or 0


def _failure(intent: Any) -> str:
    return getattr(getattr(intent, "last_payment_error", None), "message", None) or ""
