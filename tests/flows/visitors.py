"""People in front of a running shop, as far as HTTP goes: cookies, forms, and where they are led."""

import http.client
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urlsplit

CONTACT = {
    "email": "ana@example.com",
    "name": "Ana Gruber",
    "country": "AT",
    "line1": "Lindengasse 4",
    "line2": "",
    "postcode": "1070",
    "city": "Wien",
    "phone": "",
}

# What a connection says that ended without an answer: nobody listened, or whoever listened died.
UNANSWERED = (ConnectionError, http.client.RemoteDisconnected)


@dataclass(frozen=True)
class Answer:
    """What came back. `location` is a path on the shop, whatever host it was given with; `seconds` is how long it took."""

    status: int
    text: str
    location: str
    seconds: float


class Browser:
    """One person's cookies. `patience` is for how many seconds a request that nobody answered is sent again.

    `answers` keeps all that came back; `unanswered` counts what nobody answered.
    """

    def __init__(self, url: str, *, patience: float = 0, timeout: float = 60) -> None:
        self.address = urlsplit(url).netloc
        self.patience = patience
        self.timeout = timeout
        self.cookies: dict[str, str] = {}
        self.answers: list[tuple[str, Answer]] = []
        self.unanswered = 0

    def get(self, path: str) -> Answer:
        return self.send("GET", path)

    def post(self, path: str, data: Mapping[str, str] | None = None) -> Answer:
        return self.send("POST", path, urlencode(data or {}).encode(), "application/x-www-form-urlencoded")

    def send(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> Answer:
        deadline = time.monotonic() + self.patience
        while True:
            try:
                answer = self._send(method, path, body, kind)
            except UNANSWERED:
                self.unanswered += 1
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
                continue
            self.answers.append((f"{method} {path}", answer))
            return answer

    def _send(self, method: str, path: str, body: bytes | None, kind: str) -> Answer:
        headers = {"Sec-Fetch-Site": "same-origin", "Connection": "close"}
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if kind:
            headers["Content-Type"] = kind
        connection = http.client.HTTPConnection(self.address, timeout=self.timeout)
        started = time.monotonic()
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read().decode()
        finally:
            connection.close()
        for header in response.msg.get_all("Set-Cookie") or []:
            for name, morsel in SimpleCookie(header).items():
                if morsel["max-age"] == "0" or not morsel.value:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        parts = urlsplit(response.headers.get("Location", ""))
        location = parts.path + (f"?{parts.query}" if parts.query else "")
        return Answer(response.status, text, location, time.monotonic() - started)

    def twin(self) -> "Browser":
        """Return another tab of the same browser, or another of many hands on one mouse."""
        other = type(self)(f"http://{self.address}", patience=self.patience, timeout=self.timeout)
        other.cookies = dict(self.cookies)
        return other


class Shopper(Browser):
    """Somebody who buys."""

    def add(self, handle: str = "bowl", quantity: int = 1) -> Answer:
        """Look at a product and put it into the cart."""
        assert self.get(f"/products/{handle}").status == 200
        return self.post("/cart/lines", {"product": handle, "quantity": str(quantity)})

    def give_contact(self) -> Answer:
        page = self.get("/checkout/contact")
        return page if page.status != 200 else self.post("/checkout/contact", {**CONTACT, **fields(page, "csrf_token")})

    def choose_delivery(self) -> Answer:
        page = self.get("/checkout/delivery")
        if page.status != 200:
            return page
        return self.post("/checkout/delivery", fields(page, "csrf_token", "method"))

    def last_step(self) -> dict[str, str]:
        """Return what the form of the last step would send."""
        page = self.get("/checkout/payment")
        assert page.status == 200, (page.status, page.location)
        return last_form(page)

    def place(self, form: Mapping[str, str]) -> Answer:
        return self.post("/checkout/orders", form)

    def go_to_bank(self, handle: str = "bowl", quantity: int = 1) -> str:
        """Do everything up to the bank's page and return its path."""
        self.reach_last_step(handle, quantity)
        answer = self.place(self.last_step())
        assert answer.status == 303, (answer.status, answer.text[:2000])
        assert answer.location.startswith("/-/test-gateway/"), answer.location
        return answer.location

    def reach_last_step(self, handle: str = "bowl", quantity: int = 1) -> None:
        for answer in (self.add(handle, quantity), self.give_contact(), self.choose_delivery()):
            assert answer.status == 303, (answer.status, answer.text[:2000])

    def decide(self, bank_page: str, outcome: str = "pay", **more: str) -> Answer:
        """Press a button of the bank's page."""
        return self.post(f"{bank_page}/decision", {"outcome": outcome, **more})

    def buy(self, handle: str = "bowl", quantity: int = 1) -> str:
        """Buy and return the order's token; the confirmation has been seen."""
        return self.come_back(self.decide(self.go_to_bank(handle, quantity)))

    def come_back(self, answer: Answer) -> str:
        """Follow the bank's way back to the confirmation and return the order's token."""
        assert answer.status == 303, (answer.status, answer.text[:2000])
        back = self.get(answer.location)
        assert back.status == 303, (back.status, back.text[:2000])
        assert self.get(back.location).status == 200
        return token_in(back.location)


class Clerk(Browser):
    """Somebody of the staff, logged in."""

    def log_in(self, email: str, password: str) -> None:
        page = self.get("/admin/login")
        answer = self.post("/admin/login", {"email": email, "password": password, **fields(page, "csrf_token")})
        assert answer.status == 303, answer.text[:2000]

    def ship(self, order_id: int) -> Answer:
        form = fields(self.get(f"/admin/orders/{order_id}"), "csrf_token")
        return self.post(f"/admin/orders/{order_id}/shipment", {**form, "carrier": "Post", "tracking_number": "AT 1"})

    def cancel(self, order_id: int) -> Answer:
        return self._confirm(f"/admin/orders/{order_id}/cancellation", {"reason": "asked to"})

    def refund(self, order_id: int) -> Answer:
        return self._confirm(f"/admin/orders/{order_id}/refund", {"reason": "broken", "restock": "y"})

    def upload(self, page: str, picture: bytes) -> Answer:
        """Add a picture to a product; `page` is the product's."""
        token = fields(self.get(page), "csrf_token")["csrf_token"]
        body = b"".join(
            [
                b'--edge\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n' + token.encode() + b"\r\n",
                b'--edge\r\nContent-Disposition: form-data; name="file"; filename="new.png"\r\n',
                b"Content-Type: image/png\r\n\r\n" + picture + b"\r\n--edge--\r\n",
            ]
        )
        return self.send("POST", f"{page}/pictures", body, "multipart/form-data; boundary=edge")

    def _confirm(self, path: str, entered: Mapping[str, str]) -> Answer:
        page = self.get(path)
        return self.post(path, {**entered, **fields(page, "csrf_token", "request_id")})


def last_form(page: Answer) -> dict[str, str]:
    """Return what the form of the checkout's last step would send."""
    return {**fields(page, "csrf_token", "quote"), "provider": "test"}


def fields(page: Answer, *names: str) -> dict[str, str]:
    """Return what fields of a page's form hold; of a choice, the first."""
    found = {}
    for name in names:
        tag = re.search(rf'<input[^>]*\bname="{name}"[^>]*>', page.text)
        assert tag is not None, f"no {name} on a page of status {page.status}: {page.text[:2000]}"
        value = re.search(r'\bvalue="([^"]*)"', tag[0])
        assert value is not None
        found[name] = value[1]
    return found


def token_in(path: str) -> str:
    """Return the order's token in the path of one of its pages."""
    found = re.match(r"/(?:orders|checkout/return)/([^/?]+)", path)
    assert found is not None, path
    return found[1]
