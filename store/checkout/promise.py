"""When a parcel arrives and what it costs, as one sentence for product pages; remembered for a minute."""

import time
from dataclasses import dataclass

from babel.dates import format_date

from store.core.clock import now
from store.core.i18n import current_locale
from store.core.i18n import gettext as _
from store.shipping.areas import Destination
from store.shipping.queries import Method, arrival, list_methods
from store.shop.queries import MarketFacts
from store.web.filters import babel_locale, in_shop_zone

REMEMBER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Promise:
    """`text` says when it arrives, `note` what delivery costs."""

    text: str
    note: str


_remembered: dict[tuple[str, str], tuple[float, Promise | None]] = {}


def delivery_promise(market: MarketFacts) -> Promise | None:
    """Return the promise of the first way of delivery, or `None` where nothing is delivered. 1 statement at most."""
    key = (market.code, current_locale())
    until, promise = _remembered.get(key, (0.0, None))
    if time.monotonic() < until:
        return promise
    to = Destination(market.countries[0]) if market.countries else None
    sent = [method for method in list_methods(market.currency, to) if not method.is_pickup]
    promise = _promise(sent[0]) if sent else None
    _remembered[key] = (time.monotonic() + REMEMBER_SECONDS, promise)
    return promise


def arrival_text(method: Method) -> str:
    """Return the days on which a parcel ordered now should arrive, e.g. `Tue 24 Nov – Thu 26 Nov`."""
    first, last = arrival(in_shop_zone(now()), method)
    locale = babel_locale(current_locale())
    days = [format_date(day, "EEE d MMM", locale=locale) for day in dict.fromkeys((first, last))]
    return " – ".join(days)


def forget() -> None:
    """Read the ways of delivery anew at the next call."""
    _remembered.clear()


def _promise(method: Method) -> Promise:
    price = method.price.format(current_locale())
    if not method.price:
        note = _("Delivery is free.")
    elif method.free_from is not None:
        note = _(
            "Delivery %(price)s, free from %(threshold)s.",
            price=price,
            threshold=method.free_from.format(current_locale()),
        )
    else:
        note = _("Delivery %(price)s.", price=price)
    return Promise(_("Arrives %(days)s", days=arrival_text(method)), note)
