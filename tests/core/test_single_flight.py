"""One at a time, also across processes: the second one waits at the database."""

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest

from store.core import single_flight
from store.core.single_flight import alone


@pytest.fixture
def elsewhere(app) -> Iterator[psycopg.Connection]:
    """Another process, as the database sees it."""
    # A test before this one may have made another application.
    single_flight.configure(app.extensions["store.settings"])
    with psycopg.connect(single_flight._url, autocommit=True) as connection:
        yield connection


def _begin(name: str) -> tuple[threading.Thread, threading.Event]:
    inside = threading.Event()

    def work() -> None:
        with alone(name):
            inside.set()

    thread = threading.Thread(target=work)
    thread.start()
    return thread, inside


def test_whoever_comes_second_waits_for_the_other_process(elsewhere):
    elsewhere.execute("SELECT pg_advisory_lock(hashtextextended('a picture', 0))")
    thread, inside = _begin("a picture")
    assert not inside.wait(0.4)
    other, beside = _begin("another picture")
    assert beside.wait(5), "other pictures are made meanwhile"
    elsewhere.execute("SELECT pg_advisory_unlock_all()")
    assert inside.wait(5)
    thread.join()
    other.join()


def test_no_transaction_is_open_while_somebody_works_alone(elsewhere):
    def is_free() -> bool:
        (free,) = elsewhere.execute("SELECT pg_try_advisory_lock(hashtextextended('a picture', 0))").fetchone()
        return bool(free)

    with alone("a picture"):
        assert not is_free()
        states = elsewhere.execute(
            "SELECT a.state FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid "
            "WHERE l.locktype = 'advisory' AND l.granted AND a.query LIKE '%hashtextextended%'"
        ).fetchall()
        assert states == [("idle",)]
    for _attempt in range(100):
        if is_free():
            return
        time.sleep(0.05)
    pytest.fail("the lock outlives its work")


def test_without_its_database_the_work_is_done_all_the_same(app, monkeypatch):
    monkeypatch.setattr(single_flight, "_url", "postgresql://nobody@127.0.0.1:1/none")
    with alone("a picture"):
        pass


def test_a_failure_lets_the_next_one_in(app):
    for _turn in range(2):
        with pytest.raises(ValueError, match="broken"), alone("a picture"):
            raise ValueError("broken")
    assert not single_flight._here
