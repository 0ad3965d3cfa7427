"""PostgreSQL and Valkey for whoever needs them: the configured ones, the running ones, or ones started for now."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from store.core.settings import Settings
from store.ops import postgres, processes, programs
from store.ops.datadir import DataDir, Held
from store.ops.postgres import Postgres
from store.ops.valkey import Valkey


class Servers:
    """The embedded servers of one data folder; only those that are not configured elsewhere."""

    def __init__(self, database: Postgres | None, queue: Valkey | None) -> None:
        self.database = database
        self.queue = queue

    @property
    def all(self) -> list[Postgres | Valkey]:
        """The servers there are."""
        return [server for server in (self.database, self.queue) if server is not None]

    def start(self) -> None:
        """Start the servers and return when they answer; raises `Refusal` when one can't."""
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Start the servers side by side without waiting; their addresses are known from here on."""
        if self.database is not None:
            self.database.make_cluster()
        for server in self.all:
            server.start()

    def wait_until_ready(self, *, keep_waiting: Callable[[], None] = lambda: None) -> None:
        """Return when all servers answer; raises `Refusal` when one can't. `keep_waiting` may raise to give up."""
        for server in self.all:
            server.wait_until_ready(seconds=60, keep_waiting=keep_waiting)
        if self.database is not None:
            self.database.ensure_database()

    def stop(self) -> None:
        """End the servers, keeping what was committed."""
        processes.stop([server.child for server in self.all if server.child is not None], grace=5)


def embedded(
    data: DataDir, *, database: bool = True, queue: bool = True, database_options: dict[str, str] | None = None
) -> Servers:
    """Describe the embedded servers of a data folder, without starting them; raises `Refusal` where they can't run."""
    if not database and not queue:
        return Servers(None, None)
    postgres.require_own(data.cluster)
    uid = postgres.server_uid(data.cluster)
    found = programs.find()
    if uid is not None:
        found = programs.reachable(found, uid, data.folder / "programs")
    return Servers(
        Postgres(
            found,
            folder=data.cluster,
            password_file=data.folder / "postgres-password",
            log=data.log("postgres"),
            uid=uid,
            options=database_options,
        )
        if database
        else None,
        Valkey(found, log=data.log("valkey"), uid=uid) if queue else None,
    )


@contextmanager
def lend(settings: Settings, command: str) -> Iterator[Settings]:
    """Give a short command settings whose servers run.

    Configured servers are used as they are. Otherwise it visits those that `store up` runs, or starts the embedded
    ones, and stops them when the block and all visitors have ended.
    """
    if settings.database_url and settings.redis_url:
        yield settings
        return
    data = DataDir(settings.data_dir)
    try:
        with data.holding(command) as holder:
            servers = embedded(data, database=not settings.database_url, queue=not settings.redis_url)
            try:
                servers.start()
                lent = with_addresses(settings, data, servers)
                holder.publish(database_url=lent.database_url, redis_url=lent.redis_url)
                yield lent
                data.wait_for_visitors(seconds=3600)
            finally:
                servers.stop()
    except Held as held:
        if held.run is None:
            raise
        with data.visiting():
            yield at_home(
                settings,
                data,
                database_url=settings.database_url or held.run.database_url,
                redis_url=settings.redis_url or held.run.redis_url,
            )


def with_addresses(settings: Settings, data: DataDir, servers: Servers) -> Settings:
    """Return the settings completed with the addresses of the embedded servers."""
    return at_home(
        settings,
        data,
        database_url=settings.database_url or (servers.database.url() if servers.database else ""),
        redis_url=settings.redis_url or (servers.queue.url if servers.queue else ""),
    )


def at_home(settings: Settings, data: DataDir, *, database_url: str, redis_url: str) -> Settings:
    """Return settings for a shop on its own servers: development unless `STORE_ENV` says otherwise, with a kept key."""
    changes: dict[str, object] = {"database_url": database_url, "redis_url": redis_url, "store_data_dir": data.folder}
    if "store_env" not in settings.model_fields_set:
        changes["store_env"] = "development"
    if not settings.secret_key.get_secret_value():
        changes["secret_key"] = type(settings.secret_key)(data.secret_key())
    return settings.model_copy(update=changes)


def environment_of(settings: Settings) -> dict[str, str]:
    """Return the environment in which a child process reads these very settings."""
    return {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "STORE_ENV": settings.store_env,
        "STORE_DATA_DIR": str(settings.data_dir),
        "SECRET_KEY": settings.secret_key.get_secret_value(),
        "HOST": settings.host,
        "PORT": str(settings.port),
        "LOG_FORMAT": settings.log_format,
        "WEB_WORKERS": str(settings.web_workers),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(PROJECT), os.environ.get("PYTHONPATH", "")])),
        # Two allocation arenas instead of eight a core: memory back, and no threads that would miss them.
        "MALLOC_ARENA_MAX": os.environ.get("MALLOC_ARENA_MAX", "2"),
    }


PROJECT = Path(__file__).resolve().parents[2]
