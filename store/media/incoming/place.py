"""What a place for uploads must do; `tests/contracts/incoming.py` holds every one of them to it."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

_TOKEN = re.compile(r"[A-Za-z0-9_-]{26}")


@dataclass(frozen=True)
class Ticket:
    """How a browser sends one file by itself: `POST` with these form fields before the file, or `PUT` with headers."""

    method: str
    url: str
    fields: Mapping[str, str]
    headers: Mapping[str, str]


class Incoming(ABC):
    """A place for files by the token of their upload; what they are called elsewhere never comes here.

    A place that does not answer raises `Unavailable`.
    """

    @abstractmethod
    def take(self, token: str, body: IO[bytes], content_type: str) -> None:
        """Keep a file; after a crash there is the whole file or none."""

    @abstractmethod
    def size(self, token: str) -> int | None:
        """Return how many bytes have arrived, or `None` when there is no file."""

    @abstractmethod
    def fetch(self, token: str, target: IO[bytes]) -> bool:
        """Write a file's bytes into `target`, a piece at a time; `False` when there is none."""

    @abstractmethod
    def delete(self, token: str) -> None:
        """Let go of a file; harmless when there is none."""

    @abstractmethod
    def origin(self) -> str | None:
        """Return where browsers send files to, such as `https://store.example`; `None` for nowhere but the shop."""

    @abstractmethod
    def ticket(self, token: str, content_type: str, size: int) -> Ticket | None:
        """Return how a browser may send exactly this file past the shop; `None` when it can't."""


def checked(token: str) -> str:
    """Return the token; raises `ValueError` for anything that could lead elsewhere."""
    if not _TOKEN.fullmatch(token):
        raise ValueError(f"not a token of ours: {token[:80]!r}")
    return token
