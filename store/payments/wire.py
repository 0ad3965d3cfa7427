"""JSON over HTTP to a provider that has no library of its own: one exchange, and what came back as an object."""

import http.client
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from store.payments.providers.base import CALL_TIMEOUT, Unavailable

_LARGEST_ANSWER = 1024 * 1024


def post_json(url: str, payload: Mapping[str, Any], *, provider: str) -> dict[str, Any]:
    """Post an object and return the one that came back, whatever it says.

    Raises `Unavailable` when there is no answer, one of a broken server, or none that is a JSON object.
    """
    body = json.dumps(payload, ensure_ascii=False).encode()
    status, text = _exchange(url, body, provider)
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    if status >= 500 or not isinstance(answer, dict):
        raise Unavailable(f"{provider} does not answer", reason=f"HTTP {status}")
    return answer


def _exchange(url: str, body: bytes, provider: str) -> tuple[int, bytes]:
    parts = urlsplit(url)
    make = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = make(parts.hostname or "", parts.port, timeout=CALL_TIMEOUT)
    try:
        headers = {"Content-Type": "application/json; charset=utf-8", "Accept": "application/json"}
        connection.request("POST", parts.path or "/", body, headers)
        response = connection.getresponse()
        return response.status, response.read(_LARGEST_ANSWER)
    except (OSError, http.client.HTTPException) as error:
        raise Unavailable(f"{provider} does not answer", reason=type(error).__name__) from error
    finally:
        connection.close()
