"""Files in a folder of this machine: the default, and all that one machine needs."""

import os
import secrets
from pathlib import Path

from store.media.storage.names import checked
from store.media.storage.place import Storage


class FolderStorage(Storage):
    """Files spread over subfolders by the first two characters of their name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, name: str, body: bytes) -> None:
        """Keep a file unless it is there already; raises `OSError` when the disk is full."""
        target = self._path(name)
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        half = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        try:
            half.write_bytes(body)
            os.replace(half, target)  # noqa: PTH105 - the same thing, and it says that it replaces
        finally:
            half.unlink(missing_ok=True)

    def read(self, name: str) -> bytes | None:
        """Return a file's bytes, or `None`."""
        try:
            return self._path(name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def exists(self, name: str) -> bool:
        """Whether the file is there."""
        return self._path(name).is_file()

    def delete(self, name: str) -> None:
        """Let go of a file."""
        self._path(name).unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / checked(name)[:2] / name
