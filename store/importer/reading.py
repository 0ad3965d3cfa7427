"""Turns the bytes of a file into records, one at a time: a file of any length takes the memory of its longest row."""

import codecs
import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from store.core.i18n import gettext as _
from store.importer.errors import UnusableFile
from store.importer.formulas import restore
from store.importer.headers import Columns

MAX_BYTES = 100 * 1024 * 1024

_MAX_CELL = 1_000_000
# A row is in memory as a whole, so this bounds what a file can take there.
_MAX_ROW = 8 * 1024 * 1024
_OTHER_KINDS = {
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
}
# Archives, which spreadsheets are too. They are never unpacked, so they can't swell.
_ARCHIVES = (b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf", b"\xd0\xcf\x11\xe0")

# The library's own bound on a cell is for the whole process, and a long description passes it.
csv.field_size_limit(_MAX_CELL)

Change = Callable[[Sequence[str]], list[str]]


@dataclass(frozen=True)
class Row:
    """One row: its cells by field, without surrounding space. Columns that the file lacks are not in it."""

    number: int
    cells: Mapping[str, str]
    headers: Mapping[str, str]
    surplus: int = 0

    def get(self, field: str) -> str | None:
        """Return a cell: empty when it is blank, `None` when the file has no such column."""
        return self.cells.get(field)

    def filled(self, *fields: str) -> bool:
        """Whether any of these cells holds something."""
        return any(self.cells.get(field) for field in fields)

    def column(self, field: str) -> str:
        """Return the name that the file gives a column."""
        return self.headers.get(field, field)


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of a row as they stand in the file, its number as a spreadsheet counts, and where the next begins."""

    number: int
    cells: list[str]
    end: int


class Source:
    """A file that is read from the front, again and again; raises `UnusableFile` when it can't be."""

    def __init__(
        self, path: Path, *, delimiter: str = ",", encoding: str = "utf-8", header: Sequence[str] | None = None
    ) -> None:
        self._path = path
        self._delimiter = delimiter
        self._encoding = encoding
        _check(path, encoding)
        self._begin = 0
        if header is None:
            first = next(self._records(0, 1), None)
            if first is None or not any(cell.strip() for cell in first.cells):
                raise UnusableFile(_("The file is empty."))
            self.header: Sequence[str] = first.cells
            self._begin, self._first = first.end, 2
        else:
            self.header, self._first = header, 1

    def records(self, start: int | None = None, number: int | None = None) -> Iterator[Record]:
        """Yield the records that hold anything, from the front or from where an earlier one ended."""
        return self._records(self._begin if start is None else start, self._first if number is None else number)

    def _records(self, start: int, number: int) -> Iterator[Record]:
        with self._path.open("rb") as file:
            lines = _Lines(file, start, self._encoding, number)
            reader = csv.reader(lines, delimiter=self._delimiter, strict=True)
            try:
                for cells in reader:
                    if any(cells) and any(cell.strip() for cell in cells):
                        yield Record(number, cells, lines.offset)
                    number += 1
                    lines.begin_row()
            except csv.Error as error:
                if "new-line character" in str(error):
                    raise UnusableFile(
                        _("The lines of this file end as those of very old programs do. Save it as “CSV UTF-8”.")
                    ) from error
                raise UnusableFile(
                    _(
                        "The quotes do not match up near row %(row)s, so no row can be told from the next.",
                        row=number,
                    )
                ) from error


class _Lines:
    """Lines of text that know where in the file they end."""

    def __init__(self, file: BinaryIO, start: int, encoding: str, line: int) -> None:
        self._file = file
        self._encoding = encoding
        self.offset = start
        self._line = line - 1
        if start == 0 and file.read(3) == codecs.BOM_UTF8:
            start = self.offset = 3
        self._row = start
        file.seek(start)

    def begin_row(self) -> None:
        """Count what a row takes from here."""
        self._row = self.offset

    def __iter__(self) -> Iterator[str]:
        while raw := self._file.readline(_MAX_ROW + 1):
            self.offset += len(raw)
            self._line += 1
            if self.offset - self._row > _MAX_ROW:
                raise UnusableFile(
                    _("Line %(line)s ends a row longer than any product's. Is this a CSV file?", line=self._line)
                )
            try:
                yield raw.decode(self._encoding)
            except UnicodeDecodeError as error:
                raise UnusableFile(
                    _(
                        "The file is not in UTF-8 (first seen in line %(line)s). Save it as “CSV UTF-8”.",
                        line=self._line,
                    )
                ) from error


def row_of(record: Record, columns: Columns) -> Row:
    """Return a record's cells by field."""
    cells = record.cells
    # Spreadsheets leave out blank cells at the end of a row, so what is missing there is blank.
    found = {
        field: restore(cells[place].strip()) if place < len(cells) else "" for place, field in columns.fields.items()
    }
    surplus = sum(1 for cell in cells[columns.width :] if cell.strip())
    return Row(record.number, found, columns.headers, surplus)


def _check(path: Path, encoding: str) -> None:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UnusableFile(
                _("The file is larger than %(limit)s MB. Split it in two.", limit=MAX_BYTES // 1024 // 1024)
            )
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        raise UnusableFile(
            _("The file %(path)s can't be opened: %(reason)s.", path=path, reason=error.strerror or "?")
        ) from error
    if head.startswith(_ARCHIVES):
        raise UnusableFile(_("This is an archive or a spreadsheet, not a CSV file. Save it as “CSV UTF-8”."))
    if head[:2] in _OTHER_KINDS and encoding == "utf-8":
        raise UnusableFile(_("The file is in UTF-16. Save it as “CSV UTF-8”."))
