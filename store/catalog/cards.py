"""Cards as HTML, remembered in this process under product, revision, market and prices.

A list costs one statement for its ids and revisions, and one more only for cards not seen before. Triggers raise a
product's revision with every change that a card shows, so nothing has to be thrown away by hand.
"""

from collections import OrderedDict
from collections.abc import Sequence

from flask import current_app
from markupsafe import Markup

from store.catalog.queries import Ref, list_cards
from store.core.i18n import current_locale
from store.shop.prices import PriceScope
from store.web.cache_tags import tag
from store.web.markets import current_market, current_prices

# About one kilobyte each.
_MOST_REMEMBERED = 6000

# The first row of a wide screen is seen at once and not loaded lazily.
_EAGER = 4

_remembered: OrderedDict[tuple[int, int, str, PriceScope, str, bool], Markup] = OrderedDict()


def cards_html(refs: Sequence[Ref], *, eager: int = _EAGER) -> list[Markup]:
    """Return the cards of these products in their order; the first `eager` load their picture at once.

    A product that went away between two statements is left out. At most 1 statement.
    """
    market, prices, locale = current_market(), current_prices(), current_locale()
    tag(*(f"product-{ref.product_id}" for ref in refs))
    keys = [
        (ref.product_id, ref.revision, market.code, prices, locale, place < eager) for place, ref in enumerate(refs)
    ]
    missing = [key[0] for key in keys if key not in _remembered]
    if missing:
        cards = list_cards(missing, prices)
        template = current_app.jinja_env.get_template("catalog/_card.html")
        for key in keys:
            card = cards.get(key[0])
            if card is not None and key not in _remembered:
                # Under the revision it was read at, which may be newer than the one the list saw.
                html = Markup(template.render(card=card, eager=key[-1]))  # noqa: S704 - our own template
                _remembered[key] = _remembered[(key[0], card.revision, *key[2:])] = html
        while len(_remembered) > _MOST_REMEMBERED:
            _remembered.popitem(last=False)
    return [_remembered[key] for key in keys if key in _remembered]


def forget() -> None:
    """Render every card anew."""
    _remembered.clear()
