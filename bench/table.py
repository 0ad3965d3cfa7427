"""The rows of the result, and how they are printed."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Row:
    """A figure measured once or several times; `floor` is the least (`at_least`) or most that it may be."""

    name: str
    unit: str
    floor: float | None = None
    at_least: bool = True
    values: list[float] = field(default_factory=list)
    note: str = ""

    @property
    def median(self) -> float:
        """The middle of the values."""
        return statistics.median(self.values)

    @property
    def ratio(self) -> float | None:
        """How many times better than the floor."""
        if self.floor is None or not self.values or (not self.at_least and not self.median):
            return None
        return self.median / self.floor if self.at_least else self.floor / self.median

    @property
    def holds(self) -> bool | None:
        """Whether the floor is reached; `None` where there is none."""
        if self.floor is None:
            return None
        return self.median >= self.floor if self.at_least else self.median <= self.floor

    def as_dict(self) -> dict[str, Any]:
        """Return the row for `--json`."""
        return {
            "name": self.name,
            "unit": self.unit,
            "floor": self.floor,
            "min": min(self.values),
            "median": self.median,
            "max": max(self.values),
            "ratio": self.ratio,
            "holds": self.holds,
            "note": self.note,
        }


def lines(rows: Sequence[Row]) -> list[str]:
    """Return the table."""
    head = ("", "floor", "min", "median", "max", "unit", "ratio", "")
    cells = [head, *(_cells(row) for row in rows if row.values)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    text = []
    for number, line in enumerate(cells):
        parts = [line[0].ljust(widths[0])]
        parts += [cell.rjust(widths[column]) for column, cell in enumerate(line[1:5], 1)]
        parts += [line[5].ljust(widths[5]), line[6].rjust(widths[6]), line[7]]
        text.append("  ".join(parts).rstrip())
        if number == 0:
            text.append("-" * len(text[0]))
    return text


def _cells(row: Row) -> tuple[str, ...]:
    floor = "" if row.floor is None else f"{'≥' if row.at_least else '≤'} {_figure(row.floor)}"
    ratio = "" if row.ratio is None else f"{row.ratio:.1f}x"
    verdict = {None: "", True: "ok", False: "MISSED"}[row.holds]
    words = " · ".join(filter(None, (verdict, row.note)))
    if len(row.values) == 1:
        return (row.name, floor, "", _figure(row.median), "", row.unit, ratio, words)
    return (
        row.name,
        floor,
        _figure(min(row.values)),
        _figure(row.median),
        _figure(max(row.values)),
        row.unit,
        ratio,
        words,
    )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.1f}"
