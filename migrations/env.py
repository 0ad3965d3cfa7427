"""Alembic's entry: one chain, one transaction a revision, and never a long wait for a lock on a live shop."""

from alembic import context
from sqlalchemy import Connection, create_engine, text

from store.core import schema
from store.core.db import Base
from store.core.settings import Settings

schema.load()

# Any constant does, as long as every version of the shop uses the same one.
MIGRATION_LOCK = 7_404_205


def url() -> str:
    """The database to migrate: given by the caller, else by the settings."""
    settings = Settings.from_env()
    return context.config.attributes.get("url") or settings.database_direct_url or settings.database_url


def run(connection: Connection) -> None:
    """Migrate under an advisory lock, so that two starting machines don't do it twice."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        compare_server_default=False,
        transaction_per_migration=True,
    )
    connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": MIGRATION_LOCK})
    connection.execute(text("SET lock_timeout = '4s'"))
    connection.execute(text("SET statement_timeout = '60s'"))
    connection.commit()
    try:
        with context.begin_transaction():
            context.run_migrations()
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": MIGRATION_LOCK})
        connection.commit()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    engine = create_engine(url())
    with engine.connect() as opened:
        run(opened)
    engine.dispose()
