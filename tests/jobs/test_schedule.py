"""The clock's table runs each slot once."""

from sqlalchemy import select

from jobs.schedule import SCHEDULE
from jobs.scheduler import due, write
from store.core.clock import now
from store.core.db import session
from store.core.outbox import Outbox
from store.core.queue import job_names

TASK = "catalog.refresh_facets"


def slots() -> list[str]:
    return list(session.scalars(select(Outbox.dedupe_key).where(Outbox.task == TASK).order_by(Outbox.id)))


def test_a_slot_is_due_once_and_the_next_one_again() -> None:
    seen: dict[str, int] = {}
    first = due(1_000_000.0, seen)
    assert {task for task, _slot in first} == {entry.task for entry in SCHEDULE}
    seen.update(first)
    assert due(1_000_000.0, seen) == []
    later = due(1_000_000.0 + 15, seen)
    assert [task for task, _slot in later] == [entry.task for entry in SCHEDULE if entry.every <= 15]


def test_every_scheduled_task_exists(app: object) -> None:
    import jobs.housekeeping

    assert jobs.housekeeping.purge.__name__ == "purge"
    assert {entry.task for entry in SCHEDULE} <= job_names()


def test_a_slot_is_left_out_while_the_one_before_has_not_been_begun(db: None) -> None:
    connection, moment = session.connection(), now()
    assert write(connection, TASK, 1, None, moment)
    assert not write(connection, TASK, 2, 1, moment)
    assert not write(connection, TASK, 3, 1, moment)
    assert slots() == [f"schedule:{TASK}:1"]


def test_a_slot_does_not_wait_for_one_that_is_running_done_given_up_or_gone(db: None) -> None:
    connection, moment = session.connection(), now()
    for slot, state in enumerate(({"attempts": 1}, {"done_at": moment}, {"parked_at": moment}), 1):
        session.add(Outbox(task=TASK, payload={}, dedupe_key=f"schedule:{TASK}:{slot}", **state))
        session.flush()
        assert write(connection, TASK, 10 + slot, slot, moment)
    assert write(connection, TASK, 20, 15, moment)


def test_two_schedulers_write_a_slot_once(db: None) -> None:
    connection, moment = session.connection(), now()
    assert write(connection, TASK, 1, None, moment)
    assert write(connection, TASK, 1, None, moment)
    assert slots() == [f"schedule:{TASK}:1"]
