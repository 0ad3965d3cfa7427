"""Files in a dictionary, for tests."""

from collections.abc import Iterator
from typing import IO

from store.media.storage.names import checked, checked_key
from store.media.storage.place import PIECE, Storage


class MemoryStorage(Storage):
    """Files that are gone with the process."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def write(self, name: str, body: bytes) -> None:
        """Keep a file unless it is there already."""
        self.files.setdefault(checked(name), body)

    def read(self, name: str) -> bytes | None:
        """Return a file's bytes, or `None`."""
        return self.files.get(checked(name))

    def exists(self, name: str) -> bool:
        """Whether the file is there."""
        return checked(name) in self.files

    def delete(self, name: str) -> None:
        """Let go of a file."""
        self.files.pop(checked(name), None)

    def sizes(self, key: str) -> dict[str, int]:
        """Return the files of a key by name, with their size in bytes."""
        begin = f"{checked_key(key)}-"
        return {name: len(body) for name, body in self.files.items() if name.startswith(begin)}

    def write_from(self, name: str, source: IO[bytes]) -> None:
        """Keep what is left to read of a file."""
        self.write(name, source.read())

    def stream(self, name: str, start: int, stop: int) -> Iterator[bytes] | None:
        """Return the bytes from `start` up to `stop` in pieces."""
        body = self.read(name)
        if body is None:
            return None
        return (body[at : min(at + PIECE, stop)] for at in range(start, min(stop, len(body)), PIECE))
