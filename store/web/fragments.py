"""Parts of the page's frame that change rarely, rendered once every few seconds: navigation, footer."""

import time

from flask import Flask, current_app
from markupsafe import Markup

from store.core.i18n import current_locale
from store.web.markets import current_market, current_prices

# A change of what they show is seen everywhere after at most this many seconds.
REMEMBER_SECONDS = 5.0

# Names come from our templates, but `here` may come from an address.
_MOST_REMEMBERED = 500

_Key = tuple[object, ...]

_remembered: dict[_Key, tuple[float, Markup]] = {}


def init_app(app: Flask) -> None:
    """Give templates `remembered("_components/site_nav.html", here="mugs")`."""
    app.jinja_env.globals["remembered"] = remembered


def remembered(template: str, **names: str) -> Markup:
    """Return the template rendered for this market and locale; it sees these names and the globals, nothing else."""
    key: _Key = (template, current_market().code, current_prices(), current_locale(), *sorted(names.items()))
    until, html = _remembered.get(key, (0.0, Markup()))
    if time.monotonic() >= until:
        html = Markup(current_app.jinja_env.get_template(template).render(names))  # noqa: S704 - our own template
        if len(_remembered) >= _MOST_REMEMBERED:
            _remembered.clear()
        _remembered[key] = (time.monotonic() + REMEMBER_SECONDS, html)
    return html


def forget() -> None:
    """Render everything anew."""
    _remembered.clear()
