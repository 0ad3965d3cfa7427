"""What a place for files must do; `tests/contracts/storage.py` holds every one of them to it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import IO

# What a file too large for memory is read and sent in.
PIECE = 64 * 1024


class Storage(ABC):
    """A place for files by name. Writing one twice is harmless; a name that is none of ours raises `ValueError`.

    A place that does not answer raises `Unavailable`.
    """

    @abstractmethod
    def write(self, name: str, body: bytes) -> None:
        """Keep a file unless it is there already; after a crash there is the whole file or none."""

    @abstractmethod
    def read(self, name: str) -> bytes | None:
        """Return a file's bytes, or `None` when there is none of that name."""

    @abstractmethod
    def exists(self, name: str) -> bool:
        """Whether a file of that name is there."""

    @abstractmethod
    def delete(self, name: str) -> None:
        """Let go of a file; harmless when there is none."""

    @abstractmethod
    def sizes(self, key: str) -> dict[str, int]:
        """Return the files of a key by name, with their size in bytes."""

    @abstractmethod
    def write_from(self, name: str, source: IO[bytes]) -> None:
        """Keep what is left to read of a seekable file, piece by piece; otherwise like `write`."""

    @abstractmethod
    def stream(self, name: str, start: int, stop: int) -> Iterator[bytes] | None:
        """Return the bytes from `start` up to `stop` in pieces, or `None` when there is no file of that name.

        The file is asked for before this returns; what goes wrong later ends the pieces with an error.
        """
