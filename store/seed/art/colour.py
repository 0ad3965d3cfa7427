"""Colours of the artwork, mixed in OKLab so that a shade keeps its character."""

import math
from functools import cache

Lab = tuple[float, float, float]


def lighter(colour: str, amount: float) -> str:
    """Raise the lightness by `amount` (0 to 1, OKLab) and warm it a little, as light does."""
    light, a, b = _to_lab(colour)
    return _to_hex((min(1.0, light + amount), a + amount * 0.012, b + amount * 0.03))


def darker(colour: str, amount: float) -> str:
    """Lower the lightness by `amount` (0 to 1, OKLab) and cool it a little, as shadow does."""
    light, a, b = _to_lab(colour)
    keep = 1.0 - amount * 0.25
    return _to_hex((max(0.0, light - amount), a * keep, b * keep - amount * 0.03))


def mix(one: str, other: str, share: float) -> str:
    """Mix two colours; `share` is how much of the other, 0 to 1."""
    first, second = _to_lab(one), _to_lab(other)
    blend = tuple(p + (q - p) * share for p, q in zip(first, second, strict=True))
    return _to_hex((blend[0], blend[1], blend[2]))


def lightness(colour: str) -> float:
    """How light a colour looks: 0 black, 1 white."""
    return _to_lab(colour)[0]


def tone(colour: str, amount: float) -> str:
    """The colour in more or less light; dark colours have room above, light ones below."""
    here = lightness(colour)
    if amount >= 0:
        room = min(1.0, (1.0 - here) / 0.45)
        return lighter(colour, amount * (0.55 + 0.45 * (1 - here)) * room)
    room = min(1.0, 0.3 + here * 0.85) * (1 - max(0.0, here - 0.55) * 0.9)
    return darker(colour, -amount * room)


def is_dark(colour: str) -> bool:
    return lightness(colour) < 0.58


@cache
def _to_lab(colour: str) -> Lab:
    red, green, blue = (_linear(int(colour[i : i + 2], 16) / 255) for i in (1, 3, 5))
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _to_hex(lab: Lab) -> str:
    light, a, b = lab
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    parts = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(_gamma(part) * 255):02x}" for part in parts)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _gamma(part: float) -> float:
    part = min(1.0, max(0.0, part))
    return part * 12.92 if part <= 0.0031308 else 1.055 * float(part ** (1 / 2.4)) - 0.055
