"""Shippo: prices, labels and tracking of many carriers, by its published REST API (version 2018-02-08).

https://docs.goshippo.com/api-reference/ and, for notifications, https://docs.goshippo.com/tracking/webhook-security:
either a token of one's own in the address, or `Shippo-Auth-Signature: t=<time>,v1=<hex>`, the HMAC-SHA256 of
`<time>.<body>`.
"""

import hashlib
import hmac
import http.client
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import quote as escape
from urllib.parse import urlencode, urlsplit

from store.core.clock import now
from store.core.errors import StoreError
from store.core.i18n import gettext as _
from store.core.money import Money
from store.core.settings import Settings
from store.shipping.carriers.base import (
    CALL_TIMEOUT,
    QUOTE_TIMEOUT,
    BadSignature,
    Carrier,
    Hint,
    Label,
    Parcel,
    Rate,
    Refused,
    State,
    Tracking,
    Unavailable,
)

API_VERSION = "2018-02-08"
LABEL_TYPE = "PDF_A6"

_TOLERANCE_SECONDS = 300
_LARGEST_ANSWER = 4 * 1024 * 1024
_STATES: Mapping[str, State] = {
    "PRE_TRANSIT": "announced",
    "TRANSIT": "moving",
    "DELIVERED": "delivered",
    "RETURNED": "returned",
    "FAILURE": "failed",
}

Answer = dict[str, Any]


class Shippo(Carrier):
    """One account at Shippo."""

    code: ClassVar[str] = "shippo"
    label: ClassVar[str] = "Shippo"

    def __init__(self) -> None:
        self._base = urlsplit("")
        self._token = self._webhook_token = self._webhook_secret = ""

    def configure(self, settings: Settings) -> None:
        """Take address, key and secrets."""
        self._base = urlsplit(settings.shippo_api_base.rstrip("/"))
        self._token = settings.shippo_api_token.get_secret_value()
        self._webhook_token = settings.shippo_webhook_token.get_secret_value()
        self._webhook_secret = settings.shippo_webhook_secret.get_secret_value()

    def configured(self) -> bool:
        """Whether there is a key."""
        return bool(self._token)

    def quote(self, parcel: Parcel, *, timeout: float = QUOTE_TIMEOUT) -> Sequence[Rate]:
        """Make a shipment there, which brings its rates along."""
        length, width, height = (f"{size / 10:.1f}" for size in parcel.box_mm)
        answer = self._ask(
            "POST",
            "/shipments",
            {
                "address_from": _address(parcel.origin),
                "address_to": _address(parcel.to),
                "parcels": [
                    {
                        "length": length,
                        "width": width,
                        "height": height,
                        "distance_unit": "cm",
                        "weight": str(parcel.grams),
                        "mass_unit": "g",
                    }
                ],
                "async": False,
            },
            timeout=timeout,
        )
        return [rate for one in answer.get("rates") or () if (rate := _rate(one)) is not None]

    def get_rate(self, external_id: str) -> Rate:
        """Return an offer by its id."""
        rate = _rate(self._ask("GET", f"/rates/{escape(external_id, safe='')}"))
        if rate is None:
            raise Refused(_("This offer is gone. Please ask for prices again."))
        return rate

    def buy(self, rate_id: str, *, reference: str) -> Label:
        """Make a transaction of an offer."""
        wanted = {"rate": rate_id, "label_file_type": LABEL_TYPE, "async": False, "metadata": reference}
        return _label(self._ask("POST", "/transactions", wanted))

    def find_label(self, rate_id: str, *, reference: str) -> Label | None:
        """Look through the transactions of an offer for ours."""
        answer = self._ask("GET", f"/transactions?{urlencode({'rate': rate_id})}")
        found = [_label(one) for one in answer.get("results") or () if one.get("metadata") == reference]
        return next((one for one in found if one.state != "failed"), found[0] if found else None)

    def track(self, tracking_carrier: str, tracking_number: str) -> Tracking:
        """Ask where a parcel is."""
        path = f"/tracks/{escape(tracking_carrier, safe='')}/{escape(tracking_number, safe='')}"
        status = self._ask("GET", path).get("tracking_status") or {}
        return Tracking(
            state=_STATES.get(str(status.get("status")), "unknown"),
            at=_moment(status.get("status_date")),
            words=str(status.get("status_details") or "")[:200],
        )

    def parse_webhook(self, headers: Mapping[str, str], token: str, body: bytes) -> Hint | None:
        """Return the parcel of a `track_updated`; others of their events do not matter to us."""
        self._check(headers, token, body)
        told = _read(body)
        data = told.get("data")
        if told.get("event") != "track_updated" or not isinstance(data, dict):
            return None
        carrier, number = str(data.get("carrier") or ""), str(data.get("tracking_number") or "")
        return Hint(carrier, number) if carrier and number else None

    def _check(self, headers: Mapping[str, str], token: str, body: bytes) -> None:
        """Believe a notification by the secret that was set up; without any, nobody is believed."""
        if self._webhook_secret:
            given = next((value for name, value in headers.items() if name.lower() == "shippo-auth-signature"), "")
            parts = dict(part.strip().partition("=")[::2] for part in given.split(","))
            stamp = parts.get("t", "")
            signed = hmac.new(self._webhook_secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
            fresh = stamp.isdecimal() and abs(now().timestamp() - int(stamp)) <= _TOLERANCE_SECONDS
            if fresh and hmac.compare_digest(signed, parts.get("v1", "")):
                return
        elif self._webhook_token and hmac.compare_digest(self._webhook_token.encode(), token.encode()):
            return
        raise BadSignature(_("This does not come from Shippo."))

    def _ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, timeout: float = CALL_TIMEOUT
    ) -> Answer:
        headers = {
            "Authorization": f"ShippoToken {self._token}",
            "SHIPPO-API-VERSION": API_VERSION,
            "Accept": "application/json",
        }
        if body is not None:
            headers["Content-Type"] = "application/json"
        connection = self._connect(timeout)
        try:
            connection.request(
                method, f"{self._base.path}{path}", None if body is None else json.dumps(body).encode(), headers
            )
            response = connection.getresponse()
            status, text = response.status, response.read(_LARGEST_ANSWER)
        except (OSError, http.client.HTTPException) as error:
            raise Unavailable(_("Shippo can't be reached."), reason=type(error).__name__) from error
        finally:
            connection.close()
        answer = _read(text)
        if status in (408, 409, 429) or status >= 500 or (status < 400 and not answer):
            raise Unavailable(_("Shippo answered %(status)s.", status=status))
        if status >= 400:
            raise Refused(_("Shippo refuses: %(words)s", words=_words(answer)))
        return answer

    def _connect(self, timeout: float) -> http.client.HTTPConnection:
        host, port = self._base.hostname or "", self._base.port
        if self._base.scheme == "https":
            return http.client.HTTPSConnection(host, port, timeout=timeout)
        return http.client.HTTPConnection(host, port, timeout=timeout)


def _address(address: Mapping[str, Any]) -> dict[str, str]:
    given = {
        "name": address.get("name"),
        "company": address.get("company"),
        "street1": address.get("line1"),
        "street2": address.get("line2"),
        "city": address.get("city"),
        "state": address.get("region"),
        "zip": address.get("postcode"),
        "country": address.get("country"),
        "phone": address.get("phone"),
        "email": address.get("email"),
    }
    return {name: str(value) for name, value in given.items() if value}


def _rate(told: Answer) -> Rate | None:
    """Return an offer in the currency of its price, or `None` for one that can't be understood."""
    level = told.get("servicelevel") or {}
    try:
        money = Money.parse(str(told["amount"]), str(told["currency"]))
        return Rate(
            external_id=str(told["object_id"]),
            provider=str(told.get("provider") or ""),
            service=str(level["token"]),
            name=f"{told.get('provider', '')} {level.get('display_name') or level.get('name', '')}".strip(),
            amount_minor=money.minor,
            currency=money.currency,
            days=told["estimated_days"] if isinstance(told.get("estimated_days"), int) else None,
        )
    except (KeyError, ValueError, StoreError):
        return None


def _label(told: Answer) -> Label:
    state = str(told.get("status"))
    return Label(
        external_id=str(told.get("object_id") or ""),
        state="bought" if state == "SUCCESS" else "asked" if state in ("QUEUED", "WAITING") else "failed",
        tracking_number=str(told.get("tracking_number") or ""),
        tracking_link=str(told.get("tracking_url_provider") or ""),
        url=str(told.get("label_url") or ""),
        problem=_words(told) if state not in ("SUCCESS", "QUEUED", "WAITING") else "",
    )


def _read(text: bytes) -> Answer:
    try:
        answer = json.loads(text) if text else {}
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


def _words(answer: Answer) -> str:
    messages = answer.get("messages")
    found = (
        [str(one.get("text", "")) for one in messages if isinstance(one, dict)] if isinstance(messages, list) else []
    )
    return "; ".join(filter(None, found))[:300] or str(answer.get("detail") or answer.get("__all__") or "-")[:300]


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError:
        return None
    return moment if moment.tzinfo else None
