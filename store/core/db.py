"""The one door to the database: session, model base and the only committer, `transaction()`."""

import random
import select
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

import psycopg
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session as FlaskSession
from psycopg.rows import namedtuple_row
from psycopg.sql import SQL, Identifier
from sqlalchemy import (
    BigInteger,
    Connection,
    CursorResult,
    DateTime,
    Engine,
    Identity,
    MetaData,
    PoolProxiedConnection,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.exc import DBAPIError, InterfaceError, InvalidatePoolError, OperationalError, PendingRollbackError
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry

T = TypeVar("T")

_names = {
    "ix": "%(table_name)s_%(column_0_N_name)s_ix",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "pk": "%(table_name)s_pkey",
}

# What says that the database is away: by way of SQLAlchemy, past it, and from whoever goes on with what was lost.
AWAY = (OperationalError, InterfaceError, PendingRollbackError, psycopg.OperationalError, psycopg.InterfaceError)

# Serialization failure, deadlock and lock timeout: the work is sound, only the moment was bad.
_RETRYABLE = {"40001", "40P01", "55P03"}


class Base(DeclarativeBase):
    """Types and constraint names shared by every table."""

    registry = registry(
        type_annotation_map={
            datetime: DateTime(timezone=True),
            dict[str, Any]: JSONB(),
            str: Text(),
            # One width for every whole number: ids, quantities and minor units never overflow by surprise.
            int: BigInteger(),
        },
        metadata=MetaData(naming_convention=_names),
    )


class _Session(FlaskSession):
    """The session, and two shorter ways past it for requests that are asked for often."""

    # A connection where statements stand alone, and that of the transaction in progress; each once it is needed.
    _lone: PoolProxiedConnection | None = None
    _own: "psycopg.Connection[Any] | None" = None

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        """Return where a statement goes; a test's own connection is left as it is."""
        bind = super().get_bind(*args, **kwargs)
        if self.info.get("only_reads") and isinstance(bind, Engine) and not self.info.get("in_transaction"):
            return _reader(bind)
        return bind

    def driver(self) -> "psycopg.Connection[Any] | None":
        """Return the driver's connection: the transaction's, or without one a connection where statements stand alone.

        `None` on a test's own connection, where statements are counted and must go the long way.
        """
        if self._own is not None:
            self.flush()
            return self._own
        bind = self.get_bind()
        if isinstance(bind, Connection):
            return None
        if self.info.get("in_transaction") or self.in_transaction():
            self.flush()
            driver = self.connection().connection.driver_connection
            if self.info.get("in_transaction"):
                self._own = driver
            return driver
        if self._lone is None:
            self._lone = bind.raw_connection()
            _driver_of(self._lone).set_autocommit(True)
        return _driver_of(self._lone)

    def let_go(self) -> None:
        """Give back the connection on which statements stood alone, if there is one."""
        self._own = None
        lone, self._lone = self._lone, None
        if lone is not None:
            driver = _driver_of(lone)
            if not driver.closed:
                driver.set_autocommit(False)
            lone.close()

    def rollback(self) -> None:
        """Undo what has not been committed."""
        self._own = None
        super().rollback()

    def close(self) -> None:
        """Close the session and give back all connections; one that died meanwhile is thrown away."""
        self.let_go()
        try:
            super().close()
        except DBAPIError:
            # What was committed is safe and the answer is made: it must not become an error page now.
            self.invalidate()


def _driver_of(pooled: PoolProxiedConnection) -> "psycopg.Connection[Any]":
    return pooled.driver_connection  # type: ignore[return-value]


@lru_cache(maxsize=8)
def _reader(engine: Engine) -> Engine:
    return engine.execution_options(isolation_level="AUTOCOMMIT")


db = SQLAlchemy(
    model_class=Base, disable_autonaming=True, session_options={"expire_on_commit": False, "class_": _Session}
)
session = db.session


class Model(db.Model):  # type: ignore[name-defined,misc]
    """A row with a server-made `id`."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=False), primary_key=True)


class KeylessModel(db.Model):  # type: ignore[name-defined,misc]
    """A row that names its own primary key."""

    __abstract__ = True


def engine_options() -> dict[str, Any]:
    """Return the engine's options: a small pool, quick refusals, dead connections noticed on checkout."""
    return {
        "pool_size": 5,
        "max_overflow": 5,
        "pool_timeout": 5,
        "pool_recycle": 1800,
        # The connection used last knows the statements best.
        "pool_use_lifo": True,
        "pool_events": [(_check_alive, "checkout")],
        "connect_args": {"connect_timeout": 3, "application_name": "store"},
    }


def _check_alive(connection: "psycopg.Connection[Any]", _record: object, _proxy: object) -> None:
    """Refuse a connection that the server has ended, without asking the server each time.

    What a server says unasked, even its end, makes the socket readable; only then is it worth a question.
    """
    if not connection.closed:
        watch = select.poll()
        watch.register(connection.fileno(), select.POLLIN)
        if not watch.poll(0):
            return
        try:
            connection.execute("SELECT")
            connection.rollback()
        except psycopg.Error:
            connection.close()
    if connection.closed:
        raise InvalidatePoolError


@contextmanager
def transaction() -> Iterator[None]:
    """Commit what the block did, or nothing of it. Inside another transaction it joins that one.

    Only routes, jobs and commands open it; services never do.
    """
    if session.info.get("in_transaction"):
        yield
        return
    _current().let_go()
    session.info["in_transaction"] = True
    session.info["after_commit"] = []
    try:
        yield
        session.commit()
    except BaseException:
        session.rollback()
        session.info.pop("after_commit", None)
        raise
    finally:
        session.info["in_transaction"] = False
        _current().let_go()
    for follow_up in session.info.pop("after_commit", []):
        follow_up()


def after_commit(follow_up: Callable[[], None]) -> None:
    """Run something once the transaction in progress has been committed, and not otherwise."""
    session.info["after_commit"].append(follow_up)


def retrying(work: Callable[[], T], *, tries: int = 3) -> T:
    """Run `work` in a transaction of its own, again when PostgreSQL asks for it (deadlock, lock timeout)."""

    def committed() -> T:
        with transaction():
            return work()

    return _again(committed, tries)


def _again(work: Callable[[], T], tries: int = 3) -> T:
    for attempt in range(1, tries + 1):
        try:
            return work()
        except DBAPIError as error:
            if attempt == tries or getattr(error.orig, "sqlstate", None) not in _RETRYABLE:
                raise
        time.sleep(random.uniform(0.01, 0.05) * attempt)
    raise AssertionError("unreachable")


def give_back() -> None:
    """Give the connections of earlier reads back to the pool, outside of any transaction."""
    current = _current()
    current.let_go()
    if current.in_transaction():
        current.commit()


def lost_connection(error: DBAPIError) -> bool:
    """Whether the database hung up or could not be reached: the same work may succeed in a moment."""
    state = getattr(error.orig, "sqlstate", None)
    return isinstance(error.orig, (psycopg.OperationalError, psycopg.InterfaceError)) and (
        state is None or state.startswith(("08", "57P"))
    )


def do_without(error: Exception) -> None:
    """After a failed read that one can do without: give back the connection it failed on, so that others can read on.

    Inside a transaction the error is raised again, for all of its work is lost.
    """
    if session.info.get("in_transaction"):
        raise error
    _current().let_go()
    session.rollback()


def only_reads() -> None:
    """Say before the first statement of a request that it will only read: each statement then stands alone.

    It saves BEGIN and ROLLBACK, and the driver's prepared statements, which a rollback throws away: a page costs
    a third of the time it takes within a transaction.
    """
    if not session.info.get("in_transaction"):
        session.info["only_reads"] = True


def read_rows(sql: str, parameters: Mapping[str, Any] | None = None) -> Sequence[Any]:
    """Run a read-only statement and return its rows, whose columns are attributes.

    Outside a transaction it stands alone. It goes to the driver directly, which takes a fifth of the time.
    """
    return _run(sql, parameters or {})


def run(sql: str, parameters: Mapping[str, Any] | None = None) -> Sequence[Any]:
    """Run a statement of the transaction in progress as `read_rows` does, for writes that are asked for often."""
    current = _current()
    if not current.info.get("in_transaction") and not isinstance(current.get_bind(), Connection):
        raise RuntimeError("a write needs transaction()")
    return _run(sql, parameters or {})


def run_alone(sql: str, parameters: Mapping[str, Any] | None = None) -> Sequence[Any]:
    """Run one statement as a transaction of its own, again when PostgreSQL asks for it.

    It costs one way to the database instead of three. Inside a transaction it is part of that one.
    """
    current = _current()
    if current.info.get("in_transaction"):
        return _run(sql, parameters or {})
    if current.in_transaction() or isinstance(current.get_bind(), Connection):
        # Something was read the long way before: what comes after it has to be committed with it.
        return retrying(lambda: _run(sql, parameters or {}))
    return _again(lambda: _run(sql, parameters or {}))


def reserve_ids(table: str, count: int) -> list[int]:
    """Take ids from a table's sequence, so that rows written later never meet them. 1 statement, or none for none."""
    if not count:
        return []
    statement = text(
        "SELECT nextval(s) FROM (SELECT pg_get_serial_sequence(:table, 'id')::regclass AS s OFFSET 0) q, "
        "generate_series(1, :count)"
    )
    return list(session.execute(statement, {"table": table, "count": count}).scalars())


def copy_rows(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Write many rows by COPY, the quickest way there is; columns that are left out get their defaults.

    Names of tables and columns are our own constants. Nothing is sent for no rows.
    """
    rows = list(rows)
    if not rows:
        return
    session.flush()
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    statement = SQL("COPY {} ({}) FROM STDIN").format(Identifier(table), SQL(", ").join(map(Identifier, columns)))
    try:
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        raise DBAPIError.instance(f"COPY {table}", None, error, psycopg.Error, hide_parameters=True) from error


def _run(sql: str, parameters: Mapping[str, Any]) -> Sequence[Any]:
    current = _current()
    try:
        driver = current.driver()
        if driver is None:
            result = current.execute(text(sql), parameters)
            return result.all() if isinstance(result, CursorResult) and result.returns_rows else ()
        cursor = driver.cursor(row_factory=namedtuple_row).execute(for_driver(sql), parameters)
        return cursor.fetchall() if cursor.rownumber is not None else ()
    except psycopg.Error as error:
        # The same exceptions as by the long way, so that nobody has to know which one was taken.
        raise DBAPIError.instance(sql, dict(parameters), error, psycopg.Error, hide_parameters=True) from error


def _current() -> _Session:
    found = session()
    assert isinstance(found, _Session)
    return found


@lru_cache(maxsize=512)
def for_driver(sql: str) -> str:
    """Return a statement with `:name` parameters as psycopg takes it."""
    return str(text(sql).compile(dialect=PGDialect_psycopg()))  # type: ignore[no-untyped-call]
