"""The scheduler: writes what is due into the outbox. Any number may run; each slot is written once."""

import signal
import threading
from types import FrameType

from sqlalchemy import create_engine, text

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


def due(seconds_since_epoch: float, last_slots: dict[str, int]) -> list[tuple[str, int]]:
    """Return the (task, slot) pairs whose slot has begun since the last look."""
    found = []
    for entry in SCHEDULE:
        slot = int(seconds_since_epoch) // entry.every
        if last_slots.get(entry.task) != slot:
            found.append((entry.task, slot))
    return found


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
    while not stopping.is_set():
        moment = now()
        try:
            for task, slot in due(moment.timestamp(), last_slots):
                with engine.begin() as connection:
                    connection.execute(
                        _WRITE, {"task": task, "dedupe_key": f"schedule:{task}:{slot}", "moment": moment}
                    )
                last_slots[task] = slot
        except Exception as error:
            # The database may be away for a while; the slot is written when it is back.
            logger.warning("scheduler can't write", error=type(error).__name__)
        stopping.wait(TICK_SECONDS)
    engine.dispose()


if __name__ == "__main__":
    main()
