"""Where an address leads."""

from dataclasses import dataclass

from store.core.db import read_rows
from store.redirects.paths import LONGEST, canonical


@dataclass(frozen=True, slots=True)
class Target:
    """What became of an address: `target` is where it leads, `None` when it is gone for good."""

    path: str
    target: str | None


def find_target(path: str) -> Target | None:
    """Return what became of an address without market prefix, or `None` when nothing is known. 1 statement.

    Asked only when there is no page at the address: a page always wins over a redirect.
    """
    path = canonical(path)
    if len(path) > LONGEST:
        return None
    rows = read_rows("SELECT path, target FROM redirects WHERE path = :path", {"path": path})
    return Target(rows[0].path, rows[0].target) if rows else None
