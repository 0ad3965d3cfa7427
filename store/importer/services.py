"""The verbs of runs: take a file, check it, apply it in batches, undo it.

A run is applied one batch after the other, each in a transaction of its own that also notes how far the run has come:
whoever goes on after a crash begins with the batch that was not committed.
"""

import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select, text, update

from store.core.clock import now
from store.core.db import copy_rows, session, transaction
from store.core.errors import Conflict, Invalid
from store.core.faults import point
from store.core.i18n import gettext as _
from store.core.queue import enqueue
from store.importer.batches import Outcome
from store.importer.difference import CREATE, SKIPPED, UNCHANGED, UPDATE
from store.importer.errors import ImportBusy
from store.importer.kinds import Worker
from store.importer.mappings import parse
from store.importer.models import ImportPart, ImportRun
from store.importer.queries import get_run
from store.importer.reading import MAX_BYTES

# After so long without a sign of life whoever applied a run is taken for dead.
SILENCE = timedelta(seconds=60)

_PART = 1024 * 1024
_SLOT = text("SELECT pg_advisory_xact_lock(hashtext('import slot'))")


def receive(
    chunks: Iterable[bytes], *, filename: str, kind: str, actor: str, overwrite: bool = True, mapping: str = ""
) -> int:
    """Keep an uploaded file and have it checked by job; return the run. Raises `Invalid`, and `UnusableFile`.

    Runs in the caller's transaction; the file is kept compressed, piece by piece.
    """
    if mapping:
        parse(mapping)
    run = ImportRun(
        kind=kind, filename=filename[:200], status="checking", overwrite=overwrite, mapping=mapping, actor=actor
    )
    session.add(run)
    session.flush()
    size = 0
    for part, chunk in enumerate(chunks):
        size += len(chunk)
        if size > MAX_BYTES:
            raise Invalid(_("The file is larger than %(limit)s MB.", limit=MAX_BYTES // 1024 // 1024), field="file")
        session.execute(insert(ImportPart).values(run_id=run.id, part=part, body=zlib.compress(chunk, 1)))
    if not size:
        raise Invalid(_("Choose a file first."), field="file")
    run.size_bytes = size
    enqueue("importer.check", dedupe=f"importer.check:{run.id}", run_id=run.id)
    return run.id


def begin(kind: str, filename: str, *, overwrite: bool, rows: int, actor: str = "system") -> int:
    """Open a run that is applied at once; raises `ImportBusy` while another one is being applied."""
    take_slot(None)
    moment = now()
    run = ImportRun(
        kind=kind,
        filename=filename[:200],
        status="running",
        overwrite=overwrite,
        rows_total=rows,
        actor=actor,
        started_at=moment,
        seen_at=moment,
    )
    session.add(run)
    session.flush()
    return run.id


def take_slot(run_id: int | None) -> None:
    """Make sure that no other run is being applied; one that fell silent is marked as broken off."""
    session.execute(_SLOT)
    others = session.execute(
        select(ImportRun).where(ImportRun.status.in_(("running", "undoing"))).with_for_update()
    ).scalars()
    for other in others:
        if other.id == run_id:
            continue
        if other.seen_at is not None and other.seen_at > now() - SILENCE:
            raise ImportBusy(
                _("Import %(number)s is still being applied. Try again when it is through.", number=other.id),
                run_id=other.id,
            )
        other.status = "failed"
        other.problem = _("It was broken off. What it had taken in stays and can be undone.")
    session.flush()


def start(run_id: int, *, actor: str) -> None:
    """Have a checked run applied by job; raises `Conflict` when it is past that."""
    run = get_run(run_id, lock=True)
    if run.status not in ("checked", "failed"):
        raise Conflict(_("This import has been applied already."))
    if run.status == "checked":
        run.rows_done = 0
    run.status, run.actor, run.problem = "waiting", actor, ""
    session.flush()
    _enqueue_apply(run)


def ask_to_undo(run_id: int) -> None:
    """Have a run taken back by job; raises `Conflict` when there is nothing to take back."""
    run = get_run(run_id, lock=True)
    if run.status not in ("done", "failed"):
        raise Conflict(_("This import can't be undone now."))
    run.status, run.seen_at = "undoing", now()
    session.flush()
    enqueue("importer.undo", dedupe=f"importer.undo:{run_id}:0", run_id=run_id, after=0)


def apply_all(
    run_id: int,
    worker: Worker,
    *,
    tell: Callable[[Outcome], None] | None = None,
    rest: float = 0.0,
    until: float | None = None,
) -> bool:
    """Apply a run from where it stands; `False` when the time `until` (of `time.monotonic`) came before its end.

    `rest` is the share of its time that the run leaves to others after each batch.
    """
    with transaction():
        run = get_run(run_id)
        start, number = run.place.get("end"), run.place.get("row")
    for portion in worker.portions(start, number):
        began = time.monotonic()

        def after(rows: int, end: int, next_row: int, outcome: Outcome) -> None:
            _advance(run_id, rows, end, next_row, outcome)

        outcome = worker.write(portion, after=after)
        point("importer.after_batch")
        if tell is not None:
            tell(outcome)
        if rest and (outcome.created or outcome.updated):
            time.sleep(min((time.monotonic() - began) * rest, 1.0))
        if until is not None and time.monotonic() > until:
            return False
    with transaction():
        session.execute(
            update(ImportRun).where(ImportRun.id == run_id).values(status="done", finished_at=now(), seen_at=now())
        )
    return True


def count(outcome: Outcome) -> dict[str, int]:
    """Return how many rows became what."""
    refused = {refusal.row for refusal in outcome.refusals}
    found = Counter(change.verdict for change in outcome.changes if change.row not in refused)
    return {
        CREATE: found[CREATE],
        UPDATE: found[UPDATE],
        # Those of row-wise files stand in the changes too.
        UNCHANGED: max(found[UNCHANGED] + outcome.unchanged, 0),
        SKIPPED: found[SKIPPED],
        "refused": len(refused),
        "pictures": outcome.pictures,
        "created": outcome.created,
        "updated": outcome.updated,
    }


def keep_rows(run_id: int, phase: str, outcome: Outcome, *, only_refused: bool = False) -> None:
    """Keep what became of rows for the run's page; rows that stay as they are are left out."""
    rows: list[tuple[Any, ...]] = []
    if not only_refused:
        rows = [
            (run_id, phase, change.row, change.handle, change.verdict, change.label, change.changes, change.flags)
            for change in outcome.changes
            if change.verdict != UNCHANGED
        ]
    rows += [
        (run_id, phase, refusal.row, "", "refused", refusal.column, [refusal.reason], [])
        for refusal in outcome.refusals
    ]
    columns = ("run_id", "phase", "row", "handle", "verdict", "label", "changes", "flags")
    copy_rows("import_rows", columns, sorted(rows, key=lambda row: int(row[2])))


def _advance(run_id: int, rows: int, end: int, next_row: int, outcome: Outcome) -> None:
    keep_rows(run_id, "apply", outcome, only_refused=True)
    run = get_run(run_id, lock=True)
    if run.status != "running":
        raise Conflict(_("This import was stopped."))
    run.counts = dict(Counter(run.counts) + Counter(count(outcome)))
    run.rows_done += rows
    run.place = {"end": end, "row": next_row}
    run.seen_at = now()
    session.flush()
    point("importer.before_commit")


def _enqueue_apply(run: ImportRun) -> None:
    place = run.place.get("row", 0)
    enqueue("importer.apply", dedupe=f"importer.apply:{run.id}:{place}:{now().timestamp()}", run_id=run.id)
