"""A worker killed at any point: mails still go out, pictures still get their sizes, and nothing is in the books twice."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from store.ops import migrate

POINTS = [
    "outbox.after_claim",
    "notifications.after_message",
    "notifications.before_send",
    "notifications.after_send",
    "outbox.before_done",
    "media.make_renditions.after_store",
]


def process(what: str, database_url: str, data_dir: Path, **more: str) -> int:
    """Run `outbox_process`; return how it ended."""
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "STORE_ENV": "development",
        "STORE_DATA_DIR": str(data_dir),
        "PUBLIC_URL": "https://shop.test",
        "OUTBOX_LEASE_SECONDS": "1",
        "LOG_LEVEL": "ERROR",
        **more,
    }
    command = [sys.executable, "-m", "tests.notifications.outbox_process", what]
    return subprocess.run(command, env=environment, check=False, timeout=240).returncode


@pytest.fixture(scope="module")
def paid_order(cluster, worker_name, tmp_path_factory) -> Iterator[tuple[str, Path]]:
    """A database, by name, with one paid order whose receipt nobody has written yet, and its data folder."""
    name, folder = f"paid_order_{worker_name}", tmp_path_factory.mktemp("prepare")
    assert process("prepare", cluster.clone(name), folder) == 0
    yield name, folder
    cluster.drop(name)


@pytest.fixture
def database(paid_order, make_database, tmp_path) -> str:
    """A copy of it."""
    name, folder = paid_order
    shutil.copytree(folder, tmp_path, dirs_exist_ok=True)
    return make_database(name)


@pytest.fixture
def drain(database, tmp_path) -> Callable[..., int]:
    """Do what waits in the outbox, in a process of its own."""
    return lambda **more: process("drain", database, tmp_path, **more)


@pytest.fixture
def books(database) -> Callable[[], list[tuple[str, str, str]]]:
    """Read the mails on record: key, state and error."""

    def read() -> list[tuple[str, str, str]]:
        with psycopg.connect(migrate.plain(database)) as connection:
            return connection.execute("SELECT dedupe_key, status, error FROM messages").fetchall()

    return read


@pytest.mark.parametrize("point", POINTS)
def test_a_promise_survives_the_death_of_its_worker(drain, books, database, inbox, tmp_path, point):
    fault = {"STORE_FAULT": point, "STORE_FAULT_DIR": str(tmp_path), "SMTP_URL": inbox.url}
    assert drain(**fault) == -signal.SIGKILL
    assert (tmp_path / point).exists()
    assert drain(**fault) == 0
    ((key, status, error),) = books()
    assert (status, error) == ("sent", "")
    assert key.startswith("receipt:order:")
    # A server that took the mail from a process which then died may be given it again, under the same Message-ID.
    assert len(inbox.mails) == (2 if point == "notifications.after_send" else 1)
    assert len({mail["Message-ID"] for mail in inbox.mails}) == 1
    with psycopg.connect(migrate.plain(database)) as connection:
        assert connection.execute("SELECT widths FROM images").fetchall() == [([320, 480, 640, 960, 1280, 1500],)]


def test_as_a_file_a_mail_is_there_once_even_then(drain, books, tmp_path):
    fault = {"STORE_FAULT": "notifications.after_send", "STORE_FAULT_DIR": str(tmp_path)}
    assert drain(**fault) == -signal.SIGKILL
    assert drain(**fault) == 0
    assert [status for _, status, _ in books()] == ["sent"]
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 1
