"""PayPal's books as the shop reads them: what an order says of itself, of the money taken by it, and of refunds.

A purchase unit's `reference_id` keeps what its order was opened for; an order whose intent says something else by now
was called off. Captures carry our key as their `invoice_id`, refunds as their `custom_id`.
"""

import hashlib
import re
from decimal import Decimal, InvalidOperation
from typing import Any

from store.core.money import Money, exponent
from store.payments.paypal.api import Answer
from store.payments.providers.base import PaymentState, ProviderPayment, ProviderRefund, RefundState, Unavailable

# The shop takes at once what was approved, or has it promised first.
AT_ONCE, PROMISED = "CAPTURE", "AUTHORIZE"

TAKEN = frozenset({"COMPLETED", "PARTIALLY_REFUNDED", "REFUNDED"})

_OPEN = frozenset({"CREATED", "SAVED", "APPROVED", "PAYER_ACTION_REQUIRED"})

_REFUND_STATES: dict[str, RefundState] = {
    "COMPLETED": "succeeded",
    "PENDING": "pending",
    "FAILED": "failed",
    "CANCELLED": "failed",
}


def payment_of(order: Answer) -> ProviderPayment:
    """Return how the payment by an order stands."""
    amount, currency, reference = agreed(order)
    back = (one for one in parts(order, "refunds") if one.get("status") == "COMPLETED")
    status = _status(order, amount)
    return ProviderPayment(
        external_id=str(order.get("id", "")),
        status=status,
        amount_minor=amount,
        currency=currency,
        reference=reference,
        refunded_minor=sum(minor_of(one) for one in back),
        failure=_failure(order),
        taken_minor=_taken(order),
    )


def agreed(order: Answer) -> tuple[int, str, str]:
    """Return what was agreed upon: amount in minor units, currency, and the reference of ours."""
    unit = _unit(order)
    amount, currency = read_money(unit.get("amount"))
    return amount, currency, str(unit.get("custom_id", ""))


def opened_for(order: Answer) -> str:
    """Return what an order was opened for: `AT_ONCE` or `PROMISED`."""
    return str(_unit(order).get("reference_id", ""))


def is_approved(order: Answer) -> bool:
    """Whether the shopper has agreed and nothing was taken or called off since."""
    return order.get("status") == "APPROVED" and order.get("intent") == opened_for(order)


def parts(order: Answer, kind: str) -> list[Answer]:
    """Return the `authorizations`, `captures` or `refunds` of an order, the oldest first."""
    payments = _unit(order).get("payments")
    found = payments.get(kind) if isinstance(payments, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def link(thing: Answer, *names: str) -> str:
    """Return where a thing leads under one of these names; empty when it does not."""
    links = thing.get("links")
    known = [one for one in links if isinstance(one, dict)] if isinstance(links, list) else []
    return next((str(one.get("href", "")) for one in known if one.get("rel") in names), "")


def minor_of(part: Answer) -> int:
    """Return the amount of one of them in minor units."""
    return read_money(part.get("amount"))[0]


def left_by_capture(order: Answer, key: str) -> list[tuple[str, int]]:
    """Return each capture by its id with what of it has not gone back by other refunds, the oldest first."""
    back = [
        one
        for one in parts(order, "refunds")
        if one.get("status") not in ("FAILED", "CANCELLED") and not _is_piece(one, key)
    ]
    captures = [one for one in parts(order, "captures") if one.get("status") in TAKEN]
    return [
        (
            str(capture.get("id", "")),
            minor_of(capture)
            - sum(minor_of(one) for one in back if len(captures) == 1 or _capture_of(one) == capture.get("id")),
        )
        for capture in captures
    ]


def find_capture(order: Answer, key: str) -> Answer | None:
    """Return the capture that was asked for with this key."""
    return next((one for one in parts(order, "captures") if one.get("invoice_id") == invoice_id(key)), None)


def find_refund(order: Answer, key: str) -> ProviderRefund | None:
    """Return the refund that was asked for with this key; `None` while it, or a piece of it, never arrived."""
    pieces = [one for one in parts(order, "refunds") if _is_piece(one, key)]
    if not pieces or len(pieces) < _piece_count(pieces[0]):
        return None
    return refund_of(pieces)


def refund_of(pieces: list[Answer]) -> ProviderRefund:
    """Return how a refund stands that was made in these pieces."""
    states = [_REFUND_STATES.get(str(one.get("status", "")), "pending") for one in pieces]
    status: RefundState = next((one for one in ("failed", "pending") if one in states), "succeeded")
    return ProviderRefund(
        external_id=str(pieces[0].get("id", "")),
        status=status,
        amount_minor=sum(minor_of(one) for one in pieces),
        failure=next((_reason(one) for one, state in zip(pieces, states, strict=True) if state == "failed"), ""),
    )


def written(key: str) -> str:
    """Return a key as PayPal lets it be written on a refund; a comma is ours to count pieces with."""
    return re.sub(r"[^A-Za-z0-9\-_.]", ".", key)


def invoice_id(key: str) -> str:
    """Return a key as it is written on a capture, where the shopper may see it."""
    return hashlib.sha256(key.encode()).hexdigest()[:20].upper()


def read_money(amount: Any) -> tuple[int, str]:
    """Return an amount of PayPal's in minor units with its currency; raises `Unavailable` for none that we know."""
    try:
        currency = str(amount["currency_code"])
        scaled = Decimal(str(amount["value"])).scaleb(exponent(currency))
        if scaled == scaled.to_integral_value():
            return int(scaled), currency
    except (KeyError, TypeError, InvalidOperation):
        pass
    raise Unavailable("PayPal gave an answer that can't be understood")


def money(minor: int, currency: str) -> dict[str, str]:
    """Return an amount as PayPal writes it."""
    return {"currency_code": currency, "value": format(Money(minor, currency).decimal(), "f")}


def _status(order: Answer, amount: int) -> PaymentState:
    promised = parts(order, "authorizations")
    if promised:
        return _status_of_promise(order, str(promised[-1].get("status", "")))
    captures = parts(order, "captures")
    if _taken(order) >= amount > 0:
        return "succeeded"
    if any(one.get("status") == "PENDING" for one in captures):
        return "processing"
    if captures:
        return "failed"
    if order.get("status") not in _OPEN or order.get("intent") != opened_for(order):
        return "cancelled"
    return "open"


def _status_of_promise(order: Answer, status: str) -> PaymentState:
    final = status == "CAPTURED" or any(one.get("final_capture") is True for one in parts(order, "captures"))
    if _taken(order) and (final or status in ("VOIDED", "EXPIRED", "DENIED")):
        return "succeeded"
    if status in ("CREATED", "PARTIALLY_CAPTURED", "CAPTURED"):
        return "authorized"
    if status == "PENDING":
        return "processing"
    return "failed" if status == "DENIED" else "cancelled"


def _taken(order: Answer) -> int:
    return sum(minor_of(one) for one in parts(order, "captures") if one.get("status") in TAKEN)


def _failure(order: Answer) -> str:
    refused = (one for one in parts(order, "captures") if one.get("status") in ("DECLINED", "FAILED"))
    return next((_reason(one) for one in refused), "")


def _reason(told: Answer) -> str:
    details = told.get("status_details")
    return str(details.get("reason", "")) if isinstance(details, dict) else str(told.get("status", ""))


def _capture_of(refund: Answer) -> str:
    return link(refund, "up").rpartition("/")[2]


def _is_piece(refund: Answer, key: str) -> bool:
    return str(refund.get("custom_id", "")).split(",")[0] == written(key)


def _piece_count(piece: Answer) -> int:
    count = str(piece.get("custom_id", "")).rpartition(",")[2]
    return int(count) if count.isdigit() and "," in str(piece.get("custom_id", "")) else 1


def _unit(order: Answer) -> Answer:
    units = order.get("purchase_units")
    unit = units[0] if isinstance(units, list) and len(units) == 1 else None
    if not isinstance(unit, dict):
        raise Unavailable("PayPal gave an answer that can't be understood")
    return unit
