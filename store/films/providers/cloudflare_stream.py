"""Cloudflare Stream, by its published API under `/accounts/{account_id}/stream`.

Uploads: https://developers.cloudflare.com/stream/uploading-videos/direct-creator-uploads/
Notifications: https://developers.cloudflare.com/stream/manage-video-library/using-webhooks/
Captions: https://developers.cloudflare.com/stream/edit-videos/adding-captions/
"""

import hashlib
import hmac
import http.client
import json
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from store.core.clock import now
from store.core.errors import Unavailable
from store.core.i18n import gettext as _
from store.core.settings import Settings
from store.films.providers.base import (
    WEBHOOK_TOLERANCE,
    BadSignature,
    Refused,
    Standing,
    State,
    StreamingService,
    Ticket,
)

# The service takes from one second to six hours.
_LONGEST_SECONDS = 21_600

_STATES: dict[str, State] = {
    "pendingupload": "waiting",
    "downloading": "working",
    "queued": "working",
    "inprogress": "working",
    "ready": "ready",
    "error": "failed",
}
_TIMEOUT_SECONDS = 30.0
_LARGEST_ANSWER = 1024 * 1024
_PASSING = frozenset({401, 403, 408, 425, 429})
_UID = re.compile(r"[A-Za-z0-9]{8,64}", re.ASCII)
_SIGNATURE = re.compile(r"time=(\d{1,12}),sig1=([0-9a-f]{64})", re.ASCII)


class CloudflareStream(StreamingService):
    """One account's library. `CLOUDFLARE_API_BASE` may name anything else that speaks the API."""

    def __init__(self, settings: Settings) -> None:
        self._base = settings.cloudflare_api_base.rstrip("/")
        self._account = settings.cloudflare_account_id
        self._token = settings.cloudflare_stream_token.get_secret_value()
        self._secret = settings.cloudflare_stream_webhook_secret.get_secret_value()

    def open_upload(self, *, name: str, reference: str, seconds: int) -> Ticket:
        """Ask for a one-time address."""
        wanted = {
            "maxDurationSeconds": min(max(seconds, 1), _LONGEST_SECONDS),
            "creator": reference[:64],
            "meta": {"name": name},
        }
        result = self._ask("POST", "/direct_upload", json.dumps(wanted).encode(), "application/json") or {}
        uid, url = str(result.get("uid", "")), str(result.get("uploadURL", ""))
        if not _UID.fullmatch(uid) or urlsplit(url).scheme not in ("https", "http"):
            raise Unavailable(_("Cloudflare Stream gave an answer that can't be understood."))
        return Ticket(uid, url)

    def send(self, ticket: Ticket, *, name: str, content_type: str, size: int, pieces: Iterator[bytes]) -> None:
        """Send the film as the one file of a form; the address itself is the permission."""
        head, tail, kind = _form(name, content_type)
        length = len(head) + size + len(tail)

        def body() -> Iterator[bytes]:
            yield head
            yield from pieces
            yield tail

        status, text = _exchange("POST", ticket.url, body(), {"Content-Type": kind, "Content-Length": str(length)})
        _judge(status, text)

    def fetch(self, external_id: str) -> Standing:
        """Ask for a film's details."""
        result = self._ask("GET", f"/{_uid(external_id)}", missing_is_none=True)
        if result is None:
            return Standing("missing")
        about = result.get("status")
        status: dict[str, Any] = about if isinstance(about, dict) else {}
        state = _STATES.get(str(status.get("state")), "working")
        if state == "ready" and result.get("readyToStream") is not True:
            state = "working"
        if state == "failed":
            # Details call it errorReasonText, examples of notifications errReasonText.
            said = status.get("errorReasonText") or status.get("errReasonText") or status.get("errorReasonCode")
            return Standing("failed", problem=str(said or "?")[:500])
        if state != "ready":
            return Standing(state)
        playback = result.get("playback")
        hls = str(playback.get("hls", "")) if isinstance(playback, dict) else ""
        host = urlsplit(str(result.get("preview") or hls))
        if host.scheme != "https" or not host.netloc:
            raise Unavailable(_("Cloudflare Stream gave an answer that can't be understood."))
        return Standing("ready", embed_url=f"https://{host.netloc}/{_uid(external_id)}/iframe", hls_url=hls)

    def set_captions(self, external_id: str, language: str, body: str) -> None:
        """Put a file of captions in place."""
        head, tail, kind = _form(f"{language}.vtt", "text/vtt")
        self._ask("PUT", f"/{_uid(external_id)}/captions/{quote(language)}", head + body.encode() + tail, kind)

    def drop_captions(self, external_id: str, language: str) -> None:
        """Take captions away."""
        self._ask("DELETE", f"/{_uid(external_id)}/captions/{quote(language)}", missing_is_none=True)

    def delete(self, external_id: str) -> None:
        """Delete a film."""
        self._ask("DELETE", f"/{_uid(external_id)}", missing_is_none=True)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes) -> str:
        """Check `Webhook-Signature`: HMAC-SHA256 of time, point and body."""
        header = next((value for name, value in headers.items() if name.lower() == "webhook-signature"), "")
        match = _SIGNATURE.fullmatch(header.strip())
        if match is None or not self._secret:
            raise BadSignature("the signature is missing")
        expected = hmac.new(self._secret.encode(), match[1].encode() + b"." + body, hashlib.sha256).hexdigest()
        if not hmac.compare_digest(expected, match[2]):
            raise BadSignature("the signature is wrong")
        if abs(now().timestamp() - int(match[1])) > WEBHOOK_TOLERANCE:
            raise BadSignature("the signature is too old or from the future")
        try:
            about = json.loads(body)
        except ValueError as error:
            raise BadSignature("this notification can't be read") from error
        return str(about.get("uid", "")) if isinstance(about, dict) else ""

    def _ask(
        self, method: str, path: str, body: bytes | None = None, kind: str = "", *, missing_is_none: bool = False
    ) -> dict[str, Any] | None:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        if body is not None:
            headers |= {"Content-Type": kind, "Content-Length": str(len(body))}
        url = f"{self._base}/accounts/{self._account}/stream{path}"
        status, text = _exchange(method, url, None if body is None else [body], headers)
        if status == 404 and missing_is_none:
            return None
        return _judge(status, text)


def _exchange(method: str, url: str, body: Iterable[bytes] | None, headers: Mapping[str, str]) -> tuple[int, bytes]:
    parts = urlsplit(url)
    make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = make(parts.hostname or "", parts.port, timeout=_TIMEOUT_SECONDS)
    try:
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        connection.request(method, path, body, dict(headers))
        response = connection.getresponse()
        return response.status, response.read(_LARGEST_ANSWER)
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(_("Cloudflare Stream can't be reached."), reason=type(error).__name__) from error
    finally:
        connection.close()


def _judge(status: int, text: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(text) if text else {}
    except ValueError:
        answer = {}
    answer = answer if isinstance(answer, dict) else {}
    errors = answer.get("errors") or []
    said = "; ".join(str(one.get("message", "")) for one in errors if isinstance(one, dict))[:300]
    if status in _PASSING or status >= 500:
        raise Unavailable(_("Cloudflare Stream answered %(status)s: %(words)s", status=status, words=said))
    if status >= 400 or answer.get("success") is False:
        raise Refused(_("Cloudflare Stream answered %(status)s: %(words)s", status=status, words=said))
    result = answer.get("result")
    return result if isinstance(result, dict) else {}


def _form(name: str, content_type: str) -> tuple[bytes, bytes, str]:
    """Return what comes before and after the one file of a form, and the form's type."""
    boundary = secrets.token_hex(16)
    plain = re.sub(r"[^A-Za-z0-9._-]", "_", name)
    head = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{plain}"\r\n'
        f"Content-Type: {content_type}\r\n\r\n"
    )
    return head.encode(), f"\r\n--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"


def _uid(external_id: str) -> str:
    if not _UID.fullmatch(external_id):
        raise ValueError(f"no film of Cloudflare Stream: {external_id[:80]!r}")
    return external_id
