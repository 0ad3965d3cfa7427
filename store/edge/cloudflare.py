"""Cloudflare's API as far as the shop needs it, by the published endpoints of `/zones/{zone_id}`.

Purging: https://developers.cloudflare.com/api/resources/cache/methods/purge/
Rules: https://developers.cloudflare.com/ruleset-engine/rulesets-api/
"""

import http.client
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from store.core.i18n import gettext as _
from store.core.settings import Settings
from store.edge.errors import EdgeAway, EdgeRefused

# The most tags in one request, on every plan.
MOST_TAGS = 100

# What the smallest plan allows: so many requests at once, and so many more each minute.
BUCKET = 25
PER_MINUTE = 5

# A token is refused now and then by mistake, and a wrong one can be mended before the last attempt.
_PASSING = frozenset({401, 403, 408, 429})

_TIMEOUT_SECONDS = 8.0
_LARGEST_ANSWER = 4 * 1024 * 1024

Answer = dict[str, Any]


class Cloudflare:
    """One zone. Raises `EdgeAway` when trying later may help, `EdgeRefused` when it won't."""

    def __init__(self, base: str, zone: str, token: str) -> None:
        self._base = urlsplit(base.rstrip("/"))
        self._zone = zone
        self._token = token

    @classmethod
    def of(cls, settings: Settings) -> "Cloudflare | None":
        """Return the zone that the settings name, if they name one."""
        if not settings.has_edge:
            return None
        return cls(
            settings.cloudflare_api_base, settings.cloudflare_zone_id, settings.cloudflare_api_token.get_secret_value()
        )

    def purge_tags(self, tags: Iterable[str]) -> None:
        """Throw away everything that carries any of these tags, at most `MOST_TAGS`."""
        self._ask("POST", "/purge_cache", {"tags": list(tags)})

    def purge_everything(self) -> None:
        """Throw away all that is kept of the zone."""
        self._ask("POST", "/purge_cache", {"purge_everything": True})

    def find_rules(self, phase: str) -> Answer | None:
        """Return the ruleset that a phase begins with, or `None` when nobody has made a rule in it."""
        return self._ask("GET", f"/rulesets/phases/{phase}/entrypoint", missing_is_none=True)

    def create_rules(self, phase: str, rules: Iterable[Mapping[str, Any]]) -> Answer:
        """Make the ruleset of a phase that has none yet."""
        ruleset = {"name": "default", "description": "", "kind": "zone", "phase": phase, "rules": list(rules)}
        return self._ask("POST", "/rulesets", ruleset) or {}

    def add_rule(self, ruleset: str, rule: Mapping[str, Any]) -> Answer:
        """Add a rule at the end of a ruleset."""
        return self._ask("POST", f"/rulesets/{ruleset}/rules", rule) or {}

    def update_rule(self, ruleset: str, rule_id: str, rule: Mapping[str, Any]) -> Answer:
        """Make a rule anew in its place; every field that it shall have must be given."""
        return self._ask("PATCH", f"/rulesets/{ruleset}/rules/{rule_id}", rule) or {}

    def delete_rule(self, ruleset: str, rule_id: str) -> None:
        """Take a rule away."""
        self._ask("DELETE", f"/rulesets/{ruleset}/rules/{rule_id}")

    def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, missing_is_none: bool = False
    ) -> Answer | None:
        headers = {"Authorization": f"Bearer {self._token}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection = self._connect()
        try:
            connection.request(
                method,
                f"{self._base.path}/zones/{self._zone}{path}",
                None if body is None else json.dumps(body).encode(),
                headers,
            )
            response = connection.getresponse()
            status, text = response.status, response.read(_LARGEST_ANSWER)
            retry_after = response.headers.get("Retry-After", "")
        except (OSError, http.client.HTTPException) as error:
            raise EdgeAway(_("Cloudflare can't be reached."), reason=type(error).__name__) from error
        finally:
            connection.close()
        answer = _read(text)
        if status == 404 and missing_is_none:
            return None
        if status in _PASSING or status >= 500:
            seconds = int(retry_after) if retry_after.isdigit() else None
            raise EdgeAway(
                _("Cloudflare answered %(status)s: %(words)s", status=status, words=_words(answer)),
                retry_after=seconds,
            )
        if status >= 400 or (text and answer.get("success") is not True):
            raise EdgeRefused(_("Cloudflare answered %(status)s: %(words)s", status=status, words=_words(answer)))
        result = answer.get("result")
        return result if isinstance(result, dict) else {}

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._base.hostname or "", self._base.port
        if self._base.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=_TIMEOUT_SECONDS)
        return http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)


def _read(text: bytes) -> Answer:
    try:
        answer = json.loads(text) if text else {}
    except ValueError:
        answer = {}
    return answer if isinstance(answer, dict) else {}


def _words(answer: Answer) -> str:
    errors = answer.get("errors")
    found = [str(one.get("message", "")) for one in errors if isinstance(one, dict)] if isinstance(errors, list) else []
    return "; ".join(filter(None, found))[:300] or "-"
