"""The WSGI layers round Flask: what happens to a request before the application sees it."""

import functools
from wsgiref.types import WSGIApplication

from flask import Flask

from store.core.settings import Settings
from store.web import errors
from store.web.assets import StaticFiles
from store.web.guards import RequestGuard
from store.web.markets import MarketPrefixes
from store.web.proxies import TrustedProxies
from store.web.requests import RequestBoundary


def wrap(app: Flask, settings: Settings) -> None:
    """Put the WSGI layers round Flask, innermost first."""
    bare_page = functools.partial(errors.bare_page, app)
    layers: WSGIApplication = MarketPrefixes(app.wsgi_app, app)
    layers = StaticFiles(layers, app.extensions["store.assets"])
    layers = RequestGuard(layers, settings, bare_page)
    layers = RequestBoundary(layers, settings, bare_page)
    app.wsgi_app = TrustedProxies(layers, settings.trusted_proxy_cidrs)  # type: ignore[method-assign]
