"""What a product's page tells search engines, in the words of schema.org: nothing that the page does not show."""

import json
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode, urljoin

from flask import url_for
from markupsafe import Markup

from store.catalog.queries import Choice, ProductView, VariantView, address_of
from store.core.i18n import gettext as _
from store.core.money import Money
from store.media.storage import media_url
from store.web.markets import current_shop
from store.web.urls import public_base

# Search engines read no more variants than this of one page, and no more pictures.
_MOST_OFFERS = 50
_MOST_PICTURES = 8


def describe_product(product: ProductView, choice: Choice, url: str) -> Markup:
    """Return a product with its offers, in the currency and at the prices of this page."""
    about: dict[str, Any] = {
        "@context": "https://schema.org",
        "name": product.title,
        "url": url,
        "description": Markup(product.description_html).striptags()[:500],  # noqa: S704 - tags are taken out
        "brand": {"@type": "Brand", "name": product.vendor or current_shop().name},
    }
    pictures = [
        urljoin(public_base() + "/", media_url(one.key, one.widths[-1]))
        for one in product.gallery(choice)[:_MOST_PICTURES]
    ]
    if pictures:
        about["image"] = pictures
    if product.options:
        address = address_of(product.options)
        about |= {"@type": "ProductGroup", "productGroupID": str(product.id)}
        about["variesBy"] = [axis.name for axis in choice.axes]
        about["hasVariant"] = [
            {"@type": "Product", "name": product.title, "sku": variant.sku or str(variant.id), "offers": offer}
            for variant in _offered(product, choice)
            if (offer := _offer(variant, f"{url}?{urlencode(address(variant.value_ids))}"))
        ]
        span = _span(product)
    else:
        variant = choice.variant
        about |= {"@type": "Product", "sku": (variant.sku if variant else None) or str(product.id)}
        span = _offer(variant, url) if variant is not None else None
    if span is not None:
        about["offers"] = span
    return _script(about)


def describe_trail(trail: Sequence[tuple[str, str]]) -> Markup:
    """Return the way from the shop window to a page; `trail` has title and path of each step, the page itself last."""
    steps = [(_("Home"), url_for("content.show_home")), *trail]
    return _script(
        {
            "@context": "https://schema.org",
            "@type": "BreadcrumbList",
            "itemListElement": [
                {"@type": "ListItem", "position": place, "name": title, "item": public_base() + path}
                for place, (title, path) in enumerate(steps, 1)
            ],
        }
    )


def _offered(product: ProductView, choice: Choice) -> Iterable[VariantView]:
    """Return the variants that search engines are told of; of one made to order, this choice and those next to it."""
    if product.graph is None or not choice.axes:
        return product.variants[:_MOST_OFFERS]
    return product.graph.around(tuple(axis.chosen.id for axis in choice.axes), _MOST_OFFERS)


def _offer(variant: VariantView, url: str) -> dict[str, Any] | None:
    if variant.amount is None:
        return None
    return {
        "@type": "Offer",
        "url": url,
        "price": str(variant.amount.decimal()),
        "priceCurrency": variant.amount.currency,
        "availability": _availability(there=variant.can_be_bought),
    }


def _span(product: ProductView) -> dict[str, Any] | None:
    """Return the prices from the lowest to the highest of what has rows; the choices of a graph have no end."""
    amounts: list[Money] = [one.amount for one in product.variants if one.amount is not None]
    if product.graph is not None or not amounts:
        return None
    low, high = (find(amounts, key=lambda one: one.minor) for find in (min, max))
    return {
        "@type": "AggregateOffer",
        "lowPrice": str(low.decimal()),
        "highPrice": str(high.decimal()),
        "priceCurrency": low.currency,
        "offerCount": len(amounts),
        "availability": _availability(there=any(one.can_be_bought for one in product.variants)),
    }


def _availability(*, there: bool) -> str:
    return f"https://schema.org/{'InStock' if there else 'OutOfStock'}"


def _script(about: dict[str, Any]) -> Markup:
    # A title that holds "</script>" must not end the element.
    return Markup(json.dumps(about, ensure_ascii=False).replace("<", "\\u003c"))  # noqa: S704
