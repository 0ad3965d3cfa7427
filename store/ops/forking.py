"""Processes that begin as copies of this one: the application is loaded once, and its memory is shared.

The parent has one thread, no database connection, and has loaded everything before it forks. A copy drops the
parent's descriptors and signal handlers, gets a session of its own and never returns to the parent's code.
"""

import contextlib
import gc
import importlib
import os
import signal
import subprocess
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from typing import IO, NoReturn

from store.ops import launch
from store.ops.stopping import SIGNALS


def is_possible() -> bool:
    """Whether forking is safe here: macOS's own libraries do not survive it, nor do other threads."""
    return sys.platform == "linux" and threading.active_count() == 1


def load(modules: Sequence[str]) -> None:
    """Import what the copies will need, and set it aside from garbage collection, which would unshare it."""
    for module in modules:
        importlib.import_module(module)
    gc.collect()
    gc.freeze()


class ForkedProcess:
    """A copy that runs `module.main()`, with as much of `subprocess.Popen` as a `Child` needs."""

    def __init__(self, module: str, arguments: Sequence[str]) -> None:
        parent = os.getpid()
        output, words = os.pipe()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        self.pid = os.fork()
        if self.pid == 0:
            _become(module, arguments, words, parent)
        os.close(words)
        self.stdout: IO[bytes] | None = os.fdopen(output, "rb", buffering=0)
        self.stdin: IO[bytes] | None = None
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit status, negative for a signal; `None` while it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end; raises `subprocess.TimeoutExpired`."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            if deadline is not None and time.monotonic() >= deadline:
                raise subprocess.TimeoutExpired(str(self.pid), timeout or 0.0)
            time.sleep(0.005)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to a process that has not been seen to end."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """End it without asking."""
        self.send_signal(signal.SIGKILL)


def _become(module: str, arguments: Sequence[str], words: int, parent: int) -> NoReturn:
    """Turn this copy into the process it shall be. The parent's frames stay below us and are never returned to."""
    status = 1
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)
        launch.die_with_parent(signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)
        launch.call_process("store " + module.rpartition(".")[2])
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (words, 1), (words, 2)):
            os.dup2(source, target)
        # The data folder's lock, the parent's pipes: none of it is ours.
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        for stream in (sys.stdout, sys.stderr):
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        sys.argv = [module, *arguments]
        importlib.import_module(module).main()
        status = 0
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
        if isinstance(leaving.code, str):
            print(leaving.code, file=sys.stderr)
    except BaseException:  # noqa: BLE001 - nothing may climb into the parent's frames
        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(status)
