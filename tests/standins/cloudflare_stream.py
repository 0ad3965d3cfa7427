"""A stand-in for one account of Cloudflare Stream: direct uploads, details, captions, deletion and signed notifications.

Endpoints, shapes and states are those of Cloudflare's public documentation of Stream. An upload address takes one form with
one file, once, and no token; a film is `pendingupload`, then `inprogress`, until `finish` or `spoil` says what became of it.
What it can't show is what Cloudflare makes of a film.
"""

import hashlib
import hmac
import json
import re
import secrets
import time
from collections import Counter
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.standins.server import StandIn

ACCOUNT = "023e105f4ecef8ad9ca31a8372d0c353"
TOKEN = "token-of-the-stream"
SECRET = "85011ed3a913c6ad5f9cf6c5573cc0a7"
HOST = "https://customer-f33zs165nr7gyfy4.cloudflarestream.com"

_UPLOAD_FIELDS = {
    "allowedOrigins",
    "creator",
    "expiry",
    "maxDurationSeconds",
    "meta",
    "requireSignedURLs",
    "scheduledDeletion",
    "thumbnailTimestampPct",
    "watermark",
}


class Refusal(Exception):
    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class CloudflareStreamStandIn(StandIn):
    """`videos` by uid, with their `bytes` and `captions`; `fail` names calls that answer 500, `lose` those that are done
    and not answered."""

    def __init__(self) -> None:
        self.videos: dict[str, dict[str, Any]] = {}
        self.calls: list[tuple[str, str]] = []
        self.fail: Counter[str] = Counter()
        self.lose: Counter[str] = Counter()
        super().__init__(_handler(self))

    def finish(self, uid: str) -> None:
        """The film is encoded."""
        self.videos[uid]["status"] = {
            "state": "ready",
            "pctComplete": "100.000000",
            "errorReasonCode": "",
            "errorReasonText": "",
        }
        self.videos[uid]["readyToStream"] = True

    def spoil(self, uid: str, reason: str = "The video was deemed to be corrupted or malformed.") -> None:
        """The film can't be encoded."""
        self.videos[uid]["status"] = {
            "state": "error",
            "pctComplete": "39.000000",
            "errorReasonCode": "ERR_MALFORMED_VIDEO",
            "errorReasonText": reason,
        }

    def notification(self, uid: str, *, at: float | None = None, secret: str = SECRET) -> tuple[dict[str, str], bytes]:
        """Headers and body of what the service posts when it is done with a film."""
        body = json.dumps(self.details(uid), indent=1).encode()
        moment = int(time.time() if at is None else at)
        signature = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
        return {"Webhook-Signature": f"time={moment},sig1={signature}", "Content-Type": "application/json"}, body

    def details(self, uid: str) -> dict[str, Any]:
        video = self.videos[uid]
        return {key: value for key, value in video.items() if key not in ("bytes", "captions")}

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> tuple[str, Any]:
        with self._lock:
            if match := re.fullmatch(r"/upload/([0-9a-f]{32})", path):
                return "send", self._take(method, match[1], headers, body)
            match = re.fullmatch(rf"/client/v4/accounts/{ACCOUNT}/stream(/.*)", path)
            if match is None:
                raise Refusal(404, 7003, "Could not route to the path")
            if headers.get("Authorization") != f"Bearer {TOKEN}":
                raise Refusal(401, 10000, "Authentication error")
            rest = match[1]
            if (method, rest) == ("POST", "/direct_upload"):
                return "open", self._open(json.loads(body))
            if match := re.fullmatch(r"/([0-9a-f]{32})", rest):
                video = self._video(match[1])
                if method == "DELETE":
                    del self.videos[match[1]]
                    return "delete", None
                return "fetch", {key: value for key, value in video.items() if key not in ("bytes", "captions")}
            if match := re.fullmatch(r"/([0-9a-f]{32})/captions/([A-Za-z-]+)", rest):
                return "captions", self._captions(method, match[1], match[2], headers, body)
            raise Refusal(404, 7003, "Could not route to the path")

    def _open(self, wanted: dict[str, Any]) -> dict[str, Any]:
        unknown = set(wanted) - _UPLOAD_FIELDS
        seconds = wanted.get("maxDurationSeconds")
        if unknown or not isinstance(seconds, int) or not 1 <= seconds <= 21_600:
            raise Refusal(400, 10005, f"Bad Request: {sorted(unknown) or 'maxDurationSeconds'}")
        if len(wanted.get("creator", "")) > 64:
            raise Refusal(400, 10005, "Bad Request: creator")
        uid = secrets.token_hex(16)
        self.videos[uid] = {
            "uid": uid,
            "creator": wanted.get("creator"),
            "meta": wanted.get("meta", {}),
            "maxDurationSeconds": seconds,
            "readyToStream": False,
            "status": {"state": "pendingupload", "errorReasonCode": "", "errorReasonText": ""},
            "preview": f"{HOST}/{uid}/watch",
            "playback": {"hls": f"{HOST}/{uid}/manifest/video.m3u8", "dash": f"{HOST}/{uid}/manifest/video.mpd"},
            "captions": {},
        }
        return {"uid": uid, "uploadURL": f"{self.url}/upload/{uid}", "watermark": None}

    def _take(self, method: str, uid: str, headers: Any, body: bytes) -> None:
        video = self._video(uid)
        if method != "POST" or "Authorization" in headers:
            raise Refusal(400, 10005, "Bad Request")
        if video["status"]["state"] != "pendingupload":
            raise Refusal(410, 10006, "This upload URL has been used")
        video["bytes"] = _file_of(headers, body)
        video["status"] = {"state": "inprogress", "pctComplete": "0.000000"}

    def _captions(self, method: str, uid: str, language: str, headers: Any, body: bytes) -> Any:
        captions = self._video(uid)["captions"]
        if method == "DELETE":
            if captions.pop(language, None) is None:
                raise Refusal(404, 10003, "Not Found")
            return ""
        text = _file_of(headers, body)
        if not text.startswith(b"WEBVTT"):
            raise Refusal(400, 10005, "Bad Request: not WebVTT")
        captions[language] = text.decode()
        return {"language": language, "label": language, "generated": False}

    def _video(self, uid: str) -> dict[str, Any]:
        if uid not in self.videos:
            raise Refusal(404, 10003, "Not Found: The requested video was not found")
        return self.videos[uid]


def _file_of(headers: Any, body: bytes) -> bytes:
    head = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
    parts = BytesParser().parsebytes(head + body).get_payload()
    if (
        not isinstance(parts, list)
        or len(parts) != 1
        or parts[0].get_param("name", header="content-disposition") != "file"
    ):
        raise Refusal(400, 10005, "Bad Request: one file is expected")
    return parts[0].get_payload(decode=True)


def _handler(service: CloudflareStreamStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            service.calls.append((self.command, self.path))
            status, answer = 200, {"success": True, "errors": [], "messages": []}
            try:
                call, result = service.answer(self.command, self.path, self.headers, body)
                if service.lose[call]:
                    service.lose[call] -= 1
                    return
                if service.fail[call]:
                    service.fail[call] -= 1
                    raise Refusal(500, 10001, "Internal error")
                answer["result"] = result
            except Refusal as error:
                status = error.status
                answer |= {"success": False, "result": None, "errors": [{"code": error.code, "message": error.message}]}
            text = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815 - the library looks for these names

        def log_message(self, *_words: object) -> None:
            pass

    return Handler
