"""A catalogue of any size for measuring: products by chance, loaded by as many processes as there are cores.

A large load turns triggers and foreign keys off for its own connections (`session_replication_role`, which takes a
superuser, as the embedded database gives one; without it the load is only slower). That is safe for new rows alone:
each batch is one transaction that brings whole products with the figures triggers would keep, and notes them where
search, filters and collections by rule look for news. Indexes that random keys would make slow are set aside, their
definitions in a table, and put back at the end or by the next `store seed`. `store audit` proves the result.
"""

import math
import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from typing import Any

import psycopg
from psycopg.sql import SQL, Identifier

from store.catalog import indexing
from store.core.clock import now
from store.core.db import read_rows, reserve_ids, run, session, transaction
from store.inventory.services import default_location
from store.search.postgres.engine import language
from store.search.postgres.indexing import TIERS, count_words, load_statement, popular_from
from store.seed import words
from store.seed.content import shop
from store.seed.furnishing import furnish
from store.seed.growth import COLUMNS, Lines, World, throw

Tell = Callable[[str], None]

# From here on it pays to start processes; a batch is what is lost when one is killed.
LARGE = 5_000
BATCH = 2_500

# From here on, and when most of the catalogue is new, indexes are made anew instead of being kept up.
_ANEW = 50_000

_RESERVE = (
    "SELECT nextval(s) FROM (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS s OFFSET 0) q, generate_series(1, %s)"
)

# Stands among the indexes that are set aside until all that follows a load is done: words, filters, statistics.
_WORDS = "and the words"

_WRITTEN_BY_TRIGGERS = frozenset({"product_prices"})

# The tables whose indexes are set aside, besides those that products are written to.
_FOLLOWING = ("search_documents",)


def missing(size: int) -> int:
    """Return how many products there are too few. 1 statement."""
    return max(0, size - int(read_rows("SELECT count(*) AS total FROM products")[0].total))


def grow(size: int) -> int:
    """Add products until there are `size`; return how many were added. Runs inside the caller's transaction."""
    count = missing(size)
    if count:
        world = _world()
        for start in range(0, count, BATCH):
            ids = reserve_ids("products", min(BATCH, count - start))
            connection = session.connection().connection.driver_connection
            assert isinstance(connection, psycopg.Connection)
            _copy(connection, throw(ids, world, reserve_ids), free=False)
    return count


def grow_large(size: int, url: str, tell: Tell) -> int:
    """Add products until there are `size`, in many transactions, and return how many were added.

    Killed at any moment it leaves whole products behind and goes on when it is called again. `url` is the database's.
    """
    with psycopg.connect(url, autocommit=True) as chief:
        _take_time(chief)
        _alone(chief)
        count = missing(size)
        if not count:
            if is_unfinished():
                _finish(chief, url, tell)
            return 0
        with transaction():
            world = replace(_world(), language=language(), tiers=_tiers(size))
            popular_from(world.tiers, world.language)
        session.remove()
        free = _may_skip_triggers(chief)
        chief.execute("INSERT INTO indexes_set_aside VALUES (%s, 'ANALYZE') ON CONFLICT DO NOTHING", [_WORDS])
        if free and count >= _ANEW and count > size // 2:
            _set_indexes_aside(chief)
        _load(count, url, world, free=free, tell=tell)
        _finish(chief, url, tell)
    return count


def _tiers(size: int) -> list[int]:
    """Return the popularity at the places where search has its tiers, by the dice that throw it."""
    return [int(1000 / (1 - 50 * math.log(1 - place / size))) if place < size else -1 for place in TIERS]


def is_unfinished() -> bool:
    """Whether a large load was killed before its end. 1 statement."""
    return bool(read_rows("SELECT 1 FROM indexes_set_aside LIMIT 1"))


def _finish(chief: "psycopg.Connection[Any]", url: str, tell: Tell) -> None:
    """Make indexes, words and filters of what was loaded; both cores have something to do."""
    put_back_indexes(chief, tell, slow=False)
    chief.execute("ANALYZE")
    with ThreadPoolExecutor(1) as beside:
        slow = beside.submit(_put_back_slow_indexes, url, tell)
        tell("gathering what listings filter by")
        with transaction():
            # Everything has been noted: nothing has to be found by its hour.
            run("UPDATE facet_state SET published_until = now()")
            run("INSERT INTO facet_queue (collection_id) SELECT id FROM collections")
        indexing.refresh_all()
        tell("counting words")
        with transaction():
            run("SET LOCAL statement_timeout = 0")
            count_words(language(), words.vocabulary())
        slow.result()
    tell("looking over all tables")
    chief.execute("VACUUM ANALYZE")
    chief.execute("DELETE FROM indexes_set_aside WHERE name = %s", [_WORDS])


def _put_back_slow_indexes(url: str, tell: Tell) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        _take_time(connection)
        put_back_indexes(connection, tell)


@dataclass
class _Worker:
    pipe: Pipe
    process: Any
    busy: int = 0


def _load(count: int, url: str, world: World, *, free: bool, tell: Tell) -> None:
    started, told, done, given = time.monotonic(), 0.0, 0, 0
    # With triggers on, two loads would wait for one another's rows.
    with _workers(min(2, os.cpu_count() or 1) if free else 1, url, world, free=free) as workers:
        while done < count:
            for worker in workers:
                if not worker.busy and given < count:
                    worker.busy = min(BATCH, count - given)
                    given += worker.busy
                    worker.pipe.send(worker.busy)
            ready = wait([worker.pipe for worker in workers if worker.busy])
            for worker in workers:
                if worker.pipe in ready:
                    error = _answer(worker.pipe)
                    if error:
                        raise RuntimeError(f"the load stopped at {done:,} of {count:,} products: {error}")
                    done, worker.busy = done + worker.busy, 0
            seconds = time.monotonic() - started
            if seconds - told >= 5 or done == count:
                told = seconds
                left = (count - done) * seconds / done
                tell(f"{done:,} of {count:,} products, {done / seconds:,.0f}/s, {left:,.0f} s left")


def _answer(pipe: Pipe) -> str:
    try:
        return str(pipe.recv())
    except EOFError:
        return "a process died"


@contextmanager
def _workers(number: int, url: str, world: World, *, free: bool) -> Iterator[Sequence[_Worker]]:
    # Fresh interpreters: they hold nothing of ours, and the end of their pipe tells them that we are gone.
    context = multiprocessing.get_context("spawn")
    workers = []
    for _ in range(number):
        ours, theirs = context.Pipe()
        process = context.Process(target=_work, args=(theirs, url, world, free), daemon=True)
        process.start()
        theirs.close()
        workers.append(_Worker(ours, process))
    try:
        yield workers
    finally:
        for worker in workers:
            worker.pipe.close()
        for worker in workers:
            worker.process.join(60)


def _work(pipe: Pipe, url: str, world: World, free: bool) -> None:  # noqa: FBT001 - arguments of a process
    """Load batches until the pipe ends: the whole life of a worker."""
    make_documents = load_statement()
    with psycopg.connect(url) as connection:
        _take_time(connection)
        connection.commit()

        def reserve(table: str, count: int) -> list[int]:
            return [row[0] for row in connection.execute(_RESERVE, [table, count])] if count else []

        try:
            while count := pipe.recv():
                try:
                    connection.execute("SET LOCAL synchronous_commit = off")
                    if free:
                        connection.execute("SET LOCAL session_replication_role = replica")
                    ids = reserve("products", count)
                    _copy(connection, throw(ids, world, reserve), free=free)
                    if free:
                        _follow(connection, ids, world, make_documents)
                    connection.commit()
                except psycopg.Error as error:
                    pipe.send(f"{type(error).__name__}: {error}")
                    return
                pipe.send("")
        except (EOFError, BrokenPipeError, KeyboardInterrupt):
            return


def _copy(connection: "psycopg.Connection[Any]", lines: Lines, *, free: bool) -> None:
    """Write the lines of all tables; where triggers are not off, those that triggers write are left to them."""
    for table, columns in COLUMNS.items():
        if lines[table] and (free or table not in _WRITTEN_BY_TRIGGERS):
            statement = SQL("COPY {} ({}) FROM STDIN").format(
                Identifier(table), SQL(", ").join(map(Identifier, columns))
            )
            with connection.cursor() as cursor, cursor.copy(statement) as copy:
                copy.write("".join(lines[table]))


def _follow(connection: "psycopg.Connection[Any]", ids: list[int], world: World, make_documents: str) -> None:
    """Do or note what follows from new products: documents of the search, filters, collections by rule."""
    connection.execute(make_documents, {"ids": ids, "language": world.language, "above": list(world.tiers)})
    connection.execute("INSERT INTO facet_queue (product_id) SELECT unnest(%s::bigint[])", [ids])
    if world.has_rules:
        connection.execute("INSERT INTO product_changes (product_id) SELECT unnest(%s::bigint[])", [ids])


def _world() -> World:
    furniture = furnish()
    return World(
        currency=shop.CURRENCY,
        location=default_location().id,
        moment=now(),
        shelves=_shelves(),
        themes=furniture.themes,
        fields=furniture.fields,
        leaves=furniture.leaves,
        sale=furniture.sale,
        has_rules=bool(read_rows("SELECT 1 FROM collections WHERE kind = 'rule' LIMIT 1")),
    )


def _shelves() -> Mapping[str, tuple[int, list[list[int]]]]:
    """Return the demo's collections by handle, each with the galleries of products in it."""
    shelves: dict[str, tuple[int, list[list[int]]]] = {}
    rows = read_rows("""
        SELECT c.handle, c.id, g.gallery
          FROM collections c
          LEFT JOIN LATERAL (
               SELECT array_agg(pi.image_id ORDER BY pi.position) AS gallery
                 FROM collection_products cp JOIN product_images pi USING (product_id)
                WHERE cp.collection_id = c.id GROUP BY cp.product_id ORDER BY cp.product_id LIMIT 20) g ON true
         WHERE c.kind = 'manual'
    """)
    for row in rows:
        _id, galleries = shelves.setdefault(row.handle, (row.id, []))
        if row.gallery:
            galleries.append(list(row.gallery))
    return shelves


def _take_time(connection: "psycopg.Connection[Any]") -> None:
    """Lift the limits that keep a shop's pages from waiting for one another."""
    for name in ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"):
        connection.execute(SQL("SET {} = 0").format(Identifier(name)))


def _alone(chief: "psycopg.Connection[Any]") -> None:
    """Wait until no other load runs; the lock goes with the connection."""
    chief.execute("SELECT pg_advisory_lock(hashtext('store seed --size'))")


def _may_skip_triggers(chief: "psycopg.Connection[Any]") -> bool:
    row = chief.execute("SELECT has_parameter_privilege('session_replication_role', 'SET')").fetchone()
    return bool(row and row[0])


def _set_indexes_aside(chief: "psycopg.Connection[Any]") -> None:
    """Drop the indexes of the tables that grow, except those that keep a rule, and note how they are made."""
    with chief.transaction():
        rows = chief.execute(
            """
            SELECT c.relname, pg_get_indexdef(c.oid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
             WHERE i.indrelid = ANY(%s::regclass[]) AND NOT i.indisunique AND i.indisvalid
            """,
            [[*COLUMNS, *_FOLLOWING]],
        ).fetchall()
        for name, definition in rows:
            chief.execute("INSERT INTO indexes_set_aside (name, definition) VALUES (%s, %s)", [name, definition])
            chief.execute(SQL("DROP INDEX {}").format(Identifier(name)))


def put_back_indexes(chief: "psycopg.Connection[Any]", tell: Tell, *, slow: bool = True) -> None:
    """Make the indexes again that a large load has set aside, also one that was killed; `slow` ones are of words."""
    chief.execute("SET maintenance_work_mem = '512MB'")
    kept = "SELECT name, definition FROM indexes_set_aside WHERE name <> %s ORDER BY name"
    for name, definition in chief.execute(kept, [_WORDS]).fetchall():
        if not slow and "USING gin" in definition:
            continue
        tell(f"making the index {name}")
        with chief.transaction():
            chief.execute(definition)
            chief.execute("DELETE FROM indexes_set_aside WHERE name = %s", [name])
