"""Files in a folder of this machine: the default, and all that one machine needs."""

import contextlib
import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from store.media.storage.names import checked, checked_key, is_name
from store.media.storage.place import PIECE, Storage


class FolderStorage(Storage):
    """Files spread over subfolders by the first two characters of their name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def write(self, name: str, body: bytes) -> None:
        """Keep a file unless it is there already; raises `OSError` when the disk is full."""
        self._put(name, lambda half: half.write_bytes(body))

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

    def sizes(self, key: str) -> dict[str, int]:
        """Return the files of a key by name, with their size in bytes."""
        found = {}
        for path in (self._folder / checked_key(key)[:2]).glob(f"{key}-*"):
            # One may go while we look.
            with contextlib.suppress(FileNotFoundError):
                if is_name(path.name):
                    found[path.name] = path.stat().st_size
        return found

    def write_from(self, name: str, source: IO[bytes]) -> None:
        """Keep what is left to read of a file; raises `OSError` when the disk is full."""

        def copy(half: Path) -> None:
            with half.open("wb") as file:
                shutil.copyfileobj(source, file, PIECE)

        self._put(name, copy)

    def stream(self, name: str, start: int, stop: int) -> Iterator[bytes] | None:
        """Return the bytes from `start` up to `stop` in pieces."""
        try:
            file = self._path(name).open("rb")
        except (FileNotFoundError, NotADirectoryError):
            return None
        return _pieces(file, start, stop)

    def _put(self, name: str, write: Callable[[Path], object]) -> None:
        target = self._path(name)
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        half = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
        try:
            write(half)
            os.replace(half, target)  # noqa: PTH105 - the same thing, and it says that it replaces
        finally:
            half.unlink(missing_ok=True)

    def _path(self, name: str) -> Path:
        return self._folder / checked(name)[:2] / name


def _pieces(file: IO[bytes], start: int, stop: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        left = stop - start
        while left > 0 and (piece := file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece
