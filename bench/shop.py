"""Shops to measure: `store up` as a person types it, and `store web` as production runs it."""

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 600.0


class Failed(RuntimeError):
    """A shop did not do what is to be measured; the message holds its last words."""


def free_port() -> int:
    """Return a loopback port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(folder: Path, **changes: str) -> dict[str, str]:
    """Return a clean environment for a shop on a data folder of its own."""
    kept = {
        name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")
    }
    return {**kept, "STORE_DATA_DIR": str(folder), **changes}


@contextmanager
def running(command: list[str], variables: Mapping[str, str], log: Path, port: int, path: str = "/") -> Iterator[float]:
    """Run a command until the block ends; gives the seconds from its start to the first 200 of `path`."""
    started = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=ROOT, env=dict(variables), stdout=output, stderr=output, start_new_session=True
        )
        try:
            while status(port, path) != 200:
                if process.poll() is not None or time.monotonic() - started > START_SECONDS:
                    raise Failed(f"{' '.join(command)}: {log.read_text(errors='replace')[-2000:]}")
                time.sleep(0.02)
            yield time.monotonic() - started
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(timeout=30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def up(folder: Path, port: int, log: Path, **changes: str) -> contextlib.AbstractContextManager[float]:
    """Run `./bin/store up`; gives the seconds to a served home page."""
    return running([str(ROOT / "bin" / "store"), "up"], environment(folder, PORT=str(port), **changes), log, port)


def web(folder: Path, log: Path, **variables: str) -> contextlib.AbstractContextManager[float]:
    """Run `store web` on servers that run already."""
    command = [sys.executable, "-P", "-m", "store.cli", "web"]
    return running(command, environment(folder) | variables, log, int(variables["PORT"]))


def production(settings: Any, folder: Path, port: int) -> dict[str, str]:
    """Return the variables of a shop in production mode, behind a proxy, on servers that run already."""
    return {
        "DATABASE_URL": settings.database_url,
        "REDIS_URL": settings.redis_url,
        "STORE_DATA_DIR": str(folder),
        "TRUSTED_PROXY_CIDRS": "127.0.0.0/8",
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "STORE_ENV": "production",
        "SECRET_KEY": secrets.token_hex(32),
        "LOG_LEVEL": "WARNING",
    }


def run(folder: Path, *arguments: str) -> float:
    """Run a `store` command to its end and return the seconds it took."""
    started = time.monotonic()
    done = subprocess.run(
        [str(ROOT / "bin" / "store"), *arguments], env=environment(folder), capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise Failed(f"store {' '.join(arguments)}: {(done.stdout + done.stderr)[-2000:]}")
    return time.monotonic() - started


@dataclass(frozen=True)
class Spent:
    """What a command took: by the clock, of the processor without the servers' share, and memory at most."""

    seconds: float
    processor: float
    megabytes: float


def run_watched(folder: Path, log: Path, *arguments: str) -> Spent:
    """Run a `store` command to its end and return what it took."""
    started = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(ROOT / "bin" / "store"), *arguments], env=environment(folder), stdout=output, stderr=output
        )
        _pid, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise Failed(f"store {' '.join(arguments)}: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
    return Spent(time.monotonic() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def status(port: int, path: str) -> int:
    """Return the status of a page, 0 when nobody answers."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(f"GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
            return int(connection.recv(64)[9:12] or b"0")
    except (OSError, ValueError):
        return 0


def proportional_memory(folder: Path) -> dict[str, float] | None:
    """Return the PSS in MB of everything `up` has started and of itself, by name; `None` where it can't be read."""
    if not Path("/proc/self/smaps_rollup").exists():
        return None
    chief = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    names = {pid: name for name, pid in chief["processes"].items()} | {chief["pid"]: "supervisor"}
    parents = {int(entry.name): _parent(entry) for entry in Path("/proc").glob("[0-9]*")}
    found: dict[str, float] = {}
    for pid in parents:
        line: list[int] = [pid]
        while line[-1] not in names and line[-1] in parents:
            line.append(parents[line[-1]])
        name = names.get(line[-1])
        if name is None:
            continue
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        except PermissionError:
            return None
        except OSError:
            continue  # It has ended meanwhile.
        kilobytes = next(int(row.split()[1]) for row in rollup.splitlines() if row.startswith("Pss:"))
        found[name] = found.get(name, 0.0) + kilobytes / 1024
    return found


def memory_of_children() -> float:
    """Return the PSS in MB of all running processes below this one, the servers it lends among them."""
    total = 0.0
    for pid in _family():
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii")
        except OSError:
            continue
        total += next(int(row.split()[1]) for row in rollup.splitlines() if row.startswith("Pss:")) / 1024
    return total


def _family() -> set[int]:
    parents = {int(entry.name): _parent(entry) for entry in Path("/proc").glob("[0-9]*")}
    ours = {os.getpid()}
    while more := {pid for pid, parent in parents.items() if parent in ours} - ours:
        ours |= more
    return ours - {os.getpid()}


class Meter:
    """The processor time of the processes below this one, to the microsecond; new ones are not seen. Linux only."""

    def __init__(self) -> None:
        self._files = {
            path: path.open("rb", buffering=0)
            for pid in _family()
            for path in Path(f"/proc/{pid}/task").glob("*/schedstat")
        }
        self._seen = dict.fromkeys(self._files, 0)

    def milliseconds(self) -> float:
        """Return the time taken so far."""
        for path, file in self._files.items():
            with contextlib.suppress(OSError):  # It has ended.
                self._seen[path] = int(os.pread(file.fileno(), 64, 0).split()[0])
        return sum(self._seen.values()) / 1e6

    def close(self) -> None:
        """Let go of the processes."""
        for file in self._files.values():
            file.close()


def processor_seconds() -> float:
    """Return the processor time that all running processes below this one have taken so far; 0 without `/proc`."""
    rows = {int(entry.name): _stat(entry) for entry in Path("/proc").glob("[0-9]*")}
    ours = {os.getpid()}
    while more := {pid for pid, row in rows.items() if row and int(row[1]) in ours} - ours:
        ours |= more
    ticks = sum(int(row[11]) + int(row[12]) for pid in ours - {os.getpid()} if (row := rows[pid]))
    return ticks / os.sysconf("SC_CLK_TCK")


def other_work(seconds: float = 0.3) -> float:
    """Return which share of the machine, in percent, is busy while we do nothing; 0 where that can't be read."""
    if not Path("/proc/stat").exists():
        return 0.0

    def busy() -> tuple[int, int]:
        figures = [int(one) for one in Path("/proc/stat").read_text(encoding="ascii").splitlines()[0].split()[1:9]]
        return sum(figures) - figures[3] - figures[4], sum(figures)

    before = busy()
    time.sleep(seconds)
    after = busy()
    return 100 * (after[0] - before[0]) / max(after[1] - before[1], 1)


def _parent(entry: Path) -> int:
    row = _stat(entry)
    return int(row[1]) if row else 0


def _stat(entry: Path) -> list[str]:
    """Return the fields of `/proc/<pid>/stat` after the name, none when the process has ended."""
    try:
        return (entry / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return []
