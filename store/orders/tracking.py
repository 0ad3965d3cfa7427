"""Where a parcel can be followed, for carriers whose pages take the number in the address."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from store.orders.models import Fulfilment

# By what their names begin with once spaces and case are gone; longer beginnings first.
_PAGES = (
    ("deutschepost", "https://www.deutschepost.de/de/s/sendungsverfolgung.html?piececode={}"),
    ("österreichischepost", "https://www.post.at/sv/sendungsdetails?snr={}"),
    ("austrianpost", "https://www.post.at/sv/sendungsdetails?snr={}"),
    ("royalmail", "https://www.royalmail.com/track-your-item#/tracking-results/{}"),
    ("swisspost", "https://service.post.ch/ekp-web/ui/entry/search/{}"),
    ("post.at", "https://www.post.at/sv/sendungsdetails?snr={}"),
    ("fedex", "https://www.fedex.com/fedextrack/?trknbr={}"),
    ("usps", "https://tools.usps.com/go/TrackConfirmAction?tLabels={}"),
    ("dhl", "https://www.dhl.com/global-en/home/tracking.html?tracking-id={}"),
    ("dpd", "https://tracking.dpd.de/status/en_US/parcel/{}"),
    ("gls", "https://gls-group.com/EU/en/parcel-tracking?match={}"),
    ("ups", "https://www.ups.com/track?tracknum={}"),
)


@dataclass(frozen=True, slots=True)
class Way:
    """How one box of a parcel is followed; `url` is empty when there is no page to follow it on."""

    number: str
    url: str


def parcel_ways(parcel: Fulfilment) -> Sequence[Way]:
    """Return how each box of a parcel is followed, for mails and pages."""
    numbers = parcel.tracking_numbers or ([""] if parcel.tracking_link else [])
    first, *others = (*numbers, "")
    if not first and not parcel.tracking_link:
        return []
    link = parcel.tracking_link or tracking_url(parcel.carrier, first) or ""
    return [Way(first, link), *(Way(one, tracking_url(parcel.carrier, one) or "") for one in others if one)]


def tracking_url(carrier: str, number: str) -> str | None:
    """Return the carrier's page for a parcel, or `None` when there is no number or we don't know the carrier."""
    name = "".join(carrier.split()).casefold()
    page = next((page for beginning, page in _PAGES if name.startswith(beginning)), None)
    return page.format(quote(number.strip(), safe="")) if page and number.strip() else None
