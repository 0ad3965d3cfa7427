"""A stand-in for ZaloPay's Open API v2: create, query, cancel, refund, query_refund, and its callbacks.

It keeps books, checks every `mac` against the texts that ZaloPay's documents print (written out here once more, not shared
with the shop), refuses ids of another day and ids that come again, and has knobs for its bad days.
"""

import hashlib
import hmac
import itertools
import json
import secrets
from collections import Counter
from datetime import timedelta, timezone
from typing import Any

from store.core.clock import now
from tests.standins.server import StandIn, json_calls

# ZaloPay's public sandbox application, as its documents and samples print it.
APP_ID = 2553
KEY1 = "PcY4iZIKFCIdgZvA6ueMcMHHUbRLYjPL"
KEY2 = "kLtgPl8HHhfvMuDHPwKfgfsY4Ydm9eIz"

_SIGNED = {
    "create": "{app_id}|{app_trans_id}|{app_user}|{amount}|{app_time}|{embed_data}|{item}",
    "query": "{app_id}|{app_trans_id}|" + KEY1,
    "cancel": "{app_id}|{app_trans_id}|" + KEY1,
    "refund": "{app_id}|{zp_trans_id}|{amount}|{description}|{timestamp}",
    "query_refund": "{app_id}|{m_refund_id}|{timestamp}",
}
_VIETNAM = timezone(timedelta(hours=7))
_OPEN, _PROCESSING, _PAID, _FAILED, _CLOSED, _LAPSED = "open", "processing", "paid", "failed", "closed", "lapsed"


def mac(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


class ZaloPayStandIn(StandIn):
    """One application. `lose`, `fail` and `hang` name calls: `create`, `query`, `cancel`, `refund`, `query_refund`."""

    def __init__(self) -> None:
        self.orders: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.refuse: dict[str, int] = {}
        self.lose: Counter[str] = Counter()
        self.fail: Counter[str] = Counter()
        self.hang: Counter[str] = Counter()
        self.hang_seconds = 1.0
        self.calls: list[str] = []
        self._numbers = itertools.count(200_904_000_000_389)
        super().__init__(json_calls(self, "/v2/", ("create", "query", "cancel", "refund", "query_refund")))

    # What a shopper does on ZaloPay's page, and what time does.

    def settle(self, trans_id: str, status: str) -> None:
        with self._lock:
            order = self.orders[trans_id]
            if order["status"] in (_OPEN, _PROCESSING):
                order.update(status=status, zp_trans_id=next(self._numbers))

    def pay(self, trans_id: str) -> None:
        self.settle(trans_id, _PAID)

    def fail_payment(self, trans_id: str) -> None:
        self.settle(trans_id, _FAILED)

    def process(self, trans_id: str) -> None:
        self.settle(trans_id, _PROCESSING)

    def lapse(self, trans_id: str) -> None:
        self.settle(trans_id, _LAPSED)

    def callback(self, trans_id: str, *, key: str = KEY2) -> bytes:
        order = self.orders.get(trans_id, {"app_trans_id": trans_id, "amount": 1000, "zp_trans_id": 1})
        names = ("app_id", "app_trans_id", "app_time", "app_user", "amount", "embed_data", "item", "zp_trans_id")
        data = json.dumps({**{name: order[name] for name in names if name in order}, "server_time": 1, "channel": 38})
        return json.dumps({"data": data, "mac": mac(key, data), "type": 1}).encode()

    # The API.

    def answer(self, call: str, given: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        with self._lock:
            self.calls.append(call)
            if self.fail[call] > 0:
                self.fail[call] -= 1
                return 500, {}
            try:
                right = hmac.compare_digest(mac(KEY1, _SIGNED[call].format(**given)), str(given.get("mac", "")))
            except KeyError:
                return 200, _said(2, -401, "ILLEGAL_DATA_REQUEST")
            if not right or int(given["app_id"]) != APP_ID:
                return 200, _said(2, -402, "ILLEGAL_APP/SIGNATURE_REQUEST")
            if call in self.refuse:
                return 200, _said(2, self.refuse.pop(call), "REFUSED")
            return 200, getattr(self, f"_{call}")(given)

    def _create(self, given: dict[str, Any]) -> dict[str, Any]:
        trans_id = given["app_trans_id"]
        json.loads(given["embed_data"]), json.loads(given["item"])
        if not _is_today(trans_id) or len(trans_id) > 40 or given["amount"] < 1000:
            return _said(2, -401, "ILLEGAL_DATA_REQUEST")
        if trans_id in self.orders:
            return _said(2, -68, "DUPLICATE_APPS_TRANS_ID")
        self.orders[trans_id] = {**given, "status": _OPEN, "zp_trans_id": 0}
        link = f"https://qcgateway.zalopay.vn/openinapp?order={secrets.token_urlsafe(16)}"
        return {**_said(1, 1, ""), "order_url": link, "zp_trans_token": secrets.token_urlsafe(12)}

    def _query(self, given: dict[str, Any]) -> dict[str, Any]:
        order = self.orders.get(given["app_trans_id"])
        if order is None:
            return _said(2, -101, "ORDER_NOT_EXIST")
        if order["status"] == _PAID:
            return {**_said(1, 1, ""), "amount": order["amount"], "zp_trans_id": order["zp_trans_id"]}
        if order["status"] in (_OPEN, _PROCESSING):
            return {**_said(3, -49, "Unpaid or in progress"), "is_processing": order["status"] == _PROCESSING}
        if order["status"] == _FAILED:
            return _said(2, -217, "BANK_ERROR")
        # How a cancelled order is told apart from one whose time is over is not documented.
        return _said(2, -54, "TIME_INVALID")

    def _cancel(self, given: dict[str, Any]) -> dict[str, Any]:
        order = self.orders.get(given["app_trans_id"])
        if order is None:
            return _said(2, -101, "ORDER_NOT_EXIST")
        if order["status"] != _OPEN:
            return _said(2, 0, "It can't be cancelled any more.")
        order["status"] = _CLOSED
        return _said(1, 1, "")

    def _refund(self, given: dict[str, Any]) -> dict[str, Any]:
        name = given["m_refund_id"]
        orders = (one for one in self.orders.values() if str(one["zp_trans_id"]) == given["zp_trans_id"])
        order = next(orders, None)
        if not _is_today(name) or name.split("_")[1] != str(APP_ID) or len(name) > 45:
            return _said(2, -401, "ILLEGAL_DATA_REQUEST")
        if name in self.refunds:
            return _said(2, -23, "DUPLICATE_M_REFUND_ID")
        if order is None or order["status"] != _PAID:
            return _said(2, -101, "ORDER_NOT_FOUND")
        gone = sum(one["amount"] for one in self.refunds.values() if one["zp_trans_id"] == given["zp_trans_id"])
        if gone + given["amount"] > order["amount"]:
            return _said(2, -14, "REFUND_AMOUNT_INVALID")
        self.refunds[name] = {**given, "status": 1}
        return {**_said(3, 2, "REFUND_PROCESSING"), "refund_id": next(self._numbers)}

    def _query_refund(self, given: dict[str, Any]) -> dict[str, Any]:
        refund = self.refunds.get(given["m_refund_id"])
        if refund is None:
            return _said(2, -101, "M_REFUND_ID_NOT_FOUND")
        return _said(
            refund["status"], {1: 1, 2: 0, 3: 2}[refund["status"]], {2: "REFUND_FAILED"}.get(refund["status"], "")
        )


def _said(code: int, sub: int, words: str) -> dict[str, Any]:
    return {"return_code": code, "return_message": words, "sub_return_code": sub, "sub_return_message": words}


def _is_today(name: str) -> bool:
    return name.startswith(f"{now().astimezone(_VIETNAM):%y%m%d}_")
