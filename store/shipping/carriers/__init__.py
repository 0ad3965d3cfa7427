"""Carriers that are asked over the network, one file each, found at start. Rate tables need none of them."""

import sys
from collections.abc import Mapping, Sequence
from functools import cache

from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.core.registry import discover
from store.core.settings import Settings
from store.shipping.carriers.base import Carrier


@cache
def all_carriers() -> Mapping[str, Carrier]:
    """Return every carrier by its code, whether this shop is set up for it or not."""
    return discover(sys.modules[__name__], Carrier)  # type: ignore[type-abstract]


def configure(settings: Settings) -> None:
    """Give every carrier the settings; called when the application starts."""
    for carrier in all_carriers().values():
        carrier.configure(settings)


def configured_carriers() -> Sequence[Carrier]:
    """Return the carriers that this shop is set up for, by code."""
    return [carrier for _code, carrier in sorted(all_carriers().items()) if carrier.configured()]


def get_carrier(code: str) -> Carrier:
    """Return a carrier that this shop is set up for; raises `NotFound`."""
    carrier = all_carriers().get(code)
    if carrier is None or not carrier.configured():
        raise NotFound(_("This shop is not set up for that carrier."))
    return carrier
