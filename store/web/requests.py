"""The outermost layer of a request: its id, its log line, its default headers and the last net for a crash."""

import json
import re
import secrets
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication

from store.core import i18n, log
from store.core.settings import Settings
from store.web.security import HeaderList, SecurityHeaders

_SAFE_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_QUIET = ("/healthz", "/health", "/readyz")

logger = log.get_logger(__name__)


class RequestBoundary:
    """WSGI layer round everything but the proxy rules.

    The request id comes from a trusted proxy (others' were taken out before) or is made here; it is bound to every
    log line, sent back as `X-Request-Id` and shown on error pages.
    """

    def __init__(
        self, inner: WSGIApplication, settings: Settings, bare_page: Callable[[int, str], tuple[bytes, HeaderList]]
    ) -> None:
        self._inner = inner
        self._headers = SecurityHeaders(settings)
        self._bare_page = bare_page
        self._access_log = _access_log(settings)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        started = time.perf_counter()
        given = environ.get("HTTP_X_REQUEST_ID", "")
        request_id = given if _SAFE_ID.fullmatch(given) else secrets.token_hex(8)
        environ["store.request_id"] = request_id
        log.clear()
        log.bind(request_id=request_id)
        # Threads are reused: what the last request spoke must not linger.
        i18n.set_locale(i18n.DEFAULT_LOCALE)

        def start(status: str, headers: HeaderList, exc_info: Any = None) -> Callable[[bytes], object]:
            headers.append(("X-Request-Id", request_id))
            self._headers.complete(headers)
            self._access_log(environ, status[:3], time.perf_counter() - started, request_id)
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        try:
            return self._inner(environ, start)
        except Exception:
            # Flask turns its own failures into pages; this one happened around it. The visitor still gets an answer.
            logger.exception("request failed outside the application")
            body, headers = self._bare_page(500, request_id)
            start("500 Internal Server Error", headers)
            return [body]


def _access_log(settings: Settings) -> Callable[[dict[str, Any], str, float, str], None]:
    """Return the writer of access lines.

    It writes the route, never the path or the address: paths carry order tokens. It bypasses structlog, whose
    processors would cost more than all other hooks of a request together.
    """
    wanted = settings.log_level.upper() in ("DEBUG", "INFO")
    as_json = settings.log_format == "json"

    def write(environ: dict[str, Any], status: str, seconds: float, request_id: str) -> None:
        if not wanted or environ.get("PATH_INFO") in _QUIET:
            return
        route = environ.get("store.route", "-")
        method = environ.get("REQUEST_METHOD", "-")
        milliseconds = round(seconds * 1000, 1)
        if as_json:
            entry = {
                "event": "request",
                "level": "info",
                "method": method,
                "route": route,
                "status": int(status),
                "ms": milliseconds,
                "request_id": request_id,
                "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            }
            line = json.dumps(entry)
        else:
            line = f"{method} {route} {status} {milliseconds} ms {request_id}"
        sys.stderr.write(line + "\n")

    return write
