"""Which ways to pay there are, and what each still needs."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from store.core.db import session
from store.payments.offline.methods import read_method
from store.payments.offline.models import CODES
from store.payments.providers import all_providers
from store.shipping.models import ShippingMethod


@dataclass(frozen=True)
class Delivery:
    """A way of delivery, to choose from."""

    code: str
    name: str


@dataclass(frozen=True)
class Way:
    """A way to pay: `state` is offered, off (by hand and not switched on) or missing (`needs` are the settings)."""

    code: str
    label: str
    state: str
    by_hand: bool
    needs: tuple[str, ...]


def list_ways() -> list[Way]:
    """Return every way to pay, those by hand first (1 statement)."""
    ways = []
    for code, provider in sorted(all_providers().items(), key=lambda one: (one[0] not in CODES, one[0])):
        if code in CODES:
            state = "offered" if read_method(code).enabled else "off"
        else:
            state = "offered" if provider.configured() else "missing"
        ways.append(Way(code, str(provider.label), state, code in CODES, provider.settings_needed))
    return ways


def list_deliveries() -> Sequence[Delivery]:
    """Return the ways of delivery by name, each once (1 statement)."""
    rows = session.execute(select(ShippingMethod.code, ShippingMethod.name).order_by(ShippingMethod.position))
    return [Delivery(code, name) for code, name in {row.code: row.name for row in rows}.items()]
