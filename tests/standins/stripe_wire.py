"""How Stripe's API looks on the wire: addresses, form encoding, and refusals."""

import re
from typing import Any

_ADDRESSES = (
    ("POST", r"/v1/checkout/sessions", "create_session"),
    ("GET", r"/v1/checkout/sessions", "list_sessions"),
    ("GET", r"/v1/checkout/sessions/([^/]+)", "retrieve_session"),
    ("POST", r"/v1/checkout/sessions/([^/]+)/expire", "expire_session"),
    ("POST", r"/v1/payment_intents", "create_intent"),
    ("GET", r"/v1/payment_intents", "list_intents"),
    ("GET", r"/v1/payment_intents/([^/]+)", "retrieve_intent"),
    ("POST", r"/v1/payment_intents/([^/]+)/cancel", "cancel_intent"),
    ("POST", r"/v1/payment_intents/([^/]+)/capture", "capture_intent"),
    ("POST", r"/v1/refunds", "create_refund"),
    ("GET", r"/v1/refunds", "list_refunds"),
    ("GET", r"/v1/disputes", "list_disputes"),
    ("GET", r"/v1/disputes/([^/]+)", "retrieve_dispute"),
)


class Refusal(Exception):
    """An answer that is an error, with its HTTP status."""

    def __init__(
        self, status: int, kind: str, message: str, code: str = "", more: dict[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.kind, self.message, self.code, self.more = status, kind, message, code, more or {}

    @property
    def body(self) -> dict[str, Any]:
        """The error as Stripe words it."""
        return {"error": {"type": self.kind, "message": self.message, "code": self.code, **self.more}}


def call_name(method: str, path: str) -> str:
    """Return the name of a call."""
    return next(
        (call for verb, pattern, call in _ADDRESSES if verb == method and re.fullmatch(pattern, path)), "unknown"
    )


def named_in(call: str, path: str) -> str:
    """Return the id of the object that the address of a call names."""
    pattern = next((one for _verb, one, name in _ADDRESSES if name == call), "")
    match = re.fullmatch(pattern, path)
    return match.group(1) if match and match.groups() else ""


def nested(pairs: list[tuple[str, str]]) -> dict[str, Any]:
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
