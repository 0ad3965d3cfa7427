"""The data folder: its version, who uses it now, and the secrets that a development shop makes for itself."""

import contextlib
import fcntl
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from store.ops import processes
from store.ops.refusal import Refusal

# Raise it when an older Vitrine could not read the folder any more.
FORMAT = 1

STAFF_EMAIL = "owner@example.com"


@dataclass(frozen=True)
class Run:
    """What `run.json` tells: who holds the folder, and where its servers and its shop can be reached."""

    pid: int
    command: str
    database_url: str
    redis_url: str
    url: str = ""
    processes: dict[str, int] | None = None


@dataclass(frozen=True)
class StaffLogin:
    """The development staff account; made once, so that every start prints the same."""

    email: str
    password: str


class DataDir:
    """One data folder. Making the object makes the folder, or raises `Refusal`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not os.access(folder, os.W_OK | os.X_OK):
                raise Refusal(f"The data folder {folder} is another user's. Choose another with STORE_DATA_DIR.")
            self._check_version()
            self.log_folder.mkdir(exist_ok=True)
        except OSError as error:
            raise Refusal(
                f"The data folder {folder} can't be used: {error.strerror}. Choose another with STORE_DATA_DIR."
            ) from None

    @property
    def log_folder(self) -> Path:
        """Where the servers' own words go."""
        return self.folder / "log"

    @property
    def cluster(self) -> Path:
        """PostgreSQL's data."""
        return self.folder / "postgres"

    def log(self, name: str) -> Path:
        """Return a log file, emptied when it has grown past 5 MB."""
        path = self.log_folder / f"{name}.log"
        with contextlib.suppress(FileNotFoundError):
            if path.stat().st_size > 5_000_000:
                path.unlink()
        return path

    def secret_key(self) -> str:
        """Return the development key that signs tokens; made once, readable for its owner only."""
        return self._kept_secret("secret_key", lambda: secrets.token_hex(32))

    def staff_login(self) -> StaffLogin:
        """Return the development staff account; made once, readable for its owner only."""
        made = self._kept_secret(
            "staff.json",
            lambda: json.dumps(asdict(StaffLogin(STAFF_EMAIL, secrets.token_urlsafe(12)))),
        )
        return StaffLogin(**json.loads(made))

    @contextmanager
    def holding(self, command: str) -> Iterator["Holder"]:
        """Be the one process that runs servers on this folder; raises `Held` when another is."""
        with _locked(self.folder / "lock", exclusive=True) as got:
            if not got:
                raise Held(self.current_run(wait=10.0))
            holder = Holder(self, command)
            holder.forget()
            try:
                yield holder
            finally:
                holder.forget()

    @contextmanager
    def visiting(self) -> Iterator[None]:
        """Say that the servers are in use by a command that did not start them."""
        with _locked(self.folder / "visitors", exclusive=False):
            yield

    def wait_for_visitors(self, *, seconds: float) -> None:
        """Wait until the commands that use our servers have ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with _locked(self.folder / "visitors", exclusive=True) as alone:
                if alone:
                    return
            time.sleep(0.1)

    def current_run(self, *, wait: float = 0.0) -> Run | None:
        """Return what the holder of the folder says of itself; waits up to `wait` seconds for one that is starting."""
        deadline = time.monotonic() + wait
        while True:
            try:
                run = Run(**json.loads(self._run_file.read_text(encoding="utf-8")))
                if processes.is_running(run.pid):
                    return run
            except (OSError, ValueError, TypeError):
                pass
            if time.monotonic() >= deadline:
                return None
            time.sleep(0.05)

    @property
    def _run_file(self) -> Path:
        return self.folder / "run.json"

    def _check_version(self) -> None:
        mark = self.folder / "VERSION"
        try:
            found = mark.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            mark.write_text(f"{FORMAT}\n", encoding="utf-8")
            return
        except UnicodeDecodeError:
            found = "unreadable"
        if not found.isdigit() or int(found) > FORMAT:
            raise Refusal(
                f"The data folder {self.folder} was written by a newer Vitrine (its format is {found[:20]!r}, this one "
                f"reads up to {FORMAT}). Update the program, or choose another folder with STORE_DATA_DIR."
            )

    def _kept_secret(self, name: str, make: Callable[[], str]) -> str:
        path = self.folder / name
        with contextlib.suppress(FileNotFoundError):
            return path.read_text(encoding="utf-8").strip()
        # Written aside and linked into place: a second process that asks now gets this one or makes none.
        aside = path.with_name(f".{name}.{os.getpid()}")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(make() + "\n")
        try:
            os.link(aside, path)
        except FileExistsError:
            pass
        except OSError:
            # A file system without hard links; two first starts at the very same moment are not worth more.
            aside.replace(path)
        aside.unlink(missing_ok=True)
        return path.read_text(encoding="utf-8").strip()


class Held(Refusal):
    """Another process holds the data folder."""

    def __init__(self, run: Run | None) -> None:
        self.run = run
        if run is None:
            super().__init__(
                "Another store command is just starting or ending on this data folder. Try again in a moment."
            )
        elif run.command == "up" and not run.url:
            super().__init__(f"The shop is just starting on this data folder (process {run.pid}).")
        elif run.url:
            super().__init__(
                f"The shop is already running at {run.url} (process {run.pid}). Stop it there with Ctrl-C."
            )
        else:
            super().__init__(
                f"`store {run.command}` (process {run.pid}) uses this data folder. Try again when it has ended."
            )


class Holder:
    """The right to write `run.json`, while the lock is held."""

    def __init__(self, data: DataDir, command: str) -> None:
        self._path = data._run_file  # noqa: SLF001 - the two belong together
        self._command = command

    def publish(self, **facts: object) -> None:
        """Tell other commands where the servers and the shop are. Holds passwords: readable for the owner only."""
        aside = self._path.with_suffix(".new")
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump({"pid": os.getpid(), "command": self._command, **facts}, file, indent=2)
        aside.replace(self._path)

    def forget(self) -> None:
        """Take the file away: nothing runs here."""
        self._path.unlink(missing_ok=True)


@contextmanager
def _locked(path: Path, *, exclusive: bool) -> Iterator[bool]:
    """Hold a lock of the kernel, which falls with the process; `False` when another process is in the way."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, (fcntl.LOCK_EX if exclusive else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
