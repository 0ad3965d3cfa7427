"""PayPal's REST API as far as the shop needs it: who we are, one call at a time, and what an answer means.

Tokens: https://developer.paypal.com/api/rest/authentication/
Headers and keys: https://developer.paypal.com/api/rest/requests/, https://developer.paypal.com/reference/guidelines/idempotency/
"""

import http.client
import json
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Lock
from time import monotonic
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from store.core.settings import Settings
from store.payments.providers.base import CALL_TIMEOUT, Declined, Unavailable

LIVE = "https://api-m.paypal.com"

# A token is asked for anew this long before PayPal would refuse it.
_SPARE_SECONDS = 60

_LARGEST_ANSWER = 1024 * 1024

Answer = dict[str, Any]


class Refused(Declined):
    """PayPal understood and refuses. `issues` are its own words for why, such as `INSTRUMENT_DECLINED`."""

    def __init__(self, message: str, issues: frozenset[str]) -> None:
        super().__init__(message)
        self.issues = issues


class Api:
    """One account. Everything asked inside `line()` together takes no longer than `CALL_TIMEOUT`."""

    def __init__(self, settings: Settings) -> None:
        self.base = (settings.paypal_api_base or LIVE).rstrip("/")
        self._client_id = settings.paypal_client_id
        self._secret = settings.paypal_client_secret.get_secret_value()
        self._lock = Lock()
        self._token: tuple[str, float] | None = None

    @contextmanager
    def line(self) -> Iterator["Line"]:
        """Hold the line for one of the shop's questions, however many calls it takes."""
        yield Line(self)

    def token(self, until: float) -> str:
        """Return the password of the hour; raises `Unavailable`."""
        with self._lock:
            if self._token is not None and self._token[1] > monotonic():
                return self._token[0]
        known = b64encode(f"{self._client_id}:{self._secret}".encode()).decode()
        status, answer = exchange(
            f"{self.base}/v1/oauth2/token",
            until=until,
            method="POST",
            headers={"Authorization": f"Basic {known}", "Content-Type": "application/x-www-form-urlencoded"},
            body=b"grant_type=client_credentials",
        )
        found = read(answer)
        token = str(found.get("access_token", ""))
        if status != 200 or not token:
            raise Unavailable("PayPal does not let us in", reason=_words(status, found))
        seconds = found.get("expires_in")
        with self._lock:
            self._token = token, monotonic() + (seconds if isinstance(seconds, int) else 0) - _SPARE_SECONDS
        return token

    def forget_token(self) -> None:
        """Ask for a new one next time."""
        with self._lock:
            self._token = None


class Line:
    """One question of the shop's, with its deadline."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._until = monotonic() + CALL_TIMEOUT

    def get(self, *path: str, query: Mapping[str, str] | None = None) -> Answer:
        """Read something; raises `Refused` when there is no such thing."""
        return self._ask("GET", path, query=query)

    def post(self, *path: str, key: str, body: Mapping[str, Any] | None = None) -> Answer:
        """Have something done once under a key, and answered in full."""
        return self._ask("POST", path, body or {}, {"PayPal-Request-Id": key, "Prefer": "return=representation"})

    def patch(self, *path: str, changes: Sequence[Mapping[str, Any]]) -> None:
        """Change something."""
        self._ask("PATCH", path, changes)

    def _ask(
        self,
        method: str,
        path: Sequence[str],
        body: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Answer:
        address = self._api.base + "".join(f"/{quote(part, safe='')}" for part in path)
        address += f"?{urlencode(query)}" if query else ""
        sent = {"Accept": "application/json", "Content-Type": "application/json", **(headers or {})}
        text = None if body is None else json.dumps(body).encode()
        status, answer = 0, b""
        for _try in range(2):
            sent["Authorization"] = f"Bearer {self._api.token(self._until)}"
            status, answer = exchange(address, until=self._until, method=method, headers=sent, body=text)
            if status != 401:
                break
            # The token was withdrawn before its time.
            self._api.forget_token()
        return _judge(status, answer)


def exchange(
    address: str,
    *,
    until: float,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
) -> tuple[int, bytes]:
    """Send one request and return status and text; raises `Unavailable` when there is no answer in time."""
    parts = urlsplit(address)
    left = until - monotonic()
    if left <= 0:
        raise Unavailable("PayPal takes too long to answer")
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=left)
    try:
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        connection.request(method, target, body, dict(headers or {}))
        response = connection.getresponse()
        return response.status, response.read(_LARGEST_ANSWER)
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable("PayPal does not answer", reason=type(error).__name__) from error
    finally:
        connection.close()


def read(text: bytes) -> Answer:
    """Return an answer's JSON object; an empty one for anything else."""
    try:
        answer = json.loads(text) if text else {}
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _judge(status: int, text: bytes) -> Answer:
    answer = read(text)
    if 200 <= status < 300:
        if text and not answer:
            raise Unavailable("PayPal gave an answer that can't be understood")
        return answer
    issues = frozenset(str(one.get("issue", "")) for one in _details(answer)) | {str(answer.get("name", ""))}
    # In these cases it may be done already, or may yet be: the same key asks again.
    if status in (401, 408, 409, 429) or status >= 500 or status < 400 or "PREVIOUS_REQUEST_IN_PROGRESS" in issues:
        raise Unavailable("PayPal does not answer", reason=_words(status, answer))
    raise Refused(_words(status, answer), issues)


def _words(status: int, answer: Answer) -> str:
    said = [str(one.get("description") or one.get("issue") or "") for one in _details(answer)]
    return " ".join(filter(None, said))[:300] or str(answer.get("message") or f"PayPal answered {status}.")[:300]


def _details(answer: Answer) -> list[Answer]:
    details = answer.get("details")
    return [one for one in details if isinstance(one, dict)] if isinstance(details, list) else []
