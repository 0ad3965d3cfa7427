"""Payments as others look for them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from store.core.db import session
from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.payments.models import Payment
from store.payments.providers import configured_providers
from store.payments.states import OPEN


@dataclass(frozen=True)
class ProviderChoice:
    """A way to pay as a checkout offers it."""

    code: str
    label: str
    # What to know before choosing it; empty where a provider's own page says all.
    note: str = ""
    offline: bool = False


def list_providers(currency: str, country: str | None = None, *, delivery: str | None = None) -> list[ProviderChoice]:
    """Return the ways to pay an order in a currency, those by hand last (1 statement every few seconds).

    `country` is where it goes and `delivery` the method that takes it there, if they are known.
    """
    offered = [
        provider
        for provider in configured_providers()
        if provider.available(currency=currency, country=country) and (delivery is None or provider.goes_with(delivery))
    ]
    return [
        ProviderChoice(provider.code, str(provider.label), provider.note(), provider.offline)
        for provider in sorted(offered, key=lambda one: one.offline)
    ]


def has_own_form(currency: str) -> bool:
    """Whether one of the ways to pay has a form that lies on our payment page (no statement)."""
    return any(
        provider.element(amount_minor=0, currency=currency) is not None
        for provider in configured_providers()
        if provider.available(currency=currency, country=None)
    )


def get_payment(payment_id: int) -> Payment:
    """Return a payment as it is now (1 statement); raises `NotFound`."""
    payment = session.execute(
        select(Payment).where(Payment.id == payment_id).execution_options(populate_existing=True)
    ).scalar_one_or_none()
    if payment is None:
        raise NotFound(_("This payment does not exist."))
    return payment


def list_payments(order_id: int) -> Sequence[Payment]:
    """Return every attempt to pay an order, the oldest first (1 statement)."""
    return (
        session.execute(
            select(Payment)
            .where(Payment.order_id == order_id)
            .order_by(Payment.id)
            .execution_options(populate_existing=True)
        )
        .scalars()
        .all()
    )


def list_open_payments(order_id: int) -> Sequence[Payment]:
    """Return the attempts by which money may still come, the oldest first (1 statement)."""
    return [payment for payment in list_payments(order_id) if payment.status in OPEN]


def list_stoppable_payments(order_id: int) -> Sequence[Payment]:
    """Return the attempts by which money may still come or be taken, the oldest first (1 statement)."""
    return [payment for payment in list_payments(order_id) if payment.status in (*OPEN, "authorized")]


def get_payment_for_order(order_id: int) -> Payment:
    """Return the payment that counts for an order: one that was captured or authorised, else the latest attempt.

    Raises `NotFound` when none was made.
    """
    payments = list_payments(order_id)
    if not payments:
        raise NotFound(_("No payment has been made for this order."))
    return next((payment for payment in payments if payment.status in ("captured", "authorized")), payments[-1])
