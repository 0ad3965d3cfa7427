"""Runs as their pages show them."""

import zlib
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import func, select

from store.core.db import session
from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.importer.models import ImportChange, ImportPart, ImportRow, ImportRun

PAGE_SIZE = 50


def get_run(run_id: int, *, lock: bool = False) -> ImportRun:
    """Return a run; raises `NotFound`."""
    query = select(ImportRun).where(ImportRun.id == run_id).execution_options(populate_existing=True)
    run = session.execute(query.with_for_update() if lock else query).scalar_one_or_none()
    if run is None:
        raise NotFound(_("This import is not here any more."))
    return run


def find_kind(run_id: int) -> str | None:
    """Return what a run's file holds, `None` when there is no such run. 1 statement."""
    return session.execute(select(ImportRun.kind).where(ImportRun.id == run_id)).scalar_one_or_none()


def list_runs(page: int = 1) -> Sequence[ImportRun]:
    """Return runs, the latest first. 1 statement."""
    query = select(ImportRun).order_by(ImportRun.id.desc()).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    return session.execute(query).scalars().all()


def count_runs() -> int:
    """Return how many runs `list_runs` goes through."""
    return session.execute(select(func.count()).select_from(ImportRun)).scalar_one()


def read_parts(run_id: int) -> Iterator[bytes]:
    """Yield the bytes of a run's file, piece by piece; nothing when it is no longer kept."""
    numbers = session.execute(
        select(ImportPart.part).where(ImportPart.run_id == run_id).order_by(ImportPart.part)
    ).scalars()
    for number in numbers.all():
        body = session.execute(
            select(ImportPart.body).where(ImportPart.run_id == run_id, ImportPart.part == number)
        ).scalar_one()
        yield zlib.decompress(body)


def _rows(run_id: int, phase: str, only: str) -> Any:
    query = select(ImportRow).where(ImportRow.run_id == run_id, ImportRow.phase == phase)
    if only in ("erases", "recreates"):
        return query.where(ImportRow.flags.contains([only]))
    return query.where(ImportRow.verdict == only) if only else query


def list_rows(run_id: int, phase: str, *, only: str = "", page: int = 1) -> Sequence[ImportRow]:
    """Return what becomes of rows, in the order of the file; `only` is a verdict or a warning. 1 statement."""
    query = _rows(run_id, phase, only).order_by(ImportRow.row, ImportRow.id)
    rows: Sequence[ImportRow] = session.execute(query.limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)).scalars().all()
    return rows


def count_rows(run_id: int, phase: str) -> dict[str, int]:
    """Return how many rows there are of each verdict and warning, and all of them under the empty name."""
    of_run = (ImportRow.run_id == run_id, ImportRow.phase == phase)
    verdicts = session.execute(select(ImportRow.verdict, func.count()).where(*of_run).group_by(ImportRow.verdict)).all()
    flag = func.unnest(ImportRow.flags).label("flag")
    flags = session.execute(select(flag, func.count()).where(*of_run).group_by(flag)).all()
    counts: dict[str, int] = dict([*verdicts, *flags])
    return {**counts, "": sum(number for _name, number in verdicts)}


def list_changes(run_id: int, *, page: int = 1, kept_only: bool = False) -> Sequence[ImportChange]:
    """Return what a run has changed; `kept_only` what was not put back, because somebody had changed it."""
    query = select(ImportChange).where(ImportChange.run_id == run_id)
    if kept_only:
        query = query.where(ImportChange.outcome != "")
    query = query.order_by(ImportChange.id).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    return session.execute(query).scalars().all()


def count_changes(run_id: int, *, kept_only: bool = False) -> int:
    """Return how many changes `list_changes` goes through."""
    query = select(func.count()).select_from(ImportChange).where(ImportChange.run_id == run_id)
    return session.execute(query.where(ImportChange.outcome != "") if kept_only else query).scalar_one()
