"""Fetches a file from an address that somebody wrote into an import: public hosts only, by https, within bounds.

A name is resolved once, and the connection goes to the address that was judged: a name server that answers differently
the second time gains nothing.
"""

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import SplitResult, urljoin, urlsplit

from store.core.errors import Invalid, Unavailable
from store.core.i18n import gettext as _
from store.media.renditions import MAX_BYTES

DEADLINE_SECONDS = 10.0
MAX_REDIRECTS = 3

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# The server may do better later: asked too often, or in trouble.
_PASSING = frozenset({408, 425, 429})
_CHUNK = 64 * 1024

# `is_global` calls them global, and they lead to whatever IPv4 address is embedded in them.
_TRANSLATED = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("2002::/16"))

Resolve = Callable[[str, int], list[str]]
Connect = Callable[[str, int, str, float], socket.socket]


@dataclass(frozen=True)
class _Answer:
    status: int
    location: str | None
    body: bytes


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host; raises `OSError` when the name is not known or there is no network."""
    return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]


def connect(address: str, port: int, host: str, timeout: float) -> socket.socket:
    """Return a TLS connection to an address, whose certificate must be good for `host`; raises `OSError`."""
    plain = socket.create_connection((address, port), timeout=timeout)
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    except OSError:
        plain.close()
        raise


def is_public(address: str) -> bool:
    """Whether an IP address lies in the open internet, not in this machine, its network or a cloud's inside."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            return is_public(str(ip.ipv4_mapped))
        if any(ip in network for network in _TRANSLATED):
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def fetch(url: str, *, resolve: Resolve = resolve, connect: Connect = connect) -> bytes:
    """Return the bytes behind an https address.

    Raises `Invalid` for an address that is refused or has no such file, `Unavailable` when trying later may help.
    """
    deadline = time.monotonic() + DEADLINE_SECONDS
    for _hop in range(MAX_REDIRECTS + 1):
        parts = _checked(url)
        try:
            answer = _ask(parts, deadline, resolve, connect)
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(_("The picture's host could not be reached."), reason=type(error).__name__) from error
        if answer.status == 200:
            return answer.body
        if answer.status not in _REDIRECTS or not answer.location:
            if answer.status >= 500 or answer.status in _PASSING:
                raise Unavailable(_("The picture's host answered %(status)s.", status=answer.status))
            raise Invalid(_("The picture's host answered %(status)s.", status=answer.status), field="image")
        url = urljoin(url, answer.location)
    raise Invalid(_("The picture's host sends us round in circles."), field="image")


def _checked(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise Invalid(_("This is not an address of a picture."), field="image") from error
    host = parts.hostname or ""
    if parts.scheme != "https" or not host or not host.isascii():
        raise Invalid(_("Pictures are fetched from https addresses only."), field="image")
    if parts.username is not None or port not in (None, 443):
        raise Invalid(_("This is not an address of a public picture."), field="image")
    if any(character <= " " or character > "~" for character in parts.path + parts.query):
        raise Invalid(_("This is not an address of a picture."), field="image")
    return parts


def _ask(parts: SplitResult, deadline: float, resolve: Resolve, connect: Connect) -> _Answer:
    host = parts.hostname or ""
    addresses = resolve(host, 443)
    if not addresses:
        raise OSError("no address")
    # One bad address among good ones is how rebinding begins, so the whole answer is refused.
    if not all(is_public(address) for address in addresses):
        raise Invalid(_("This address does not lead to a public host."), field="image")
    connection = http.client.HTTPConnection(host, 443)
    connection.sock = sock = _connect_to_one(addresses, host, deadline, connect)
    # A timeout is for each read, and there are many in an answer's headers: this one is for all of them together.
    watch = threading.Timer(_left(deadline), _cut, [sock])
    watch.daemon = True
    watch.start()
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        # `Host` is written by us: the library would add the port of an unencrypted connection.
        connection.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", host)
        connection.putheader("Accept", "image/*")
        connection.putheader("User-Agent", "Vitrine image import")
        connection.endheaders()
        response = connection.getresponse()
        if response.status != 200:
            return _Answer(response.status, response.headers.get("Location"), b"")
        return _Answer(200, None, _body(response, sock, deadline))
    finally:
        watch.cancel()
        connection.close()


def _cut(sock: socket.socket) -> None:
    # That of the plain socket: the one of TLS would take its state away from under the thread that reads.
    with suppress(OSError):
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def _connect_to_one(addresses: list[str], host: str, deadline: float, connect: Connect) -> socket.socket:
    for address in addresses[:-1]:
        try:
            return connect(address, 443, host, min(3.0, _left(deadline)))
        except OSError:
            # A machine without IPv6 is told of IPv6 addresses all the same.
            continue
    return connect(addresses[-1], 443, host, _left(deadline))


def _body(response: http.client.HTTPResponse, sock: socket.socket, deadline: float) -> bytes:
    body = bytearray()
    while True:
        # Each read has what is left of the whole time, so that a drip of bytes ends with it.
        sock.settimeout(_left(deadline))
        chunk = response.read1(_CHUNK)
        if not chunk:
            if response.length:
                raise http.client.IncompleteRead(bytes(body), response.length)
            return bytes(body)
        body += chunk
        if len(body) > MAX_BYTES:
            raise Invalid(
                _("This picture is larger than %(limit)s MB.", limit=MAX_BYTES // 1024 // 1024), field="image"
            )


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("too slow")
    return left
