"""Jobs by name: `enqueue` writes one into the outbox, `perform` runs one at least once, safely.

A job's arguments are ids. Its body may run twice (a process can die after the work and before the tick), so it
is idempotent and opens its own `transaction()`; no transaction is open while it talks to the outside.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import or_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError

from store.core import clock, log
from store.core.db import lost_connection, session, transaction
from store.core.faults import point
from store.core.outbox import Outbox

F = TypeVar("F", bound=Callable[..., None])
T = TypeVar("T")

MAX_ATTEMPTS = 12

# In the order in which workers look into them.
QUEUES = DEFAULT, LONG, PATIENT = ("default", "long", "patient")

# A database that was only restarted is back by then; what could not be written down waits for its lease otherwise.
_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)

logger = log.get_logger(__name__)


@dataclass(frozen=True)
class Job:
    """A named piece of work, how long one attempt may take in seconds, and in which queue it waits."""

    name: str
    run: Callable[..., None]
    lease: int | None
    queue: str


_jobs: dict[str, Job] = {}
_default_lease = 20


def configure(*, lease_seconds: int) -> None:
    """Set how long a silent process keeps a job to itself."""
    global _default_lease
    _default_lease = lease_seconds


def job(name: str, *, lease: int | None = None, patient: bool = False, long: bool = False) -> Callable[[F], F]:
    """Register a function under a name; raises `ValueError` when another function has it.

    A `patient` job, such as making pictures, waits while there is any other: money and mail never stand behind it.
    A `long` one stands between: somebody watches it, slice after slice, and the pictures it brings must not go first.
    """

    def register(run: F) -> F:
        known = _jobs.get(name)
        if known is not None and known.run.__qualname__ != run.__qualname__:
            raise ValueError(f"two jobs are called {name}")
        _jobs[name] = Job(name, run, lease, PATIENT if patient else LONG if long else DEFAULT)
        return run

    return register


def job_names() -> set[str]:
    """Return the names that can be enqueued."""
    return set(_jobs)


def queue_of(task: str) -> str:
    """Return the queue in which a job waits; one that is unknown here waits in the first."""
    return _jobs[task].queue if task in _jobs else DEFAULT


def enqueue(task: str, *, dedupe: str | None = None, delay: timedelta = timedelta(0), **arguments: Any) -> None:
    """Write a job into the outbox of the transaction in progress; the same `dedupe` key is written once."""
    _find(task)
    moment = clock.now()
    session.execute(
        insert(Outbox)
        .values(
            task=task,
            payload=arguments,
            dedupe_key=dedupe,
            available_at=moment + delay,
            created_at=moment,
            request_id=log.bound("request_id"),
        )
        .on_conflict_do_nothing(index_elements=["dedupe_key"])
    )


def perform(outbox_id: int) -> bool:
    """Run one outbox row now; `False` when it is done, parked, not due or in other hands.

    A failure is logged and the row comes back later: after 10 s, then twice as long each time up to an hour.
    """
    claimed = _insist(lambda: _claim(outbox_id))
    if claimed is None:
        return False
    task, payload, attempts, request_id = claimed
    log.bind(task=task, outbox_id=outbox_id, request_id=request_id)
    point("outbox.after_claim")
    try:
        _find(task).run(**payload)
    except Exception as error:
        # The boundary of every job: whatever went wrong, the row must survive it and be tried again.
        failure = error
        _let_go()
        _insist(lambda: _put_back(outbox_id, attempts, failure))
        if isinstance(error, OSError):
            # Somebody outside does not answer: the sentence says all, and where our code stood says nothing.
            logger.warning("job failed", attempts=attempts, error=f"{type(error).__name__}: {error}"[:500])
        else:
            logger.exception("job failed", attempts=attempts)
        return True
    point("outbox.before_done")
    _insist(lambda: _tick(outbox_id))
    return True


def unpark(outbox_id: int) -> bool:
    """Give a job that was given up all its attempts again; `False` when it was not parked."""
    found = session.execute(
        update(Outbox)
        .where(Outbox.id == outbox_id, Outbox.parked_at.is_not(None))
        .values(parked_at=None, attempts=0, available_at=clock.now())
        .returning(Outbox.id)
    ).one_or_none()
    return found is not None


def _claim(outbox_id: int) -> tuple[str, dict[str, Any], int, str | None] | None:
    moment = clock.now()
    task = session.execute(
        update(Outbox)
        .where(
            Outbox.id == outbox_id,
            Outbox.done_at.is_(None),
            Outbox.parked_at.is_(None),
            Outbox.available_at <= moment,
            or_(Outbox.lease_until.is_(None), Outbox.lease_until < moment),
        )
        .values(attempts=Outbox.attempts + 1, lease_until=moment + timedelta(seconds=_default_lease))
        .returning(Outbox.task, Outbox.payload, Outbox.attempts, Outbox.request_id)
    ).one_or_none()
    if task is None:
        return None
    # A job that this process does not know fails like any other: a newer process may know it.
    lease = _jobs[task.task].lease if task.task in _jobs else None
    if lease is not None:
        session.execute(
            update(Outbox).where(Outbox.id == outbox_id).values(lease_until=moment + timedelta(seconds=lease))
        )
    return task.task, task.payload, task.attempts, task.request_id


def _tick(outbox_id: int) -> None:
    session.execute(
        update(Outbox).where(Outbox.id == outbox_id).values(done_at=clock.now(), lease_until=None, last_error=None)
    )


def _insist(write: Callable[[], T]) -> T:
    """Write in a transaction of its own, and again for some seconds when the database hangs up over it.

    Whoever is not sure that it was written writes it twice: a second claim finds the row in its own hands and leaves
    it to the lease, the others say the same again.
    """
    for pause in (*_PAUSES, None):
        try:
            with transaction():
                return write()
        except DBAPIError as error:
            if pause is None or not lost_connection(error):
                raise
            _let_go()
            time.sleep(pause)
    raise AssertionError("unreachable")


def _let_go() -> None:
    """End what a failure left open; a connection that died under it is thrown away."""
    try:
        session.rollback()
    except DBAPIError:
        session.remove()


def _find(task: str) -> Job:
    if task not in _jobs:
        raise LookupError(f"no job is called {task}")
    return _jobs[task]


def _put_back(outbox_id: int, attempts: int, error: Exception) -> None:
    moment = clock.now()
    values: dict[str, Any] = {"lease_until": None, "last_error": f"{type(error).__name__}: {error}"[:2000]}
    if attempts >= MAX_ATTEMPTS:
        values["parked_at"] = moment
    else:
        values["available_at"] = moment + timedelta(seconds=min(10 * 2 ** (attempts - 1), 3600))
    session.execute(update(Outbox).where(Outbox.id == outbox_id).values(**values))
