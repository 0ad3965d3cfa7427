"""The worker: RQ's process around `store.core.queue.perform`. Start as many as there is work for."""

import signal
import time
from types import FrameType
from typing import Any

import redis
from rq import Queue, Worker
from rq.serializers import JSONSerializer
from sqlalchemy.exc import DBAPIError

from jobs import housekeeping
from store.core import log, queue
from store.core.db import db, session
from store.core.settings import Settings

# Imported for its jobs, which are known by name from here on.
OWN_JOBS = (housekeeping.purge,)

logger = log.get_logger(__name__)


def perform(outbox_id: int) -> bool:
    """Run one outbox row; RQ calls this in a child of its own.

    RQ never hears of a failure: it would keep the failed entry and refuse the same row for a minute, while the
    outbox knows better when to try again.
    """
    try:
        return queue.perform(outbox_id)
    except DBAPIError as error:
        logger.warning("job can't be written down; it is tried again", error=type(error).__name__)
        return False
    finally:
        session.remove()
        log.clear()


class ShopWorker(Worker):
    """An RQ worker whose children open their own database connections."""

    # Seconds between two looks for a queue that is away; RQ's own minute is longer than a supervisor waits at a stop.
    max_connection_wait_time = 3.0

    def fork_work_horse(self, job: Any, queue: Any) -> None:
        # A connection shared across a fork would mix two conversations with PostgreSQL.
        db.engine.dispose(close=False)
        super().fork_work_horse(job, queue)


def main() -> None:
    """Work until SIGTERM or SIGINT; while Valkey is away, wait for it."""
    from store.app import create_app

    settings = Settings.from_env()
    app = create_app(settings)
    connection = redis.Redis.from_url(settings.redis_url or "redis://127.0.0.1:1", socket_connect_timeout=1)
    stopping = False

    def stop(signum: int, frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True
        raise SystemExit(0)

    with app.app_context():
        while not stopping:
            signal.signal(signal.SIGTERM, stop)
            signal.signal(signal.SIGINT, stop)
            try:
                connection.ping()
                worker = ShopWorker(
                    # In this order: what is long waits for what is short, and what is patient for everything else.
                    [
                        Queue(f"{settings.namespace}:{name}", connection=connection, serializer=JSONSerializer)
                        for name in queue.QUEUES
                    ],
                    connection=connection,
                    serializer=JSONSerializer,
                    job_monitoring_interval=5,
                )
                worker.work(logging_level="WARNING", with_scheduler=False)
                return
            except redis.RedisError as error:
                logger.warning(
                    "worker can't reach the queue; the relay does the work meanwhile", error=str(error)[:200]
                )
                time.sleep(1)


if __name__ == "__main__":
    main()
