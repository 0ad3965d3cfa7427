"""Files in a dictionary, for tests."""

from store.media.storage.names import checked
from store.media.storage.place import Storage


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
