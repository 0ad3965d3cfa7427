"""The outbox is done at least once, and its effects once."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import psycopg
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from jobs import worker
from store.core import queue
from store.core.clock import now
from store.core.db import session, transaction
from store.core.outbox import Outbox

pytestmark = pytest.mark.usefixtures("db")

done: list[str] = []


@queue.job("test.work")
def work(word: str) -> None:
    """Note the word, or fail on request."""
    if word == "fail":
        raise RuntimeError("as asked")
    done.append(word)


@pytest.fixture(autouse=True)
def nothing_done() -> Iterator[None]:
    """Begin with an empty list."""
    done.clear()
    return


def only_row() -> Outbox:
    return session.execute(select(Outbox).execution_options(populate_existing=True)).scalar_one()


def test_a_job_is_written_with_the_change_it_follows() -> None:
    with transaction():
        queue.enqueue("test.work", word="hello")
    assert queue.perform(only_row().id)
    assert done == ["hello"]
    assert only_row().done_at is not None


def test_a_job_written_twice_under_one_key_is_done_once() -> None:
    with transaction():
        queue.enqueue("test.work", dedupe="greeting", word="hello")
        queue.enqueue("test.work", dedupe="greeting", word="hello again")
    row = only_row()
    assert queue.perform(row.id)
    assert not queue.perform(row.id)
    assert done == ["hello"]


def test_a_job_in_other_hands_is_left_alone_until_its_lease_ends(clock: object) -> None:
    with transaction():
        queue.enqueue("test.work", word="hello")
        session.execute(text("UPDATE outbox SET lease_until = :until"), {"until": now() + timedelta(seconds=20)})
    row_id = only_row().id
    assert not queue.perform(row_id)
    _move_clock(clock, now() + timedelta(seconds=21))
    assert queue.perform(row_id)


def test_a_failing_job_waits_longer_each_time_and_is_parked_in_the_end(clock: object) -> None:
    with transaction():
        queue.enqueue("test.work", word="fail")
    row_id = only_row().id
    waits = []
    for _attempt in range(queue.MAX_ATTEMPTS):
        before = now()
        assert queue.perform(row_id)
        row = only_row()
        if row.parked_at is None:
            waits.append(round((row.available_at - before).total_seconds()))
            _move_clock(clock, row.available_at + timedelta(seconds=1))
    assert waits[:3] == [10, 20, 40]
    assert max(waits) == 3600
    row = only_row()
    assert row.parked_at is not None
    assert "as asked" in (row.last_error or "")
    assert not queue.perform(row_id)


def test_a_delayed_job_waits_for_its_time(clock: object) -> None:
    with transaction():
        queue.enqueue("test.work", delay=timedelta(minutes=5), word="later")
    row_id = only_row().id
    assert not queue.perform(row_id)
    _move_clock(clock, now() + timedelta(minutes=5, seconds=1))
    assert queue.perform(row_id)


def test_work_that_nobody_knows_here_is_put_back_like_any_failure() -> None:
    with transaction():
        session.add(Outbox(task="test.of_a_newer_version", payload={}))
    row_id = only_row().id
    assert queue.perform(row_id)
    assert "no job is called" in (only_row().last_error or "")
    assert not queue.perform(row_id)


def test_a_name_that_nobody_registered_is_refused_at_once() -> None:
    with pytest.raises(LookupError, match=r"test\.unknown"):
        queue.enqueue("test.unknown")


def _move_clock(clock: object, moment: datetime) -> None:
    clock.move_to(moment)  # type: ignore[attr-defined]


def hung_up() -> OperationalError:
    return OperationalError("UPDATE", {}, psycopg.errors.AdminShutdown("terminating connection"))


@pytest.mark.parametrize("step", ["_claim", "_tick"])
def test_what_a_database_cut_short_is_written_again(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with transaction():
        queue.enqueue("test.work", word="hello")
    write, cuts = getattr(queue, step), [hung_up(), hung_up()]

    def cut_twice(outbox_id: int) -> object:
        if cuts:
            raise cuts.pop()
        return write(outbox_id)

    monkeypatch.setattr(queue, step, cut_twice)
    assert queue.perform(only_row().id)
    assert (done, cuts) == (["hello"], [])
    assert only_row().done_at is not None


def test_a_failure_that_can_not_be_written_down_at_first_does_not_keep_its_lease(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with transaction():
        queue.enqueue("test.work", word="fail")
    put_back, cuts = queue._put_back, [hung_up()]

    def cut_once(outbox_id: int, attempts: int, error: Exception) -> None:
        if cuts:
            raise cuts.pop()
        put_back(outbox_id, attempts, error)

    monkeypatch.setattr(queue, "_put_back", cut_once)
    assert queue.perform(only_row().id)
    assert only_row().lease_until is None
    assert "as asked" in (only_row().last_error or "")


def test_a_mistake_of_ours_is_not_tried_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    tried = []

    def mistaken(outbox_id: int) -> None:
        tried.append(outbox_id)
        raise ProgrammingError("UPDATE", {}, psycopg.errors.UndefinedColumn("no such column"))

    monkeypatch.setattr(queue, "_claim", mistaken)
    with pytest.raises(ProgrammingError):
        queue.perform(1)
    assert tried == [1]


def test_rq_never_keeps_a_failed_entry_that_would_stand_in_the_way(monkeypatch: pytest.MonkeyPatch) -> None:
    def away(outbox_id: int) -> bool:
        raise hung_up()

    monkeypatch.setattr(queue, "perform", away)
    assert worker.perform(1) is False
