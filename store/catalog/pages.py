"""What the product page needs, for the route that shows it and for the cart when it sends a shopper back to it."""

from collections import OrderedDict
from collections.abc import Mapping
from random import Random
from typing import Any
from urllib.parse import urlencode, urljoin

from flask import current_app, url_for
from markupsafe import Markup

from store.catalog.cards import cards_html
from store.catalog.looks import look_of
from store.catalog.queries import (
    Choice,
    ProductView,
    address_of,
    find_choice,
    find_lowest_before,
    get_product,
)
from store.catalog.queries.earlier import spell
from store.catalog.structured import describe_product, describe_trail
from store.core.clock import now
from store.core.i18n import current_locale
from store.core.money import Money
from store.media.storage import media_url
from store.web.cache_tags import tag
from store.web.markets import current_market, current_prices
from store.web.urls import public_base

# About twelve kilobytes each: a product with one choice of its options, remembered like the cards.
_MOST_BODIES = 600

# Sites that show a link with its picture take no larger ones.
_WIDEST_SHARED = 1280

_bodies: OrderedDict[tuple[Any, ...], Markup] = OrderedDict()


def product_context(
    handle: str, wanted: Mapping[str, str], *, quantity: str = "1", problem: str | None = None
) -> dict[str, Any]:
    """Return the names that `catalog/product.html` expects; raises `NotFound`.

    `quantity` is shown as given; `problem` is a sentence for the shopper, shown where the product is bought.
    1 statement; 3 more when this revision of the product, the price before its reduction, or the card of a neighbour
    is new to the process.
    """
    product, around = get_product(handle, current_prices())
    # Its neighbours name themselves. Who they are may be some minutes behind: told by their shelves, every price of one
    # of them would throw away the pages of all.
    tag(f"product-{product.id}")
    choice = product.choose(wanted)
    path = url_for("catalog.show_product", handle=product.handle)
    names: dict[str, Any] = {
        "product": product,
        "choice": choice,
        "quantity": quantity,
        "problem": problem,
        "promise": _promise(),
        "returns": _returns(),
        "path": path,
        "canonical": public_base() + path,
        "choice_url": choice_url,
        "film_href": lambda film: url_for("catalog.show_film", handle=product.handle, film_id=film.id),
        "surprise": _surprise(product, choice),
        "parts": product.parts.get(choice.variant.id, ()) if choice.variant else (),
        "social": _social(product, choice),
        "look": next(iter(product.composed(choice)), None),
        "look_href": _look_href(product),
    }
    trail = [(title, url_for("catalog.show_category", handle=handle)) for handle, title in around.trail]
    if not trail and around.collection:
        shelf, title = around.collection
        trail = [(title, url_for("catalog.show_collection", handle=shelf))]
    return {
        **names,
        "body": _body(names),
        "collection": around.collection,
        "trail": trail,
        "trail_data": describe_trail([*trail, (product.title, path)]),
        "related": cards_html(around.related, eager=0),
    }


def choice_url(product: ProductView, wanted: Mapping[str, str]) -> str:
    """Return the address of a product with these option fields chosen."""
    path = url_for("catalog.show_product", handle=product.handle)
    return f"{path}?{urlencode(wanted)}" if wanted else path


def surprise_url(handle: str) -> str:
    """Return the address of a choice by chance that can be bought; raises `NotFound`. At most 2 statements."""
    product, _choice = find_choice(handle, {}, current_prices())
    if product.graph is not None:
        found = product.graph.complete([None] * len(product.options), chance=Random())
        values = found or ()
    else:
        there = [variant.value_ids for variant in product.variants if variant.can_be_bought]
        values = Random().choice(there) if there else ()
    return choice_url(product, address_of(product.options)(values))


def _surprise(product: ProductView, choice: Choice) -> str | None:
    """Return where chance chooses, for products with more to choose from than one looks through."""
    if product.graph is None and not any(axis.is_long for axis in choice.axes):
        return None
    return url_for("catalog.surprise", handle=product.handle)


def _social(product: ProductView, choice: Choice) -> dict[str, Any] | None:
    """Return the picture that is seen where somebody shares this choice."""
    picture = next(iter(product.gallery(choice)), None)
    if picture is None:
        return None
    width = max((one for one in picture.widths if one <= _WIDEST_SHARED), default=picture.widths[0])
    return {
        "url": urljoin(public_base() + "/", media_url(picture.key, width, "jpg")),
        "width": width,
        "height": round(picture.height * width / picture.width),
        "alt": picture.alt,
    }


def _look_href(product: ProductView) -> str | None:
    """Return where the stylesheet of its layers is, for a product that pictures are composed of."""
    found = look_of(product)
    return url_for("catalog.show_look", handle=product.handle, tag=found[0]) if found else None


def _promise() -> Any:
    """Return when it would arrive, which the layer above knows: it registers `delivery_promise` for templates."""
    ask = current_app.jinja_env.globals.get("delivery_promise")
    return ask() if callable(ask) else None


def _returns() -> tuple[str, str] | None:
    """Return title and address of the page on sending things back, if the shop has written one."""
    list_pages = current_app.jinja_env.globals.get("footer_pages")
    pages = list_pages("policy") if callable(list_pages) else []
    return next(((page["title"], page["href"]) for page in pages if page["handle"] == "returns"), None)


def _body(names: dict[str, Any]) -> Markup:
    product, choice, promise = names["product"], names["choice"], names["promise"]
    # What somebody looks for is remembered for nobody.
    sought = any(axis.sought for axis in choice.axes)
    plain = names["problem"] is None and names["quantity"] == "1" and not sought
    key = (
        product.id,
        product.revision,
        current_market().code,
        current_prices(),
        current_locale(),
        tuple((axis.chosen.id, axis.is_whole) for axis in choice.axes),
        promise,
        names["returns"],
        current_market().prices_include_tax,
        spell(now()) if _is_reduced(choice) else 0,
    )
    html = _bodies.get(key) if plain else None
    if html is None:
        template = current_app.jinja_env.get_template("catalog/_product.html")
        data = describe_product(product, choice, names["canonical"])
        lowest = _lowest_before(product, choice)
        html = Markup(  # noqa: S704 - our own template
            template.render(
                names,
                lowest_before=lowest,
                currency=current_prices().currency,
                pictures=product.gallery(choice),
                structured_data=data,
            )
        )
        if plain:
            _bodies[key] = html
            while len(_bodies) > _MOST_BODIES:
                _bodies.popitem(last=False)
    return html


def _lowest_before(product: ProductView, choice: Choice) -> Money | None:
    """Return the lowest price before the reduction that is announced, if one is. 1 statement."""
    variant = choice.variant
    if variant is None or not _is_reduced(choice):
        return None
    return find_lowest_before(variant.id, product.revision, current_prices(), current_market().code)


def _is_reduced(choice: Choice) -> bool:
    return choice.variant is not None and choice.variant.compare_at is not None and bool(choice.variant.id)


def forget() -> None:
    """Render every product anew."""
    _bodies.clear()
