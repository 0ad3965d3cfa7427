"""The page of a list of products: how far it is opened, what is chosen, the panel to choose from.

`?page=3` shows pages 1 to 3, so that the back button finds the row it left; `?page=6` begins anew at 6.
"""

from collections import OrderedDict
from collections.abc import Hashable, Mapping
from typing import Any

from flask import current_app, request
from markupsafe import Markup

from store.catalog.cards import cards_html
from store.catalog.filtering import address, chips, major, read_filters, title_of, words_of
from store.catalog.queries import list_selected
from store.catalog.queries.facets import SORTS, FacetView, Filters, Listing, Scope, list_scope
from store.core.errors import NotFound
from store.core.i18n import current_locale
from store.core.i18n import gettext as _
from store.web.cache_tags import tag
from store.web.markets import current_market, current_prices
from store.web.pagination import Pagination, page_number, paginate
from store.web.urls import public_base

PAGE_SIZE = 24
_MOST_PAGES_AT_ONCE = 5

# Nobody pages further; programs that do are told to narrow the list down.
MOST_PAGES = 400

# About ten kilobytes each.
_MOST_PANELS = 300

# What an empty result shows instead.
_BESTSELLERS = 4

_panels: OrderedDict[Hashable, Markup] = OrderedDict()

# A panel has hundreds of values of which only counts and ticks change: each is rendered once, with marks for those.
_CSS, _STATE, _COUNT = "\ue000", "\ue001", "\ue002"
_MOST_VALUES = 20_000

_values_rendered: dict[Hashable, str] = {}


def listing_context(count: int, page: int) -> dict[str, Any]:
    """Return the place in the list for its template and its query; raises `NotFound` behind the last page."""
    pages: Pagination = paginate(page, PAGE_SIZE, min(count, MOST_PAGES * PAGE_SIZE))
    first, limit = window(page)
    return {
        "pages": pages,
        "total": count,
        "first": first,
        "limit": limit,
        # Where the next page's own cards begin in its list; nothing when it opens a new window.
        "grows_from": limit + 1 if pages.next and page % _MOST_PAGES_AT_ONCE else None,
        "paged": first > 0 or (pages.next is not None and page % _MOST_PAGES_AT_ONCE == 0),
        # The list goes on, and nobody is led there.
        "cut_off": pages.next is None and count > pages.total,
    }


def window(page: int) -> tuple[int, int]:
    """Return how many products stand before what a page shows, and how many it shows."""
    begin = (page - 1) // _MOST_PAGES_AT_ONCE * _MOST_PAGES_AT_ONCE
    return begin * PAGE_SIZE, (page - begin) * PAGE_SIZE


def list_page(scope: Scope, path: str, *, fields: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Return what `catalog/_listing.html` expects, for the list at `path` and the request's filters, sort and page.

    `fields` are what else belongs to the list's address, such as a search's words. Raises `NotFound` for a page that
    is not there and `BadRequest` for too many filters. 1 statement when the list and its cards are known.
    """
    prices = current_prices()
    filters = read_filters(request.args, prices.currency)
    sort = request.args.get("sort", "")
    sort = sort if sort in SORTS else "featured"
    page = page_number(request.args)
    if page > MOST_PAGES:
        raise NotFound(_("There is no such page."))
    first, limit = window(page)
    listing = list_scope(scope, prices, filters, sort=sort, first=first, limit=limit)
    own = dict(fields or {})
    asked = own if sort == "featured" else {**own, "sort": sort}

    def href_for(number: int) -> str:
        return address(path, filters, prices.currency, asked if number == 1 else {**asked, "page": str(number)})

    run = listing_context(listing.count, page)
    cards = cards_html(listing.refs)
    if filters and not cards:
        # Bestsellers stand there instead, and they may come from anywhere.
        tag("lists")
    plain = address(path, Filters(), prices.currency, own)
    return {
        **run,
        "path": path,
        "filters": filters,
        "sort": sort,
        "chips": chips(path, filters, prices.currency, asked),
        "clear_href": address(path, Filters(), prices.currency, asked),
        "panel": _panel(scope, listing, filters, sort, path, own),
        "cards": cards,
        "bestsellers": [] if cards or not filters else cards_html(list_selected(prices, limit=_BESTSELLERS), eager=0),
        "href_for": href_for,
        # Another order of the same products, or a part of them, is no page of its own.
        "canonical": public_base() + (plain if filters or sort != "featured" else href_for(page)),
        "noindex": bool(filters),
    }


def forget() -> None:
    """Render every panel anew."""
    _panels.clear()
    _values_rendered.clear()


def sorts(*, relevance: bool = False) -> dict[str, str]:
    """Return the orders of a list in words; in a search the first of them is what fits best."""
    return {
        "featured": _("Best match") if relevance else _("Our order"),
        "newest": _("Newest first"),
        "price-up": _("Price, low to high"),
        "price-down": _("Price, high to low"),
        "title": _("Name, A to Z"),
    }


def _panel(scope: Scope, listing: Listing, filters: Filters, sort: str, path: str, fields: Mapping[str, str]) -> Markup:
    """Return the form to choose from, remembered as long as the index is what it was."""
    prices = current_prices()
    key = (
        scope, prices, filters, sort, path, tuple(fields.items()), listing.version, listing.count,
        current_market().code, current_locale(),
    )  # fmt: skip
    html = _panels.get(key)
    if html is None:
        facets = listing.facets()
        offered = {(view.name, value.key) for view in facets.views for value in view.values}
        template = current_app.jinja_env.get_template("catalog/_facets.html")
        html = Markup(  # noqa: S704 - our own template
            template.render(
                facets=facets,
                views=[(view, title_of(view.name, view.title), _values(view)) for view in facets.views],
                filters=filters,
                # What is chosen and not offered here stays chosen when something else is.
                carried=[(name, key) for name, keys in filters.values for key in keys if (name, key) not in offered],
                price=[major(minor, prices.currency) for minor in facets.price or ()],
                price_chosen=[
                    "" if minor is None else major(minor, prices.currency)
                    for minor in (filters.price_min, filters.price_max)
                ],
                currency=prices.currency,
                total=listing.count,
                sort=sort,
                sorts=sorts(relevance=scope.kind == "found"),
                path=path,
                fields=fields,
            )
        )
        _panels[key] = html
        while len(_panels) > _MOST_PANELS:
            _panels.popitem(last=False)
    return html


def _values(view: FacetView) -> list[Markup]:
    """Return the values of a facet as HTML."""
    found = []
    for value, (key, words) in zip(view.values, words_of(view), strict=True):
        id_ = (view.name, key, words, value.swatch)
        html = _values_rendered.get(id_)
        if html is None:
            if len(_values_rendered) >= _MOST_VALUES:
                _values_rendered.clear()
            template = current_app.jinja_env.get_template("catalog/_facet_value.html")
            html = _values_rendered[id_] = template.render(
                facet=view.name, key=key, words=words, swatch=value.swatch, css=_CSS, state=_STATE, count=_COUNT
            )
        none = not value.count and not value.chosen
        html = html.replace(_CSS, " facet__value--none" if none else "", 1)
        html = html.replace(_STATE, " checked" if value.chosen else " disabled" if none else "", 1)
        before, _mark, after = html.rpartition(_COUNT)
        found.append(Markup(f"{before}{value.count}{after}"))  # noqa: S704 - our own template
    return found
