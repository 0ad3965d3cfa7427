"""When a parcel arrives and what it costs, as one sentence for product pages; remembered for a minute."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from babel.dates import format_date, format_time

from store.core.clock import now
from store.core.i18n import current_locale
from store.core.i18n import gettext as _
from store.shipping.areas import Destination
from store.shipping.queries import Method, arrival, get_terms, list_methods
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
    return _span(*arrival(in_shop_zone(now()), method))


def promised_days(delivery: Mapping[str, Any]) -> str:
    """Return the days that an order was promised for when it was made: see `Order.delivery`."""
    return _span(date.fromisoformat(delivery["first"]), date.fromisoformat(delivery["last"]))


def forget() -> None:
    """Read the ways of delivery anew at the next call."""
    _remembered.clear()


def _span(first: date, last: date) -> str:
    locale = babel_locale(current_locale())
    return " – ".join(format_date(day, "EEE d MMM", locale=locale) for day in dict.fromkeys((first, last)))


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
    return Promise(_("Arrives %(days)s", days=arrival_text(method)), _before_cutoff(note))


def _before_cutoff(note: str) -> str:
    """Say until when an order still leaves today, while that is to come."""
    schedule, moment = get_terms().schedule, in_shop_zone(now())
    if schedule.cutoff is None or not schedule.works(moment.date()) or moment.time() >= schedule.cutoff:
        return note
    hour = format_time(schedule.cutoff, "short", locale=babel_locale(current_locale()))
    return _("It leaves today if you order before %(time)s.", time=hour) + " " + note
