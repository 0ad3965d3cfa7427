"""A stand-in for Shippo's REST API as published (version 2018-02-08): shipments, rates, transactions, tracks, webhooks.

Requests are checked as the API reference describes them: the key, the version, JSON, required fields, sizes and weights
as texts with their units. Knobs: `fail` are the statuses of the next answers, `slow` seconds before each, `lose` how many
of the next replies are lost after the work was done, `queue` whether labels are first QUEUED, `most_grams` what services take.
"""

import hashlib
import hmac
import itertools
import json
import re
import time
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.standins.server import StandIn

TOKEN = "shippo_test_of_the_standin"
SECRET = "secret-of-the-standin"

# Service, name, days, and its price in cents for so many grams.
_SERVICES = (
    ("USPS", "usps_priority", "Priority Mail", 2, lambda grams: 700 + grams // 10),
    ("DHL Express", "dhl_express_worldwide", "Express Worldwide", 1, lambda grams: 2500 + grams // 5),
)
_ADDRESS = ("name", "street1", "city", "country")


class Refusal(Exception):
    def __init__(self, status: int, **body: Any) -> None:
        super().__init__(str(body))
        self.status, self.body = status, body


class ShippoStandIn(StandIn):
    def __init__(self, *, currency: str = "EUR") -> None:
        self.currency = currency
        self.shipments: list[dict[str, Any]] = []
        self.rates: dict[str, dict[str, Any]] = {}
        self.transactions: list[dict[str, Any]] = []
        self.tracks: dict[tuple[str, str], str] = {}
        self.calls: list[str] = []
        self.fail: list[int] = []
        self.lose, self.slow, self.queue = 0, 0.0, False
        self.decline = ""
        self.most_grams = 30_000
        self._serial = itertools.count(1)
        super().__init__(_handler(self))

    def answer(self, method: str, target: str, headers: Any, body: bytes) -> tuple[int, dict[str, Any]] | None:
        """Status and body of an answer; `None` when its reply is lost."""
        parts = urlsplit(target)
        time.sleep(self.slow)
        with self._lock:
            self.calls.append(f"{method} {parts.path}")
            if self.fail:
                return self.fail.pop(0), {"detail": "Something is wrong"}
            try:
                answer = self._do(method, parts.path.rstrip("/"), parse_qs(parts.query), headers, body)
            except Refusal as refusal:
                return refusal.status, refusal.body
            if self.lose and method == "POST":
                self.lose -= 1
                return None
            return answer

    def notify(self, carrier: str, number: str, status: str = "DELIVERED") -> tuple[bytes, dict[str, str]]:
        """Body and headers of the notification of a track, signed as their documentation says."""
        self.tracks[carrier, number] = status
        body = json.dumps(
            {"event": "track_updated", "test": True, "carrier": carrier, "data": self._track(carrier, number)}
        ).encode()
        return body, sign(body)

    def _do(
        self, method: str, path: str, query: dict[str, list[str]], headers: Any, body: bytes
    ) -> tuple[int, dict[str, Any]]:
        if headers.get("Authorization") != f"ShippoToken {TOKEN}":
            raise Refusal(401, detail="Invalid token")
        if headers.get("SHIPPO-API-VERSION") != "2018-02-08":
            raise Refusal(400, detail="Unknown version")
        if body and headers.get("Content-Type") != "application/json":
            raise Refusal(415, detail="Unsupported media type")
        given = json.loads(body) if body else {}
        if (method, path) == ("POST", "/shipments"):
            return 201, self._ship(given)
        if method == "GET" and (found := re.fullmatch(r"/rates/(\w+)", path)):
            if found[1] not in self.rates:
                raise Refusal(404, detail="Not found.")
            return 200, self.rates[found[1]]
        if (method, path) == ("POST", "/transactions"):
            return 201, self._buy(given)
        if (method, path) == ("GET", "/transactions"):
            wanted = query.get("rate", [None])[0]
            for one in self.transactions:
                _finish(one)
            return 200, {"next": None, "results": [one for one in self.transactions if wanted in (None, one["rate"])]}
        if method == "GET" and (found := re.fullmatch(r"/tracks/(\w+)/(\w+)", path)):
            return 200, self._track(found[1], found[2])
        raise Refusal(404, detail="Not found.")

    def _ship(self, given: dict[str, Any]) -> dict[str, Any]:
        for side in ("address_from", "address_to"):
            missing = [name for name in _ADDRESS if not given.get(side, {}).get(name)]
            if missing:
                raise Refusal(400, **{side: [{name: ["This field is required."] for name in missing}]})
        (parcel,) = given["parcels"]
        if not all(isinstance(parcel.get(one), str) for one in ("length", "width", "height", "weight")):
            raise Refusal(400, parcels=["sizes and weight are texts"])
        if (parcel["distance_unit"], parcel["mass_unit"]) != ("cm", "g") or given.get("async") is not False:
            raise Refusal(400, parcels=["units"])
        self.shipments.append(given)
        grams = int(parcel["weight"])
        rates = [self._rate(*service, grams=grams) for service in _SERVICES if grams <= self.most_grams]
        return {"object_id": self._id(), "status": "SUCCESS", "rates": rates, "messages": []}

    def _rate(self, provider: str, token: str, name: str, days: int, price: Any, *, grams: int) -> dict[str, Any]:
        amount = f"{price(grams) / 100:.2f}"
        rate = {
            "object_id": self._id(),
            "amount": amount,
            "currency": self.currency,
            "amount_local": amount,
            "currency_local": self.currency,
            "provider": provider,
            "servicelevel": {"name": name, "token": token},
            "estimated_days": days,
        }
        self.rates[str(rate["object_id"])] = rate
        return rate

    def _buy(self, given: dict[str, Any]) -> dict[str, Any]:
        rate = self.rates.get(given["rate"])
        if (
            rate is None
            or given.get("label_file_type") not in ("PDF", "PDF_A6", "PDF_4x6")
            or given["async"] is not False
        ):
            raise Refusal(400, detail="Bad request")
        if len(given.get("metadata", "")) > 100:
            raise Refusal(400, metadata=["Ensure this field has no more than 100 characters."])
        number = f"{9400110000000000000000 + next(self._serial)}"
        sold = {
            "object_id": self._id(),
            "object_state": "VALID",
            "status": "QUEUED" if self.queue else "SUCCESS",
            "rate": given["rate"],
            "metadata": given.get("metadata", ""),
            "tracking_number": "" if self.queue else number,
            "tracking_status": "UNKNOWN",
            "tracking_url_provider": "" if self.queue else f"https://track.example/{number}",
            "label_url": "" if self.queue else f"https://labels.example/{number}.pdf",
            "messages": [],
            "_number": number,
        }
        if self.decline:
            sold |= {"status": "ERROR", "tracking_number": "", "label_url": "", "messages": [{"text": self.decline}]}
        self.transactions.append(sold)
        return sold

    def _track(self, carrier: str, number: str) -> dict[str, Any]:
        status = self.tracks.get((carrier, number), "UNKNOWN")
        told = {"status": status, "status_details": "As told", "status_date": "2026-11-25T10:00:00Z"}
        return {"carrier": carrier, "tracking_number": number, "tracking_status": told, "messages": []}

    def _id(self) -> str:
        return hashlib.md5(str(next(self._serial)).encode(), usedforsecurity=False).hexdigest()


def sign(body: bytes, *, secret: str = SECRET, moment: float | None = None) -> dict[str, str]:
    """The header that proves a notification."""
    stamp = str(int(moment if moment is not None else time.time()))
    made = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Shippo-Auth-Signature": f"t={stamp},v1={made}"}


def _finish(sold: dict[str, Any]) -> None:
    """Make a label that was queued, when somebody looks."""
    if sold["status"] == "QUEUED":
        number = sold["_number"]
        links = {
            "tracking_url_provider": f"https://track.example/{number}",
            "label_url": f"https://labels.example/{number}.pdf",
        }
        sold |= {"status": "SUCCESS", "tracking_number": number, **links}


def _handler(standin: ShippoStandIn) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            answer = standin.answer(self.command, self.path, self.headers, self.rfile.read(length))
            if answer is None:
                self.close_connection = True
                return
            status, body = answer
            text = json.dumps({name: value for name, value in body.items() if not name.startswith("_")}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_POST = do_GET  # noqa: N815 - http.server calls it so

        def log_message(self, *args: object) -> None:
            pass

    return Handler
