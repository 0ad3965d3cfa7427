"""Files as other shops write them, and what the shop has after taking them in."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from store.catalog.drafts import ProductDraft, find_stored
from store.core.db import session, transaction
from store.importer import run
from tests.factories.shop import make_shop


@dataclass(frozen=True)
class Imported:
    """What a run said and how it ended."""

    status: int
    lines: list[str]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def line(self, row: int) -> str:
        """Return the line on one row."""
        found = [line for line in self.lines if line.split()[:2] == ["row", str(row)]]
        assert found, f"nothing is said of row {row} in:\n{self.text}"
        return found[0]


@pytest.fixture
def shop(db) -> None:
    """A merchant in euros."""
    with transaction():
        make_shop()


@pytest.fixture
def take_in(shop, tmp_path: Path) -> Callable[..., Imported]:
    """Take in rows (dictionaries by header), a text, or bytes."""

    def take(content: list[dict[str, str]] | str | bytes, *, dry_run: bool = False) -> Imported:
        file = tmp_path / "products.csv"
        if isinstance(content, list):
            content = as_csv(content)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        lines: list[str] = []
        status = run(file, dry_run=dry_run, echo=lines.append)
        session.expire_all()
        return Imported(status, lines)

    return take


@pytest.fixture
def product(db) -> Callable[[str], ProductDraft]:
    """Read a product back by its handle."""

    def read(handle: str) -> ProductDraft:
        stored = find_stored([handle])
        assert handle in stored, f"there is no product {handle}"
        return stored[handle].draft

    return read


def as_csv(rows: list[dict[str, str]]) -> str:
    headers = list(dict.fromkeys(header for row in rows for header in row))
    target = io.StringIO(newline="")
    writer = csv.DictWriter(target, headers, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return target.getvalue()
