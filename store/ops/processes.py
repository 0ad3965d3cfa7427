"""Child processes that never outlive us: started in a session of their own, tied to our life, ended in order."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from store.ops import launch
from store.ops.forking import ForkedProcess
from store.ops.refusal import Refusal

_LAUNCHER = Path(launch.__file__)


@dataclass
class Child:
    """A running program and the signal that asks it to end."""

    name: str
    process: subprocess.Popen[bytes] | ForkedProcess
    stop_signal: signal.Signals

    @property
    def pid(self) -> int:
        """The process id, which is the id of its session too."""
        return self.process.pid

    def is_alive(self) -> bool:
        """Whether the program still runs; reaps it when it has ended."""
        return self.process.poll() is None

    def ask_to_stop(self) -> None:
        """Send the stop signal; harmless when it has ended."""
        if self.is_alive():
            self.process.send_signal(self.stop_signal)

    def wait(self, seconds: float) -> bool:
        """Wait for the end; `False` when it still runs after `seconds`."""
        try:
            self.process.wait(timeout=max(seconds, 0.0))
        except subprocess.TimeoutExpired:
            return False
        return True


def start(
    command: Sequence[str | Path],
    *,
    name: str,
    environment: Mapping[str, str],
    stop_signal: signal.Signals = signal.SIGTERM,
    death_signal: signal.Signals | None = None,
    output: int | IO[bytes] | None = None,
    standard_input: int | IO[bytes] = subprocess.DEVNULL,
    uid: int | None = None,
    pass_fds: Sequence[int] = (),
    folder: str | None = None,
) -> Child:
    """Start a program as our child.

    Call it from a thread that lives as long as the child shall: the kernel ends the child with that thread.
    `uid` runs it as that user and group, which only root may ask for.
    """
    options: dict[str, object] = {"death_signal": int(death_signal or stop_signal), "parent": os.getpid()}
    if uid is not None:
        options["uid"] = uid
    if folder is not None:
        options["folder"] = folder
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", str(_LAUNCHER), json.dumps(options), *map(str, command)],
        stdin=standard_input,
        stdout=output,
        stderr=subprocess.STDOUT if output is not None else None,
        env=dict(environment),
        pass_fds=pass_fds,
        start_new_session=True,
    )
    return Child(name, process, stop_signal)


def stop(children: Iterable[Child], *, grace: float) -> None:
    """End the children together: ask, wait up to `grace` seconds, then kill whatever is left of their sessions."""
    children = list(children)
    for child in children:
        child.ask_to_stop()
    deadline = time.monotonic() + grace
    for child in children:
        if not child.wait(deadline - time.monotonic()):
            child.process.kill()
            child.process.wait()
    kill_sessions({child.pid for child in children})


def kill_sessions(sessions: set[int]) -> None:
    """Kill every process of these sessions, such as the workers of a server that died without them."""
    for pid in [pid for pid in _all_pids() if _session_of(pid) in sessions]:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)
    for session in sessions:
        # Where there is no /proc, the process group of the leader is what we know of.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(session, signal.SIGKILL)


def is_running(pid: int) -> bool:
    """Whether a process of this id exists, in whoever's hands."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def run_as(
    command: Sequence[str | Path], options: dict[str, object], **popen: object
) -> "subprocess.CompletedProcess[bytes]":
    """Run a program to its end through the launcher, with its options, and return what it said."""
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-I", "-S", str(_LAUNCHER), json.dumps(options), *map(str, command)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        **popen,
    )


def usable_by(uid: int, paths: Sequence[tuple[Path, int]]) -> bool:
    """Whether a user may use all of the paths in the given `os.access` modes; only root may ask."""
    answer = run_as([], {"uid": uid, "check": [(str(path), mode) for path, mode in paths]})
    if answer.returncode == launch.NOT_PERMITTED:
        raise Refusal(
            "PostgreSQL does not run as root, and this container does not let us change the user. "
            "Run the command as a normal user, or set DATABASE_URL and REDIS_URL to servers of your own."
        )
    return answer.returncode == 0 and all(json.loads(answer.stdout))


def clean_environment() -> dict[str, str]:
    """The environment of the embedded servers: nothing of the user's PG*, locale or library settings."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def _all_pids() -> list[int]:
    with contextlib.suppress(FileNotFoundError):
        return [int(name) for name in os.listdir("/proc") if name.isdigit()]
    return []


def _session_of(pid: int) -> int:
    try:
        return os.getsid(pid)
    except (ProcessLookupError, PermissionError):
        return -1
