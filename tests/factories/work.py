"""What the worker would do."""

from sqlalchemy import select

from store.core import queue
from store.core.db import session
from store.core.outbox import Outbox


def do_all_work(*, backwards: bool = False) -> None:
    """Do all jobs that wait, and those that follow from them; `backwards` as several workers might."""
    while True:
        waiting = select(Outbox.id).where(Outbox.done_at.is_(None), Outbox.parked_at.is_(None), Outbox.attempts == 0)
        ids = session.execute(waiting.order_by(Outbox.id.desc() if backwards else Outbox.id)).scalars().all()
        if not ids:
            return
        for outbox_id in ids:
            queue.perform(outbox_id)
