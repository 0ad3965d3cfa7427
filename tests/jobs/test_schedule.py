"""The clock's table runs each slot once."""

from jobs.schedule import SCHEDULE
from jobs.scheduler import due
from store.core.queue import job_names


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
