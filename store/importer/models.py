"""Runs over files: what came, how far it went, what it found and what was there before."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from store.core.clock import now
from store.core.db import KeylessModel, Model


class ImportRun(Model):
    """One file on its way into the shop.

    `place` says up to where it has been applied, `scan` what a first look at the whole file has found, `seen_at` when
    whoever applies it last gave a sign of life, `problem` why it can't be used.
    """

    __tablename__ = "import_runs"
    __table_args__ = (
        CheckConstraint("kind IN ('products', 'inventory', 'redirects')", name="kind"),
        CheckConstraint(
            "status IN ('new', 'checking', 'checked', 'waiting', 'running', 'done', 'failed', 'undoing', 'undone')",
            name="status",
        ),
    )

    kind: Mapped[str]
    filename: Mapped[str]
    status: Mapped[str] = mapped_column(default="new", server_default="new")
    overwrite: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    mapping: Mapped[str] = mapped_column(default="", server_default="")
    size_bytes: Mapped[int] = mapped_column(default=0, server_default="0")
    actor: Mapped[str] = mapped_column(default="system", server_default="system")
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    seen_at: Mapped[datetime | None]
    place: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    scan: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    rows_total: Mapped[int] = mapped_column(default=0, server_default="0")
    rows_done: Mapped[int] = mapped_column(default=0, server_default="0")
    problem: Mapped[str] = mapped_column(default="", server_default="")


class ImportPart(KeylessModel):
    """A piece of an uploaded file, compressed: any process on any machine can apply it."""

    __tablename__ = "import_parts"

    run_id: Mapped[int] = mapped_column(ForeignKey("import_runs.id", ondelete="CASCADE"), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[bytes] = mapped_column(LargeBinary)


class ImportRow(Model):
    """What becomes of a row, as the dry run (`check`) or the run itself (`apply`) says it."""

    __tablename__ = "import_rows"
    __table_args__ = (Index(None, "run_id", "phase", "row"),)

    run_id: Mapped[int] = mapped_column(ForeignKey("import_runs.id", ondelete="CASCADE"))
    phase: Mapped[str]
    row: Mapped[int]
    handle: Mapped[str]
    verdict: Mapped[str]
    label: Mapped[str] = mapped_column(default="", server_default="")
    changes: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    flags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")


class ImportChange(Model):
    """What a run has changed: one product, stock level or redirect as it was before and as the run left it."""

    __tablename__ = "import_changes"
    __table_args__ = (
        CheckConstraint("action IN ('create', 'update')", name="action"),
        Index(None, "run_id", "id"),
    )

    run_id: Mapped[int] = mapped_column(ForeignKey("import_runs.id", ondelete="CASCADE"))
    subject_id: Mapped[int | None]
    name: Mapped[str]
    action: Mapped[str]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    undone_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default="", server_default="")


class ImportMark(KeylessModel):
    """The rows that a product was last taken in from, by their hash, and the revision it had then."""

    __tablename__ = "import_marks"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    rows_hash: Mapped[bytes] = mapped_column(LargeBinary)
    revision: Mapped[int]
