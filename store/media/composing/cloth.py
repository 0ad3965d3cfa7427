"""Cloth in a colour: grey levels become lighter and darker shades of it, mixed in OKLab as the eye would have them."""

import math
from functools import lru_cache

from PIL import Image

Lab = tuple[float, float, float]
Tables = tuple[list[int], list[int], list[int]]

# Middle grey of a garment's picture is the colour itself.
MIDDLE = 128


def tint(grey: Image.Image, colour: str) -> Image.Image:
    """Colour a grey picture (mode L): middle grey becomes the colour, what is darker or lighter follows it."""
    return Image.merge("RGB", [grey.point(table) for table in tables(colour)])


@lru_cache(maxsize=64)
def tables(colour: str) -> Tables:
    """Return the red, green and blue of each grey level."""
    reds, greens, blues = [], [], []
    middle = _lab_of_grey(MIDDLE)[0]
    ground = _lab(*(int(colour[place : place + 2], 16) for place in (1, 3, 5)))
    for level in range(256):
        red, green, blue = _rgb(_shade(ground, _lab_of_grey(level)[0] - middle))
        reds.append(red)
        greens.append(green)
        blues.append(blue)
    return reds, greens, blues


def _shade(ground: Lab, amount: float) -> Lab:
    """A colour in more or less light: dark cloth has room above, light cloth below; light warms, shadow cools."""
    light, a, b = ground
    if amount >= 0:
        amount *= (0.55 + 0.45 * (1 - light)) * min(1.0, (1.0 - light) / 0.45)
        return min(1.0, light + amount), a + amount * 0.012, b + amount * 0.03
    amount = -amount * min(1.0, 0.3 + light * 0.85) * (1 - max(0.0, light - 0.55) * 0.9)
    keep = 1.0 - amount * 0.25
    return max(0.0, light - amount), a * keep, b * keep - amount * 0.03


def _lab_of_grey(level: int) -> Lab:
    return _lab(level, level, level)


def _lab(red: int, green: int, blue: int) -> Lab:
    r, g, b = (_linear(part / 255) for part in (red, green, blue))
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    medium = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _rgb(lab: Lab) -> tuple[int, int, int]:
    light, a, b = lab
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _byte(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
        _byte(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
        _byte(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
    )


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _byte(part: float) -> int:
    part = min(1.0, max(0.0, part))
    return round(255 * (part * 12.92 if part <= 0.0031308 else 1.055 * float(part ** (1 / 2.4)) - 0.055))
