"""The home page and the written pages."""

from flask import Blueprint, Response, url_for
from flask.globals import app_ctx
from werkzeug.wrappers import Response as BaseResponse

from store.catalog.cards import cards_html
from store.catalog.queries import FRONTPAGE, find_collection, list_products, list_selected
from store.content import machines, missing, queries
from store.core.db import only_reads
from store.core.errors import NotFound
from store.shop.queries import MarketFacts
from store.web.cache_tags import FRAME, tag
from store.web.hypermedia import render
from store.web.markets import alternates, current_prices, known_markets
from store.web.policy import public
from store.web.urls import public_base

blueprint = Blueprint("content", __name__)
blueprint.before_request(only_reads)

_SELECTED = 8

_ENDPOINTS = {"page": "content.show_page", "policy": "content.show_policy"}


@blueprint.app_errorhandler(NotFound)
@blueprint.app_errorhandler(404)
def show_missing(error: Exception) -> BaseResponse:
    """Answer for every page that is not there."""
    return missing.answer(error)


@blueprint.after_app_request
def count_visits(response: Response) -> Response:
    """Write now and then how often missing pages were asked for."""
    missing.count_visits(app_ctx.app, response)
    return response


@blueprint.app_template_global("footer_pages")
def footer_pages(kind: str) -> list[dict[str, str]]:
    """Return the pages of a kind, `page` or `policy`, as links."""
    return [
        {"handle": one.handle, "title": one.title, "href": url_for(_ENDPOINTS[kind], handle=one.handle)}
        for one in queries.list_titles(kind)
    ]


@blueprint.app_template_global("all_markets")
def all_markets() -> tuple[MarketFacts, ...]:
    """Return every market, the default first: the foot of the page leads to this page in each."""
    return known_markets()


blueprint.add_app_template_global(alternates)


@blueprint.app_template_global("shop_story")
def shop_story() -> queries.PageText | None:
    """Return the page that tells the shop's story, if there is one."""
    return queries.find_page("page", queries.STORY)


@blueprint.get("/")
@public()
def show_home() -> Response:
    """Show the shop window: what the collection `frontpage` says, the shelves, a selection, the story."""
    prices = current_prices()
    front = find_collection(FRONTPAGE, prices)
    tag("home", "lists", f"page-page-{queries.STORY}", *([f"collection-{front.id}"] if front else []))
    if front is not None and front.count:
        refs = list_products(front, prices, limit=_SELECTED).refs
    else:
        refs = list_selected(prices, limit=_SELECTED)
    return render(
        "content/home.html",
        front=front,
        cards=cards_html(refs, eager=0),
        canonical=public_base() + url_for("content.show_home"),
    )


@blueprint.get("/pages/<handle>")
@public()
def show_page(handle: str) -> Response:
    """Show a written page."""
    return _show("page", handle)


@blueprint.get("/policies/<handle>")
@public()
def show_policy(handle: str) -> Response:
    """Show a legal text."""
    return _show("policy", handle)


@blueprint.get("/robots.txt")
@public(max_age=3600)
def show_robots() -> Response:
    """Answer crawlers."""
    return machines.robots()


@blueprint.get("/sitemap.xml")
@public(max_age=3600)
def show_sitemap() -> Response:
    """Answer crawlers with every public page."""
    tag("lists", FRAME)
    return machines.sitemap()


@blueprint.get("/sitemap-<part>.xml")
@public(max_age=3600)
def show_sitemap_part(part: str) -> Response:
    """Answer crawlers of a large shop with one part of its pages."""
    tag("lists", FRAME)
    return machines.sitemap_part(part)


def _show(kind: str, handle: str) -> Response:
    text = queries.get_page(kind, handle)
    tag(f"page-{kind}-{handle}")
    canonical = public_base() + url_for(_ENDPOINTS[kind], handle=handle)
    return render("content/page.html", text=text, canonical=canonical)
