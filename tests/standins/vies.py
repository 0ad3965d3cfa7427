"""A stand-in for the Union's register of VAT ids: `POST /check-vat-number`, as its REST API answers.

A failure comes as `{"actionSucceed": false, "errorWrappers": [{"error": …}]}`, with status 200 as the register itself does.
It can't show what a member state says of a real number.
"""

import json
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.standins.server import StandIn

_ASKED = {"countryCode", "vatNumber", "requesterMemberStateCode", "requesterNumber"}


class ViesStandIn(StandIn):
    """Knows the VAT ids in `known` by the names of their owners; `failing` answers that error instead."""

    path = "/taxation_customs/vies/rest-api"

    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.failing = ""
        self.broken = False
        self.asked: list[dict[str, str]] = []
        standin = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, answer = standin.answer(self.path, body)
                text = b"<html>" if standin.broken else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *arguments: object) -> None:
                pass

        super().__init__(Handler)

    def answer(self, path: str, body: dict[str, str]) -> tuple[int, dict[str, Any]]:
        with self._lock:
            self.asked.append(body)
        if path != f"{self.path}/check-vat-number" or not {"countryCode", "vatNumber"} <= set(body) <= _ASKED:
            return 400, _failure("VOW-ERR-1")
        if not body["countryCode"].isalpha() or not body["vatNumber"]:
            return 400, _failure("INVALID_INPUT")
        if self.failing:
            return 200, _failure(self.failing)
        name = self.known.get(body["countryCode"] + body["vatNumber"])
        return 200, {
            "countryCode": body["countryCode"],
            "vatNumber": body["vatNumber"],
            "requestDate": "2026-11-21T21:00:00.000Z",
            "valid": name is not None,
            "requestIdentifier": "WAPIAAAAY1" if "requesterNumber" in body else "",
            "name": name or "---",
            "address": "---",
        }


def _failure(word: str) -> dict[str, Any]:
    return {"actionSucceed": False, "errorWrappers": [{"error": word}]}
