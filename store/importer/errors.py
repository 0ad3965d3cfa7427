"""Why a file, or a row of it, does not go in."""

from dataclasses import dataclass

from store.core.errors import Conflict


class UnusableFile(Exception):
    """Nothing of the file can be read; the message is one sentence for the person who brought it."""


class ImportBusy(Conflict):
    """Another import is being applied; facts: `run_id`."""


@dataclass(frozen=True)
class Refusal:
    """A row that stays out: its number as a spreadsheet counts (the header is row 1), column and reason."""

    row: int
    column: str
    reason: str
