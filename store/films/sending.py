"""Sends whole films to those who ask for no part of one, without letting them hold up the shop.

A worker answers one request at a time. Parts are short and leave it at once; a whole film leaves it as fast as the
other side reads. So one is sent at a time on a machine, and whoever reads too slowly is cut off and may go on from
there by asking for the rest: browsers and download programs do.
"""

import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

# Beyond what the server takes into its own hands, this many seconds of waiting for a slow reader.
PATIENCE = 3.0


class Turn:
    """The right of this machine's one sender of whole films; `close` gives it on, as does the end of the process."""

    def __init__(self, handle: int) -> None:
        self._handle: int | None = handle

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Let the next one have it."""
        handle, self._handle = self._handle, None
        if handle is not None:
            os.close(handle)


def take_turn(file: Path) -> Turn | None:
    """Return the right to send, or `None` while somebody else has it."""
    handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return Turn(handle)


class Sending:
    """The pieces of a film for the server. It stops short when their reader has kept us waiting too long in all."""

    def __init__(self, pieces: Iterator[bytes], turn: Turn, patience: float = PATIENCE) -> None:
        self._pieces, self._turn, self._patience = pieces, turn, patience
        self._waited = 0.0
        self._handed = 0.0

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._handed:
            self._waited += time.monotonic() - self._handed
        try:
            if self._waited > self._patience:
                raise TimeoutError("the film's reader is too slow")
            piece = next(self._pieces)
        except BaseException:
            self.close()
            raise
        self._handed = time.monotonic()
        return piece

    def close(self) -> None:
        """Let the file and the turn go."""
        self._turn.close()
        close = getattr(self._pieces, "close", None)
        if close is not None:
            close()
