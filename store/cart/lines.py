"""Lines of carts as HTML, remembered in this process: a cart that changes by one line renders one line.

What of a line is the same in every cart, its picture and its title, is rendered once for a variant and revision.
"""

from collections import OrderedDict
from typing import Any

from flask import current_app
from markupsafe import Markup

from store.cart.queries import Line
from store.core.i18n import current_locale
from store.web.markets import current_market

# About a kilobyte each.
_MOST_THINGS = 5000
# About two and a half.
_MOST_LINES = 2000

_Remembered = OrderedDict[tuple[object, ...], Markup]

_things: _Remembered = OrderedDict()
_lines: _Remembered = OrderedDict()


def line_html(line: Line, place: str, problem: str) -> Markup:
    """Return a line with its forms; `place` is `page` or `drawer`, `problem` a sentence for the shopper or nothing."""
    known = (line.id, line.revision, line.quantity, line.unit, line.was, line.tier_from, place, problem)
    return _remember(_lines, _MOST_LINES, known, "cart/_line.html", line=line, place=place, problem=problem)


def thing_html(line: Line) -> Markup:
    """Return the picture and the title of a line, linked to its product."""
    return _remember(_things, _MOST_THINGS, (line.variant_id, line.revision), "cart/_thing.html", line=line)


def _remember(memory: _Remembered, most: int, known: tuple[object, ...], template: str, **names: Any) -> Markup:
    key = (*known, current_market().code, current_locale())
    html = memory.get(key)
    if html is None:
        rendered = current_app.jinja_env.get_template(template).render(names)
        html = memory[key] = Markup(rendered)  # noqa: S704 - our own template
        while len(memory) > most:
            memory.popitem(last=False)
    return html
