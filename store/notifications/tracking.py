"""Where a parcel can be followed, for carriers whose pages take the number in the address."""

from urllib.parse import quote

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


def tracking_url(carrier: str, number: str) -> str | None:
    """Return the carrier's page for a parcel, or `None` when there is no number or we don't know the carrier."""
    name = "".join(carrier.split()).casefold()
    page = next((page for beginning, page in _PAGES if name.startswith(beginning)), None)
    return page.format(quote(number.strip(), safe="")) if page and number.strip() else None
