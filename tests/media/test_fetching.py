"""Pictures of an import are fetched from public hosts only, by https, within bounds of size and time."""

import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from store.core.errors import Invalid, Unavailable
from store.media import fetching
from store.media.fetching import fetch, is_public

HOST = "pictures.example.com"


class Origin(BaseHTTPRequestHandler):
    """A picture host with every bad habit."""

    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.headers["Host"] + self.path)
        answers: dict[str, Callable[[], None]] = {
            "/ok.jpg": lambda: self.answer(200, b"bytes"),
            "/round": lambda: self.move("/round"),
            "/once": lambda: self.move("/ok.jpg"),
            "/inside": lambda: self.move("https://metadata.internal/latest"),
            "/plain": lambda: self.move(f"http://{HOST}/ok.jpg"),
            "/gone": lambda: self.answer(404, b""),
            "/busy": lambda: self.answer(503, b""),
            "/often": lambda: self.answer(429, b""),
            "/large": lambda: self.answer(200, b"x" * 200_000),
            "/drip": self.drip,
            "/headers": self.drip_headers,
            "/half": self.half,
        }
        answers[self.path]()

    def answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def move(self, to: str) -> None:
        self.send_response(302)
        self.send_header("Location", to)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def half(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"x")
        self.close_connection = True

    def drip_headers(self) -> None:
        stop = threading.Event()
        self.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(90):
            try:
                self.wfile.write(f"X-{number}: and so on\r\n".encode())
                self.wfile.flush()
            except OSError:
                return
            stop.wait(0.1)

    def drip(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        stop = threading.Event()
        for _ in range(100):
            try:
                self.wfile.write(b"x")
                self.wfile.flush()
            except OSError:
                return
            stop.wait(0.05)

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def origin(tmp_path_factory) -> Iterator[ThreadingHTTPServer]:
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", f"/CN={HOST}", "-addext",
         f"subjectAltName=DNS:{HOST}", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    server = ThreadingHTTPServer(("127.0.0.1", 0), Origin)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.certificate = str(certificate)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def get(origin) -> Callable[..., bytes]:
    """Fetch from the picture host, which the name server says is public; the connection really goes to it."""

    def connect(address: str, port: int, host: str, timeout: float) -> socket.socket:
        assert (address, port) == ("93.184.215.14", 443)
        context = ssl.create_default_context(cafile=origin.certificate)
        return context.wrap_socket(
            socket.create_connection(("127.0.0.1", origin.server_port), timeout), server_hostname=host
        )

    def run(path: str, **more: object) -> bytes:
        Origin.asked.clear()
        names = {HOST: ["93.184.215.14"], "metadata.internal": ["169.254.169.254"]}
        options = {"resolve": lambda host, _port: names[host], "connect": connect, **more}
        return fetch(f"https://{HOST}{path}", **options)  # type: ignore[arg-type]

    return run


def test_a_picture_is_fetched_and_redirects_are_followed(get):
    assert get("/ok.jpg") == b"bytes"
    assert get("/once") == b"bytes"
    assert Origin.asked == [f"{HOST}/once", f"{HOST}/ok.jpg"]


def test_three_redirects_are_enough(get):
    with pytest.raises(Invalid, match="circles"):
        get("/round")
    assert len(Origin.asked) == 4


def test_a_redirect_is_judged_like_the_first_address(get):
    with pytest.raises(Invalid, match="public host"):
        get("/inside")
    with pytest.raises(Invalid, match="https"):
        get("/plain")


@pytest.mark.parametrize("path", ["/busy", "/often"])
def test_a_host_in_trouble_is_asked_again_later(get, path):
    with pytest.raises(Unavailable) as caught:
        get(path)
    assert not caught.value.permanent


def test_a_picture_that_is_gone_is_not_asked_for_again(get):
    with pytest.raises(Invalid, match="404"):
        get("/gone")


def test_a_file_larger_than_the_bound_is_dropped_on_the_way(get, monkeypatch):
    monkeypatch.setattr(fetching, "MAX_BYTES", 100_000)
    with pytest.raises(Invalid, match="larger"):
        get("/large")


@pytest.mark.parametrize("path", ["/drip", "/headers"])
def test_a_drip_of_bytes_ends_with_the_time_for_all_of_it(get, monkeypatch, path):
    monkeypatch.setattr(fetching, "DEADLINE_SECONDS", 0.5)
    began = time.monotonic()
    with pytest.raises(Unavailable):
        get(path)
    assert time.monotonic() - began < 4


def test_half_a_picture_is_asked_for_again(get):
    with pytest.raises(Unavailable):
        get("/half")


def test_a_certificate_of_another_host_is_refused(get):
    def to_another(host: str, _port: int) -> list[str]:
        return ["93.184.215.14"]

    with pytest.raises(Unavailable):
        fetch("https://other.example.com/ok.jpg", resolve=to_another, connect=get.__closure__[0].cell_contents)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/a.jpg",
        "ftp://example.com/a.jpg",
        "file:///etc/passwd",
        "https://",
        "https://user:secret@example.com/a.jpg",
        "https://example.com:8443/a.jpg",
        "https://example.com/a b.jpg",
        "https://example.com/a\r\nHost: evil",
        "https://exämple.com/a.jpg",
        "https://[::1/a.jpg",
        "//example.com/a.jpg",
    ],
)
def test_only_plain_https_addresses_are_asked(url):
    with pytest.raises(Invalid):
        fetch(url, resolve=lambda _host, _port: pytest.fail("resolved"), connect=lambda *_: pytest.fail("connected"))


INSIDE = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "224.0.0.1",
    "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
    "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1", "192.0.2.1", "not an address",
]  # fmt: skip


@pytest.mark.parametrize("address", INSIDE)
def test_addresses_inside_are_not_public(address):
    assert not is_public(address)
    with pytest.raises(Invalid, match="public host"):
        fetch(
            "https://example.com/a.jpg",
            resolve=lambda _host, _port: ["93.184.215.14", address],
            connect=lambda *_: pytest.fail("connected"),
        )


@pytest.mark.parametrize("address", ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111"])
def test_addresses_outside_are_public(address):
    assert is_public(address)


def test_the_name_is_resolved_once_and_the_connection_goes_to_what_was_judged():
    answers = iter([["93.184.215.14"], ["127.0.0.1"]])
    reached: list[str] = []

    def connect(address: str, *_more: object) -> socket.socket:
        reached.append(address)
        raise ConnectionRefusedError

    with pytest.raises(Unavailable):
        fetch("https://example.com/", resolve=lambda _host, _port: next(answers), connect=connect)
    assert reached == ["93.184.215.14"]


def test_a_machine_without_a_network_says_that_later_may_help():
    def offline(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    with pytest.raises(Unavailable):
        fetch("https://example.com/", resolve=offline)
