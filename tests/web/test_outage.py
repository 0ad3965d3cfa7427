"""The database goes away under a running shop and comes back: no restart, no endless errors, no hanging."""

import socket
import threading
import time
from contextlib import suppress

import pytest
from sqlalchemy import make_url

from store.core.db import db
from store.web import markets
from tests.web.conftest import make_probe_app


class Line:
    """A TCP line to the database that can be cut and mended."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._whole = threading.Event()
        self._whole.set()
        self._open: list[socket.socket] = []
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def cut(self) -> None:
        self._whole.clear()
        for end in self._open:
            end.close()
        self._open.clear()

    def mend(self) -> None:
        self._whole.set()

    def close(self) -> None:
        self.cut()
        self._server.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._server.accept()
            except OSError:
                return
            if not self._whole.is_set():
                near.close()
                continue
            far = socket.create_connection(self._target)
            self._open += [near, far]
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    @staticmethod
    def _pump(source: socket.socket, sink: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def line(web_database, stored_app):
    url = make_url(web_database)
    if not url.port:
        pytest.skip("the database of the tests is not reached by TCP")
    line = Line(url.host or "127.0.0.1", url.port)
    yield line
    line.close()


@pytest.fixture
def shop(line, web_database):
    url = make_url(web_database).set(host="127.0.0.1", port=line.port)
    app = make_probe_app(database_url=url.render_as_string(hide_password=False))
    yield app.test_client()
    with app.app_context():
        db.engine.dispose()
    markets.forget()


def test_the_shop_says_503_while_its_database_is_away_and_recovers_by_itself(shop, line):
    assert shop.get("/probe/secret").text == "1"
    line.cut()
    for _ in range(3):
        started = time.monotonic()
        down = shop.get("/probe/secret/read")
        assert time.monotonic() - started < 4
        assert down.status_code == 503
        assert down.headers["Retry-After"] == "5"
        assert "catching its breath" in down.text
        assert "Content-Security-Policy" in down.headers
    assert shop.get("/healthz").status_code == 200
    assert shop.get("/readyz").status_code == 503
    assert shop.get("/probe/public").status_code == 200
    line.mend()
    assert shop.get("/probe/secret/read").text == "1"
    assert shop.get("/readyz").status_code == 200


def test_a_line_that_breaks_while_the_answer_is_sent_costs_the_change_and_not_the_answer(shop, line):
    breaks: list[str] = []

    @shop.application.after_request
    def break_before_the_session_is_saved(response):
        if breaks:
            line.cut()
        return response

    assert shop.get("/probe/secret").text == "1"
    breaks.append("now")
    assert shop.get("/probe/secret").status_code == 200
    breaks.clear()
    line.mend()
    assert shop.get("/probe/secret").text == "2"
