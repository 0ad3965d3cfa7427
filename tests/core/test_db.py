"""The short ways past SQLAlchemy: where a statement goes, and what happens when its connection has died."""

from collections.abc import Callable, Iterator

import psycopg
import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError, OperationalError

from store.app import create_app
from store.core import db
from store.core.db import only_reads, read_rows, run, session, transaction
from store.core.settings import Settings

COUNT = "SELECT count(*) AS rows FROM outbox"
WRITE = (
    "INSERT INTO outbox (task, payload, dedupe_key, available_at, created_at) VALUES ('x', '{}', :key, now(), now())"
)


@pytest.fixture
def shop(fresh_database) -> Iterator[Flask]:
    """An application that holds real connections: the short ways are not taken within a test's transaction."""
    app = create_app(
        Settings(database_url=fresh_database, store_env="development", redis_url="", secret_key="x" * 40),  # type: ignore[arg-type]
        load=lambda _app: None,
    )
    with app.app_context():
        yield app
        session.remove()
        db.db.engine.dispose()


def write_twice(write: Callable[[], object]) -> None:
    with transaction():
        write()
        write()


@pytest.mark.usefixtures("shop")
def test_a_read_stands_alone_and_its_columns_are_attributes():
    assert read_rows(COUNT)[0].rows == 0
    assert read_rows("SELECT :word AS word, '100%' AS part, 1::bigint AS one", {"word": "so"})[0] == ("so", "100%", 1)
    assert not session().in_transaction()


@pytest.mark.usefixtures("shop")
def test_a_read_sees_what_its_transaction_has_written_and_nobody_else_does():
    with transaction():
        run(WRITE, {"key": "a"})
        session.execute(text(WRITE), {"key": "b"})
        assert read_rows(COUNT)[0].rows == 2
        with psycopg.connect(db.db.engine.url.render_as_string(hide_password=False)) as somebody:
            assert somebody.execute(COUNT).fetchone() == (0,)
    assert read_rows(COUNT)[0].rows == 2


@pytest.mark.usefixtures("shop")
def test_a_transaction_that_fails_takes_back_what_went_the_short_way():
    with pytest.raises(IntegrityError):
        write_twice(lambda: run(WRITE, {"key": "a"}))
    assert read_rows(COUNT)[0].rows == 0


@pytest.mark.usefixtures("shop")
def test_a_request_that_said_it_only_reads_can_still_write_whole():
    only_reads()
    read_rows(COUNT)
    with pytest.raises(IntegrityError):
        write_twice(lambda: session.execute(text(WRITE), {"key": "a"}))
    assert read_rows(COUNT)[0].rows == 0


@pytest.mark.usefixtures("shop")
def test_a_write_outside_a_transaction_is_refused():
    with pytest.raises(RuntimeError, match="transaction"):
        run(WRITE, {"key": "a"})


@pytest.mark.usefixtures("shop")
def test_failures_are_those_of_sqlalchemy():
    with pytest.raises(DataError):
        read_rows("SELECT CAST(:number AS bigint)", {"number": 10**30})


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("ask", [lambda: read_rows(COUNT), lambda: session.execute(text(COUNT)).all()])
def test_a_connection_that_the_server_has_ended_is_replaced_before_it_is_used(ask):
    ask()
    session.remove()
    with psycopg.connect(db.db.engine.url.render_as_string(hide_password=False), autocommit=True) as operator:
        ended = operator.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND application_name = 'store'"
        ).fetchone()
    assert ended is not None
    assert ended[0] >= 1
    assert ask()[0].rows == 0


def test_a_database_that_does_not_answer_fails_like_sqlalchemy_says_it():
    app = create_app(
        Settings(database_url="postgresql://nobody@127.0.0.1:1/none", store_env="development", secret_key="x" * 40),  # type: ignore[arg-type]
        load=lambda _app: None,
    )
    with app.app_context(), pytest.raises(OperationalError):
        read_rows(COUNT)


@pytest.mark.usefixtures("shop")
def test_a_request_holds_one_connection_at_a_time():
    pool = db.db.engine.pool
    read_rows(COUNT)
    with transaction():
        run(WRITE, {"key": "a"})
        assert pool.checkedout() == 1  # type: ignore[attr-defined]
    read_rows(COUNT)
    assert pool.checkedout() == 1  # type: ignore[attr-defined]
    session.remove()
    assert pool.checkedout() == 0  # type: ignore[attr-defined]


def lose_the_connection() -> None:
    """Read on a connection that PostgreSQL has ended meanwhile."""
    pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with psycopg.connect(db.db.engine.url.render_as_string(hide_password=False), autocommit=True) as somebody:
        somebody.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    session.execute(text(COUNT))


@pytest.mark.usefixtures("shop")
def test_after_a_failed_read_that_one_can_do_without_others_can_read_on():
    with pytest.raises(OperationalError) as lost:
        lose_the_connection()
    db.do_without(lost.value)
    assert read_rows(COUNT)[0].rows == 0


@pytest.mark.usefixtures("shop")
def test_a_transaction_can_do_without_nothing():
    def lose_and_go_on() -> None:
        with transaction():
            try:
                lose_the_connection()
            except OperationalError as error:
                db.do_without(error)

    with pytest.raises(OperationalError):
        lose_and_go_on()


@pytest.mark.usefixtures("shop")
def test_a_connection_that_dies_before_it_is_put_away_harms_nobody():
    pid = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
    with psycopg.connect(db.db.engine.url.render_as_string(hide_password=False), autocommit=True) as somebody:
        somebody.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    session.remove()
    assert read_rows(COUNT)[0].rows == 0
