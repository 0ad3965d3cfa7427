"""Which part of a file somebody asks for (RFC 9110, section 14)."""

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.ASCII | re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Span:
    """The bytes from `start` up to and without `stop`."""

    start: int
    stop: int


class Unsatisfiable(Exception):
    """Nothing of the file lies in the part that was asked for."""


def read_range(header: str | None, size: int) -> Span | None:
    """Return the part that a Range header asks for, or `None` for the whole; raises `Unsatisfiable`.

    A header that can't be read is ignored, as is one that asks for several parts: both are allowed to be.
    """
    match = _ONE.fullmatch(header or "")
    if match is None or match[0].rpartition("=")[2].strip() == "-":
        return None
    first, last = match[1], match[2]
    if not first:
        length = min(int(last), size)
        if not length:
            raise Unsatisfiable
        return Span(size - length, size)
    start = int(first)
    if last and int(last) < start:
        return None
    if start >= size:
        raise Unsatisfiable
    return Span(start, min(int(last) + 1, size) if last else size)
