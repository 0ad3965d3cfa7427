"""How a picture travels from a row to a template."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

# Over a row `i` of images.
PICTURE_JSON = "json_build_array(i.key, i.width, i.height, i.widths, i.alt, i.colour)"

# What browsers without srcset load.
_FALLBACK_WIDTH = 640


@dataclass(frozen=True, slots=True)
class Picture:
    """A ready picture: its key in storage, size in pixels, the widths it exists in, its words and dominant colour."""

    key: str
    width: int
    height: int
    widths: tuple[int, ...]
    alt: str
    colour: str | None

    @property
    def fallback_width(self) -> int:
        """Return the width to load where only one can be named."""
        return next((width for width in self.widths if width >= _FALLBACK_WIDTH), self.widths[-1])


def picture_from(found: Sequence[Any] | None) -> Picture | None:
    """Return the picture that `PICTURE_JSON` described, or `None` when there is none that can be shown."""
    if found is None or not found[3]:
        return None
    key, width, height, widths, alt, colour = found
    return Picture(key, width, height, tuple(sorted(widths)), alt, colour)
