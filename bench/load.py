"""A closed-loop load generator: each connection sends its next request when the last answer is complete.

One thread, raw sockets, keep-alive. A visitor is a generator that yields requests and is sent the answers, so that it
can carry cookies and tokens on.
"""

import re
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

Visitor = Generator[bytes, "Answer", Any]

_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_COOKIE = re.compile(rb"\r\nset-cookie: *([^;\r]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Answer:
    """A complete answer."""

    status: int
    head: bytes
    body: bytes

    def cookies(self, before: dict[str, str]) -> dict[str, str]:
        """Return the visitor's cookies after this answer."""
        pairs = (pair.decode("latin-1").partition("=") for pair in _COOKIE.findall(self.head))
        return before | {name: value for name, _, value in pairs}


@dataclass
class Load:
    """What one run of a target gave: how many answers, how fast, with which status; `results` of finished visitors."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    size: int = 0
    results: list[Any] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Answers a second."""
        return sum(self.statuses.values()) / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds within which this share of the answers came."""
        ordered = sorted(self.latencies)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000 if ordered else 0.0


class _Connection:
    def __init__(self, port: int, visitor: Visitor) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.visitor = visitor
        self.buffer = b""
        self.wanted: int | None = None
        self.head_size = 0
        self.sent_at = 0.0

    def send(self, request: bytes) -> None:
        self.sent_at = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> Answer | None:
        """Read what is there; return the answer when it is complete."""
        more = self.socket.recv(262_144)
        if not more:
            raise ConnectionError("the server closed the connection")
        self.buffer += more
        if self.wanted is None:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return None
            length = _LENGTH.search(self.buffer, 0, end)
            self.head_size = end + 4
            self.wanted = self.head_size + (int(length[1]) if length else 0)
        if len(self.buffer) < self.wanted:
            return None
        answer = Answer(int(self.buffer[9:12]), self.buffer[: self.head_size], self.buffer[self.head_size :])
        self.buffer, self.wanted = b"", None
        return answer


def drive(port: int, visitors: Sequence[Visitor], *, seconds: float) -> Load:
    """Let the visitors ask until the time is over or all of them have finished; an answer under way is not counted."""
    load = Load()
    selector = selectors.DefaultSelector()
    started = time.perf_counter()
    for visitor in visitors:
        connection = _Connection(port, visitor)
        selector.register(connection.socket, selectors.EVENT_READ, connection)
        connection.send(next(visitor))
    deadline = started + seconds
    while selector.get_map() and time.perf_counter() < deadline:
        for key, _event in selector.select(0.1):
            connection = key.data
            answer = connection.receive()
            if answer is None:
                continue
            load.latencies.append(time.perf_counter() - connection.sent_at)
            load.statuses[answer.status] += 1
            load.size = len(answer.body)
            try:
                connection.send(connection.visitor.send(answer))
            except StopIteration as finished:
                load.results.append(finished.value)
                selector.unregister(connection.socket)
                connection.socket.close()
    load.seconds = time.perf_counter() - started
    for key in list(selector.get_map().values()):
        key.data.socket.close()
    selector.close()
    return load


def request(
    port: int,
    path: str,
    *,
    form: str | None = None,
    cookies: dict[str, str] | None = None,
    address: str = "",
    htmx: bool = False,
) -> bytes:
    """Return the bytes of a request as a browser behind a proxy sends it; `address` is the visitor's own."""
    lines = [f"{'GET' if form is None else 'POST'} {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Accept: text/html"]
    lines += ["Sec-Fetch-Site: same-origin"] if form is not None else []
    lines += ["Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items())] if cookies else []
    lines += [f"X-Forwarded-For: {address}"] if address else []
    lines += ["HX-Request: true", "HX-Request-Type: partial"] if htmx else []
    if form is not None:
        lines += ["Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(form)}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + (form or "")).encode()


def sender(requests: Iterator[bytes]) -> Visitor:
    """A connection that takes its requests from a common heap until it is empty."""
    # Not `yield from`: a plain iterator could not be sent the answers.
    for one in requests:  # noqa: UP028
        yield one


def reader(port: int, next_path: Callable[[], str]) -> Visitor:
    """A visitor who opens one page after the other."""
    while True:
        yield request(port, next_path())


def shopper(port: int, next_handle: Callable[[], str], *, htmx: bool, next_address: Callable[[], str]) -> Visitor:
    """A visitor who puts twenty products into a cart and then begins with another, from another address."""
    while True:
        cookies: dict[str, str] = {}
        address = next_address()
        for _piece in range(20):
            form = f"product={next_handle()}&quantity=1"
            answer = yield request(port, "/cart/lines", form=form, cookies=cookies, address=address, htmx=htmx)
            cookies = answer.cookies(cookies)


def guest(port: int, handles: Sequence[str], *, next_address: Callable[[], str]) -> Visitor:
    """A visitor who fills a cart and gives address and delivery; the value is the request that places the order."""
    cookies: dict[str, str] = {}
    address = next_address()

    def ask(path: str, form: dict[str, str] | None = None) -> Generator[bytes, Answer, str]:
        nonlocal cookies
        sent = None if form is None else urlencode(form)
        answer = yield request(port, path, form=sent, cookies=cookies, address=address)
        cookies = answer.cookies(cookies)
        if answer.status not in (200, 303):
            raise ConnectionError(f"{path} answered {answer.status}")
        return answer.body.decode()

    for handle in handles:
        yield from ask("/cart/lines", {"product": handle, "quantity": "1"})
    page = yield from ask("/checkout/contact")
    yield from ask("/checkout/contact", {"csrf_token": _hidden(page, "csrf_token"), **_CONTACT})
    page = yield from ask("/checkout/delivery")
    form = {"csrf_token": _hidden(page, "csrf_token"), "method": _hidden(page, "method")}
    yield from ask("/checkout/delivery", form)
    page = yield from ask("/checkout/payment")
    form = {name: _hidden(page, name) for name in ("csrf_token", "quote", "provider")}
    return request(port, "/checkout/orders", form=urlencode(form), cookies=cookies, address=address)


def _hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]* value="([^"]+)"', page)
    if found is None:
        raise ConnectionError(f"the page has no field {name}")
    return found[1]


_CONTACT = {
    "email": "ana@example.com",
    "name": "Ana Gruber",
    "country": "AT",
    "line1": "Lindengasse 4",
    "line2": "",
    "postcode": "1070",
    "city": "Wien",
    "phone": "",
}
