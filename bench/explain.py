"""Writes down how the database answers a page: each of its statements with EXPLAIN (ANALYZE, BUFFERS)."""

import multiprocessing
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import psycopg

from bench import pages
from store.core.settings import Settings
from store.ops import migrate

# Shorter ones are not worth a reader's time.
_TOLD_FROM_MS = 0.3

# The fastest is told: others may be at work on the machine.
_LOOKS = 7

_WRITTEN = f"""\
Written by `store bench --catalogue --plans bench/plans`, by a process that has shown the page before; of {_LOOKS}
looks the fastest. Of statements that take less than {_TOLD_FROM_MS} ms only the time is given; a page without
statements is answered from memory."""


def write(path: Path, settings: Settings, variables: Mapping[str, str], size: int, samples: Mapping[str, str]) -> None:
    """Write the plans of these pages to a file."""
    # A process of its own: a shop remembers its lists, and this one may have looked at a smaller shop before.
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as fresh:
        sent = fresh.submit(pages.list_statements, variables, samples).result()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file, psycopg.connect(migrate.plain(settings.database_url)) as connection:
        file.write(f"# What pages ask of the database, {size:,} products\n\n{_WRITTEN}\n")
        for name, statements in sent.items():
            file.write(f"\n## {name}: `{samples[name]}`\n")
            for sql, values in statements:
                if not sql.lstrip().upper().startswith(("SELECT", "WITH")):
                    continue
                plan = min((_plan(connection, sql, values) for _look in range(_LOOKS)), key=_milliseconds)
                took = _milliseconds(plan)
                file.write(f"\n{took:.1f} ms\n" if took < _TOLD_FROM_MS else f"\n```\n{sql.strip()}\n\n{plan}\n```\n")


def _plan(connection: "psycopg.Connection[Any]", sql: str, values: Any) -> str:
    with connection.transaction(force_rollback=True):
        try:
            return "\n".join(row[0] for row in connection.execute("EXPLAIN (ANALYZE, BUFFERS) " + sql, values))
        except psycopg.Error as error:
            return f"can't be explained: {error}"


def _milliseconds(plan: str) -> float:
    for line in plan.splitlines():
        if line.startswith("Execution Time: "):
            return float(line.split()[2])
    return 1e9
