"""Collections and products, as pages that are the same for everyone."""

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, make_response, redirect, request, url_for
from markupsafe import Markup

from store.catalog.cards import cards_html
from store.catalog.handles import is_handle
from store.catalog.listing import list_page
from store.catalog.looks import look_of
from store.catalog.pages import product_context, surprise_url
from store.catalog.queries import ProductView, find_collection, get_product, list_collections
from store.catalog.queries.categories import find_category, list_above, list_children
from store.catalog.queries.facets import everything, in_category, in_collection
from store.catalog.queries.garments import find_recipe
from store.catalog.queries.named import list_named
from store.catalog.sanitize import clean_again
from store.core.db import only_reads
from store.core.errors import NotFound
from store.core.i18n import current_locale
from store.core.i18n import gettext as _
from store.films.queries import list_captions, shown_at_first
from store.media.composing.making import get_or_make
from store.media.storage import CACHE_CONTROL, content_type_of
from store.web.cache_tags import tag
from store.web.hypermedia import render
from store.web.markets import current_prices
from store.web.policy import personal, public
from store.web.security import content_security_policy
from store.web.urls import public_base

blueprint = Blueprint("catalog", __name__)
blueprint.before_request(only_reads)

# A quantity in the address is only carried on to the field; longer ones are nobody's wish.
_MOST_QUANTITY_DIGITS = 4

# What a browser remembers of the products it has seen.
_MOST_HANDLES = 12
_LONGEST_HANDLES = 12 * 256


@blueprint.app_template_global("nav_collections")
def nav_collections() -> list[dict[str, Any]]:
    """Return the collections as links, in the merchant's order, with picture and number of products."""
    return [
        {
            "handle": one.handle,
            "title": one.title,
            "href": url_for("catalog.show_collection", handle=one.handle),
            "picture": one.picture,
            "count": one.count,
        }
        for one in list_collections(current_prices())
    ]


@blueprint.get("/collections/<handle>")
@public()
def show_collection(handle: str) -> Response:
    """Show a collection; `all` is everything."""
    prices = current_prices()
    collection = find_collection(handle, prices)
    if collection is None:
        raise NotFound(_("We don't have this collection."), handle=handle)
    tag(f"collection-{collection.id}" if collection.id else "lists")
    scope = in_collection(collection.id) if collection.id else everything()
    return render(
        "catalog/collection.html",
        collection=collection,
        title=collection.title or _("Everything"),
        here=handle,
        **list_page(scope, url_for("catalog.show_collection", handle=handle)),
    )


@blueprint.app_template_global("nav_categories")
def nav_categories() -> list[dict[str, Any]]:
    """Return the roots of the categories as links, in the merchant's order."""
    return [
        {"title": one.title, "href": url_for("catalog.show_category", handle=one.handle), "count": one.count}
        for one in list_children(None, current_prices())
    ]


@blueprint.get("/categories/<handle>")
@public()
def show_category(handle: str) -> Response:
    """Show a category: what is in it and below it, and the way to the categories around."""
    prices = current_prices()
    category = find_category(handle, prices)
    if category is None:
        raise NotFound(_("We don't have this category."), handle=handle)
    tag(f"category-{category.id}")
    return render(
        "catalog/category.html",
        category=category,
        above=[
            (one.title, url_for("catalog.show_category", handle=one.handle)) for one in list_above(category, prices)
        ],
        children=list_children(category.id, prices),
        here="",
        **list_page(in_category(category.id), url_for("catalog.show_category", handle=handle)),
    )


@blueprint.get("/products/<handle>")
@public()
def show_product(handle: str) -> Response:
    """Show a product with the options of the address chosen."""
    quantity = request.args.get("quantity", "")
    if not (quantity.isascii() and quantity.isdigit() and len(quantity) <= _MOST_QUANTITY_DIGITS):
        quantity = "1"
    context = product_context(handle, request.args, quantity=quantity)
    return _framing(render("catalog/product.html", **context), context["product"])


@blueprint.get("/products/<handle>/films/<int:film_id>")
@public()
def show_film(handle: str, film_id: int) -> Response:
    """Show one film of a product, playing. Its product's page takes the player from here when it is wanted."""
    product, _around = get_product(handle, current_prices())
    film = next((one for one in product.films if one.id == film_id), None)
    if film is None:
        raise NotFound(_("This film is not here any more."), film_id=film_id)
    tag(f"product-{product.id}")
    captions = list_captions(film.id)
    path = url_for("catalog.show_product", handle=product.handle)
    page = render(
        "catalog/film.html",
        product=product,
        film=film,
        captions=captions,
        captions_here=shown_at_first(captions, current_locale()),
        path=path,
        canonical=public_base() + path,
    )
    return _framing(page, product)


@blueprint.get("/media/compose/<name>")
@public()
def show_composed(name: str) -> Response:
    """Send a composed picture; it is made when nobody has asked for it before."""
    response = make_response(get_or_make(name, find_recipe))
    response.content_type = content_type_of(name)
    response.headers["Cache-Control"] = CACHE_CONTROL
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


@blueprint.get("/looks/<handle>/<tag>.css")
@public()
def show_look(handle: str, tag: str) -> Response:
    """Send what the layers of a product show for each of its values."""
    product, _around = get_product(handle, current_prices())
    found = look_of(product)
    if found is None:
        raise NotFound(_("We don't have this product."), handle=handle)
    response = make_response(found[1])
    response.content_type = "text/css; charset=utf-8"
    # A page of yesterday may ask for what it said then: it gets what is said now, for a moment.
    response.headers["Cache-Control"] = CACHE_CONTROL if found[0] == tag else "public, no-cache"
    return response


@blueprint.get("/-/surprise/<handle>")
@personal
def surprise(handle: str) -> Any:
    """Lead to a choice of a product by chance: each time another, so the page that links here stays the same."""
    return redirect(surprise_url(handle), 303)


@blueprint.app_template_filter("cleaned")
def cleaned(html: str) -> Markup:
    """Return a stored description for a page, cleaned once more: what is in a table may not have come by our doors."""
    return Markup(clean_again(html))  # noqa: S704 - cleaned just now


@blueprint.get("/-/recently-viewed")
@personal
def show_recently_viewed() -> Response:
    """Turn the handles that a browser remembers into cards; what is no handle or not on sale is left out."""
    asked = request.args.get("handles", "")[:_LONGEST_HANDLES].split(",")[:_MOST_HANDLES]
    handles = [handle for handle in dict.fromkeys(asked) if is_handle(handle)]
    refs = list_named(handles, current_prices()) if handles else ()
    return render(
        "catalog/_recent.html", headers={"Cache-Control": "private, max-age=60"}, cards=cards_html(refs, eager=0)
    )


def _framing(page: Response, product: ProductView) -> Response:
    """Let a page show the players of its films, where a streaming service has them."""
    players = [urlsplit(one.embed_url) for one in product.films if one.embed_url]
    origins = sorted({f"{one.scheme}://{one.netloc}" for one in players})
    if origins:
        policy = content_security_policy(current_app.extensions["store.settings"].media_public_url, frames=origins)
        page.headers["Content-Security-Policy"] = policy
    return page
