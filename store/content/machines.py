"""What search engines read: where to look, and where not to."""

from xml.sax.saxutils import escape

from flask import Response, url_for

from store.catalog.queries import list_addresses, list_collections
from store.catalog.queries.categories import list_shown
from store.content import queries
from store.web.markets import current_prices
from store.web.urls import public_base

# The bound of the sitemap protocol, less room for collections and pages.
_MOST_PRODUCTS = 49_000

# A visitor's own pages, and endless ones.
_KEEP_OUT = ("/cart", "/checkout", "/orders/", "/search", "/admin", "/-/")


def robots() -> Response:
    """Say what crawlers should leave alone."""
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in _KEEP_OUT), "", f"Sitemap: {public_base()}/sitemap.xml"]
    return Response("\n".join(lines) + "\n", mimetype="text/plain")


def sitemap() -> Response:
    """List every public page of this market."""
    prices, base = current_prices(), public_base()
    places: list[tuple[str, str]] = [(url_for("content.show_home"), "")]
    places += [(url_for("catalog.show_collection", handle=one.handle), "") for one in list_collections(prices)]
    places += [(url_for("catalog.show_category", handle=one.handle), "") for one in list_shown(prices)]
    # One address is built by the router; ten thousand are filled in.
    pattern = url_for("catalog.show_product", handle="-")[:-1]
    places += [
        (pattern + product.handle, product.updated_at.date().isoformat())
        for product in list_addresses(prices, limit=_MOST_PRODUCTS)
    ]
    for kind, endpoint in (("page", "content.show_page"), ("policy", "content.show_policy")):
        places += [(url_for(endpoint, handle=one.handle), "") for one in queries.list_titles(kind)]
    body = "".join(
        f"<url><loc>{escape(base + path)}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</url>\n"
        for path, day in places
    )
    return Response(
        '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
        f"{body}</urlset>\n",
        mimetype="application/xml",
    )
