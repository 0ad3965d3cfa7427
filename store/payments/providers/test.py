"""The test gateway: a bank in this very process that moves no money and can be told to misbehave.

It keeps to the contract like any provider across a network. In production it does not exist.
"""

from collections.abc import Iterable, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar, Final

from store.core.clock import now
from store.core.i18n import lazy_gettext
from store.payments.providers.base import (
    WEBHOOK_TOLERANCE,
    BadSignature,
    Declined,
    PaymentRequest,
    PaymentState,
    Provider,
    ProviderPayment,
    ProviderRefund,
    Redirect,
    Unavailable,
    WebhookEvent,
    read_json,
)
from store.payments.testbank import counter, signing
from store.payments.testbank.models import BankPayment, BankRefund

_STATES: Final[dict[str, PaymentState]] = {
    "requires_payment": "open",
    "requires_action": "requires_action",
    "processing": "processing",
    "declined": "failed",
    "authorized": "authorized",
    "cancelled": "cancelled",
    "succeeded": "succeeded",
}


class Gateway(Provider):
    """Pays by the buttons of `/-/test-gateway/`."""

    code: ClassVar[str] = "test"
    label: Any = lazy_gettext("Test bank (no money moves)")
    authorizes: ClassVar[bool] = True

    def configured(self) -> bool:
        """Whether this is a development shop."""
        return self.settings.test_gateway_enabled

    def available(self, *, currency: str, country: str | None) -> bool:  # noqa: ARG002 - the bank takes all
        """Take any currency from anywhere."""
        return self.configured()

    def start(self, request: PaymentRequest) -> Redirect:
        """Open a payment; its page lies on this host, under whatever name the visitor knows it by."""
        with _line():
            payment = counter.open_payment(
                idempotency_key=request.idempotency_key,
                amount_minor=request.amount_minor,
                currency=request.currency,
                reference=request.reference,
                return_url=request.return_url,
                manual_capture=request.capture == "manual",
            )
        return Redirect(payment.id, f"/-/test-gateway/payments/{payment.id}")

    def fetch(self, external_id: str) -> ProviderPayment:
        """Ask the bank's books."""
        with _line():
            return _payment(counter.look_up(external_id))

    def capture(self, external_id: str, *, amount_minor: int, final: bool, idempotency_key: str) -> ProviderPayment:
        """Take promised money."""
        with _line():
            payment = counter.capture(
                external_id, amount_minor=amount_minor, final=final, idempotency_key=idempotency_key
            )
        return _payment(payment)

    def cancel(self, external_id: str) -> ProviderPayment:
        """Close a payment nobody has paid."""
        with _line():
            return _payment(counter.cancel(external_id))

    def refund(self, external_id: str, *, amount_minor: int, idempotency_key: str) -> ProviderRefund:
        """Send money back."""
        with _line():
            return _refund(counter.refund(external_id, amount_minor=amount_minor, idempotency_key=idempotency_key))

    def find_refund(self, external_id: str, *, idempotency_key: str) -> ProviderRefund | None:
        """Look a refund up."""
        with _line():
            found = counter.find_refund(external_id, idempotency_key=idempotency_key)
        return _refund(found) if found is not None else None

    def list_since(self, moment: datetime) -> Iterable[ProviderPayment]:
        """Read the bank's books from a moment on."""
        with _line():
            return [_payment(payment) for payment in counter.list_since(moment)]

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:
        """Check the bank's signature; the shop's former keys count while they are listed."""
        header = next((value for name, value in headers.items() if name.lower() == signing.HEADER.lower()), "")
        keys = (self.settings.secret_key.get_secret_value(), *self.settings.secret_key_fallbacks)
        if not signing.is_signed(
            header,
            body,
            secrets=[signing.secret_from(key) for key in keys],
            moment=int(now().timestamp()),
            tolerance=WEBHOOK_TOLERANCE,
        ):
            raise BadSignature("the signature is missing, wrong or too old")
        payload = read_json(body)
        return WebhookEvent(
            event_id=str(payload.get("event_id", "")),
            kind=str(payload.get("kind", "")),
            external_id=str(payload.get("payment_id", "")),
            reference=str(payload.get("reference", "")),
            payload=payload,
        )


@contextmanager
def _line() -> Any:
    """The telephone line to the bank: its words become the contract's."""
    try:
        yield
    except counter.Refused as error:
        raise Declined(str(error)) from error
    except counter.NoAnswer as error:
        raise Unavailable("the test bank does not answer", reason=str(error)) from error


def _payment(payment: BankPayment) -> ProviderPayment:
    return ProviderPayment(
        external_id=payment.id,
        status=_STATES[payment.status],
        amount_minor=payment.amount_minor,
        currency=payment.currency,
        reference=payment.reference,
        refunded_minor=payment.refunded_minor,
        failure=payment.decline_reason,
        taken_minor=payment.captured_minor,
    )


def _refund(refund: BankRefund) -> ProviderRefund:
    succeeded = refund.status == "succeeded"
    return ProviderRefund(
        external_id=refund.id,
        status="succeeded" if succeeded else "failed",
        amount_minor=refund.amount_minor,
        failure="" if succeeded else "The bank refuses the refund.",
    )
