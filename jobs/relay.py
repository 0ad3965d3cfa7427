"""The relay: takes what is due from the outbox to the queue, woken by the database and by the clock.

The queue carries row ids only. When Valkey is away the relay does the work itself, one row at a time: slower, but
nothing waits for a cache. Rows whose queue entry was lost are found again after a few seconds.
"""

import contextlib
import signal
import time
from datetime import timedelta
from types import FrameType

import psycopg
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.serializers import JSONSerializer
from sqlalchemy import bindparam, text

from jobs import housekeeping
from store.core import log
from store.core.clock import now
from store.core.db import session, transaction
from store.core.queue import QUEUES, perform, queue_of
from store.core.settings import Settings

BATCH = 100

# A row that was handed to the queue and has not been begun by then is handed over again; the lease makes it harmless.
# One that was begun, and whose lease has run out since, is in nobody's hands any more.
HAND_OVER_AGAIN = timedelta(seconds=10)

# A queue that does not answer is asked once, for this long, and then left alone for a while: rows are locked meanwhile,
# and PostgreSQL ends a transaction that idles.
QUEUE_TIMEOUT = 1.0
QUEUE_PAUSE = 5.0

_DUE = text("""
    SELECT id, task, attempts FROM outbox
     WHERE done_at IS NULL AND parked_at IS NULL AND available_at <= :moment
       AND (lease_until IS NULL OR lease_until < :moment)
       AND (enqueued_at IS NULL OR enqueued_at < :again OR enqueued_at < available_at OR enqueued_at < lease_until)
     ORDER BY available_at, id
     LIMIT :batch
       FOR UPDATE SKIP LOCKED
""")
_HANDED_OVER = text("UPDATE outbox SET enqueued_at = :moment WHERE id IN :ids").bindparams(
    bindparam("ids", expanding=True)
)

# Imported for its jobs, which the relay may have to do itself.
OWN_JOBS = (housekeeping.purge,)

logger = log.get_logger(__name__)


class Relay:
    """One relay process; any number may run."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.running = True
        self.resume_at = 0.0
        self.connection = redis.Redis.from_url(
            settings.redis_url or "redis://127.0.0.1:1",
            socket_timeout=QUEUE_TIMEOUT,
            socket_connect_timeout=QUEUE_TIMEOUT,
            retry=Retry(NoBackoff(), 0),
        )
        self.queues = {
            name: Queue(f"{settings.namespace}:{name}", connection=self.connection, serializer=JSONSerializer)
            for name in QUEUES
        }

    def run(self) -> None:
        """Sweep until stopped, and sleep in the database's own waiting room in between."""
        listener: psycopg.Connection | None = None
        while self.running:
            try:
                if listener is None or listener.closed:
                    listener = self._listen()
                while self.sweep() == BATCH and self.running:
                    pass
                self._wait(listener)
            except Exception as error:
                # The database may be away; a relay that dies over it would only be started again to find the same.
                logger.warning("relay can't sweep", error=f"{type(error).__name__}: {error}"[:300])
                session.rollback()
                listener = None
                time.sleep(1)
            finally:
                session.remove()
        if listener is not None:
            listener.close()

    def sweep(self) -> int:
        """Hand over what is due, or do it here when there is no queue; return how many rows were due."""
        moment = now()
        with transaction():
            rows = session.execute(_DUE, {"moment": moment, "again": moment - HAND_OVER_AGAIN, "batch": BATCH}).all()
            handed_over = [row.id for row in rows if self._hand_over(row.id, row.task, row.attempts)]
            if handed_over:
                session.execute(_HANDED_OVER, {"moment": moment, "ids": handed_over})
        for row in sorted(rows, key=lambda row: QUEUES.index(queue_of(row.task))):
            if row.id not in handed_over:
                perform(row.id)
        return len(rows)

    def _hand_over(self, outbox_id: int, task: str, attempts: int) -> bool:
        if time.monotonic() < self.resume_at:
            return False
        try:
            self.queues[queue_of(task)].enqueue(
                "jobs.worker.perform",
                outbox_id,
                # While a row waits in the queue it is not queued again, unless a minute has gone by: then whoever
                # took it may have died before the lease was written.
                job_id=f"{self.settings.namespace}-{outbox_id}-{attempts}-{int(time.time()) // 60}",
                unique=True,
                result_ttl=0,
                failure_ttl=60,
                job_timeout=max(60, self.settings.outbox_lease_seconds * 3),
            )
        except DuplicateJobError:
            return True
        except (redis.RedisError, OSError) as error:
            self.resume_at = time.monotonic() + QUEUE_PAUSE
            logger.warning("no queue; the relay does the work itself", error=type(error).__name__)
            return False
        return True

    def _listen(self) -> psycopg.Connection:
        url = self.settings.database_direct_url or self.settings.database_url
        listener = psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)
        listener.execute("LISTEN outbox")
        return listener

    def _wait(self, listener: psycopg.Connection) -> None:
        deadline = time.monotonic() + self.settings.outbox_sweep_seconds
        while self.running and time.monotonic() < deadline:
            # Short naps, so that a signal is obeyed within half a second.
            if any(True for _ in listener.notifies(timeout=0.5, stop_after=1)):
                return


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    from store.app import create_app  # the app is heavy; a bad setting should be refused before it loads

    settings = Settings.from_env()
    relay = Relay(settings)

    def stop(signum: int, frame: FrameType | None) -> None:
        relay.running = False

    app = create_app(settings)
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, stop)
    with app.app_context(), contextlib.suppress(KeyboardInterrupt):
        relay.run()


if __name__ == "__main__":
    main()
