"""Measures the shop: start, memory, seed, pages, carts, orders, weights, statements."""

import argparse
import itertools
import json
import os
import platform
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg

from bench import carts, catalogue, first_view, judged, load, money, pages, shop, table, wrk
from bench.load import Load
from bench.table import Row
from store.core.settings import Settings
from store.ops import migrate, servers

CONNECTIONS = 16
PRODUCTS = 10_000
POPULAR = 100

# What one page of each kind weighs and asks is looked at under these names.
SHOWN = ("home", "listing", "product", "cart")


def main(argv: Sequence[str]) -> int:
    """Measure, print the table, and return 1 when a floor is missed."""
    parser = argparse.ArgumentParser(prog="store bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="two short rounds and a small catalogue: a look, no claim")
    parser.add_argument("--json", action="store_true", help="print JSON instead of the table")
    parser.add_argument("--rounds", type=int, default=0, help="how often each target is measured")
    parser.add_argument("--seconds", type=float, default=0.0, help="how long each time")
    parser.add_argument("--products", type=int, default=0, help="size of the catalogue")
    parser.add_argument("--catalogue", action="store_true", help="measure large catalogues instead of the rest")
    parser.add_argument("--media", action="store_true", help="measure pictures instead of the rest")
    parser.add_argument("--images", type=int, default=0, help="how many pictures one worker takes in")
    parser.add_argument("--sizes", default=",".join(map(str, catalogue.SIZES)), help="of large catalogues, by comma")
    parser.add_argument("--rows", type=int, help="of the file that is imported; 0 for no import")
    parser.add_argument("--plans", type=Path, help="write the plans of statements on large catalogues to this folder")
    parser.add_argument("--keep", type=Path, help="load large catalogues below this folder, once, and leave them there")
    chosen = parser.parse_args(list(argv))
    quick: bool = chosen.quick
    if chosen.catalogue:
        return measure_catalogue(chosen)
    if chosen.media:
        return measure_media(chosen)
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as folder:
        bench = Bench(
            Path(folder),
            rounds=chosen.rounds or (2 if quick else 5),
            seconds=chosen.seconds or (2.0 if quick else 5.0),
            products=chosen.products or (2_000 if quick else PRODUCTS),
            tell=(lambda line: print(line, file=sys.stderr, flush=True)),
        )
        if not _ran(bench):
            return 2
    if chosen.json:
        facts = {"machine": machine(), "generator": bench.generator, "rows": [row.as_dict() for row in bench.rows]}
        print(json.dumps(facts, indent=2))
    else:
        print("\n".join(["", machine(), f"pages by {bench.generator}; carts and orders by bench/load.py", ""]))
        print("\n".join(table.lines(bench.rows)))
    return 1 if any(row.holds is False for row in bench.rows) else 0


def _ran(bench: "Bench | catalogue.Catalogue") -> bool:
    """Run a bench; say what stopped it."""
    try:
        bench.run()
    except shop.Failed as failure:
        print(f"store bench: {failure}", file=sys.stderr)
        return False
    return True


def measure_catalogue(chosen: argparse.Namespace) -> int:
    """Measure large catalogues, print the table, and return 1 when a floor is missed."""
    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as folder:
        Path(folder).chmod(0o755)
        keep = chosen.keep.absolute() if chosen.keep else Path(folder) / "catalogues"
        keep.mkdir(parents=True, exist_ok=True)
        rows = 10_000 if chosen.quick else catalogue.SHEET_ROWS
        bench = catalogue.Catalogue(
            keep,
            Path(folder),
            sizes=sorted(int(size) for size in chosen.sizes.split(",")),
            rounds=chosen.rounds or 3,
            requests=60 if chosen.quick else 200,
            sheet_rows=rows if chosen.rows is None else chosen.rows,
            plans=chosen.plans,
            tell=(lambda line: print(line, file=sys.stderr, flush=True)),
        )
        if not _ran(bench):
            return 2
    if chosen.json:
        print(json.dumps({"machine": machine(), "rows": [row.as_dict() for row in bench.rows]}, indent=2))
    else:
        print("\n".join(["", machine(), "", *table.lines(bench.rows)]))
    return 1 if any(row.holds is False for row in bench.rows) else 0


def measure_media(chosen: argparse.Namespace) -> int:
    """Measure pictures, print the table, and return 1 when a floor is missed."""
    # The whole shop is loaded with it, which the other benches watch from outside.
    from bench import media

    with tempfile.TemporaryDirectory(prefix="vitrine-bench-") as folder:
        Path(folder).chmod(0o755)
        rows = media.measure(
            Path(folder),
            quick=chosen.quick,
            rounds=chosen.rounds,
            images=chosen.images,
            tell=(lambda line: print(line, file=sys.stderr, flush=True)),
        )
    if chosen.json:
        print(json.dumps({"machine": machine(), "rows": [row.as_dict() for row in rows]}, indent=2))
    else:
        print("\n".join(["", machine(), "", *table.lines(rows)]))
    return 1 if any(row.holds is False for row in rows) else 0


class Bench:
    """One run of everything on one data folder."""

    def __init__(
        self, folder: Path, *, rounds: int, seconds: float, products: int, tell: Callable[[str], None]
    ) -> None:
        # The database's own user walks in here.
        folder.chmod(0o755)
        self.data = folder / "data"
        self.logs = folder
        self.rounds, self.seconds, self.products, self.tell = rounds, seconds, products, tell
        self.port = shop.free_port()
        self.generator = "wrk" if wrk.is_there() else "bench/load.py"
        self.rows: list[Row] = []
        self.handles: list[str] = []
        self.shelf = "/collections/all"
        self._chance = random.Random(2026)
        self._visitors = itertools.count()

    def run(self) -> None:
        """Measure everything."""
        self.rows.append(carts.measure(rounds=self.rounds, seconds=min(self.seconds, 2.0)))
        self.starts()
        with servers.lend(Settings(store_data_dir=self.data), "bench") as settings:
            self.search(settings)
            self.seed(settings)
            self.throughput(settings)
            self.orders(settings)
            self.money(settings)
            self.statements(settings)

    def starts(self) -> None:
        """The first start on an empty folder, later ones, and what all of it keeps in memory."""
        first = self._row("first up to a served home page", "s", 60, at_least=False)
        later = self._row("later up to a served home page", "s", 5, at_least=False)
        memory = self._row("memory of everything up starts (PSS)", "MB", 600, at_least=False)
        for number in range(1 + min(self.rounds, 3)):
            with shop.up(self.data, self.port, self.logs / "up.log") as seconds:
                (later if number else first).values.append(seconds)
                self.tell(f"{'later' if number else 'first'} up: {seconds:.1f} s")
                if number:
                    self._look_around()
                    parts = shop.proportional_memory(self.data)
                    if parts is not None:
                        memory.values.append(sum(parts.values()))
                        memory.note = ", ".join(f"{name} {size:.0f}" for name, size in sorted(parts.items()))
                    if number == 1:
                        self.first_views()

    def first_views(self) -> None:
        """What the demo shop's listing weighs before anybody scrolls, pictures included."""
        with first_view.browser() as browser:
            if browser is None:
                return
            total = self._row("listing, first view with pictures", "KB", 350, at_least=False)
            first = self._row("listing, first picture", "KB", 50, at_least=False)
            for screen in first_view.SCREENS:
                found = first_view.weigh(browser, f"http://127.0.0.1:{self.port}/collections/all", screen)
                total.values.append(found.total / 1000)
                first.values.append(found.first_image / 1000)
                total.note += f"{screen}: {found.total / 1000:.0f} KB, {found.images} pictures; "
            self.tell(total.note)

    def search(self, settings: Settings) -> None:
        """How many of the first five answers of the demo shop's search are right."""
        row = self._row("search: precision@5 of judged queries", "%", 93)
        found = judged.judge_shop(
            {**self._variables(settings), "STORE_ENV": "development", "SECRET_KEY": secrets.token_hex(32)}
        )
        row.values.append(100 * found.precision)
        row.note = found.summary
        self.tell("\n".join(found.lines()))

    def seed(self, settings: Settings) -> None:
        """Grow the catalogue."""
        row = self._row(f"seed to {self.products:,} products", "s", 60, at_least=False)
        row.values.append(shop.run(self.data, "seed", "--size", str(self.products)))
        self.tell(f"seeded {self.products:,} products: {row.values[0]:.1f} s")
        # As autovacuum would within the next minute, but not in the middle of a round.
        with psycopg.connect(migrate.plain(settings.database_url), autocommit=True) as connection:
            connection.execute("VACUUM ANALYZE")
            # Twenty of one thing fit into a cart whichever choice the page begins with: a refusal is no measurement.
            handles = (
                "SELECT handle FROM products p WHERE status = 'active' AND available AND NOT EXISTS"
                " (SELECT FROM variants v WHERE v.product_id = p.id AND v.stock_left < 20)"
                " ORDER BY popularity DESC, id"
            )
            self.handles = [row[0] for row in connection.execute(handles)]
            shelf = connection.execute(
                "SELECT c.handle FROM collections c JOIN collection_products cp ON cp.collection_id = c.id"
                " WHERE c.handle <> 'frontpage' GROUP BY c.id HAVING count(*) >= 24 ORDER BY count(*), c.id LIMIT 1"
            ).fetchone()
        self.shelf = f"/collections/{shelf[0] if shelf else 'all'}"

    def throughput(self, settings: Settings) -> None:
        """Pages and carts in production mode, behind a proxy that says who asks; targets take turns."""
        popular = [f"/products/{handle}" for handle in self.handles[:POPULAR]]
        everything = [f"/products/{handle}" for handle in self._chance.sample(self.handles, len(self.handles))]
        targets: list[tuple[Row, Callable[[], Load]]] = [
            (self._rate(name, 350), lambda paths=paths: self._pages(paths))  # type: ignore[misc]
            for name, paths in (
                ("home page", ["/"]),
                ("listing of 24 products", [self.shelf]),
                (f"product page, the {POPULAR} most asked for", popular),
            )
        ]
        targets += [
            (self._rate(f"product page, any of {len(everything):,}"), lambda: self._pages(everything)),
            (self._rate("add to cart, form (303)", 400), lambda: self._carts(htmx=False)),
            (self._rate("add to cart, htmx (badge and drawer)", 400), lambda: self._carts(htmx=True)),
            (self._rate("bare answer (/healthz), for comparison"), lambda: self._pages(["/healthz"])),
        ]
        speed = self._row("calibration: one core's plain loop", "M/s")
        others = self._row("calibration: other work on the machine", "%")
        with self._web(settings, STORE_ENV="production"):
            self.weights()
            for _row, measure in targets:
                measure()
            for number in range(self.rounds):
                for row, measure in targets:
                    others.values.append(shop.other_work())
                    speed.values.append(calibrate())
                    self._measure(row, measure)
                    self.tell(f"round {number + 1}: {row.name}: {row.values[-1]:,.0f}/s, {row.note}")

    def orders(self, settings: Settings) -> None:
        """How fast orders are placed: stock reserved, payment begun. In development, where the test gateway is."""
        row = self._rate("place a cart of three lines (303 to payment)", 200)
        slow = self._row("place a cart of three lines: p99", "ms", 250, at_least=False)
        with self._web(settings, STORE_ENV="development"):
            for _round in range(min(self.rounds, 3)):
                carts = [self._chance.sample(self.handles, 3) for _cart in range(400)]
                ready: list[bytes] = []
                for batch in _batches(carts):
                    visitors = [load.guest(self.port, one, next_address=self._address) for one in batch]
                    ready += load.drive(self.port, visitors, seconds=60).results
                heap = iter(ready)
                visitors = [load.sender(heap) for _ in range(CONNECTIONS)]
                found = self._measure(row, lambda visitors=visitors: load.drive(self.port, visitors, seconds=60))  # type: ignore[misc]
                slow.values.append(found.percentile(0.99))
                self.tell(f"orders: {row.values[-1]:,.0f}/s, {row.note}")

    def money(self, settings: Settings) -> None:
        """What reserving and invoicing cost inside."""
        changes = {"STORE_ENV": "development", "SECRET_KEY": secrets.token_hex(32), "LOG_LEVEL": "WARNING"}
        self.rows += money.measure(
            {**self._variables(settings), **changes}, rounds=min(self.rounds, 3), seconds=min(self.seconds, 3.0)
        )

    def weights(self) -> None:
        """Bytes of the pages."""
        found = {name: pages.weigh(self.port, path) for name, path in self._shown().items()}
        page = ", ".join
        self._row("own JavaScript, gzip", "KB", 6, at_least=False).values.append(
            max(one.own_js for one in found.values()) / 1000
        )
        css = self._row("CSS of a page, gzip, the heaviest", "KB", 17, at_least=False)
        css.values.append(max(one.css for one in found.values()) / 1000)
        css.note = page(f"{name} {one.css / 1000:.1f}" for name, one in found.items())
        html = self._row("HTML of a page, gzip, the heaviest", "KB")
        html.values.append(max(one.html for one in found.values()) / 1000)
        html.note = page(f"{name} {one.html / 1000:.1f}" for name, one in found.items())
        foreign = {host for one in found.values() for host in one.foreign}
        self._row("third-party requests", "", 0, at_least=False).values.append(len(foreign))

    def statements(self, settings: Settings) -> None:
        """SQL statements a page, in a process that has seen it before."""
        changes = {"STORE_ENV": "production", "SECRET_KEY": secrets.token_hex(32), "LOG_LEVEL": "WARNING"}
        counts = pages.count_statements({**self._variables(settings), **changes}, self._shown())
        for name, count in counts.items():
            self._row(f"SQL statements: {name}", "").values.append(count)

    def _shown(self) -> dict[str, str]:
        return dict(zip(SHOWN, ("/", self.shelf, f"/products/{self.handles[0]}", "/cart"), strict=True))

    def _pages(self, paths: Sequence[str]) -> Load:
        if wrk.is_there():
            return wrk.drive(self.port, paths, connections=CONNECTIONS, seconds=self.seconds)
        turn = itertools.cycle(paths)
        visitors = [load.reader(self.port, lambda: next(turn)) for _ in range(CONNECTIONS)]
        return load.drive(self.port, visitors, seconds=self.seconds)

    def _carts(self, *, htmx: bool) -> Load:
        # Demand falls with the rank: the second is wanted half as often as the first, the tenth a tenth as often.
        weights = list(itertools.accumulate(1 / rank for rank in range(1, len(self.handles) + 1)))
        wanted = iter(self._chance.choices(self.handles, cum_weights=weights, k=200_000))

        def handle() -> str:
            return next(wanted)

        visitors = [load.shopper(self.port, handle, htmx=htmx, next_address=self._address) for _ in range(CONNECTIONS)]
        return load.drive(self.port, visitors, seconds=self.seconds)

    def _address(self) -> str:
        number = next(self._visitors)
        return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"

    def _look_around(self) -> None:
        turn = itertools.cycle(["/", "/collections/all", "/cart", "/search?q=a", "/admin/login"])
        load.drive(self.port, [load.reader(self.port, lambda: next(turn)) for _ in range(4)], seconds=2)

    def _variables(self, settings: Settings) -> dict[str, str]:
        return {
            "DATABASE_URL": settings.database_url,
            "REDIS_URL": settings.redis_url,
            "STORE_DATA_DIR": str(self.data),
            "TRUSTED_PROXY_CIDRS": "127.0.0.0/8",
            "PORT": str(self.port),
            "PUBLIC_URL": f"http://127.0.0.1:{self.port}",
        }

    def _web(self, settings: Settings, **changes: str) -> AbstractContextManager[float]:
        variables = {**self._variables(settings), "SECRET_KEY": secrets.token_hex(32), **changes}
        return shop.web(self.data, self.logs / "web.log", **variables)

    def _row(self, name: str, unit: str, floor: float | None = None, *, at_least: bool = True) -> Row:
        self.rows.append(Row(name, unit, floor, at_least))
        return self.rows[-1]

    def _rate(self, name: str, floor: float | None = None) -> Row:
        return self._row(name, "/s", floor)

    @staticmethod
    def _measure(row: Row, measure: Callable[[], Load]) -> Load:
        spent = shop.processor_seconds()
        found = measure()
        spent = shop.processor_seconds() - spent
        strange = {status: count for status, count in found.statuses.items() if status not in (200, 303) and count}
        if strange:
            raise shop.Failed(f"{row.name} answered {strange}")
        row.values.append(found.rate)
        # The shop's own processor time tells more than the rate when others work on the machine, too.
        each = 1000 * spent / max(found.statuses.total(), 1)
        times = f"p50 {found.percentile(0.5):.0f} ms, p99 {found.percentile(0.99):.0f} ms"
        row.note = f"{times}, processor {each:.1f} ms, {found.size / 1000:.1f} kB"
        return found


def calibrate() -> float:
    """Return how many million steps a second one core makes now: what the machine has left for us."""
    started, steps = time.perf_counter(), 0
    while time.perf_counter() - started < 0.1:
        for _ in range(10_000):
            pass
        steps += 10_000
    return steps / (time.perf_counter() - started) / 1e6


def machine() -> str:
    """Return a line about the machine and how busy it is."""
    busy = " ".join(f"{one:.1f}" for one in os.getloadavg())
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {system}, load {busy}"


def _batches(items: Sequence[str]) -> list[Sequence[str]]:
    return [items[first : first + CONNECTIONS] for first in range(0, len(items), CONNECTIONS)]
