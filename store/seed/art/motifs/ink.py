"""What a print is made with."""

from dataclasses import dataclass

from store.seed.art.svg import group


@dataclass(frozen=True)
class Ink:
    """Three colours of a print: the main one, what is drawn into it (mostly the ground), and an accent."""

    main: str
    second: str
    accent: str


def mirrored(shapes: str) -> str:
    """The shapes and their mirror image across the upright axis."""
    return group(shapes) + group(shapes, transform="scale(-1 1)")
