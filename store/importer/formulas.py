"""Cells that a spreadsheet would run: exports put an apostrophe before them, imports take it away again."""

import re

# Also after quotes and blanks, and in the full width that some programs fold into the plain one.
_DANGEROUS = re.compile(r"'*[\"\s]*[=+\-@＝＋－＠]|'*[\t\r]")


def make_inert(cell: str) -> str:
    """Return the cell as a spreadsheet shows it instead of running it; `restore` gives back what it was."""
    return f"'{cell}" if _DANGEROUS.match(cell) else cell


def restore(cell: str) -> str:
    """Return a cell as it was before `make_inert`."""
    return cell[1:] if cell[:1] == "'" and _DANGEROUS.match(cell) else cell
