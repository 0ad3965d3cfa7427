"""What both ways to pay by hand have in common: there is nobody to ask, so nothing is ever asked."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import ClassVar, NoReturn

from store.payments.offline.methods import get_method
from store.payments.providers.base import (
    Declined,
    PaymentRequest,
    Provider,
    ProviderPayment,
    ProviderRefund,
    Redirect,
    WebhookEvent,
)


class ByHand(Provider):
    """Money that a person sees come and writes down. The desk says where and with which deliveries it is offered."""

    offline: ClassVar[bool] = True
    lists: ClassVar[bool] = False

    def configured(self) -> bool:
        """Whether it can work here: always, and whether shoppers may choose it is another matter."""
        return True

    def available(self, *, currency: str, country: str | None) -> bool:  # noqa: ARG002 - whatever was agreed upon
        """Whether the desk offers it, there."""
        return get_method(self.code).serves(country=country, delivery=None)

    def goes_with(self, delivery: str) -> bool:
        """Whether the desk offers it with this delivery."""
        return get_method(self.code).serves(country=None, delivery=delivery)

    def start(self, request: PaymentRequest) -> Redirect:  # noqa: ARG002 - nobody to ask
        _nobody()

    def fetch(self, external_id: str) -> ProviderPayment:  # noqa: ARG002
        _nobody()

    def cancel(self, external_id: str) -> ProviderPayment:  # noqa: ARG002
        _nobody()

    def refund(self, external_id: str, *, amount_minor: int, idempotency_key: str) -> ProviderRefund:  # noqa: ARG002
        _nobody()

    def find_refund(self, external_id: str, *, idempotency_key: str) -> ProviderRefund | None:  # noqa: ARG002
        _nobody()

    def list_since(self, moment: datetime) -> Iterable[ProviderPayment]:  # noqa: ARG002
        _nobody()

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> WebhookEvent:  # noqa: ARG002
        _nobody()


def _nobody() -> NoReturn:
    raise Declined("there is nobody to ask: staff write down what comes")
