"""Deaths on order: the marked points of a running shop, armed for one drill and disarmed for the rest."""

import re
import time
from collections.abc import Iterable
from pathlib import Path

from store.core.settings import PROJECT_ROOT
from tests.fixtures.live import LiveShop


def points_in_code() -> set[str]:
    """All points that the code marks."""
    files = [path for package in ("store", "jobs") for path in (PROJECT_ROOT / package).rglob("*.py")]
    return {name for path in files for name in re.findall(r'\bpoint\("([^"]+)"\)', path.read_text(encoding="utf-8"))}


class Faults:
    """The points of one shop. A point kills while its file is missing from `folder`, and dying makes the file."""

    def __init__(self, folder: Path, points: Iterable[str]) -> None:
        self.folder = folder
        self.points = frozenset(points)
        for name in self.points:
            self._file(name).touch()

    @property
    def environment(self) -> dict[str, str]:
        return {"STORE_FAULT": ",".join(sorted(self.points)), "STORE_FAULT_DIR": str(self.folder)}

    def arm(self, *names: str) -> None:
        """Kill the next process at each of these points, once."""
        for name in names:
            self._file(name).unlink()

    @property
    def waiting(self) -> list[str]:
        """The armed points at which nobody has died yet."""
        return sorted(name for name in self.points if not self._file(name).exists())

    def _file(self, name: str) -> Path:
        return self.folder / name


def outlive(shop: LiveShop, faults: Faults | None = None, seconds: float = 60) -> None:
    """Return when somebody has died at each armed point, if there are any, and all the work is done nevertheless.

    Hours pass meanwhile: what would be tried again later is due at once, and long leases of the dead run out.
    """
    deadline = time.monotonic() + seconds
    while (faults and faults.waiting) or shop.query(
        "SELECT 1 FROM outbox WHERE done_at IS NULL AND parked_at IS NULL LIMIT 1"
    ):
        assert time.monotonic() < deadline, (
            f"still waiting for {faults.waiting if faults else 'its work'}; the shop said:\n{shop.output[-6000:]}"
        )
        shop.query("UPDATE outbox SET available_at = now() WHERE done_at IS NULL AND available_at > now()")
        shop.query(
            "UPDATE outbox SET lease_until = now() WHERE done_at IS NULL AND lease_until > now() + interval '5 s'"
        )
        time.sleep(0.3)
