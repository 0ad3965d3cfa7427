"""The widths that pictures are offered in."""

from collections.abc import Iterable

# The widths that are declared, in pixels: nothing else is ever made.
WIDTHS = (320, 480, 640, 960, 1280, 1920)

# What is made at once, before anybody looks; the rest follows by job, or when it is asked for.
FIRST_WIDTHS = (480, 960)

# What a browser loads that knows neither srcset nor WebP.
_FALLBACK_WIDTH = 640


def fitting(widths: Iterable[int], original: int) -> list[int]:
    """Return the widths to make of an original: none above its own, which takes the place of those that are."""
    return sorted({min(width, original) for width in widths})


def fallback_width(widths: Iterable[int]) -> int:
    """Return the width to load where only one can be named."""
    known = sorted(widths)
    return next((width for width in known if width >= _FALLBACK_WIDTH), known[-1])
