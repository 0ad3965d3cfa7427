"""How a picture travels from a row to a template."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from store.media.sizes import fallback_width

# Over a row `i` of images.
PICTURE_JSON = "json_build_array(i.key, i.width, i.height, i.widths, i.alt, i.colour, i.formats, i.focal_x, i.focal_y)"


@dataclass(frozen=True, slots=True)
class Picture:
    """A ready picture: its key in storage, size in pixels, the widths and formats it is offered in, its words.

    `colour` is its dominant colour as `#rrggbb`, `focal` its focal point in percent from the top left, and
    `placeholder` a blurred one as a `data:` address, where it was asked for.
    """

    key: str
    width: int
    height: int
    widths: tuple[int, ...]
    alt: str
    colour: str | None
    formats: tuple[str, ...] = ("webp",)
    focal: tuple[int, int] = (50, 50)
    placeholder: str | None = None

    @property
    def fallback_width(self) -> int:
        """Return the width to load where only one can be named."""
        return fallback_width(self.widths)

    @property
    def focal_class(self) -> str:
        """Return the classes that keep the focal point in sight; none for the middle."""
        across, down = (round(percent / 25) for percent in self.focal)
        return " ".join(name for name in (across != 2 and f"focal-x-{across}", down != 2 and f"focal-y-{down}") if name)


def picture_from(
    found: Sequence[Any] | None, *, alt: str | None = None, placeholder: str | None = None
) -> Picture | None:
    """Return the picture that `PICTURE_JSON` described, or `None` when there is none that can be shown."""
    if found is None or not found[3]:
        return None
    key, width, height, widths, words, colour, formats, *focal = found
    return Picture(
        key,
        width,
        height,
        tuple(sorted(widths)),
        words if alt is None else alt,
        colour,
        tuple(formats),
        (focal[0], focal[1]),
        placeholder,
    )
