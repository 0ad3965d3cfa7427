"""The embedded PostgreSQL: a cluster in the data folder, loopback only, never root's.

As root the server runs under a fixed number that no account has. It is handed its folder as an open descriptor, so
the data may lie below a private folder such as /root without a copy and without loosening anybody's rights.
"""

import contextlib
import os
import pwd
import secrets
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from store.ops import launch, ports, processes
from store.ops.logs import last_line, size_of
from store.ops.processes import Child
from store.ops.programs import Programs
from store.ops.refusal import Refusal

MAJOR_VERSION = 18
DATABASE = "vitrine"
SUPERUSER = "postgres"

# In the gap that systemd's list of reserved user numbers leaves unused, and below the 65536 of small containers.
SERVER_UID = 60975

_OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    # One machine, no replicas: the log of changes is only for its own recovery.
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "min_wal_size": "32MB",
    "max_wal_size": "512MB",
    # Short queries: compiling them costs more than it saves. The I/O helpers cost memory on small machines.
    "jit": "off",
    "io_method": "sync",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_checkpoints": "off",
}

# A test cluster is thrown away: nothing waits for a disk.
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres:
    """One server on one cluster, started again on the same port when it has died."""

    name = "postgres"

    def __init__(
        self,
        programs: Programs,
        *,
        folder: Path,
        password_file: Path,
        log: Path,
        uid: int | None,
        options: dict[str, str] | None = None,
        port: int | None = None,
    ) -> None:
        self._programs = programs
        self._folder = folder
        self._password_file = password_file
        self._log = log
        self._uid = uid
        self._options = {**_OPTIONS, **(options or {})}
        self.port = port or ports.find_free()
        self.child: Child | None = None
        self._log_start = 0

    def url(self, database: str = DATABASE) -> str:
        """The address of a database for clients, password included."""
        password = self._password_file.read_text(encoding="ascii").strip()
        return f"postgresql://{SUPERUSER}:{password}@127.0.0.1:{self.port}/{database}"

    def make_cluster(self) -> None:
        """Make the cluster when there is none, whole or not at all; refuses one of another major version."""
        version = self._folder / "PG_VERSION"
        if version.exists():
            found = version.read_text(encoding="ascii").strip()
            if found != str(MAJOR_VERSION):
                raise Refusal(
                    f"{self._folder} was made by PostgreSQL {found}; this shop runs {MAJOR_VERSION}. "
                    "Choose another STORE_DATA_DIR, or move the data by pg_dump."
                )
            return
        unfinished = self._folder.with_name(self._folder.name + ".new")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self._password_file.unlink(missing_ok=True)
        descriptor = os.open(self._password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as password_file:
            password_file.write(secrets.token_hex(24) + "\n")
        self._initdb(unfinished)
        if self._uid is not None:
            _give_to(self._uid, unfinished)
        unfinished.rename(self._folder)

    def start(self) -> Child:
        """Start the server without waiting for it."""
        self._end_leftover()
        self._log_start = size_of(self._log)
        with self._log.open("ab") as log, self._opened(self._folder) as (name, descriptors):
            options = [word for key, value in self._options.items() for word in ("-c", f"{key}={value}")]
            self.child = processes.start(
                [self._programs.server, "-D", name, "-p", str(self.port), *options],
                name=self.name,
                environment=processes.clean_environment(),
                # SIGINT is the fast stop: open connections are ended, everything committed is kept.
                stop_signal=signal.SIGINT,
                output=log,
                uid=self._uid,
                pass_fds=descriptors,
            )
        return self.child

    def wait_until_ready(self, *, seconds: float, keep_waiting: Callable[[], None] = lambda: None) -> None:
        """Return when the server accepts connections; raises `Refusal` when it ends or takes too long."""
        deadline = time.monotonic() + seconds
        while not self._says_ready():
            keep_waiting()
            assert self.child is not None
            if not self.child.is_alive():
                reason = _explain(last_line(self._log, self._log_start))
                raise Refusal(f"The embedded PostgreSQL did not start: {reason} (see {self._log})")
            if time.monotonic() > deadline:
                raise Refusal(f"The embedded PostgreSQL is not ready after {seconds:.0f} s (see {self._log})")
            time.sleep(0.01)

    def ensure_database(self, name: str = DATABASE) -> None:
        """Create the shop's database when it is missing."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))

    def _initdb(self, folder: Path) -> None:
        options: dict[str, object] = {}
        named = _named_uid()
        if self._uid is not None:
            # initdb wants a user that has a name; the cluster changes hands afterwards.
            options["uid"] = named
            _give_to(named, folder)
        elif not _has_name(os.geteuid()):
            options["appear_as"] = named
        with self._opened(folder) as (name, descriptors), self._opened_password(options.get("uid")) as (secret, more):
            command: list[str | Path] = [
                self._programs.initdb,
                "-D",
                name,
                "-U",
                SUPERUSER,
                "--auth=scram-sha-256",
                f"--pwfile={secret}",
            ]
            command += ["-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
            # The password is 24 random bytes: stretching it would only make each connection slower.
            command += ["--no-instructions", "-c", "scram_iterations=1"]
            if self._options.get("fsync") == "off":
                command += ["--no-sync"]
            done = processes.run_as(command, options, env=processes.clean_environment(), pass_fds=(*descriptors, *more))
        said = done.stdout.decode(errors="replace")
        if done.returncode == 0:
            return
        shutil.rmtree(folder, ignore_errors=True)
        if done.returncode == launch.NOT_PERMITTED and "appear_as" in options:
            raise Refusal(
                f"PostgreSQL needs user {os.geteuid()} to have a name in /etc/passwd. Add one, e.g.: "
                f"echo 'shop:x:{os.geteuid()}:{os.getegid()}::/:/bin/false' >> /etc/passwd; or set DATABASE_URL."
            )
        lines = [line for line in said.splitlines() if line.strip()]
        reason = next((line for line in lines if "error" in line.lower()), lines[-1] if lines else "it said nothing")
        raise Refusal(f"PostgreSQL's data folder can't be made in {self._folder.parent}: {_explain(reason)}")

    @contextmanager
    def _opened(self, folder: Path) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The folder's name for the server: by descriptor where its user may not be able to walk there."""
        if self._uid is None or not os.path.isdir("/proc/self/fd"):
            yield str(folder), ()
            return
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            yield f"/proc/self/fd/{descriptor}", (descriptor,)
        finally:
            os.close(descriptor)

    @contextmanager
    def _opened_password(self, uid: object) -> Iterator[tuple[str, tuple[int, ...]]]:
        if not isinstance(uid, int) or not os.path.isdir("/proc/self/fd"):
            yield str(self._password_file), ()
            return
        os.chown(self._password_file, uid, -1)
        descriptor = os.open(self._password_file, os.O_RDONLY)
        try:
            yield f"/proc/self/fd/{descriptor}", (descriptor,)
        finally:
            os.close(descriptor)
            os.chown(self._password_file, os.geteuid(), -1)

    def _says_ready(self) -> bool:
        # The last line of this file is what pg_ctl waits for, too.
        try:
            lines = (self._folder / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        except OSError:
            return False
        return len(lines) >= 8 and lines[7].strip() == "ready" and lines[3].strip() == str(self.port)

    def _end_leftover(self) -> None:
        """End a server that an interrupted run left on this cluster, and clear its mark when it is gone."""
        mark = self._folder / "postmaster.pid"
        try:
            pid = int(mark.read_text(encoding="utf-8").split()[0])
        except (OSError, ValueError, IndexError):
            return
        if not os.path.isdir("/proc/self"):
            return  # The server itself refuses a cluster in use.
        for last_word in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if not _works_in(pid, self._folder):
                # The number may belong to something else by now, which the server could not tell.
                mark.unlink(missing_ok=True)
                return
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, last_word)
            deadline = time.monotonic() + 5
            while _works_in(pid, self._folder) and time.monotonic() < deadline:
                time.sleep(0.02)


def server_uid(folder: Path) -> int | None:
    """The user the server must run as: `None` for ourselves, else a number that owns the cluster or shall own it."""
    if os.geteuid() != 0:
        return None
    with contextlib.suppress(FileNotFoundError):
        owner = folder.stat().st_uid
        if owner != 0:
            return owner
    return SERVER_UID


def require_own(folder: Path) -> None:
    """Refuse a cluster that another user's run has made, since PostgreSQL would."""
    with contextlib.suppress(FileNotFoundError):
        if os.geteuid() not in (0, folder.stat().st_uid):
            raise Refusal(
                f"{folder} belongs to another user, probably since root ran the shop here. Take it over with "
                f"chown -R {os.geteuid()} '{folder.parent}' as root, or choose another STORE_DATA_DIR."
            )


def _works_in(pid: int, folder: Path) -> bool:
    try:
        return os.path.samefile(f"/proc/{pid}/cwd", folder)
    except OSError:
        return False


def _give_to(uid: int, folder: Path) -> None:
    try:
        for parent, folders, files in os.walk(folder):
            os.chown(parent, uid, uid)
            for name in (*folders, *files):
                os.chown(os.path.join(parent, name), uid, uid, follow_symlinks=False)
    except OSError as error:
        raise Refusal(
            f"The folder {folder} can't be given to the user PostgreSQL runs as ({error.strerror}). "
            "Put STORE_DATA_DIR on a local disk, or set DATABASE_URL."
        ) from None


def _has_name(uid: int) -> bool:
    try:
        pwd.getpwuid(uid)
    except KeyError:
        return False
    return True


def _named_uid() -> int:
    named = [entry.pw_uid for entry in pwd.getpwall() if entry.pw_uid != 0]
    if not named:
        raise Refusal("PostgreSQL needs a user other than root in /etc/passwd, and there is none. Set DATABASE_URL.")
    nobody = 65534
    return nobody if nobody in named else named[0]


def _explain(line: str) -> str:
    """Add what to do to the failures that have a known cure."""
    if "shared librar" in line:
        return f"{line}; install that system library (on Debian: apt-get install -y libc6 zlib1g)"
    if "No space left" in line:
        return f"{line}; free some space"
    if "can't be run" in line:
        return f"{line}; the packaged PostgreSQL needs glibc, on other systems set DATABASE_URL"
    return line
