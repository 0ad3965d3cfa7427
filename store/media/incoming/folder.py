"""Uploads in a folder of this machine."""

import os
import shutil
from pathlib import Path
from typing import IO

from store.core.errors import Unavailable
from store.core.i18n import gettext as _
from store.media.incoming.place import Incoming, Ticket, checked


class FolderIncoming(Incoming):
    """Files under their token, nothing else, so that no name of theirs means anything to the disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def take(self, token: str, body: IO[bytes], content_type: str) -> None:  # noqa: ARG002 - a file has no type here
        """Keep a file; raises `Unavailable` when the disk is full or away."""
        target = self._folder / checked(token)
        half = target.with_name(f".{token}.half")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with half.open("wb") as file:
                shutil.copyfileobj(body, file)
            os.replace(half, target)  # noqa: PTH105 - the same thing, and it says that it replaces
        except OSError as error:
            raise Unavailable(_("The pictures can't be reached right now."), reason=str(error)[:200]) from error
        finally:
            half.unlink(missing_ok=True)

    def size(self, token: str) -> int | None:
        """Return how many bytes have arrived, or `None`."""
        try:
            return (self._folder / checked(token)).stat().st_size
        except FileNotFoundError:
            return None

    def fetch(self, token: str, target: IO[bytes]) -> bool:
        """Write a file's bytes into `target`."""
        try:
            with (self._folder / checked(token)).open("rb") as file:
                shutil.copyfileobj(file, target)
        except FileNotFoundError:
            return False
        return True

    def delete(self, token: str) -> None:
        """Let go of a file."""
        (self._folder / checked(token)).unlink(missing_ok=True)

    def origin(self) -> str | None:
        """Return `None`: files come through the shop."""
        return None

    def ticket(self, token: str, content_type: str, size: int) -> Ticket | None:  # noqa: ARG002 - nobody may, whatever it is
        """Return `None`: files come through the shop."""
        return None
