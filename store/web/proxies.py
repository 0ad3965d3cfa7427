"""Whose forwarded headers count: those of the listed proxies, and nobody else's."""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

Address = IPv4Address | IPv6Address

# Taken out of every request, listed peer or not: no code of ours reads them, so no page can reflect them.
_NEVER = (
    "HTTP_X_FORWARDED_PREFIX",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_SERVER",
    "HTTP_X_ORIGINAL_URL",
    "HTTP_X_REWRITE_URL",
    "HTTP_X_HTTP_METHOD_OVERRIDE",
    "HTTP_FORWARDED",
    "HTTP_PROXY",
)
_FROM_PROXIES = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_REQUEST_ID",
    "HTTP_CF_IPCOUNTRY",
)


# Set by us; what visitors send comes in under other names.
_LISTED = "store.behind_proxy"


def is_behind_proxy(environ: Mapping[str, Any]) -> bool:
    """Whether a listed proxy has sent this request on, which reads answers as fast as they come."""
    return environ.get(_LISTED) is True


class TrustedProxies:
    """WSGI layer that puts the true peer, scheme and host into the environment.

    The visitor's address is the rightmost one of `X-Forwarded-For` that is not a listed proxy itself: what stands
    left of it was written by the visitor. Raises `ValueError` at start for a range that is none.
    """

    def __init__(self, inner: WSGIApplication, ranges: Iterable[str]) -> None:
        self._inner = inner
        self._networks = tuple(ip_network(entry, strict=False) for entry in ranges)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        for name in _NEVER:
            environ.pop(name, None)
        if self._networks and self._lists(environ.get("REMOTE_ADDR", "")):
            environ[_LISTED] = True
            self._believe(environ)
        else:
            for name in _FROM_PROXIES:
                environ.pop(name, None)
        return self._inner(environ, start_response)

    def _believe(self, environ: dict[str, Any]) -> None:
        hops = [hop.strip() for hop in environ.pop("HTTP_X_FORWARDED_FOR", "").split(",")]
        for hop in reversed(hops):
            address = _parse(hop)
            if address is None:
                break
            environ["REMOTE_ADDR"] = str(address)
            if not self._lists(hop):
                break
        scheme = environ.pop("HTTP_X_FORWARDED_PROTO", "").rpartition(",")[2].strip().lower()
        if scheme in ("http", "https"):
            environ["wsgi.url_scheme"] = scheme
        host = environ.pop("HTTP_X_FORWARDED_HOST", "").rpartition(",")[2].strip()
        if host:
            environ["HTTP_HOST"] = host

    def _lists(self, text: str) -> bool:
        address = _parse(text)
        return address is not None and any(address in network for network in self._networks)


def _parse(text: str) -> Address | None:
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
