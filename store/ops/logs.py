"""The embedded servers' own log files: the last thing one said is usually why it ended."""

from pathlib import Path


def size_of(log: Path) -> int:
    """Return the size in bytes, 0 when there is no log yet."""
    try:
        return log.stat().st_size
    except FileNotFoundError:
        return 0


def last_line(log: Path, since: int = 0) -> str:
    """Return the last line with letters in it, of what was written after byte `since`."""
    try:
        written = log.read_bytes()[since:].decode(errors="replace")
    except OSError:
        written = ""
    said = [line.strip() for line in written.splitlines() if any(map(str.isalpha, line))]
    return said[-1] if said else "it said nothing"
