"""The results of a search, at an address that can be kept, and what is suggested while a shopper types."""

import re
from typing import Any

from flask import Blueprint, Response, make_response, render_template, request, url_for
from sqlalchemy.exc import DBAPIError

from store.catalog.cards import cards_html
from store.catalog.listing import list_page
from store.catalog.queries import CollectionFacts, facets, list_cards, list_collections, list_selected
from store.catalog.queries.facets import count_scope
from store.core import log
from store.core.db import do_without, only_reads, transaction
from store.search import queries, services
from store.search.engine import MOST_FOUND
from store.search.folding import LONGEST_QUERY, fold
from store.search.queries import Found
from store.shop.prices import PriceScope
from store.web.cache_tags import tag
from store.web.hypermedia import render
from store.web.markets import current_prices
from store.web.policy import public

blueprint = Blueprint("search", __name__)
blueprint.before_request(only_reads)

_SUGGESTED = 4
_SHORTEST_SUGGESTED = 2
_SUGGESTED_QUERIES = 4
_SUGGESTED_SHELVES = 2
_SUGGESTED_PRODUCTS = 4

_BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")

logger = log.get_logger(__name__)


@blueprint.get("/search")
@public()
def show_results() -> Response:
    """Show what `q` finds, to be narrowed down like every list; without any, ways to go on.

    `exact=1` corrects nothing.
    """
    prices = current_prices()
    tag("search", "lists")
    query = _asked()
    literal = request.args.get("exact") == "1"
    found, failed = _find(query, prices, literal=literal)
    scope = facets.found(found.product_ids)
    fields = {"q": query, "exact": "1"} if literal else {"q": query}
    run = list_page(scope, url_for("search.show_results"), fields=fields)
    nothing = not count_scope(scope, prices)
    if query and nothing and not failed:
        _note_miss(query)
    return render(
        "search/results.html",
        query=query,
        words=fold(query),
        failed=failed,
        literal=literal,
        hits=found.hits,
        sku=found.sku,
        most=MOST_FOUND,
        found_nothing=nothing,
        collections=list_collections(prices) if nothing else (),
        suggested=cards_html(list_selected(prices, limit=_SUGGESTED), eager=0) if nothing else [],
        **run,
    )


@blueprint.get("/search/suggest")
@public(max_age=60)
def show_suggestions() -> Response:
    """Show what the beginning of a query may become, as the options of a list box; empty when there is nothing."""
    prices = current_prices()
    tag("search", "lists")
    query = _asked()
    names: dict[str, Any] = {"query": query, "completions": (), "shelves": (), "products": (), "total": 0, "sku": None}
    if len(fold(query)) >= _SHORTEST_SUGGESTED:
        try:
            names |= _suggestions(query, prices)
        except DBAPIError as error:
            _note_failure(query, error)
    response = make_response(render_template("search/_suggestions.html", **names))
    response.headers["X-Robots-Tag"] = "noindex"
    return response


def _asked() -> str:
    return _BLANK.sub(" ", request.args.get("q", ""))[:LONGEST_QUERY].strip()


def _find(query: str, prices: PriceScope, *, literal: bool) -> tuple[Found, bool]:
    """Return what is found, and whether the database took too long over it: then the page says so."""
    try:
        return queries.look_up(query, prices, literal=literal), False
    except DBAPIError as error:
        _note_failure(query, error)
        return Found(), True


def _note_failure(query: str, error: DBAPIError) -> None:
    do_without(error)
    logger.warning("a search failed", error=type(error.orig).__name__, length=len(query))


def _suggestions(query: str, prices: PriceScope) -> dict[str, Any]:
    found, completions = queries.suggest(query, prices, most=_SUGGESTED_QUERIES)
    if not completions and found.hits.corrected:
        completions = (found.hits.searched,)
    first = found.product_ids[:_SUGGESTED_PRODUCTS]
    cards = list_cards(first, prices)
    return {
        "completions": [one for one in completions if fold(one) != fold(query)],
        "shelves": _shelves(query, prices),
        "products": [cards[id_] for id_ in first if id_ in cards],
        "total": len(found.product_ids),
        "capped": found.hits.capped,
        "sku": found.sku,
    }


def _shelves(query: str, prices: PriceScope) -> list[CollectionFacts]:
    """Return the collections whose title begins with the words typed."""
    typed = fold(query).split()
    fitting = [
        one
        for one in list_collections(prices)
        if all(any(word.startswith(begin) for word in fold(one.title).split()) for begin in typed)
    ]
    return fitting[:_SUGGESTED_SHELVES]


def _note_miss(query: str) -> None:
    try:
        with transaction():
            services.note_miss(query)
    except DBAPIError as error:
        # Counting is a courtesy to staff; the shopper's page does not depend on it.
        logger.warning("a search without result could not be counted", error=type(error.orig).__name__)
