"""What a file is by its header: products, stock counts or redirects; and who works through it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from store.core.i18n import gettext as _
from store.importer import mappings
from store.importer.batches import AfterBatch, Batches, Outcome
from store.importer.errors import UnusableFile
from store.importer.intake import Intake
from store.importer.reading import Source
from store.importer.redirect_rows import RedirectRows
from store.importer.stock_rows import StockRows

PRODUCTS, INVENTORY, REDIRECTS = KINDS = ("products", "inventory", "redirects")


class Worker(Protocol):
    """Works through a file in portions, each a transaction of its own."""

    def scan(self) -> int:
        """Read the whole file once and return how many rows it has; raises `UnusableFile`."""

    def portions(self, start: int | None = None, number: int | None = None) -> Iterator[list[Any]]:
        """Yield the file's contents from the front, or from where an earlier portion ended."""

    def rows_in(self, portion: list[Any]) -> int:
        """Return how many rows a portion has."""

    def end_of(self, portion: list[Any]) -> tuple[int, int]:
        """Return where the file goes on after a portion, and the number of the row there."""

    def compare(self, portion: list[Any]) -> Outcome:
        """Say what would become of a portion, and write nothing."""

    def write(self, portion: list[Any], *, after: AfterBatch | None = None) -> Outcome:
        """Write a portion."""


@dataclass
class File:
    """An opened file."""

    kind: str
    path: Path
    intake: Intake | None
    source: Source
    notices: tuple[str, ...] = ()

    def scan(self) -> int:
        """Read the whole file once and return how many rows it has; raises `UnusableFile`."""
        return self.worker(run_id=None).scan()

    def worker(self, *, run_id: int | None, actor: str = "import") -> Worker:
        """Return who works through the file; without a `run_id` nothing is kept for undoing."""
        if self.intake is not None:
            return Batches(self.intake, run_id=run_id, actor=actor)
        maker = StockRows if self.kind == INVENTORY else RedirectRows
        return maker(self.source, run_id=run_id, actor=actor)


def open_file(
    path: Path, *, mapping: str | None = None, mapping_text: str = "", overwrite: bool = True, kind: str | None = None
) -> File:
    """Open a file of any kind; raises `UnusableFile` with the reason, also when it is not of the `kind` asked for."""
    wanted = None
    if mapping_text:
        wanted = mappings.parse(mapping_text)
    elif mapping:
        wanted = mappings.load(mapping)
    found = PRODUCTS
    if wanted is None:
        source = Source(path)
        names = {" ".join(name.split()).casefold() for name in source.header}
        if "redirect from" in names:
            found = REDIRECTS
        elif "location" in names and any(name.startswith("on hand") for name in names):
            found = INVENTORY
        if kind is not None and kind != found:
            raise UnusableFile(
                _("This file is of another kind than you chose: its columns are those of “%(kind)s”.", kind=found)
            )
        if found != PRODUCTS:
            return File(found, path, None, source)
    intake = Intake(path, mapping=wanted, overwrite=overwrite)
    return File(PRODUCTS, path, intake, Source(path) if wanted is None else intake.source, intake.columns.notices)
