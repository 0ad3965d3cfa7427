"""How the shop bears a large catalogue: load, listings with filters, search, suggestions, product pages, a long import.

Each page is asked for by one visitor after the other, nobody else being there: what is measured is the server's own
time and not how it queues. Each size has a data folder of its own. Folders that are kept are loaded once and measured
as often as one likes.
"""

import itertools
import json
import os
import random
import re
import subprocess
import time
from collections.abc import Callable, Sequence
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import psycopg

from bench import explain, load, probe, sheet, shop
from bench.load import Load, Visitor
from bench.table import Row
from store.core.settings import Settings
from store.ops import migrate, servers

SIZES = (10_000, 100_000, 1_000_000)
SHEET_ROWS = 100_000
PROBE_RATE = 50.0

# What an answer may take, in ms at p95, by size.
_LISTING = {10_000: 20.0, 100_000: 25.0, 1_000_000: 50.0}
_SEARCH = {10_000: 15.0, 100_000: 30.0, 1_000_000: 60.0}
_SUGGEST = {10_000: 10.0, 100_000: 15.0, 1_000_000: 30.0}
_LOAD = {1_000_000: 600.0}

_NOUNS = (
    "toadstool candle", "sweatshirt", "lantern mug", "primrose", "hollow bowl", "thistle notebook", "harbour lamp",
    "swallow print", "blanket", "northern orchard", "smoked quince vase", "willow scarf", "comet poster",
)  # fmt: skip
_WORDS = ("made", "hand", "short", "every", "print", "shirt")
_BEGINNINGS = ("to", "swe", "lan", "prim", "hol", "thi", "not", "har b", "quiet m", "pale lan")

Asked = Callable[[], str]


class Catalogue:
    """One run over several sizes."""

    def __init__(
        self,
        folder: Path,
        logs: Path,
        *,
        sizes: Sequence[int],
        rounds: int,
        requests: int,
        sheet_rows: int,
        plans: Path | None,
        tell: Callable[[str], None],
    ) -> None:
        self.folder, self.logs, self.sizes, self.rounds, self.requests = folder, logs, sizes, rounds, requests
        self.sheet_rows, self.plans, self.tell = sheet_rows, plans, tell
        self.port = shop.free_port()
        self.rows: list[Row] = []
        self._chance = random.Random(2027)
        self._clock: psycopg.Connection[Any] | None = None

    def run(self) -> None:
        """Measure everything, the sizes from small to large."""
        for size in self.sizes:
            data = self.folder / str(size)
            self.load(data, size)
            with servers.lend(Settings(store_data_dir=data), "bench") as settings:
                variables = shop.production(settings, data, self.port)
                with shop.web(data, self.logs / "web.log", **variables):
                    self.pages(size, settings)
                    samples = {name: asked() for name, _floor, asked in self._targets(size, settings)}
                if self._clock is not None:
                    self._clock.close()
                if self.plans is not None:
                    explain.write(self.plans / f"{size}.md", settings, variables, size, samples)
        if self.sheet_rows:
            copy = self.logs / "import"
            # With its owners: the database's files are not ours.
            subprocess.run(["cp", "-a", str(self.folder / str(self.sizes[0])), str(copy)], check=True)
            with servers.lend(Settings(store_data_dir=copy), "bench") as settings:
                self.sheet(copy, shop.production(settings, copy, self.port))

    def load(self, data: Path, size: int) -> None:
        """Load a catalogue, and watch what it takes; one that was loaded before tells what it took then."""
        told = self.folder / f"{size}.json"
        before = told.exists()
        if not before:
            told.write_text(json.dumps(self._grow(data, size)), encoding="utf-8")
        took = json.loads(told.read_text(encoding="utf-8"))
        floor = _LOAD.get(size)
        seconds = self._row(f"load {size:,} products", "s", floor)
        seconds.values.append(took["seconds"])
        seconds.note = f"processor {took['processor']:.0f} s, database included{', loaded earlier' if before else ''}"
        memory = self._row(f"load {size:,} products: most memory (PSS)", "MB", 4096 if floor else None)
        memory.values.append(took["megabytes"])
        memory.note = "seed and the database's processes"
        self.tell(f"{size:,} products: loaded in {took['seconds']:.0f} s, {took['megabytes']:.0f} MB at most")

    def _grow(self, data: Path, size: int) -> dict[str, float]:
        shop.run(data, "seed")
        started = time.monotonic()
        with (self.logs / "seed.log").open("wb") as log:
            process = subprocess.Popen(
                [str(shop.ROOT / "bin" / "store"), "seed", "--size", str(size)],
                env=shop.environment(data),
                stdout=log,
                stderr=log,
            )
            most, ended = 0.0, 0
            while not ended:
                most = max(most, shop.memory_of_children())
                time.sleep(0.5)
                ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise shop.Failed((self.logs / "seed.log").read_text(encoding="utf-8", errors="replace")[-2000:])
        # The database is the command's own child.
        spent = usage.ru_utime + usage.ru_stime
        return {"seconds": time.monotonic() - started, "processor": spent, "megabytes": most}

    def pages(self, size: int, settings: Settings) -> None:
        """Ask for pages of each kind, the kinds taking turns."""
        targets = [
            (self._row(f"{name}, p95 at {size:,}", "ms", floor.get(size)), asked)
            for name, floor, asked in self._targets(size, settings)
        ]
        for _row, asked in targets:
            self._ask(asked, 12)
        for _round in range(self.rounds):
            for row, asked in targets:
                found, spent = self._ask(asked, self.requests)
                strange = {status for status in found.statuses if status != 200}
                row.values.append(found.percentile(0.95))
                row.note = f"p50 {found.percentile(0.5):.1f} ms, {spent}, {found.size / 1000:.0f} kB"
                if strange:
                    row.note = f"answered {strange}"
                self.tell(f"{row.name}: {row.values[-1]:.1f} ms, {row.note}")

    def sheet(self, data: Path, variables: dict[str, str]) -> None:
        """Take in a long file twice while the shop is visited by the clock."""
        path, short = self.logs / "sheet.csv", self.logs / "short.csv"
        sheet.write(path, self.sheet_rows)
        sheet.write(short, self.sheet_rows // 10, name="short")
        rows = f"{self.sheet_rows:,} rows"
        first = self._row(f"import of {rows}, the first time", "s", 40)
        again = self._row(f"import of {rows}, nothing changed", "s", 5)
        memory = self._row(f"import of {rows}: most memory of the command", "MB")
        quiet = self._row(f"p99 of the live shop at {PROBE_RATE:.0f}/s, before", "ms")
        busy = self._row("the same during the first import", "ms")
        paths = ["/", "/collections/everyday", "/collections/tees", "/cart"]
        with shop.web(data, self.logs / "web.log", **variables):
            tenth = shop.run_watched(data, self.logs / "import.log", "import", str(short))
            self._ask(lambda turn=itertools.cycle(paths): next(turn), 40)  # type: ignore[misc]
            with probe.probing(self.port, paths, rate=PROBE_RATE) as before:
                time.sleep(12)
            with probe.probing(self.port, paths, rate=PROBE_RATE) as during:
                long = shop.run_watched(data, self.logs / "import.log", "import", str(path))
            same = shop.run_watched(data, self.logs / "import.log", "import", str(path))
        first.values.append(long.seconds)
        first.note = f"{long.processor:.1f} s of the processor beside the database's"
        again.values.append(same.seconds)
        again.note = f"{same.processor:.1f} s of the processor beside the database's"
        memory.values.append(long.megabytes)
        memory.note = f"a tenth of the rows: {tenth.megabytes:.0f} MB, nothing changed: {same.megabytes:.0f} MB"
        quiet.values.append(before[0].percentile(0.99))
        quiet.note = f"p50 {before[0].percentile(0.5):.1f} ms"
        busy.floor = 2 * quiet.values[0]
        busy.values.append(during[0].percentile(0.99))
        busy.note = f"p50 {during[0].percentile(0.5):.1f} ms, {dict(during[0].statuses)}"
        self.tell(f"import: {first.values[0]:.1f} s, again {again.values[0]:.1f} s")
        self.tell(f"p99 of the live shop: {quiet.values[0]:.0f} ms before, {busy.values[0]:.0f} ms meanwhile")

    def _targets(self, size: int, settings: Settings) -> list[tuple[str, dict[int, float], Asked]]:
        tenth = "/collections/everyday"
        with psycopg.connect(migrate.plain(settings.database_url)) as connection:
            handles = [
                row[0]
                for row in connection.execute(
                    "SELECT handle FROM products "
                    "WHERE status = 'active' AND id %% greatest(%s / 4000, 1) = 0 LIMIT 4000",
                    [size],
                )
            ]
            page = connection.execute(
                "SELECT least(greatest(count(*) / 24 / 2, 1), 399) FROM collection_products cp "
                "JOIN collections c ON c.id = cp.collection_id WHERE c.handle = 'everyday'"
            ).fetchone()
        deep = int(page[0]) if page else 1
        filters = self._filters(tenth)
        targets: list[tuple[str, dict[int, float], Asked]] = [
            ("listing, counted anew", _LISTING, lambda: self._anew(settings, tenth)),
            ("listing, seen before", _LISTING, lambda: tenth),
            ("listing by price", _LISTING, lambda: f"{tenth}?sort=price-up"),
            ("listing, a page in the middle", _LISTING, lambda: f"{tenth}?page={self._chance.randint(2, deep + 1)}"),
            ("search with a typo", _SEARCH, self._misspelled),
            ("search for a very common word", _SEARCH, self._any("/search?q={}", _WORDS)),
            ("product page", {}, lambda: f"/products/{self._chance.choice(handles)}"),
        ]
        if len(filters) > 1:
            targets.insert(
                2, ("listing with two filters", _LISTING, lambda: f"{tenth}?{'&'.join(self._chance.choice(filters))}")
            )
        if shop.status(self.port, "/search/suggest?q=mug") == 200:
            targets.insert(-1, ("suggestions", _SUGGEST, self._any("/search/suggest?q={}", _BEGINNINGS)))
        return targets

    def _filters(self, path: str) -> list[tuple[str, ...]]:
        """Return pairs of filters that the page itself offers, each pair of two names."""
        with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=60) as answer:
            text = unescape(answer.read().decode())
        boxes = re.findall(r'name="(filter\.[^"]+)"[^>]*?value="([^"]+)"', text)
        offered: dict[str, list[str]] = {}
        for name, value in [(name, quote(value)) for name, value in boxes]:
            if name not in ("filter.price.min", "filter.price.max", "filter.available"):
                offered.setdefault(name, []).append(value)
        names = [name for name, values in offered.items() if values][:6]
        return [
            (f"{one}={first}", f"{other}={second}")
            for one, other in itertools.combinations(names, 2)
            for first, second in itertools.product(offered[one], offered[other])
        ]

    def _anew(self, settings: Settings, path: str) -> str:
        """Let the shop think that the index of its lists has changed, so that it has to count again."""
        if self._clock is None or self._clock.closed:
            self._clock = psycopg.connect(migrate.plain(settings.database_url), autocommit=True)
        self._clock.execute("UPDATE facet_state SET version = nextval('facet_version')")
        return path

    def _misspelled(self) -> str:
        """Return a search for words of which one has a letter too many, too few, or in the wrong place."""
        said = self._chance.choice(_NOUNS)
        at = self._chance.randrange(1, len(said) - 1)
        while " " in said[at - 1 : at + 2]:
            at = self._chance.randrange(1, len(said) - 1)
        letter = self._chance.choice("aeioustrnl")
        changed = self._chance.choice((said[at + 1] + said[at], letter + said[at : at + 2], said[at + 1]))
        return f"/search?q={quote(said[:at] + changed + said[at + 2 :])}"

    def _any(self, pattern: str, words: Sequence[str]) -> Asked:
        return lambda: pattern.format(quote(self._chance.choice(words)))

    def _ask(self, asked: Asked, times: int) -> tuple[Load, str]:
        meter, spent = shop.Meter(), list[float]()

        def visitor() -> Visitor:
            for _ in range(times):
                request = load.request(self.port, asked())
                before = meter.milliseconds()
                yield request
                spent.append(meter.milliseconds() - before)

        found = load.drive(self.port, [visitor()], seconds=300)
        meter.close()
        spent.sort()
        middle, high = (spent[int(len(spent) * share)] for share in (0.5, 0.95))
        return found, f"processor {middle:.1f} ms, p95 {high:.1f} ms"

    def _row(self, name: str, unit: str, most: float | None = None) -> Row:
        self.rows.append(Row(name, unit, most, at_least=False))
        return self.rows[-1]
