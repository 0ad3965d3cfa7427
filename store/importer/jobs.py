"""Runs by job: in slices, so that other work gets its turn and a process that dies costs one batch."""

import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import delete

from store.core import log
from store.core.clock import now
from store.core.db import session, transaction
from store.core.i18n import gettext as _
from store.core.queue import enqueue, job
from store.importer import services, undoing
from store.importer.errors import ImportBusy, UnusableFile
from store.importer.grouping import Scan
from store.importer.kinds import File, open_file
from store.importer.models import ImportPart, ImportRow
from store.importer.queries import get_run, read_parts

# One job works so long, then enqueues the next. The lease is far longer, so that nobody else begins meanwhile.
SLICE_SECONDS = 8.0
LEASE_SECONDS = 45

# Between batches that wrote something, this share of their time belongs to the live shop.
REST = 0.25

# While another import runs, the next one asks again after so long.
_WAIT = timedelta(seconds=5)

logger = log.get_logger(__name__)


@job("importer.check", lease=600, patient=True)
def check(run_id: int) -> None:
    """Compare an uploaded file with the shop and keep row by row what would change. Nothing else is written."""
    with transaction():
        run = get_run(run_id, lock=True)
        if run.status not in ("checking", "new"):
            return
        session.execute(delete(ImportRow).where(ImportRow.run_id == run_id))
    counts = Counter[str]()
    try:
        with _file(run_id) as file:
            total = file.scan()
            with transaction():
                run = get_run(run_id, lock=True)
                run.rows_total, run.rows_done, run.scan = total, 0, _kept_scan(file)
            worker = file.worker(run_id=None)
            for portion in worker.portions():
                outcome = worker.compare(portion)
                counts.update(services.count(outcome))
                with transaction():
                    services.keep_rows(run_id, "check", outcome)
                    run = get_run(run_id, lock=True)
                    run.rows_done += worker.rows_in(portion)
                    run.seen_at = now()
            notices = list(file.notices)
    except UnusableFile as error:
        with transaction():
            run = get_run(run_id, lock=True)
            run.status, run.problem = "failed", str(error)
            session.execute(delete(ImportPart).where(ImportPart.run_id == run_id))
        return
    with transaction():
        run = get_run(run_id, lock=True)
        run.status, run.rows_done = "checked", run.rows_total
        run.scan = {**run.scan, "notices": notices, "check": dict(counts)}


@job("importer.apply", lease=LEASE_SECONDS, patient=True)
def apply(run_id: int) -> None:
    """Apply a slice of a checked file and enqueue the next one; while another import runs it waits."""
    try:
        with transaction():
            services.take_slot(run_id)
            run = get_run(run_id, lock=True)
            if run.status not in ("waiting", "running"):
                return
            run.status, run.started_at, run.seen_at = "running", run.started_at or now(), now()
            actor, scan = run.actor, run.scan
    except ImportBusy:
        with transaction():
            enqueue("importer.apply", delay=_WAIT, run_id=run_id)
        return
    try:
        with _file(run_id) as file:
            if file.intake is not None:
                file.intake.know(Scan(scan.get("rows", 0), frozenset(scan.get("scattered", ())), _numbers(scan)))
            finished = services.apply_all(
                run_id,
                file.worker(run_id=run_id, actor=actor),
                rest=REST,
                until=time.monotonic() + SLICE_SECONDS,
            )
    except UnusableFile as error:
        with transaction():
            run = get_run(run_id, lock=True)
            run.status, run.problem = "failed", str(error)
        return
    with transaction():
        if finished:
            session.execute(delete(ImportPart).where(ImportPart.run_id == run_id))
        else:
            enqueue("importer.apply", run_id=run_id)


@job("importer.undo", lease=LEASE_SECONDS, patient=True)
def undo(run_id: int, after: int = 0) -> None:
    """Take back a slice of a run and enqueue the next one."""
    try:
        with transaction():
            services.take_slot(run_id)
            run = get_run(run_id, lock=True)
            if run.status != "undoing":
                return
            run.seen_at = now()
            actor = run.actor
    except ImportBusy:
        with transaction():
            enqueue("importer.undo", delay=_WAIT, run_id=run_id, after=after)
        return
    until = time.monotonic() + SLICE_SECONDS
    while undoing.undo_some(run_id, actor=actor):
        if time.monotonic() > until:
            with transaction():
                enqueue("importer.undo", run_id=run_id, after=after + 1)
            return
    logger.info("import undone", run_id=run_id)


@contextmanager
def _file(run_id: int) -> Iterator[File]:
    with tempfile.NamedTemporaryFile(prefix="import-", suffix=".csv") as target:
        with transaction():
            run = get_run(run_id)
            for part in read_parts(run_id):
                target.write(part)
            target.flush()
            if not target.tell():
                raise UnusableFile(_("The file is no longer kept. Choose it again."))
            file = open_file(Path(target.name), mapping_text=run.mapping, overwrite=run.overwrite, kind=run.kind)
        yield file


def _kept_scan(file: File) -> dict[str, object]:
    if file.intake is None:
        return {}
    scan = file.intake.found
    return {
        "rows": scan.rows,
        "scattered": sorted(scan.scattered),
        "skus": [str(number) for number in sorted(scan.repeated_skus)],
    }


def _numbers(scan: dict[str, list[str]]) -> frozenset[int]:
    return frozenset(int(number) for number in scan.get("skus", ()))
