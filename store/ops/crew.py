"""A crew of processes kept at work: their words shown, the dead replaced, all of them ended together."""

import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from store.ops import forking, processes
from store.ops.forking import ForkedProcess
from store.ops.processes import Child
from store.ops.stopping import StopRequest

# Seconds before a process is started again, by how often it has died young; a life of HEALTHY seconds forgives.
BACKOFF = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0)
HEALTHY = 20.0

LONGEST_LINE = 64 * 1024


@dataclass(frozen=True)
class Part:
    """A kind of process: what it is called in the output, and the module whose `main()` it runs."""

    name: str
    module: str
    arguments: Sequence[str] = ()


@dataclass
class Member:
    """One part and the process that plays it now."""

    part: Part
    child: Child
    started: float
    deaths: int = 0
    restart_at: float | None = None
    unfinished: bytes = b""
    last_line: str = field(default="it said nothing")


class Crew:
    """Runs parts until it is told to stop. All methods belong to the thread that made it."""

    def __init__(self, environment: Mapping[str, str], stopping: StopRequest) -> None:
        self._environment = environment
        self._stopping = stopping
        self._selector = selectors.DefaultSelector()
        self._selector.register(stopping.wakeup, selectors.EVENT_READ)
        self.members: dict[str, Member] = {}

    @property
    def pids(self) -> dict[str, int]:
        """The process ids by the parts' names."""
        return {name: member.child.pid for name, member in self.members.items()}

    def start(self, part: Part) -> Member:
        """Start a part; it is started again whenever it ends."""
        member = Member(part, self._spawn(part), time.monotonic())
        self._listen(member)
        self.members[part.name] = member
        return member

    def run_to_end(self, part: Part) -> int:
        """Run a part once and return its exit status; raises `Stopped` when we are asked to stop meanwhile."""
        member = Member(part, self._spawn(part), time.monotonic())
        self._listen(member)
        try:
            while member.child.is_alive():
                self._stopping.check()
                self._hear(0.2)
        finally:
            processes.stop([member.child], grace=3)
            self._forget_output(member)
        return member.child.process.returncode or 0

    def tick(self, seconds: float) -> None:
        """Wait for words or a signal at most this long, pass the words on, and replace who has died."""
        self._hear(seconds)
        moment = time.monotonic()
        for member in self.members.values():
            if member.restart_at is None and not member.child.is_alive():
                self._bury(member, moment)
            if member.restart_at is not None and moment >= member.restart_at:
                member.child, member.started, member.restart_at = self._spawn(member.part), moment, None
                self._listen(member)

    def stop(self, *, grace: float) -> None:
        """End all parts together, within `grace` seconds and a kill; they speak to the end."""
        living = [member for member in self.members.values() if member.restart_at is None]
        for member in living:
            member.child.ask_to_stop()
        deadline = time.monotonic() + grace
        while any(member.child.is_alive() for member in living) and time.monotonic() < deadline:
            if self._stopping.hurry:
                break
            self._hear(0.05)
        processes.stop([member.child for member in living], grace=0)
        self._hear(0)
        for member in living:
            self._forget_output(member)
        self.members.clear()
        self._selector.close()

    def say(self, name: str, line: str) -> None:
        """Print one line under a name."""
        _print(f"{name:<10}| {line}")

    def _spawn(self, part: Part) -> Child:
        if forking.is_possible():
            return Child(part.name, ForkedProcess(part.module, part.arguments), signal.SIGTERM)
        command = [sys.executable, "-P", "-m", part.module, *part.arguments]
        return processes.start(command, name=part.name, environment=self._environment, output=subprocess.PIPE)

    def _bury(self, member: Member, moment: float) -> None:
        """Clear up after a dead process, its own children first, and decide when the next one starts."""
        processes.kill_sessions({member.child.pid})
        self._forget_output(member)
        member.deaths = 1 if moment - member.started > HEALTHY else member.deaths + 1
        pause = BACKOFF[min(member.deaths, len(BACKOFF)) - 1]
        member.restart_at = moment + pause
        status = member.child.process.returncode or 0
        how = f"by signal {-status}" if status < 0 else f"with status {status}"
        self.say("store", f"{member.part.name} ended {how}; it starts again in {pause:g} s")

    def _listen(self, member: Member) -> None:
        output = member.child.process.stdout
        assert output is not None
        os.set_blocking(output.fileno(), False)
        self._selector.register(output, selectors.EVENT_READ, member)

    def _forget_output(self, member: Member) -> None:
        output = member.child.process.stdout
        assert output is not None
        if output.closed:
            return
        while self._read(member):
            pass
        if member.unfinished:
            self._tell(member, member.unfinished)
            member.unfinished = b""
        self._selector.unregister(output)
        output.close()

    def _hear(self, seconds: float) -> None:
        for key, _ in self._selector.select(max(seconds, 0)):
            if key.data is None:
                while True:
                    try:
                        self._stopping.wakeup.recv(512)
                    except BlockingIOError:
                        break
            elif not self._read(key.data):
                # The end of its words, not of its life: that is looked at elsewhere, and not in a busy loop.
                time.sleep(0.01)

    def _read(self, member: Member) -> bool:
        """Pass on what a process has said; `False` when there was nothing to read."""
        output = member.child.process.stdout
        assert output is not None
        try:
            said = os.read(output.fileno(), LONGEST_LINE)
        except BlockingIOError:
            return False
        if not said:
            return False
        *lines, member.unfinished = (member.unfinished + said).split(b"\n")
        if len(member.unfinished) > LONGEST_LINE:
            lines.append(member.unfinished)
            member.unfinished = b""
        for line in lines:
            self._tell(member, line)
        return True

    def _tell(self, member: Member, line: bytes) -> None:
        text = line.decode(errors="replace").rstrip()
        if text:
            member.last_line = text
            self.say(member.part.name, text)


def _print(line: str) -> None:
    try:
        print(line, flush=True)
    except OSError:
        # Whoever read our output has gone; the shop goes on without an audience.
        with open(os.devnull, "w", encoding="utf-8") as nowhere:
            os.dup2(nowhere.fileno(), sys.stdout.fileno())
