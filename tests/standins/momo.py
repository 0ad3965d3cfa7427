"""A stand-in for MoMo's payment API: create, query, refund, and its instant payment notifications.

It keeps books, checks every signature against the texts that MoMo's documents print (written out here once more, not shared
with the shop), answers a repeated `requestId` with its first answer, and has knobs for its bad days.
"""

import hashlib
import hmac
import itertools
import json
import re
import secrets
import time
from collections import Counter
from typing import Any

from tests.standins.server import StandIn, json_calls

# The names of MoMo's public test business, as its documents and samples print them.
PARTNER_CODE = "MOMO"
ACCESS_KEY = "F8BBA842ECF85"
SECRET_KEY = "K951B6PE1waDMi640xX08PD3vg6EkVlz"

_NAME = re.compile(r"[0-9a-zA-Z]([-_.]*[0-9a-zA-Z]+)*")
_RAW = {
    "create": "accessKey={accessKey}&amount={amount}&extraData={extraData}&ipnUrl={ipnUrl}&orderId={orderId}"
    "&orderInfo={orderInfo}&partnerCode={partnerCode}&redirectUrl={redirectUrl}&requestId={requestId}"
    "&requestType={requestType}",
    "query": "accessKey={accessKey}&orderId={orderId}&partnerCode={partnerCode}&requestId={requestId}",
    "refund": "accessKey={accessKey}&amount={amount}&description={description}&orderId={orderId}"
    "&partnerCode={partnerCode}&requestId={requestId}&transId={transId}",
    "notification": "accessKey={accessKey}&amount={amount}&extraData={extraData}&message={message}&orderId={orderId}"
    "&orderInfo={orderInfo}&orderType={orderType}&partnerCode={partnerCode}&payType={payType}&requestId={requestId}"
    "&responseTime={responseTime}&resultCode={resultCode}&transId={transId}",
}
_MESSAGES = {
    0: "Successful.",
    10: "System is under maintenance.",
    13: "Merchant authentication failed.",
    20: "Bad format request.",
    22: "The transaction amount is out of range.",
    40: "Duplicated requestId.",
    41: "Duplicated orderId.",
    42: "OrderId is not found.",
    1000: "Transaction is initiated, waiting for user confirmation.",
    1005: "Transaction failed because the url or QR code expired.",
    1006: "Transaction failed because user has denied to confirm the payment.",
    1081: "Refund is rejected. The original transaction might have been refunded.",
    7000: "Transaction is being processed.",
}


def sign(kind: str, fields: dict[str, Any], secret: str = SECRET_KEY) -> str:
    raw = _RAW[kind].format(**{"accessKey": ACCESS_KEY, **fields})
    return hmac.new(secret.encode(), raw.encode(), hashlib.sha256).hexdigest()


class MoMoStandIn(StandIn):
    """One business. `lose`, `fail` and `hang` name calls: `create`, `query`, `refund`."""

    def __init__(self) -> None:
        self.payments: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.answers: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {}
        self.refuse: dict[str, int] = {}
        self.lose: Counter[str] = Counter()
        self.fail: Counter[str] = Counter()
        self.hang: Counter[str] = Counter()
        self.hang_seconds = 1.0
        self.calls: list[str] = []
        self._numbers = itertools.count(4_088_878_653)
        super().__init__(json_calls(self, "/v2/gateway/api/", ("create", "query", "refund")))

    # What a shopper does on MoMo's page, and what time does.

    def settle(self, name: str, code: int) -> None:
        with self._lock:
            payment = self.payments[name]
            if payment["code"] in (1000, 7000):
                payment.update(code=code, transId=next(self._numbers))

    def pay(self, name: str) -> None:
        self.settle(name, 0)

    def deny(self, name: str) -> None:
        self.settle(name, 1006)

    def process(self, name: str) -> None:
        self.settle(name, 7000)

    def lapse(self, name: str) -> None:
        self.settle(name, 1005)

    def notification(self, name: str, *, secret: str = SECRET_KEY) -> bytes:
        payment = self.payments.get(name, {"orderId": name, "code": 0, "amount": 1000, "extraData": "", "transId": 1})
        fields = {
            "partnerCode": PARTNER_CODE,
            "orderId": name,
            "requestId": name,
            "amount": payment["amount"],
            "orderInfo": payment.get("orderInfo", ""),
            "orderType": "momo_wallet",
            "transId": payment["transId"],
            "resultCode": payment["code"],
            "message": _MESSAGES.get(payment["code"], "?"),
            "payType": "qr",
            "responseTime": int(time.time() * 1000),
            "extraData": payment["extraData"],
        }
        return json.dumps({**fields, "signature": sign("notification", fields, secret)}).encode()

    # The API.

    def answer(self, call: str, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        with self._lock:
            self.calls.append(call)
            if self.fail[call] > 0:
                self.fail[call] -= 1
                return 500, {"message": "Internal Server Error"}
            try:
                right = hmac.compare_digest(sign(call, given), str(given.get("signature", "")))
            except KeyError:
                return 400, self._said(given, 20)
            if not right or given["partnerCode"] != PARTNER_CODE:
                return 400, self._said(given, 13)
            if call in self.refuse:
                return 400, self._said(given, self.refuse.pop(call))
            if call == "query":
                return self._query(given)
            if not _NAME.fullmatch(given["orderId"]) or len(given["requestId"]) > 50:
                return 400, self._said(given, 20)
            known = self.answers.get(given["requestId"])
            if known is not None:
                return (200, known[1]) if known[0] == given else (400, self._said(given, 40))
            status, said = self._create(given) if call == "create" else self._refund(given)
            if said["resultCode"] == 0:
                self.answers[given["requestId"]] = (given, said)
            return status, said

    def _create(self, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if given["orderId"] in self.payments:
            return 400, self._said(given, 41)
        if not 1000 <= int(given["amount"]) <= 50_000_000:
            return 400, self._said(given, 22)
        self.payments[given["orderId"]] = {**given, "code": 1000, "transId": 0}
        link = f"https://test-payment.momo.vn/v2/gateway/pay?t={secrets.token_urlsafe(16)}"
        return 200, {**self._said(given, 0), "payUrl": link, "amount": given["amount"]}

    def _query(self, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        payment = self.payments.get(given["orderId"])
        if payment is None:
            return 400, self._said(given, 42)
        refunds = [one for one in self.refunds.values() if one["of"] == given["orderId"]]
        return 200, {
            **self._said(given, payment["code"]),
            "extraData": payment["extraData"],
            "amount": payment["amount"],
            "transId": payment["transId"],
            "payType": "qr",
            "refundTrans": [{name: value for name, value in one.items() if name != "of"} for one in refunds],
        }

    def _refund(self, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        name = next((name for name, one in self.payments.items() if one["transId"] == given["transId"]), "")
        payment = self.payments.get(name)
        if payment is None or payment["code"] != 0:
            return 400, self._said(given, 42)
        if given["orderId"] in self.refunds or given["orderId"] in self.payments:
            return 400, self._said(given, 41)
        gone = sum(one["amount"] for one in self.refunds.values() if one["of"] == name)
        if gone + given["amount"] > payment["amount"]:
            return 400, self._said(given, 1081)
        self.refunds[given["orderId"]] = {
            "orderId": given["orderId"],
            "amount": given["amount"],
            "resultCode": 0,
            "transId": next(self._numbers),
            "createdTime": int(time.time() * 1000),
            "of": name,
        }
        return 200, {**self._said(given, 0), "amount": given["amount"], "transId": given["transId"]}

    def _said(self, given: dict[str, Any], code: int) -> dict[str, Any]:
        return {
            "partnerCode": PARTNER_CODE,
            "requestId": given.get("requestId"),
            "orderId": given.get("orderId"),
            "responseTime": int(time.time() * 1000),
            "resultCode": code,
            "message": _MESSAGES.get(code, "?"),
        }
