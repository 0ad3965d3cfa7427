"""The Union's register of VAT ids (VIES) by its REST API, `POST /check-vat-number`.

The answer says `valid`, and gives a `requestIdentifier` as proof when whoever asks says who they are. A failure of the
register or of a member state's own comes, with status 200 or 500, as
`{"actionSucceed": false, "errorWrappers": [{"error": "MS_UNAVAILABLE"}]}`: it says nothing about the VAT id.
"""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from store.core.i18n import gettext as _
from store.core.settings import Settings
from store.tax.errors import RegisterAway

_TIMEOUT_SECONDS = 8.0
_LARGEST_ANSWER = 256 * 1024
# What the register writes where a member state does not tell.
_UNTOLD = "---"


@dataclass(frozen=True, slots=True)
class Answer:
    """What the register knows. `reference` is empty when it was not told who asked."""

    valid: bool
    name: str
    address: str
    reference: str


class Vies:
    """The register at one address."""

    def __init__(self, base: str) -> None:
        self._base = urlsplit(base.rstrip("/"))

    def check(self, vat_id: str, *, asked_by: str = "") -> Answer:
        """Return what is known of a VAT id; raises `RegisterAway` when nothing can be learnt now."""
        wanted = {"countryCode": vat_id[:2], "vatNumber": vat_id[2:]}
        if asked_by:
            wanted |= {"requesterMemberStateCode": asked_by[:2], "requesterNumber": asked_by[2:]}
        found = self._ask(wanted)
        errors = found.get("errorWrappers")
        if errors or not isinstance(found.get("valid"), bool):
            raise RegisterAway(_("The register of VAT IDs does not answer now."), reason=_words(errors))
        return Answer(found["valid"], _told(found, "name"), _told(found, "address"), _told(found, "requestIdentifier"))

    def _ask(self, wanted: Mapping[str, str]) -> Mapping[str, Any]:
        connection = self._connect()
        try:
            connection.request(
                "POST",
                f"{self._base.path}/check-vat-number",
                json.dumps(wanted).encode(),
                {"Content-Type": "application/json", "Accept": "application/json"},
            )
            text = connection.getresponse().read(_LARGEST_ANSWER)
        except (OSError, http.client.HTTPException) as error:
            raise RegisterAway(_("The register of VAT IDs can't be reached."), reason=type(error).__name__) from error
        finally:
            connection.close()
        try:
            answer = json.loads(text)
        except ValueError:
            answer = None
        return answer if isinstance(answer, dict) else {}

    def _connect(self) -> http.client.HTTPConnection:
        host, port = self._base.hostname or "", self._base.port
        if self._base.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=_TIMEOUT_SECONDS)
        return http.client.HTTPConnection(host, port, timeout=_TIMEOUT_SECONDS)


_current: Vies | None = None


def configure(settings: Settings) -> None:
    """Ask the register of the settings from now on."""
    use(Vies(settings.vies_api_base) if settings.vies_api_base else None)


def use(register: Vies | None) -> None:
    """Ask this register from now on; with none, every answer is that it is not known."""
    global _current
    _current = register


def current() -> Vies | None:
    """Return the register that is asked."""
    return _current


def _told(found: Mapping[str, Any], key: str) -> str:
    told = str(found.get(key) or "").strip()
    return "" if told == _UNTOLD else told[:500]


def _words(errors: Any) -> str:
    first = errors[0] if isinstance(errors, list) and errors else {}
    return str(first.get("error", ""))[:60] if isinstance(first, dict) else ""
