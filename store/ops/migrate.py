"""The schema: bring a database to this code's version, and tell cheaply whether it is there already."""

import re
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from store.core import schema
from store.ops.refusal import Refusal

if TYPE_CHECKING:
    from alembic.config import Config

# A stuck lock must not hold up customers; a transaction left open must not hold up everybody.
TIMEOUTS = {"lock_timeout": "3s", "statement_timeout": "10s", "idle_in_transaction_session_timeout": "15s"}


def is_at_head(url: str) -> bool:
    """Whether the database has this code's schema; raises `Refusal` when it can't be reached."""
    with connect(url) as connection:
        return current(connection) == schema.heads()


def current(connection: psycopg.Connection) -> frozenset[str]:
    """Return the revisions of a database, empty for an empty one."""
    try:
        rows = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    except psycopg.errors.UndefinedTable:
        connection.rollback()
        return frozenset()
    return frozenset(row[0] for row in rows)


def upgrade(url: str) -> None:
    """Bring the database to the newest revision and set its timeouts; raises `Refusal` for one of a newer program."""
    from alembic import command
    from alembic.util import CommandError

    with connect(url) as connection:
        found = current(connection)
    if found != schema.heads():
        try:
            command.upgrade(configuration(url), "head")
        except CommandError as error:
            raise Refusal(
                f"The database is at revision {', '.join(sorted(found)) or 'none'}, which this program does not know "
                f"({error}). It was migrated by a newer Vitrine: update the program."
            ) from None
    set_timeouts(url)


def difference(url: str) -> list[Any]:
    """Return what alembic would change to make the database match the models; empty when they agree."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext
    from sqlalchemy import create_engine

    from store.core.db import Base

    schema.load()
    engine = create_engine(url)
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            return list(compare_metadata(context, Base.metadata))
    finally:
        engine.dispose()


def set_timeouts(url: str) -> None:
    """Give every later connection the timeouts of a shop, where we may: a managed database may reserve that."""
    with connect(url, autocommit=True) as connection:
        for name, value in TIMEOUTS.items():
            statement = sql.SQL("ALTER DATABASE {} SET {} = {}").format(
                sql.Identifier(connection.info.dbname), sql.Identifier(name), sql.Literal(value)
            )
            try:
                connection.execute(statement)
            except psycopg.errors.InsufficientPrivilege:
                return


def configuration(url: str) -> "Config":
    """Return alembic's configuration for a database."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(schema.MIGRATIONS).replace("%", "%%"))
    config.attributes["url"] = url
    return config


def connect(url: str, *, autocommit: bool = False) -> psycopg.Connection:
    """Open a plain connection; raises `Refusal` in one line when nobody answers."""
    try:
        return psycopg.connect(plain(url), autocommit=autocommit, connect_timeout=5)
    except psycopg.OperationalError as error:
        reason = str(error).strip().splitlines()[-1]
        raise Refusal(f"The database of DATABASE_URL can't be reached: {reason}") from None
    except psycopg.ProgrammingError as error:
        raise Refusal(f"DATABASE_URL is not an address psycopg understands: {str(error).strip()}") from None


def plain(url: str) -> str:
    """Return the address without SQLAlchemy's driver name."""
    return re.sub(r"^postgresql\+\w+:", "postgresql:", url)
