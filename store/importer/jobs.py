"""Runs by job: in slices, so that other work gets its turn and a process that dies costs one batch."""

import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import delete

from store.core import log
from store.core.clock import now
from store.core.db import session, transaction
from store.core.errors import Conflict
from store.core.faults import point
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


@job("importer.check", lease=LEASE_SECONDS, long=True)
def check(run_id: int) -> None:
    """Compare a slice of an uploaded file with the shop, keep row by row what would change, and enqueue the next one.

    Nothing else is written.
    """
    with transaction():
        run = get_run(run_id, lock=True)
        if run.status not in ("checking", "new"):
            return
        place, kept = run.place, run.scan
        if not place:
            session.execute(delete(ImportRow).where(ImportRow.run_id == run_id))
            run.rows_done = 0
    until = time.monotonic() + SLICE_SECONDS
    try:
        with _file(run_id) as file:
            if not place:
                total = file.scan()
                with transaction():
                    run = get_run(run_id, lock=True)
                    run.rows_total, run.scan = total, _kept_scan(file)
            else:
                _recall(file, kept)
            if not _compare(run_id, file, place, until):
                with transaction():
                    enqueue("importer.check", run_id=run_id)
                return
    except UnusableFile as error:
        with transaction():
            run = get_run(run_id, lock=True)
            run.status, run.problem = "failed", str(error)
            session.execute(delete(ImportPart).where(ImportPart.run_id == run_id))
        return
    with transaction():
        run = get_run(run_id, lock=True)
        if run.status == "checking":
            run.status, run.rows_done, run.place = "checked", run.rows_total, {}


def _compare(run_id: int, file: File, place: dict[str, int], until: float) -> bool:
    """Compare portion by portion; `False` when the time is up, or when somebody else goes on with it."""
    worker = file.worker(run_id=None)
    for portion in worker.portions(place.get("end"), place.get("row")):
        outcome = worker.compare(portion)
        with transaction():
            run = get_run(run_id, lock=True)
            if run.status != "checking" or run.place != place:
                raise Conflict(_("This import was stopped."))
            services.keep_rows(run_id, "check", outcome)
            counts = Counter(run.scan.get("check", {})) + Counter(services.count(outcome))
            run.scan = {**run.scan, "notices": list(file.notices), "check": dict(counts), "sku_rows": _sku_rows(file)}
            run.rows_done += worker.rows_in(portion)
            end, row = worker.end_of(portion)
            run.place = place = {"end": end, "row": row}
            run.seen_at = now()
        point("importer.after_comparison")
        if time.monotonic() > until:
            return False
    return True


@job("importer.apply", lease=LEASE_SECONDS, long=True)
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
            _recall(file, {**scan, "sku_rows": {}})
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


@job("importer.undo", lease=LEASE_SECONDS, long=True)
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
        return {"notices": list(file.notices)}
    scan = file.intake.found
    return {
        "notices": list(file.notices),
        "rows": scan.rows,
        "scattered": sorted(scan.scattered),
        "skus": [str(number) for number in sorted(scan.repeated_skus)],
    }


def _recall(file: File, kept: dict[str, Any]) -> None:
    if file.intake is not None:
        skus = frozenset(int(number) for number in kept.get("skus", ()))
        scan = Scan(kept.get("rows", 0), frozenset(kept.get("scattered", ())), skus)
        file.intake.know(scan, sku_rows=kept.get("sku_rows", {}))


def _sku_rows(file: File) -> dict[str, int]:
    return dict(file.intake.sku_rows) if file.intake is not None else {}
