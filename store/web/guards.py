"""Refuses what no honest browser sends, before any page sees it: unknown hosts, broken bytes, oversized input."""

import re
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any
from urllib.parse import unquote_to_bytes, urlsplit
from wsgiref.types import StartResponse, WSGIApplication

from flask import request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from store.core.i18n import gettext as _
from store.core.settings import Settings
from store.web.security import HeaderList

MAX_BODY_BYTES = 1024 * 1024
MAX_QUERY_BYTES = 8 * 1024
MAX_PARAMETERS = 1000

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]{1,253})(?::([0-9]{1,5}))?")

# Load balancers ask these by address.
_ANY_HOST = ("/healthz", "/health", "/readyz")


class RequestGuard:
    """WSGI layer that answers 400 to an unknown host and to bytes that are no text."""

    def __init__(
        self, inner: WSGIApplication, settings: Settings, bare_page: Callable[[int, str, str], tuple[bytes, HeaderList]]
    ) -> None:
        self._inner = inner
        self._knows_host = host_check(settings)
        self._bare_page = bare_page

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        problem = self._problem(environ)
        if problem is None:
            return self._inner(environ, start_response)
        body, headers = self._bare_page(400, environ["store.request_id"], problem)
        start_response("400 Bad Request", headers)
        return [] if environ.get("REQUEST_METHOD") == "HEAD" else [body]

    def _problem(self, environ: dict[str, Any]) -> str | None:
        path = environ.get("PATH_INFO", "")
        if not self._knows_host(environ.get("HTTP_HOST", "")) and path not in _ANY_HOST:
            return _("This shop does not answer to that host name.")
        if not path.startswith("/"):
            return _("This address can't be read.")
        query = environ.get("QUERY_STRING", "")
        if len(query) > MAX_QUERY_BYTES or query.count("&") >= MAX_PARAMETERS:
            return _("This address is too long.")
        if not is_clean_text(path.encode("latin-1")) or (query and not is_clean_form(query.encode("latin-1"))):
            return _("This address can't be read.")
        if any("\0" in value for name, value in environ.items() if name.startswith("HTTP_")):
            return _("This request can't be read.")
        return None


def host_check(settings: Settings) -> Callable[[str], bool]:
    """Return the test of the Host header: `TRUSTED_HOSTS` and the host of `PUBLIC_URL`.

    In development loopback names and bare addresses count too, so that a phone in the same network may look;
    a name that an attacker points at this machine does not.
    """
    names = {name.lower() for name in settings.trusted_hosts}
    public = urlsplit(settings.base_url).hostname
    if public:
        names.add(public.lower())
    lenient = not settings.is_production
    if lenient or not settings.public_url:
        names |= {"localhost", "127.0.0.1", "::1", settings.host.lower()}

    def knows(host: str) -> bool:
        match = _HOST.fullmatch(host)
        if match is None:
            return False
        name = match.group(1).strip("[]").lower().rstrip(".")
        return name in names or (lenient and _is_address(name))

    return knows


def is_clean_text(raw: bytes) -> bool:
    """Whether the bytes are UTF-8 without NUL: anything else would fail in the database or fool a filter."""
    if b"\0" in raw:
        return False
    if raw.isascii():
        return True
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def is_clean_form(raw: bytes) -> bool:
    """The same for URL-encoded pairs, after decoding."""
    return is_clean_text(unquote_to_bytes(raw) if b"%" in raw else raw)


def check_size() -> None:
    """Raise `RequestEntityTooLarge` for a body over the limit, whether or not it announces its length."""
    limit = request.max_content_length
    if limit is None:
        return
    announced = request.content_length
    # werkzeug cuts a body without a length at the limit and hands over the part as if it were whole.
    if (announced or len(request.get_data(cache=True)) + 1) > limit:
        raise RequestEntityTooLarge(_("That is more than this shop takes in one go."))


def check_form() -> None:
    """Refuse a form with too many fields or broken bytes; raises `BadRequest`."""
    if request.mimetype == "application/x-www-form-urlencoded":
        raw = request.get_data(cache=True)
        if raw.count(b"&") >= MAX_PARAMETERS:
            raise BadRequest(_("This form has too many fields."))
        if not is_clean_form(raw):
            raise BadRequest(_("This form can't be read."))
    elif request.mimetype == "multipart/form-data":
        files = ((field, upload.filename or "") for field, upload in request.files.items(multi=True))
        for name, value in (*request.form.items(multi=True), *files):
            if "\0" in name or "\0" in value:
                raise BadRequest(_("This form can't be read."))


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
