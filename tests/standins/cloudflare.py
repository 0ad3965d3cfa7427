"""A stand-in for one zone of Cloudflare: purging by tag, zone rulesets, and a cache that heeds both header and purge.

Endpoints, shapes and limits are those of Cloudflare's public documentation: `POST /zones/{id}/purge_cache` takes up to a
hundred tags a request and 25 requests at once, five more each minute; a rule that is changed must be given whole; each
change makes a new version of its ruleset. What it can't show is Cloudflare's judgement of an expression.
"""

import json
import re
import secrets
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.standins.server import StandIn

ZONE = "0123456789abcdef0123456789abcdef"
TOKEN = "token-of-the-standin"

_PHASES = (
    "http_request_cache_settings",
    "http_request_firewall_custom",
    "http_ratelimit",
    "http_response_headers_transform",
)
_RULE_FIELDS = {
    "action",
    "action_parameters",
    "expression",
    "description",
    "enabled",
    "ref",
    "ratelimit",
    "position",
    "logging",
}
_RATE_FIELDS = {
    "characteristics",
    "period",
    "requests_per_period",
    "mitigation_timeout",
    "counting_expression",
    "requests_to_origin",
}


class Refusal(Exception):
    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class CloudflareStandIn(StandIn):
    """`url` is its API; `purges` are the tags of each request that was taken, `fail` the next answers' statuses."""

    path = "/client/v4"

    def __init__(self, *, clock: Callable[[], float] = time.time) -> None:
        self.purges: list[list[str]] = []
        self.everything = 0
        self.rulesets: dict[str, dict[str, Any]] = {}
        self.calls: list[tuple[str, str]] = []
        self.fail: list[int] = []
        self.retry_after: int | None = None
        self.kept: dict[str, tuple[frozenset[str], str]] = {}
        self._clock = clock
        self._tokens, self._filled_at = 25.0, clock()
        super().__init__(_handler(self))

    # The cache in front of a shop.

    def get(self, client: Any, path: str) -> str:
        """Return what a visitor gets: what is kept, or the shop's answer, which is kept when the shop says so."""
        if path in self.kept:
            return self.kept[path][1]
        answer = client.get(path)
        control = answer.headers.get("Cloudflare-CDN-Cache-Control") or answer.headers["Cache-Control"]
        if answer.status_code == 200 and re.search(r"(s-maxage|max-age)=[1-9]", control) and "private" not in control:
            raw = answer.headers.get("Cache-Tag", "")
            assert len(raw) <= 16 * 1024
            assert raw.isascii()
            assert " " not in raw
            self.kept[path] = (frozenset(raw.lower().split(",")), answer.text)
        return answer.text

    # The API.

    def answer(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, dict[str, Any], dict[str, str]]:
        with self._lock:
            self.calls.append((method, path))
            if self.fail:
                status = self.fail.pop(0)
                more = {"Retry-After": str(self.retry_after)} if self.retry_after else {}
                return status, _envelope(None, (status, "Something is wrong")), more
            try:
                if headers.get("Authorization") != f"Bearer {TOKEN}":
                    raise Refusal(403, 10000, "Authentication error")
                found = re.fullmatch(r"/client/v4/zones/([0-9a-f]{32})(/.*)", path)
                if not found or found[1] != ZONE:
                    raise Refusal(404, 7003, "Could not route to the zone, perhaps your object identifier is invalid?")
                if body and headers.get("Content-Type") != "application/json":
                    raise Refusal(415, 10015, "Content-Type must be application/json")
                return self._do(method, found[2], json.loads(body) if body else None)
            except Refusal as refusal:
                return refusal.status, _envelope(None, (refusal.code, refusal.message)), {}

    def _do(self, method: str, path: str, given: Any) -> tuple[int, dict[str, Any], dict[str, str]]:
        if (method, path) == ("POST", "/purge_cache"):
            return self._purge(given)
        if method == "GET" and (found := re.fullmatch(r"/rulesets/phases/(\w+)/entrypoint", path)):
            return 200, _envelope(self._of_phase(found[1])), {}
        if (method, path) == ("POST", "/rulesets"):
            return 200, _envelope(self._create(given)), {}
        if method == "POST" and (found := re.fullmatch(r"/rulesets/(\w+)/rules", path)):
            ruleset = self._ruleset(found[1])
            ruleset["rules"].append(_rule(given))
            return 200, _envelope(_changed(ruleset)), {}
        if found := re.fullmatch(r"/rulesets/(\w+)/rules/(\w+)", path):
            ruleset = self._ruleset(found[1])
            place = next((at for at, rule in enumerate(ruleset["rules"]) if rule["id"] == found[2]), None)
            if place is None:
                raise Refusal(404, 10014, "could not find rule")
            if method == "PATCH":
                if set(given) != {"position"}:
                    ruleset["rules"][place] = _rule(given, ruleset["rules"][place])
                _move(ruleset["rules"], place, given.get("position"))
                return 200, _envelope(_changed(ruleset)), {}
            if method == "DELETE":
                del ruleset["rules"][place]
                return 200, _envelope(_changed(ruleset)), {}
        raise Refusal(405, 10000, f"{method} is not allowed here")

    def _purge(self, given: Any) -> tuple[int, dict[str, Any], dict[str, str]]:
        moment = self._clock()
        self._tokens = min(25.0, self._tokens + (moment - self._filled_at) * 5 / 60)
        self._filled_at = moment
        if self._tokens < 1:
            raise Refusal(
                429,
                1134,
                "Unable to purge, rate limit reached. Please wait and consider throttling your request speed.",
            )
        self._tokens -= 1
        if given == {"purge_everything": True}:
            self.everything += 1
            self.kept.clear()
        else:
            if not isinstance(given, dict) or set(given) != {"tags"} or not given["tags"]:
                raise Refusal(400, 1092, "Unable to purge, the request is not valid")
            tags = given["tags"]
            if len(tags) > 100:
                raise Refusal(400, 1094, "You may only purge up to 100 tags at a time.")
            if any(
                not isinstance(tag, str) or not tag or len(tag) > 1024 or not tag.isascii() or " " in tag
                for tag in tags
            ):
                raise Refusal(400, 1093, "Invalid cache tag")
            self.purges.append(tags)
            gone = {tag.lower() for tag in tags}
            self.kept = {path: kept for path, kept in self.kept.items() if not kept[0] & gone}
        return 200, _envelope({"id": ZONE}), {}

    def _of_phase(self, phase: str) -> dict[str, Any]:
        for ruleset in self.rulesets.values():
            if ruleset["phase"] == phase:
                return ruleset
        raise Refusal(404, 10003, "could not find entrypoint ruleset in the " + phase + " phase")

    def _create(self, given: dict[str, Any]) -> dict[str, Any]:
        if given.get("kind") != "zone" or given.get("phase") not in _PHASES or not given.get("name"):
            raise Refusal(400, 20000, "a ruleset needs name, kind and phase")
        if any(one["phase"] == given["phase"] for one in self.rulesets.values()):
            raise Refusal(400, 20217, f"a ruleset with kind 'zone' and phase '{given['phase']}' already exists")
        made = {**given, "id": secrets.token_hex(16), "version": "0", "rules": [_rule(rule) for rule in given["rules"]]}
        self.rulesets[made["id"]] = made
        return _changed(made)

    def _ruleset(self, ruleset_id: str) -> dict[str, Any]:
        if ruleset_id not in self.rulesets:
            raise Refusal(404, 10003, "could not find ruleset")
        return self.rulesets[ruleset_id]


def _rule(given: dict[str, Any], before: dict[str, Any] | None = None) -> dict[str, Any]:
    if unknown := set(given) - _RULE_FIELDS:
        raise Refusal(400, 20019, f"unknown field in rule: {sorted(unknown)}")
    if not given.get("action") or not given.get("expression"):
        raise Refusal(400, 20121, "a rule needs an action and an expression")
    if unknown := set(given.get("ratelimit", {})) - _RATE_FIELDS:
        raise Refusal(400, 20019, f"unknown field in ratelimit: {sorted(unknown)}")
    rule_id = before["id"] if before else secrets.token_hex(16)
    return {
        "enabled": True,
        "ref": rule_id,
        **{name: value for name, value in given.items() if name != "position"},
        "id": rule_id,
        "version": str(int(before["version"]) + 1 if before else 1),
        "last_updated": "2026-01-01T00:00:00Z",
    }


def _move(rules: list[dict[str, Any]], place: int, position: dict[str, Any] | None) -> None:
    if position is None:
        return
    ((side, target),) = position.items()
    rule = rules.pop(place)
    if side == "index":
        rules.insert(target - 1, rule)
        return
    if not target:
        rules.insert(0 if side == "before" else len(rules), rule)
        return
    at = next((number for number, one in enumerate(rules) if one["id"] == target), None)
    if at is None or side not in ("before", "after"):
        raise Refusal(400, 20027, "could not find the rule to put it beside")
    rules.insert(at + (side == "after"), rule)


def _changed(ruleset: dict[str, Any]) -> dict[str, Any]:
    ruleset["version"] = str(int(ruleset["version"]) + 1)
    ruleset["last_updated"] = "2026-01-01T00:00:00Z"
    return ruleset


def _envelope(result: Any, error: tuple[int, str] | None = None) -> dict[str, Any]:
    errors = [{"code": error[0], "message": error[1]}] if error else []
    return {"result": result, "success": error is None, "errors": errors, "messages": []}


def _handler(zone: CloudflareStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            status, answer, more = zone.answer(self.command, self.path, self.headers, body)
            text = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", "Content-Length": str(len(text)), **more}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = _serve  # noqa: N815 - the base class looks for these names

        def log_message(self, *_words: object) -> None:
            """Say nothing: tests ask `calls`."""

    return Handler
