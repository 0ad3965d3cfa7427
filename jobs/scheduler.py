"""The scheduler: writes what is due into the outbox. Any number may run; each slot is written once, if at all."""

import signal
import threading
from datetime import datetime
from types import FrameType

from sqlalchemy import Connection, create_engine, text

from jobs.schedule import SCHEDULE
from store.core import log
from store.core.clock import now
from store.core.settings import Settings

TICK_SECONDS = 1.0

_WRITE = text("""
    INSERT INTO outbox (task, payload, dedupe_key, available_at, created_at)
    VALUES (:task, '{}', :dedupe_key, :moment, :moment)
    ON CONFLICT (dedupe_key) DO NOTHING
""")
_NOT_BEGUN = text("""
    SELECT 1 FROM outbox WHERE dedupe_key = :dedupe_key AND attempts = 0 AND done_at IS NULL AND parked_at IS NULL
""")


def due(seconds_since_epoch: float, last_slots: dict[str, int]) -> list[tuple[str, int]]:
    """Return the (task, slot) pairs whose slot has begun since the last look."""
    found = []
    for entry in SCHEDULE:
        slot = int(seconds_since_epoch) // entry.every
        if last_slots.get(entry.task) != slot:
            found.append((entry.task, slot))
    return found


def write(connection: Connection, task: str, slot: int, before: int | None, moment: datetime) -> bool:
    """Write a slot into the outbox, unless the one that was written `before` has not been begun.

    Where workers can't keep up, one run waits and not a hundred: mail and money share the queue. Two statements.
    """
    if before is not None and connection.execute(_NOT_BEGUN, {"dedupe_key": _key(task, before)}).first() is not None:
        return False
    connection.execute(_WRITE, {"task": task, "dedupe_key": _key(task, slot), "moment": moment})
    return True


def _key(task: str, slot: int) -> str:
    return f"schedule:{task}:{slot}"


def main() -> None:
    """Run until SIGTERM or SIGINT."""
    settings = Settings.from_env()
    log.configure(settings)
    logger = log.get_logger(__name__)
    stopping = threading.Event()

    def stop(signum: int, frame: FrameType | None) -> None:
        stopping.set()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    engine = create_engine(settings.database_url, pool_size=1, max_overflow=0, pool_pre_ping=True)
    last_slots: dict[str, int] = {}
    written: dict[str, int] = {}
    while not stopping.is_set():
        moment = now()
        try:
            for task, slot in due(moment.timestamp(), last_slots):
                with engine.begin() as connection:
                    if write(connection, task, slot, written.get(task), moment):
                        written[task] = slot
                last_slots[task] = slot
        except Exception as error:
            # The database may be away for a while; the slot is written when it is back.
            logger.warning("scheduler can't write", error=type(error).__name__)
        stopping.wait(TICK_SECONDS)
    engine.dispose()


if __name__ == "__main__":
    main()
