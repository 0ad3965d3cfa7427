"""Puts rows of one product together, wherever in the file they stand, without holding the file in memory."""

import hashlib
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from store.catalog.handles import is_handle, make_handle
from store.core.i18n import gettext as _
from store.importer.errors import Refusal, UnusableFile
from store.importer.formulas import restore
from store.importer.headers import Columns
from store.importer.reading import Record, Source

# Rows of products that lie scattered over the file; those are held in memory, others never are.
MAX_SCATTERED = 50_000


@dataclass(frozen=True)
class Scan:
    """What a first look at a file has found: how many rows, handles that lie scattered, SKUs that come twice."""

    rows: int = 0
    scattered: frozenset[str] = frozenset()
    repeated_skus: frozenset[int] = frozenset()


@dataclass
class Group:
    """The rows of one product in their order; `end` is where the file goes on, `next_row` how it counts there."""

    handle: str
    records: list[Record]
    end: int
    next_row: int
    refusals: list[Refusal] = field(default_factory=list)


class Grouper:
    """Walks through a file product by product."""

    def __init__(self, source: Source, columns: Columns) -> None:
        self._source = source
        self._columns = columns
        places = {name: place for place, name in columns.fields.items()}
        self._handle = places.get("handle")
        self._title = places.get("title")
        self._sku = places.get("sku")

    def scan(self) -> Scan:
        """Read the whole file once; raises `UnusableFile` when not all of it can be read."""
        runs, skus = array("Q"), array("Q")
        rows = 0
        before: str | None = None
        for record in self._source.records():
            rows += 1
            raw, handle = self._name(record.cells)
            if handle != before or not raw:
                runs.append(_number(handle))
            before = handle if raw else None
            sku = self._cell(record.cells, self._sku)
            if sku:
                skus.append(_number(sku))
        return Scan(rows, self._scattered(_repeated(runs)), _repeated(skus))

    def groups(self, scan: Scan, start: int | None = None, number: int | None = None) -> Iterator[Group]:
        """Yield the products from the front, or from where an earlier one ended.

        A product that lies scattered comes where its first row stands.
        """
        gathered = self._gather(scan.scattered) if scan.scattered else {}
        group: Group | None = None
        for record in self._source.records(start, number):
            _raw, handle = self._name(record.cells)
            if handle in gathered:
                if group is not None:
                    yield group
                    group = None
                rows = gathered[handle]
                if rows[0].number == record.number:
                    yield Group(handle, rows, record.end, record.number + 1)
                continue
            if group is not None and handle and handle == group.handle:
                group.records.append(record)
                group.end, group.next_row = record.end, record.number + 1
                continue
            if group is not None:
                yield group
            group = Group(handle, [record], record.end, record.number + 1)
            if not handle:
                group.refusals.append(
                    Refusal(
                        record.number,
                        self._columns.headers.get("handle", "Handle"),
                        _("it is blank, so the row belongs to no product"),
                    )
                )
        if group is not None:
            yield group

    def settle(self, group: Group) -> Group:
        """Take out of a group the rows that name another product by the same address."""
        if len(group.records) == 1 or group.refusals:
            return group
        kept: list[Record] = []
        spelling: str | None = None
        for record in group.records:
            raw, _handle = self._name(record.cells)
            lowered = raw.casefold()
            if kept and not raw:
                reason = _("another product of this name is in row %(row)s; give both a handle", row=kept[0].number)
                column = self._columns.headers.get("title", "Title")
                group.refusals.append(Refusal(record.number, column, reason))
                continue
            if spelling is not None and spelling != lowered:
                reason = _("“%(raw)s” and “%(other)s” would have the same address", raw=raw[:40], other=spelling[:40])
                column = self._columns.headers.get("handle", "Handle")
                group.refusals.append(Refusal(record.number, column, reason))
                continue
            spelling = lowered
            kept.append(record)
        group.records = kept
        return group

    def repeats(self, sku: str, scan: Scan) -> bool:
        """Whether a SKU may come twice in the file."""
        return _number(sku) in scan.repeated_skus

    def _name(self, cells: list[str]) -> tuple[str, str]:
        raw = self._cell(cells, self._handle)
        if raw:
            lowered = raw.casefold()
            return raw, lowered if is_handle(lowered) else make_handle(raw)
        title = self._cell(cells, self._title)
        return "", make_handle(title) if title else ""

    def _cell(self, cells: list[str], place: int | None) -> str:
        if place is None or place >= len(cells):
            return ""
        return restore(cells[place].strip())

    def _scattered(self, repeated: frozenset[int]) -> frozenset[str]:
        if not repeated:
            return frozenset()
        found: set[str] = set()
        rows = 0
        for record in self._source.records():
            _raw, handle = self._name(record.cells)
            if handle and _number(handle) in repeated:
                found.add(handle)
                rows += 1
                if rows > MAX_SCATTERED:
                    raise UnusableFile(
                        _("The rows of many products lie scattered over the file. Sort it by its column “Handle”.")
                    )
        return frozenset(found)

    def _gather(self, handles: frozenset[str]) -> dict[str, list[Record]]:
        gathered: dict[str, list[Record]] = {}
        for record in self._source.records():
            _raw, handle = self._name(record.cells)
            if handle in handles:
                gathered.setdefault(handle, []).append(record)
        return gathered


def _number(text: str) -> int:
    # The same in every process, unlike `hash`.
    return int.from_bytes(hashlib.blake2b(text.encode(errors="replace"), digest_size=8).digest(), "big")


def _repeated(numbers: "array[int]") -> frozenset[int]:
    ordered = sorted(numbers)
    return frozenset(number for number, following in pairwise(ordered) if number == following)
