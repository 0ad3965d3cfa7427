"""Where renditions are kept: one interface, so that a bucket can take the place of the local folder.

A rendition is found under `<key>-<width>.<ext>`. The key follows from the content, so a file never changes.
"""

import os
import re
import secrets
from abc import ABC, abstractmethod
from pathlib import Path

from store.core.settings import Settings

EXTENSION = "webp"

KEY = re.compile(r"[a-z0-9]{8,64}")
_NAME = re.compile(rf"(?P<key>{KEY.pattern})-(?P<size>[1-9][0-9]{{1,4}}|master)\.{EXTENSION}")


def name_of(key: str, size: int | str) -> str:
    """Return a file's name; raises `ValueError` for a key that could lead anywhere else."""
    name = f"{key}-{size}.{EXTENSION}"
    if not _NAME.fullmatch(name):
        raise ValueError(f"not a name of ours: {name[:80]!r}")
    return name


def is_public_name(name: str) -> bool:
    """Whether a browser may ask for this name: a rendition, never a master."""
    match = _NAME.fullmatch(name)
    return match is not None and match["size"] != "master"


class Storage(ABC):
    """A place for files by name. Writing one twice is harmless."""

    @abstractmethod
    def write(self, name: str, body: bytes) -> None:
        """Keep a file; after a crash there is the whole file or none."""

    @abstractmethod
    def read(self, name: str) -> bytes | None:
        """Return a file's bytes, or `None` when there is none of that name."""

    @abstractmethod
    def exists(self, name: str) -> bool:
        """Whether a file of that name is there."""


class FolderStorage(Storage):
    """Files in a folder of this machine, spread over subfolders by the first two characters of their name."""

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

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError(f"not a name of ours: {name[:80]!r}")
        return self._folder / name[:2] / name


class MemoryStorage(Storage):
    """Files in a dictionary, for tests."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def write(self, name: str, body: bytes) -> None:
        """Keep a file unless it is there already."""
        self.files.setdefault(name, body)

    def read(self, name: str) -> bytes | None:
        """Return a file's bytes, or `None`."""
        return self.files.get(name)

    def exists(self, name: str) -> bool:
        """Whether the file is there."""
        return name in self.files


_storage: Storage = MemoryStorage()
_public_base = ""


def configure(settings: Settings) -> None:
    """Keep files where the settings say."""
    use(FolderStorage(settings.data_dir / "media"), public_base=settings.media_public_url)


def use(storage: Storage, *, public_base: str = "") -> None:
    """Keep files in this storage; `public_base` is the address of a host that serves them instead of the shop."""
    global _storage, _public_base
    _storage, _public_base = storage, public_base.rstrip("/")


def current() -> Storage:
    """Return the storage in use."""
    return _storage


def media_url(key: str, width: int) -> str:
    """Return the address of a rendition, the same in every market: a path, or a URL when a media host is set."""
    return f"{_public_base or '/media'}/{key}-{width}.{EXTENSION}"
