"""How fast search answers: synthetic catalogues with a skewed vocabulary, on a PostgreSQL of its own.

    .venv/bin/python -m bench.search_speed 10000 100000 --plans

Words are as frequent as in real catalogues (Zipf), popularity as skewed. Times are those of `find_products` and
`suggest` in this process, so everything but the page's own rendering: what the numbers in docs mean.
"""

import argparse
import itertools
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg
from pydantic import SecretStr

from store.app import create_app
from store.core.db import read_rows, session
from store.core.settings import Settings
from store.ops import migrate, servers
from store.ops.datadir import DataDir
from store.search import queries, services
from store.search.postgres import ranking
from store.shop.prices import PriceScope

EUR = PriceScope("EUR")
VOCABULARY = 40_000
ROUNDS = 200
SEED = 7


def main() -> None:
    """Measure each size and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", type=int, nargs="+")
    parser.add_argument("--plans", action="store_true", help="print the plans of the statement that finds")
    chosen = parser.parse_args()
    print(
        f"{'products':>9} {'rebuild s':>9}  "
        + "  ".join(f"{name:>16}" for name in ("exact", "typo", "common", "two words", "suggest"))
    )
    for size in chosen.sizes:
        measure(size, plans=chosen.plans)


def measure(size: int, *, plans: bool) -> None:
    """Make a shop of this size, index it and time queries of each kind."""
    with tempfile.TemporaryDirectory(prefix="vitrine-search-") as name:
        folder = DataDir(Path(name))
        running = servers.embedded(folder)
        running.start()
        try:
            assert running.database is not None
            running.database.ensure_database()
            url = running.database.url()
            migrate.upgrade(url)
            fill(url, size)
            settings = Settings(
                database_url=url,
                redis_url="",
                store_env="development",
                store_data_dir=Path(name),
                secret_key=SecretStr("bench " * 8),
            )
            app = create_app(settings)
            with app.app_context():
                started = time.monotonic()
                for _done in services.rebuild():
                    pass
                took = time.monotonic() - started
                with psycopg.connect(url, autocommit=True) as connection:
                    connection.execute("VACUUM (ANALYZE) search_documents, search_words, products, product_prices")
                session.remove()
                # As in a request that only reads.
                session.info["only_reads"] = True
                cells = [timed(work) for work in kinds()]
                print(f"{size:>9} {took:>9.1f}  " + "  ".join(f"{cell:>16}" for cell in cells), flush=True)
                if plans:
                    show_plans()
                session.remove()
        finally:
            running.stop()


def kinds() -> Iterator[Callable[[], Callable[[], object]]]:
    """Give, for each kind, a function that makes up the next query."""
    words = vocabulary()
    chance = random.Random(SEED + 1)
    middle = words[200:8000]

    def of(make: Callable[[], str], *, unfinished: bool = False) -> Callable[[], Callable[[], object]]:
        def next_query() -> Callable[[], object]:
            query = make()
            if unfinished:
                return lambda: queries.suggest(query, EUR, most=4)
            return lambda: queries.find_products(query, EUR)

        return next_query

    yield of(lambda: chance.choice(middle))
    yield of(lambda: slip(chance.choice(middle), chance))
    yield of(lambda: words[chance.randrange(6)])
    yield of(lambda: f"{words[chance.randrange(60)]} {chance.choice(middle[:2000])}")
    yield of(lambda: chance.choice(words[: VOCABULARY // 4])[: chance.randint(2, 5)], unfinished=True)


def timed(next_query: Callable[[], Callable[[], object]]) -> str:
    """Return median and 95th percentile in milliseconds of many different queries."""
    for _warm in range(20):
        next_query()()
    taken = []
    for _round in range(ROUNDS):
        ask = next_query()
        started = time.perf_counter()
        ask()
        taken.append((time.perf_counter() - started) * 1000)
    return f"{statistics.median(taken):.1f} / {statistics.quantiles(taken, n=20)[-1]:.1f}"


def slip(word: str, chance: random.Random) -> str:
    """Return the word with one slip of the finger inside."""
    place = chance.randrange(1, len(word) - 1)
    return chance.choice(
        (
            word[:place] + word[place + 1 :],
            word[:place] + chance.choice("aeinrst") + word[place:],
            word[: place - 1] + word[place] + word[place - 1] + word[place + 1 :],
        )
    )


def vocabulary() -> list[str]:
    """Return words as they might be, the most frequent first."""
    chance = random.Random(SEED)
    starts = "b bl br c ch d dr f fl g gr h j k l m n p pr qu r s sh st t tr v w".split()  # noqa: SIM905 - easier to read
    cores = "a e i o u ai ea ee oo ou".split()  # noqa: SIM905
    ends = "b ck d g l ll m n nd ng nt p r rn s ss st t th".split()  # noqa: SIM905
    found: dict[str, None] = {}
    while len(found) < VOCABULARY:
        syllables = chance.choices((1, 2, 3), (3, 6, 3))[0]
        word = "".join(chance.choice(starts) + chance.choice(cores) for _ in range(syllables)) + chance.choice(ends)
        if len(word) > 3:
            found[word] = None
    return list(found)


def fill(url: str, size: int) -> None:
    """Load products, one price range each and nothing else: what search reads."""
    words = vocabulary()
    cumulated = list(itertools.accumulate(1 / (rank + 6) for rank in range(len(words))))
    chance = random.Random(SEED + 2)
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(
            "INSERT INTO shops (id, name, email, currency, prices_include_tax, country, time_zone, locale, created_at) "
            "VALUES (1, 'Bench', 'a@example.com', 'EUR', true, 'AT', 'UTC', 'en', now())"
        )
        columns = (
            "(id, handle, title, description_html, vendor, product_type, status, published_at, tags, popularity, "
            "available, created_at, updated_at)"
        )
        with connection.cursor().copy(f"COPY products {columns} FROM STDIN") as copy:
            for start in range(0, size, 1000):
                copy.write(
                    "".join(
                        line(number, words, cumulated, chance)
                        for number in range(start + 1, min(start + 1000, size) + 1)
                    )
                )
        connection.execute(
            "INSERT INTO product_prices (product_id, currency, low_minor, high_minor) "
            "SELECT id, 'EUR', 1000 + id % 9000, 1000 + id % 9000 FROM products"
        )
        connection.execute("ANALYZE products; ANALYZE product_prices")


def line(number: int, words: Sequence[str], cumulated: Sequence[float], chance: random.Random) -> str:
    """Return a product as COPY reads it."""
    said = chance.choices(words, cum_weights=cumulated, k=46)
    title = " ".join(said[: 3 + number % 3]).title()
    popularity = int(chance.paretovariate(1.1)) - 1
    return (
        f"{number}\tp-{number}\t{title}\t<p>{' '.join(said[9:])}</p>\tVendor {number % 97}\t{words[number % 61]}\t"
        f"active\t2026-01-01\t{{{said[6]},{said[7]}}}\t{popularity}\t{'t' if number % 9 else 'f'}\t"
        "2026-01-01\t2026-01-01\n"
    )


def show_plans() -> None:
    """Print how PostgreSQL goes about a word that is everywhere, and one that is rare."""
    from store.search.postgres.understanding import understand

    words = vocabulary()
    asked = {"a word that is everywhere": words[0], "two words": f"{words[3]} {words[900]}"}
    for title, query in asked.items():
        understood = understand(query, "english")
        sql, parameters = ranking.statement_for(understood)
        print(f"-- {title}")
        for row in read_rows(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, BUFFERS OFF) {sql}", parameters):
            print("   ", row[0])


if __name__ == "__main__":
    main()
