"""The results of a search, at an address that can be kept."""

import re

from flask import Blueprint, Response, request, url_for

from store.catalog.cards import cards_html
from store.catalog.listing import PAGE_SIZE, listing_context
from store.catalog.queries import list_collections, list_selected, search_titles
from store.core.db import only_reads
from store.web.hypermedia import render
from store.web.markets import current_prices
from store.web.pagination import page_number
from store.web.policy import public

blueprint = Blueprint("search", __name__)
blueprint.before_request(only_reads)

# Longer words are cut: no title is that long, and the page repeats them.
_MOST_CHARACTERS = 120
_SUGGESTED = 4

_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]+")


@blueprint.get("/search")
@public()
def show_results() -> Response:
    """Show the products whose title holds every word of `q`; without any, ways to go on."""
    prices = current_prices()
    query = _BLANK.sub(" ", request.args.get("q", ""))[:_MOST_CHARACTERS].strip()
    page = page_number(request.args)
    begin = listing_context(page * PAGE_SIZE, page)
    listing = search_titles(query, prices, first=begin["first"], limit=begin["limit"])
    found = cards_html(listing.refs)
    return render(
        "search/results.html",
        query=query,
        cards=found,
        collections=list_collections(prices) if not found else (),
        suggested=cards_html(list_selected(prices, limit=_SUGGESTED), eager=0) if not found else [],
        href_for=lambda number: url_for("search.show_results", q=query, **({"page": number} if number > 1 else {})),
        **listing_context(listing.count, page),
    )
