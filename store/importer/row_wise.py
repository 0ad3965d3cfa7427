"""Files whose rows stand for themselves: stock counts and redirects."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence

from sqlalchemy import text

from store.core.db import retrying, session
from store.core.i18n import gettext as _
from store.importer.batches import AfterBatch, Outcome
from store.importer.errors import UnusableFile
from store.importer.formulas import restore
from store.importer.reading import Record, Source

# Rows a transaction.
PORTION = 500


class Rows(ABC):
    """Works through a file row by row, in portions."""

    def __init__(
        self,
        source: Source,
        names: Mapping[str, Sequence[str]],
        needed: Sequence[str],
        *,
        run_id: int | None,
        actor: str,
    ) -> None:
        self._source = source
        self._run_id = run_id
        self._actor = actor
        known = {name.casefold(): field for field, several in names.items() for name in several}
        self._places: dict[str, int] = {}
        self.headers: dict[str, str] = {}
        for place, raw in enumerate(source.header):
            name = " ".join(raw.split())
            field = known.get(name.casefold())
            if field is None:
                continue
            if field in self._places:
                raise UnusableFile(
                    _(
                        "The columns “%(one)s” and “%(other)s” mean the same. Keep one.",
                        one=self.headers[field],
                        other=name,
                    )
                )
            self._places[field], self.headers[field] = place, name
        for field in needed:
            if field not in self._places:
                raise UnusableFile(_("The column “%(name)s” is missing.", name=names[field][0]))

    def scan(self) -> int:
        """Read the whole file once and return how many rows it has; raises `UnusableFile`."""
        return sum(1 for _record in self._source.records())

    def portions(self, start: int | None = None, number: int | None = None) -> Iterator[list[Record]]:
        """Yield the rows, as many as go into a transaction."""
        portion: list[Record] = []
        for record in self._source.records(start, number):
            portion.append(record)
            if len(portion) >= PORTION:
                yield portion
                portion = []
        if portion:
            yield portion

    def rows_in(self, portion: Sequence[Record]) -> int:
        """Return how many rows a portion has."""
        return len(portion)

    def end_of(self, portion: Sequence[Record]) -> tuple[int, int]:
        """Return where the file goes on after a portion, and the number of the row there."""
        return portion[-1].end, portion[-1].number + 1

    def get(self, record: Record, field: str) -> str:
        """Return a cell; blank when the row or the file does not have it."""
        place = self._places.get(field)
        if place is None or place >= len(record.cells):
            return ""
        return restore(record.cells[place].strip())

    @abstractmethod
    def apply(self, portion: Sequence[Record], *, keep: bool) -> Outcome:
        """Do what some rows say, in the transaction in progress; `keep` what was there before for undoing."""

    def compare(self, portion: Sequence[Record]) -> Outcome:
        """Say what would become of rows: do it and take it back."""

        def once() -> Outcome:
            outcome = self.apply(portion, keep=False)
            session.rollback()
            return outcome

        return retrying(once)

    def write(self, portion: Sequence[Record], *, after: AfterBatch | None = None) -> Outcome:
        """Do what some rows say, in a transaction of its own."""

        def once() -> Outcome:
            session.execute(text("SELECT pg_advisory_xact_lock(hashtext('imports'))"))
            outcome = self.apply(portion, keep=self._run_id is not None)
            if after is not None:
                after(len(portion), *self.end_of(portion), outcome)
            return outcome

        return retrying(once)
