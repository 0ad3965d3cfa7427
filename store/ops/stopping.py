"""Being asked to stop: signals become a flag that every wait looks at, so that nothing is left half started."""

import signal
import socket
from types import FrameType
from typing import Self

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(Exception):
    """Somebody has asked us to stop."""


class StopRequest:
    """Listens to the signals inside its `with` block. A second signal means: at once."""

    def __init__(self) -> None:
        self.times = 0
        self._before: dict[signal.Signals, object] = {}
        # A byte arrives here with each signal, which ends a wait that watches it.
        self.wakeup, self._writer = socket.socketpair()
        self.wakeup.setblocking(False)
        self._writer.setblocking(False)

    def __enter__(self) -> Self:
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        for number in SIGNALS:
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        signal.set_wakeup_fd(-1)
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self.wakeup.close()
        self._writer.close()

    def check(self) -> None:
        """Raise `Stopped` when we have been asked to stop."""
        if self.times:
            raise Stopped

    @property
    def hurry(self) -> bool:
        """Whether we were asked more than once."""
        return self.times > 1

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.times += 1
