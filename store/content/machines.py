"""What search engines read: where to look, and where not to."""

import re
from xml.sax.saxutils import escape

from flask import Response, url_for

from store.catalog.queries import list_addresses, list_collections, list_parts
from store.catalog.queries.categories import list_shown
from store.content import queries
from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.shop.prices import PriceScope
from store.web.markets import current_prices, known_markets
from store.web.urls import public_base

# Well below the 50,000 that the sitemap protocol allows. Each part has the products of so many ids, so that a product
# stays in its part, and a part costs one range of an index however large the shop is.
_PART = 45_000
_MOST_PAGES = 49_000

# A visitor's own pages, and endless ones.
_KEEP_OUT = ("/cart", "/checkout", "/orders/", "/search", "/admin", "/-/")

_NAMESPACE = "http://www.sitemaps.org/schemas/sitemap/0.9"


def robots() -> Response:
    """Say what crawlers should leave alone, and where each market lists its pages."""
    prefixes = [f"/{market.prefix}" if market.prefix else "" for market in known_markets()]
    lines = ["User-agent: *", *(f"Disallow: {prefix}{path}" for prefix in prefixes for path in _KEEP_OUT), ""]
    lines += [f"Sitemap: {public_base()}{prefix}/sitemap.xml" for prefix in prefixes]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


def sitemap() -> Response:
    """List every public page of this market, or the parts of the list where it is long. 6 statements at most."""
    prices = current_prices()
    parts = list_parts(prices, size=_PART)
    if parts in ([], [0]):
        return _listed([*_pages(prices), *_products(prices, 0)])
    paths = [url_for("content.show_sitemap_part", part=part) for part in ("pages", *map(str, parts))]
    body = "".join(f"<sitemap><loc>{escape(public_base() + path)}</loc></sitemap>\n" for path in paths)
    return _xml(f'<sitemapindex xmlns="{_NAMESPACE}">\n{body}</sitemapindex>\n')


def sitemap_part(part: str) -> Response:
    """List one part of a long list: `pages`, or the products of a number; raises `NotFound` where there is none."""
    prices = current_prices()
    if part == "pages":
        return _listed(_pages(prices))
    places = _products(prices, int(part)) if re.fullmatch(r"0|[1-9][0-9]{0,6}", part, re.ASCII) else []
    if not places:
        raise NotFound(_("There is no such part of the list of pages."))
    return _listed(places)


def _pages(prices: PriceScope) -> list[tuple[str, str]]:
    places: list[tuple[str, str]] = [(url_for("content.show_home"), "")]
    places += [(url_for("catalog.show_collection", handle=one.handle), "") for one in list_collections(prices)]
    places += [(url_for("catalog.show_category", handle=one.handle), "") for one in list_shown(prices)]
    for kind, endpoint in (("page", "content.show_page"), ("policy", "content.show_policy")):
        places += [(url_for(endpoint, handle=one.handle), "") for one in queries.list_titles(kind)]
    return places[:_MOST_PAGES]


def _products(prices: PriceScope, part: int) -> list[tuple[str, str]]:
    # One address is built by the router; ten thousand are filled in.
    pattern = url_for("catalog.show_product", handle="-")[:-1]
    return [
        (pattern + product.handle, product.updated_at.date().isoformat())
        for product in list_addresses(prices, part=part, size=_PART)
    ]


def _listed(places: list[tuple[str, str]]) -> Response:
    base = public_base()
    body = "".join(
        f"<url><loc>{escape(base + path)}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</url>\n"
        for path, day in places
    )
    return _xml(f'<urlset xmlns="{_NAMESPACE}">\n{body}</urlset>\n')


def _xml(body: str) -> Response:
    return Response(f'<?xml version="1.0" encoding="UTF-8"?>\n{body}', mimetype="application/xml")
