"""Refuses writes that another site makes in a visitor's name.

The first check is global and needs no token, so cached pages can hold forms: the browser itself says where the request
comes from. Forms on secret pages carry Flask-WTF's token besides.
"""

from urllib.parse import urlsplit

from flask import Flask, current_app, g, request
from flask_wtf.csrf import CSRFProtect, validate_csrf
from wtforms import ValidationError

from store.core.errors import Forbidden, Invalid
from store.core.i18n import gettext as _
from store.core.settings import Settings


class CrossSite(Forbidden):
    """The browser did not say that the form came from this shop."""


class StaleForm(Invalid):
    """The form's token is missing or belongs to another session: mostly a page left open for long."""

    status = 400


def init_app(app: Flask, settings: Settings) -> None:
    """Prepare both checks; the policy of a route decides which of them run."""
    app.config.update(
        WTF_CSRF_CHECK_DEFAULT=False,
        # The token lives as long as its session: a checkout left open over lunch still works.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=False,
    )
    CSRFProtect(app)
    parts = urlsplit(settings.base_url)
    app.extensions["store.origin"] = f"{parts.scheme}://{parts.netloc}"
    app.extensions["store.own_host_counts"] = not settings.is_production
    app.extensions["store.csrf_keys"] = (
        settings.secret_key.get_secret_value() or app.secret_key,
        *settings.secret_key_fallbacks,
    )


def check_origin() -> None:
    """Raise `CrossSite` unless the request was made by a page of this shop or by the visitor directly."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        if site not in ("same-origin", "none"):
            raise CrossSite(_("This form was sent from another site. Please open the page here and try again."))
        return
    origin = request.headers.get("Origin")
    extensions = current_app.extensions
    own = origin is not None and (
        origin == extensions["store.origin"]
        # The host was checked against the trusted ones before any page ran.
        or (extensions["store.own_host_counts"] and origin == f"{request.scheme}://{request.host}")
    )
    if not own:
        raise CrossSite(_("Your browser did not say where this form came from. Please reload the page and try again."))


def check_token() -> None:
    """Raise `StaleForm` unless the form carries this session's token, signed by the current key or a former one."""
    token = request.form.get("csrf_token") or request.headers.get("X-CSRFToken")
    for key in current_app.extensions["store.csrf_keys"]:
        try:
            validate_csrf(token, secret_key=key)
        except ValidationError:
            continue
        g.csrf_valid = True
        return
    raise StaleForm(_("This page has been open for too long. Please reload it and try again."))
