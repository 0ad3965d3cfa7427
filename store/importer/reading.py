"""Turns the bytes of a file into rows."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from store.core.i18n import gettext as _
from store.importer.errors import UnusableFile
from store.importer.headers import understand

MAX_BYTES = 15 * 1024 * 1024

_OTHER_ENCODINGS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


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


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a file that hold anything; raises `UnusableFile` with the reason."""
    records = _records(_decode(_load(path)))
    header = next(records, None)
    if header is None or not any(cell.strip() for cell in header):
        raise UnusableFile(_("The file is empty."))
    fields = understand(header)
    headers = {field: header[place].strip() for place, field in fields.items()}
    return [
        _row(number, cells, fields, headers, len(header))
        for number, cells in enumerate(records, start=2)
        if any(cell.strip() for cell in cells)
    ]


def _load(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise UnusableFile(
                _("The file is larger than %(limit)s MB. Split it in two.", limit=MAX_BYTES // 1024 // 1024)
            )
        return path.read_bytes()
    except OSError as error:
        raise UnusableFile(
            _("The file %(path)s can't be opened: %(reason)s.", path=path, reason=error.strerror or "?")
        ) from error


def _decode(data: bytes) -> str:
    if data[:2] in _OTHER_ENCODINGS:
        raise UnusableFile(_("The file is in UTF-16. Save it as “CSV UTF-8”."))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UnusableFile(
            _("The file is not in UTF-8 (first seen in line %(line)s). Save it as “CSV UTF-8”.", line=line)
        ) from error


def _records(text: str) -> Iterator[list[str]]:
    # The library's own bound on a cell is for the whole process, and a long description passes it.
    before = csv.field_size_limit(MAX_BYTES)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        records = list(reader)
    except csv.Error as error:
        raise UnusableFile(
            _(
                "The quotes do not match up near line %(line)s, so no row can be told from the next.",
                line=reader.line_num,
            )
        ) from error
    finally:
        csv.field_size_limit(before)
    return iter(records)


def _row(number: int, cells: Sequence[str], fields: Mapping[int, str], headers: Mapping[str, str], width: int) -> Row:
    # Spreadsheets leave out blank cells at the end of a row, so what is missing there is blank.
    found = {field: cells[place].strip() if place < len(cells) else "" for place, field in fields.items()}
    surplus = sum(1 for cell in cells[width:] if cell.strip())
    return Row(number, found, headers, surplus)
