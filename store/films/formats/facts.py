"""What is found out about a film, and how one fails to be one."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Facts:
    """A film: `kind` is mp4 or webm, `codec` that of its pictures; `duration_ms` may be unknown."""

    kind: str
    width: int
    height: int
    duration_ms: int | None
    codec: str


class Broken(Exception):
    """The file does not hold together; the text says where."""


class Unplayable(Exception):
    """The file is whole and nothing that browsers play."""

    def __init__(self, codec: str) -> None:
        super().__init__(codec)
        self.codec = codec
