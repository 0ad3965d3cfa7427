"""`store up`: the whole shop on one machine, from its servers to its pages, and all of it ended by one Ctrl-C."""

import os
import re
import socket
import time
from dataclasses import replace
from urllib.parse import urlsplit

import psycopg

from store.core import schema
from store.core.settings import Settings
from store.ops import forking, migrate, ports, servers
from store.ops.crew import BACKOFF, Crew, Member, Part
from store.ops.datadir import DataDir, Holder
from store.ops.postgres import Postgres
from store.ops.refusal import Refusal
from store.ops.servers import Servers
from store.ops.stopping import Stopped, StopRequest
from store.ops.valkey import Valkey

WEB = Part("web", "store.ops.web")
# They serve nobody's page, so they start when the first page is there.
BEHIND = (Part("worker", "jobs.worker"), Part("relay", "jobs.relay"), Part("scheduler", "jobs.scheduler"))
SETUP = Part("setup", "store.cli.setup")

# `wsgi` makes the application, which costs more than all the rest of a start.
LOADED_ONCE = ("wsgi", *(part.module for part in (WEB, *BEHIND)))

READY_SECONDS = 60
STOP_SECONDS = 6

# More than the first few tries of the back-off: by then it is not an accident.
_HOPELESS = 3


def up(settings: Settings, *, seed: bool = True) -> None:
    """Run the shop until a signal; raises `Refusal` when it can't be started."""
    started = time.monotonic()
    data = DataDir(settings.data_dir)
    with StopRequest() as stopping, data.holding("up") as holder:
        ports.require_free(settings.host, settings.port)
        fleet = servers.embedded(data, database=not settings.database_url, queue=not settings.redis_url)
        crew: Crew | None = None
        try:
            fleet.launch()
            settings = _for_up(servers.with_addresses(settings, data, fleet))
            environment = servers.environment_of(settings)
            _load(environment)
            fleet.wait_until_ready(keep_waiting=stopping.check)
            crew = Crew(environment, stopping)
            holder.publish(database_url=settings.database_url, redis_url=settings.redis_url)
            _prepare(settings, data, crew, seed=seed)
            web = crew.start(WEB)
            _wait_until_ready(settings, web, crew, stopping)
            for part in BEHIND:
                crew.start(part)
            _publish(holder, settings, fleet, crew)
            _announce(settings, data, time.monotonic() - started)
            _watch(crew, fleet, stopping)
        except Stopped:
            print("\nStopping ...", flush=True)
        finally:
            if crew is not None:
                crew.stop(grace=STOP_SECONDS)
            fleet.stop()


def _for_up(settings: Settings) -> Settings:
    """Read as a person's terminal has it: lines for people, development unless something else was asked for."""
    changes: dict[str, object] = {}
    if "store_env" not in settings.model_fields_set:
        changes["store_env"] = "development"
    if "log_format" not in settings.model_fields_set:
        changes["log_format"] = "console"
    return settings.model_copy(update=changes)


def _load(environment: dict[str, str]) -> None:
    """Load the application while the servers start, so that every process of the shop begins with it."""
    os.environ.update(environment)
    if not forking.is_possible():
        return
    try:
        forking.load(LOADED_ONCE)
    except RuntimeError as error:
        # What the application says of settings and routes that it does not accept.
        raise Refusal(str(error)) from None


def _prepare(settings: Settings, data: DataDir, crew: Crew, *, seed: bool) -> None:
    """Migrate, fill and staff the database, in a process of its own, unless a look shows that all of it is there."""
    login = data.staff_login()
    if _is_prepared(settings.database_url, login.email, seed=seed):
        return
    part = SETUP if seed else replace(SETUP, arguments=["--no-seed"])
    if crew.run_to_end(part) != 0:
        raise Refusal("The database could not be prepared; the lines above say why.")


def _is_prepared(url: str, staff_email: str, *, seed: bool) -> bool:
    with migrate.connect(url) as connection:
        if migrate.current(connection) != schema.heads():
            return False
        try:
            (stocked, staffed), *_ = connection.execute(
                "SELECT EXISTS (SELECT FROM products), EXISTS (SELECT FROM staff WHERE lower(email) = lower(%s))",
                [staff_email],
            )
        except psycopg.errors.UndefinedTable:
            return False
        return bool(staffed and (stocked or not seed))


def _wait_until_ready(settings: Settings, web: Member, crew: Crew, stopping: StopRequest) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not _answers_ready(settings):
        stopping.check()
        crew.tick(0.03)
        if web.deaths >= _HOPELESS:
            raise Refusal(f"The web server can't start: {web.last_line}")
        if time.monotonic() > deadline:
            raise Refusal(f"The web server is not ready after {READY_SECONDS} s; the lines above may say why.")


def _answers_ready(settings: Settings) -> bool:
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)  # noqa: S104 - asked, not listened on
    name = urlsplit(settings.base_url).netloc
    try:
        with socket.create_connection((host, settings.port), timeout=2) as connection:
            connection.sendall(f"GET /readyz HTTP/1.0\r\nHost: {name}\r\n\r\n".encode())
            return re.match(rb"HTTP/1\.[01] 200 ", connection.recv(64)) is not None
    except OSError:
        return False


def _watch(crew: Crew, fleet: Servers, stopping: StopRequest) -> None:
    """Keep everything alive until we are asked to stop."""
    deaths: dict[str, int] = {}
    restart_at: dict[str, float] = {}
    while True:
        stopping.check()
        crew.tick(0.25)
        for server in fleet.all:
            _revive(server, crew, deaths, restart_at)


def _revive(server: Postgres | Valkey, crew: Crew, deaths: dict[str, int], restart_at: dict[str, float]) -> None:
    """Start a server that has died again, on the port that everybody knows."""
    name, moment = server.name, time.monotonic()
    if server.child is None or server.child.is_alive():
        return
    if name not in restart_at:
        deaths[name] = deaths.get(name, 0) + 1
        restart_at[name] = moment + BACKOFF[min(deaths[name], len(BACKOFF)) - 1]
        crew.say("store", f"{name} ended with status {server.child.process.returncode}; it is started again")
    elif moment >= restart_at[name]:
        del restart_at[name]
        server.start()


def _publish(holder: Holder, settings: Settings, fleet: Servers, crew: Crew) -> None:
    pids = {server.name: server.child.pid for server in fleet.all if server.child is not None}
    holder.publish(
        url=settings.base_url,
        database_url=settings.database_url,
        redis_url=settings.redis_url,
        processes={**pids, **crew.pids},
    )


def _announce(settings: Settings, data: DataDir, seconds: float) -> None:
    login = data.staff_login()
    # "Everywhere" is where a server may listen, and not where a browser can go.
    base = settings.base_url.replace("//0.0.0.0:", "//127.0.0.1:")
    print(
        f"""
  Vitrine is open, after {seconds:.1f} s.

    Shop         {base}/
    Back office  {base}/admin/
    Staff login  {login.email}   {login.password}
    Mail         {(settings.smtp_url and "sent by SMTP") or base + "/-/mailbox"}
    Data         {data.folder}

  Ctrl-C ends it.
""",
        flush=True,
    )
