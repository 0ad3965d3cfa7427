"""Whole shops with a small catalogue, crowds that arrive at the same moment, and a mail server that counts."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes
from typing import TypeVar

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from flask import Flask

from store.app import connect_database
from store.core import schema
from store.core.db import db as database
from store.core.settings import Settings
from store.ops.ports import find_free
from tests.factories.catalog import make_product
from tests.factories.shop import make_shop
from tests.fixtures.live import LiveShop

T = TypeVar("T")

STOCK = {"mug": 20, "vase": 7, "bowl": 1000, "plate": 1000}


@pytest.fixture(scope="session")
def stocked(cluster, worker_name) -> Iterator[str]:
    """The name of a database with a shop that sells what `STOCK` says."""
    name = f"stocked_{worker_name}"
    url = cluster.clone(name)
    outside = Flask("outside")
    connect_database(outside, Settings(database_url=url))
    schema.load()
    with outside.app_context():
        make_shop()
        for handle, units in STOCK.items():
            make_product(handle, title=f"Moth {handle}", price=1900, stock=units)
        database.session.remove()
        database.engine.dispose()
    yield name
    cluster.drop(name)


@pytest.fixture
def open_shop(stocked, make_database, live_shop) -> Callable[..., LiveShop]:
    """A function that opens a shop of its own with `STOCK` on its shelves."""

    def start(**environment: str) -> LiveShop:
        return live_shop(database_url=make_database(stocked), LOG_LEVEL="WARNING", **environment)

    return start


@pytest.fixture
def together() -> Iterator[Callable[..., list]]:
    """A function that does things at the same moment, each in a thread of its own, and returns what came of them."""
    with ThreadPoolExecutor(max_workers=220) as pool:

        def run(works: Sequence[Callable[[], T]]) -> list[T]:
            barrier = threading.Barrier(len(works))

            def one(work: Callable[[], T]) -> T:
                barrier.wait(60)
                return work()

            return [each.result() for each in [pool.submit(one, work) for work in works]]

        yield run


class Inbox:
    """A mail server that takes everything. `received` counts the mails by recipient and Message-ID."""

    def __init__(self) -> None:
        self.port = find_free()
        self.received: Counter[tuple[str, str]] = Counter()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def open(self) -> None:
        self._controller.start()

    def close(self) -> None:
        if self._controller.server is not None:
            self._controller.stop()

    async def handle_DATA(  # noqa: N802 - the server calls it by this name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        assert isinstance(envelope.content, bytes)
        self.received[envelope.rcpt_tos[0], str(message_from_bytes(envelope.content)["Message-ID"])] += 1
        return "250 OK"


@pytest.fixture(scope="module")
def inbox() -> Iterator[Inbox]:
    """A mail server that is closed until somebody opens it."""
    inbox = Inbox()
    yield inbox
    inbox.close()
