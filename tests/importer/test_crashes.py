"""A process is killed at every step of an import and of its undoing; the next one goes on with the batch that was lost."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from store.ops import migrate

POINTS = (
    "importer.after_comparison",
    "importer.before_commit",
    "importer.after_batch",
    "importer.undo.before_commit",
)
# Two batches.
PRODUCTS = 210

# What the doomed process does, by the name of the work.
PROGRAM = """
import sys
from pathlib import Path
from sqlalchemy import select, text
from store.app import create_app
from store.core.db import session, transaction
from store.core.outbox import Outbox
from store.core.queue import perform
from store.core.settings import Settings
from store.importer import run, services
from tests.factories.shop import make_shop


def prepare():
    with transaction():
        make_shop()


def receive():
    with transaction():
        services.receive(iter([Path(file).read_bytes()]), filename="things.csv", kind="products", actor="staff:1")


def start():
    with transaction():
        services.start(1, actor="staff:1")


def undo():
    with transaction():
        services.ask_to_undo(1)


def work():
    with transaction():
        # The lease of whoever died has run out by now.
        session.execute(text("UPDATE outbox SET lease_until = NULL WHERE done_at IS NULL"))
        query = select(Outbox.id).where(Outbox.done_at.is_(None), Outbox.task.startswith("importer."))
    while True:
        with transaction():
            due = list(session.execute(query).scalars())
        if not due:
            return
        for outbox_id in due:
            perform(outbox_id)


def command():
    sys.exit(run(file, dry_run=False, echo=lambda line: print(line, flush=True)))


name, file = sys.argv[1:]
with create_app(Settings.from_env()).app_context():
    {"prepare": prepare, "receive": receive, "start": start, "undo": undo, "work": work, "command": command}[name]()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """New products, each with a count."""
    lines = ["URL handle,Title,SKU,Price,Inventory tracker,Inventory quantity"]
    lines += [f"thing-{number},Thing {number},T-{number},9.00,shopify,3" for number in range(PRODUCTS)]
    path = tmp_path / "things.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def let(fresh_database, tmp_path, file) -> Callable[..., int]:
    """A function that lets another process do some work and says how it ended; it dies once at each point."""

    def run(work: str, *points: str) -> int:
        environment = {
            **os.environ,
            "DATABASE_URL": fresh_database,
            "STORE_ENV": "development",
            "STORE_DATA_DIR": str(tmp_path),
            "STORE_FAULT": ",".join(points),
            "STORE_FAULT_DIR": str(tmp_path),
            "LOG_LEVEL": "ERROR",
        }
        command = [sys.executable, "-c", PROGRAM, work, str(file)]
        ended = subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=400)
        run.said = ended.stdout + ended.stderr  # type: ignore[attr-defined]
        return ended.returncode

    assert run("prepare") == 0, run.said  # type: ignore[attr-defined]
    return run


@pytest.fixture
def ask(fresh_database) -> Callable[[str], list[tuple]]:
    """Read the books."""

    def read(sql: str) -> list[tuple]:
        with psycopg.connect(migrate.plain(fresh_database)) as connection:
            cursor = connection.execute(sql)
            return cursor.fetchall() if cursor.description else []

    return read


def done_with_deaths(let, *points: str) -> int:
    deaths = 0
    while (end := let("work", *points)) == -signal.SIGKILL:
        deaths += 1
    assert end == 0, let.said
    return deaths


RUN = "SELECT status, rows_total, rows_done, (counts->>'created')::int FROM import_runs ORDER BY id"
BOOKS = """
    SELECT (SELECT count(*) FROM products), (SELECT count(*) FROM prices), (SELECT count(*) FROM stock_movements),
           (SELECT count(*) FROM import_changes), (SELECT count(DISTINCT name) FROM import_changes)
"""


def test_an_import_whose_workers_are_killed_is_applied_once_and_undone_once(let, ask):
    assert let("receive") == 0
    assert done_with_deaths(let, "importer.after_comparison") == 1
    assert ask("SELECT status, scan->'check'->>'create' FROM import_runs") == [("checked", str(PRODUCTS))]
    assert ask("SELECT count(*), count(DISTINCT row) FROM import_rows WHERE phase = 'check'") == [(PRODUCTS, PRODUCTS)]

    assert let("start") == 0
    assert let("work", "importer.before_commit") == -signal.SIGKILL
    assert ask(BOOKS)[0][0] == 0, "the batch that was not whole must not be there in part"
    assert let("work", "importer.before_commit", "importer.after_batch") == -signal.SIGKILL
    assert ask(RUN) == [("running", PRODUCTS, 200, 200)]
    assert ask(BOOKS) == [(200,) * 5]
    assert done_with_deaths(let) == 0
    assert ask(RUN) == [("done", PRODUCTS, PRODUCTS, PRODUCTS)]
    assert ask(BOOKS) == [(PRODUCTS,) * 5]

    # What was counted keeps its history, so these products are archived, not deleted.
    assert let("undo") == 0
    assert done_with_deaths(let, "importer.undo.before_commit") == 1
    assert ask("SELECT status, count(*) FROM products GROUP BY 1") == [("archived", PRODUCTS)]
    assert ask("SELECT count(*) FROM import_changes WHERE undone_at IS NULL") == [(0,)]
    assert ask("SELECT status FROM import_runs") == [("undone",)]


def test_a_command_that_is_killed_leaves_whole_batches_and_the_next_one_goes_on(let, ask):
    assert let("command", "importer.before_commit") == -signal.SIGKILL
    assert ask(BOOKS) == [(0,) * 5]
    ask("UPDATE import_runs SET seen_at = now() + interval '5 minutes'")
    assert let("command", "importer.after_batch") == 2, "who knows whether the other one lives"
    assert "Import 1 is still being applied" in let.said
    ask("UPDATE import_runs SET seen_at = now() - interval '2 minutes'")
    assert let("command", "importer.after_batch") == -signal.SIGKILL
    assert ask(BOOKS) == [(200,) * 5]
    ask("UPDATE import_runs SET seen_at = now() - interval '2 minutes'")
    assert let("command") == 0, let.said
    assert f"Rows: {PRODUCTS - 200} create, 0 update, 200 unchanged, 0 refused." in let.said
    assert ask(BOOKS) == [(PRODUCTS,) * 5]
    assert [status for status, *_more in ask(RUN)] == ["failed", "failed", "done"]
