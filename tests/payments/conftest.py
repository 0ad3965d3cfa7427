"""A shop with a bank beside it: on one connection, or running for real with a database of its own."""

import socket
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from flask import Flask
from werkzeug.serving import make_server

from store.app import create_app
from store.audit.report import audit
from store.core.db import db as database
from store.core.db import session
from store.core.settings import Settings
from store.payments import providers
from store.payments.testbank import counter, handlers
from tests.factories import shop as shops

SECRET = "a key of the running shop, for tests only"


@pytest.fixture
def shop(db, app, monkeypatch):
    """A shop on one connection: notifications travel by the test client, and the bank answers at once when it hangs."""
    shops.make_shop()
    monkeypatch.setattr(counter, "HANG_SECONDS", 0)

    def post(url: str, body: bytes, headers: dict[str, str]) -> None:
        answer = app.test_client().post(urlsplit(url).path, data=body, headers=headers)
        if answer.status_code >= 300:
            raise OSError(f"{answer.status_code}")

    monkeypatch.setattr(handlers, "post", post)


@pytest.fixture
def violations():
    """A function that audits the ledgers and returns the names of the checks that failed."""
    return lambda: sorted({finding.check for finding in audit().violations})


@pytest.fixture
def settings_again() -> Iterator[None]:
    """Give the providers back the settings they had: they are one for a whole process."""
    before = providers._settings
    yield
    if before is not None:
        providers.configure(before)


@pytest.fixture
def running_settings(fresh_database, tmp_path) -> Settings:
    """The settings of a shop on a free port and a database of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return Settings(
        database_url=fresh_database,
        redis_url="",
        store_env="development",
        store_data_dir=tmp_path,
        port=port,
        secret_key=SECRET,  # type: ignore[arg-type]
    )


@pytest.fixture
def running_shop(running_settings, settings_again, monkeypatch) -> Iterator[Flask]:
    """A shop that answers over HTTP, so that its bank's notifications really travel."""
    monkeypatch.setattr(counter, "HANG_SECONDS", 0)
    app = create_app(running_settings)
    server = make_server("127.0.0.1", running_settings.port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        with app.app_context():
            shops.make_shop()
            session.commit()
            yield app
            session.remove()
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        with app.app_context():
            database.engine.dispose()
        shops.forget()
