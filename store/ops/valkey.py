"""The embedded Valkey: loopback only, behind a password, in memory only, since nothing in it must survive."""

import secrets
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from store.ops import ports, processes
from store.ops.logs import last_line, size_of
from store.ops.processes import Child
from store.ops.programs import Programs
from store.ops.refusal import Refusal

# Jobs in the queue have no expiry and stay; what does expire, such as cached pages, makes room.
_SETTINGS = """
bind 127.0.0.1
protected-mode yes
save ""
appendonly no
daemonize no
databases 4
maxmemory 96mb
maxmemory-policy volatile-lru
loglevel warning
"""


class Valkey:
    """One server, started again on the same port when it has died."""

    name = "valkey"

    def __init__(self, programs: Programs, *, log: Path, uid: int | None, port: int | None = None) -> None:
        self._programs = programs
        self._log = log
        self._uid = uid
        self.port = port or ports.find_free()
        # Anybody on this machine can reach the port, and who can write to a job queue can run code.
        self._password = secrets.token_hex(16)
        self.child: Child | None = None
        self._log_start = 0

    @property
    def url(self) -> str:
        """The address for clients, password included."""
        return f"redis://:{self._password}@127.0.0.1:{self.port}/0"

    def start(self) -> Child:
        """Start the server without waiting for it."""
        self._log_start = size_of(self._log)
        with self._log.open("ab") as log:
            self.child = processes.start(
                [self._programs.valkey, "-"],
                name=self.name,
                environment=processes.clean_environment(),
                output=log,
                standard_input=subprocess.PIPE,
                uid=self._uid,
                folder="/",
            )
        # By pipe, because a command line is readable for everybody on the machine.
        configuration = f"port {self.port}\nrequirepass {self._password}\n{_SETTINGS}"
        standard_input = self.child.process.stdin
        assert standard_input is not None
        try:
            standard_input.write(configuration.encode())
            standard_input.close()
        except BrokenPipeError:
            pass  # It ended at once; whoever waits for it says why.
        return self.child

    def wait_until_ready(self, *, seconds: float, keep_waiting: Callable[[], None] = lambda: None) -> None:
        """Return when the server answers; raises `Refusal` when it ends or stays silent."""
        deadline = time.monotonic() + seconds
        while not self._answers():
            keep_waiting()
            assert self.child is not None
            if not self.child.is_alive():
                raise Refusal(
                    f"The embedded Valkey did not start: {last_line(self._log, self._log_start)} (see {self._log})"
                )
            if time.monotonic() > deadline:
                raise Refusal(f"The embedded Valkey does not answer after {seconds:.0f} s (see {self._log})")
            time.sleep(0.01)

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(f"AUTH {self._password}\r\nPING\r\n".encode())
                answer = b""
                while answer.count(b"\r\n") < 2:
                    more = connection.recv(64)
                    if not more:
                        return False
                    answer += more
        except OSError:
            return False
        return answer == b"+OK\r\n+PONG\r\n"
