"""Links that leave the page (mail, redirects) and the paths that visitors hand us."""

import re
from urllib.parse import unquote

from flask import current_app, url_for

from store.shop import queries

__all__ = ["external", "public_base", "safe_next", "url_for"]

_FORBIDDEN = re.compile(r"[\\\x00-\x20\x7f]")


def public_base() -> str:
    """Return `PUBLIC_URL` without a trailing slash: the base of every absolute link, whatever Host was asked."""
    base: str = current_app.config["BASE_URL"]
    return base


def external(path_or_endpoint: str, market: str | None = None, **values: object) -> str:
    """Return an absolute link for mail and payment providers, from a path or an endpoint, with or without a request.

    `market` is a market's code; its prefix goes in front. Raises werkzeug's `BuildError` for an unknown endpoint.
    """
    if path_or_endpoint.startswith("/"):
        path = path_or_endpoint
    else:
        adapter = current_app.url_map.bind("localhost")
        path = adapter.build(path_or_endpoint, values, force_external=False)
    prefix = queries.get_market(market).prefix if market is not None else ""
    return f"{public_base()}/{prefix}{path}" if prefix else f"{public_base()}{path}"


def safe_next(path: str | None, default: str = "/") -> str:
    """Return a path of our own to go on to, or `default` for anything that could lead elsewhere."""
    if not path or len(path) > 2000:
        return default
    # Twice, because a proxy on the way may decode once more than we do.
    for candidate in (path, unquote(path), unquote(unquote(path))):
        if (
            not candidate.startswith("/")
            or candidate.startswith("//")
            or _FORBIDDEN.search(candidate.partition("?")[0])
        ):
            return default
    # Browsers drop these from anywhere in a URL before they read it.
    if any(character in path for character in "\t\r\n\0\\"):
        return default
    return path
