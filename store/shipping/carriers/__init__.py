"""Who says what a parcel costs, one file each, found at start: the shop's own tables, and carriers that are asked."""

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
    """Return the carriers outside that this shop is set up for, by code."""
    return [one for _code, one in sorted(all_carriers().items()) if one.outside and one.configured()]


def own_tables() -> Carrier:
    """Return the carrier that answers on the spot, from what the shop has written down."""
    return all_carriers()["table"]


def get_carrier(code: str) -> Carrier:
    """Return a carrier that this shop is set up for; raises `NotFound`."""
    carrier = all_carriers().get(code)
    if carrier is None or not carrier.configured():
        raise NotFound(_("This shop is not set up for that carrier."))
    return carrier
