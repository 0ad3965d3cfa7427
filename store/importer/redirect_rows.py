"""Redirect files: `Redirect from`, `Redirect to`."""

from collections.abc import Sequence

from psycopg.types.json import Jsonb
from sqlalchemy import text

from store.core.db import copy_rows, session
from store.core.errors import StoreError
from store.core.i18n import gettext as _
from store.importer.batches import Outcome
from store.importer.difference import CREATE, UNCHANGED, UPDATE, RowChange
from store.importer.errors import Refusal
from store.importer.reading import Record, Source
from store.importer.row_wise import Rows
from store.redirects import services as redirects
from store.redirects.paths import clean_path

NAMES = {"from": ("Redirect from",), "to": ("Redirect to",)}

_PRESENT = text("SELECT id, path, target, status FROM redirects WHERE path = :path")


class RedirectRows(Rows):
    """Adds redirects; one that leads elsewhere follows the file."""

    def __init__(self, source: Source, *, run_id: int | None, actor: str = "import") -> None:
        super().__init__(source, NAMES, ("from", "to"), run_id=run_id, actor=actor)

    def apply(self, portion: Sequence[Record], *, keep: bool) -> Outcome:
        outcome = Outcome()
        kept = []
        for record in portion:
            old, new = self.get(record, "from"), self.get(record, "to")
            try:
                path = clean_path(old)
                before = session.execute(_PRESENT, {"path": path}).one_or_none()
                if before is not None and before.target == new and before.status == 301:
                    outcome.unchanged += 1
                    outcome.changes.append(RowChange(record.number, path, UNCHANGED))
                    continue
                if not new:
                    outcome.refusals.append(Refusal(record.number, self.headers["to"], _("it is blank")))
                    continue
                redirects.add(old, new, external=True, reason="import", actor=self._actor)
            except StoreError as error:
                outcome.refusals.append(Refusal(record.number, self.headers["from"], error.message))
                continue
            present = session.execute(_PRESENT, {"path": path}).one()
            if before is not None and (before.target, before.status) == (present.target, present.status):
                outcome.unchanged += 1
                outcome.changes.append(RowChange(record.number, path, UNCHANGED))
                continue
            verdict = CREATE if before is None else UPDATE
            outcome.changes.append(RowChange(record.number, path, verdict, "", [f"{path} → {present.target}"]))
            outcome.created += before is None
            outcome.updated += before is not None
            if keep:
                was = None if before is None else Jsonb({"target": before.target, "status": before.status})
                now = Jsonb({"target": present.target, "status": present.status})
                kept.append((self._run_id, present.id, path, verdict, was, now))
        copy_rows("import_changes", ("run_id", "subject_id", "name", "action", "before", "after"), kept)
        return outcome
