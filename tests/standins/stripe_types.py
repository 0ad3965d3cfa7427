"""What Stripe's own library says a request may hold: unknown names and shapes are refused, as the API refuses them."""

import typing
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, get_args, get_origin

import typing_extensions
from stripe import RequestOptions
from stripe.params import (
    _dispute_list_params,
    _dispute_retrieve_params,
    _payment_intent_cancel_params,
    _payment_intent_capture_params,
    _payment_intent_create_params,
    _payment_intent_list_params,
    _payment_intent_retrieve_params,
    _refund_create_params,
    _refund_list_params,
)
from stripe.params.checkout import (
    _session_create_params,
    _session_expire_params,
    _session_list_params,
    _session_retrieve_params,
)

from tests.standins.stripe_wire import Refusal

_PARAMETERS: dict[str, tuple[Any, Any]] = {
    "create_session": (_session_create_params, "SessionCreateParams"),
    "retrieve_session": (_session_retrieve_params, "SessionRetrieveParams"),
    "expire_session": (_session_expire_params, "SessionExpireParams"),
    "list_sessions": (_session_list_params, "SessionListParams"),
    "create_intent": (_payment_intent_create_params, "PaymentIntentCreateParams"),
    "retrieve_intent": (_payment_intent_retrieve_params, "PaymentIntentRetrieveParams"),
    "cancel_intent": (_payment_intent_cancel_params, "PaymentIntentCancelParams"),
    "capture_intent": (_payment_intent_capture_params, "PaymentIntentCaptureParams"),
    "list_intents": (_payment_intent_list_params, "PaymentIntentListParams"),
    "retrieve_dispute": (_dispute_retrieve_params, "DisputeRetrieveParams"),
    "list_disputes": (_dispute_list_params, "DisputeListParams"),
    "create_refund": (_refund_create_params, "RefundCreateParams"),
    "list_refunds": (_refund_list_params, "RefundListParams"),
}


# These belong to the call and travel in its headers.
_OF_THE_CALL = frozenset(RequestOptions.__annotations__)


def check(call: str, given: Mapping[str, Any]) -> None:
    """Refuse what the parameter type of the call does not know or holds in another shape."""
    if call not in _PARAMETERS:
        return
    module, name = _PARAMETERS[call]
    names = {**vars(typing), **vars(typing_extensions), "StripeContext": Any, **vars(module)}
    problem = _problem(getattr(module, name), given, names, "")
    if problem:
        raise Refusal(400, "invalid_request_error", f"Received unknown parameter: {problem}", "parameter_unknown")


def _problem(kind: Any, given: Any, names: dict[str, Any], path: str) -> str:
    """Return what is wrong, or an empty string."""
    if isinstance(kind, typing.ForwardRef):
        kind = eval(kind.__forward_arg__, names)
    if typing_extensions.is_typeddict(kind):
        return _problem_of_object(kind, given, names, path)
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (typing_extensions.NotRequired, typing_extensions.Required):
        return _problem(inner[0], given, names, path)
    if origin in (typing.Union, UnionType):
        problems = [_problem(one, given, names, path) for one in inner if one is not NoneType]
        return "" if "" in problems else problems[0]
    if origin is list:
        if not isinstance(given, list):
            return f"{path} is no list"
        return next((found for one in given if (found := _problem(inner[0], one, names, f"{path}[]"))), "")
    if origin is dict:
        return "" if isinstance(given, dict) else f"{path} is no object"
    if kind is int:
        return "" if isinstance(given, str) and given.lstrip("-").isdigit() else f"{path} is no whole number"
    return f"{path} is no text" if isinstance(given, dict | list) else ""


def _problem_of_object(kind: Any, given: Any, names: dict[str, Any], path: str) -> str:
    if not isinstance(given, dict):
        return f"{path} is no object"
    hints = typing_extensions.get_type_hints(kind, names)
    for name, value in given.items():
        if name not in hints or name in _OF_THE_CALL:
            return f"{path}.{name}"
        if found := _problem(hints[name], value, names, f"{path}.{name}"):
            return found
    return ""
