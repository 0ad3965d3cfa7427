"""Motifs of animals that are about at dusk."""

import math
import random

from store.seed.art.motifs.ink import Ink, mirrored
from store.seed.art.svg import circle, ellipse, group, num, path, stroke


def hare(ink: Ink) -> str:
    """A hare sitting up before the moon."""
    moon = circle(10, -22, 66, ink.accent)
    body = (
        "M-4 -34C-8 -46 -16 -70 -12 -92C-10 -98 -4 -96 -1 -88C4 -72 6 -56 8 -46C10 -58 14 -78 26 -90C31 -94 35 -90 33 -82C30 -66 22 -50 18 -42"
        "C30 -38 40 -30 43 -20C44 -15 41 -11 35 -10C28 -9 24 -6 22 0C26 14 24 26 20 36C24 48 26 60 27 72C32 74 38 76 38 80H12C10 70 8 60 4 52"
        "C2 62 4 70 8 74C14 76 18 78 17 81H-40C-52 80 -60 70 -60 54C-61 30 -46 12 -26 2C-14 -4 -8 -12 -6 -20C-7 -26 -6 -30 -4 -34Z"
    )
    tail = circle(-60, 66, 11, ink.main)
    eye = circle(25, -27, 3.4, ink.second) + circle(26, -28, 1, ink.main)
    lines = stroke("M-4 -78C-1 -66 2 -56 5 -48", ink.second, 2) + stroke("M26 -80C22 -68 18 -56 16 -48", ink.second, 2)
    haunch = stroke("M-6 76C4 60 2 34 -16 28C-32 26 -42 38 -44 50", ink.second, 2)
    fur = "".join(
        stroke(f"M{x} {y}q{dx} 5 {dx - 1} 10", ink.second, 1.5)
        for x, y, dx in (
            (-2, 4, -3),
            (6, 8, -2),
            (-10, 12, -3),
            (12, 2, -1),
            (4, 20, -2),
            (-20, 44, -4),
            (-30, 56, -4),
            (-14, 52, -3),
        )
    )
    whiskers = stroke("M36 -17L52 -20M36 -15L52 -13M35 -13L49 -7", ink.main, 1)
    dice = random.Random(5)
    grass = "".join(
        stroke(f"M{num(x)} 88q{num(lean * 0.2)} {num(-tall * 0.6)} {num(lean)} {num(-tall)}", ink.main, 1.7)
        for x in [dice.uniform(-94, 94) for _ in range(46)]
        for lean, tall in [(dice.uniform(-9, 9), dice.uniform(8, 26))]
    )
    stars = "".join(
        circle(x, y, r, ink.main)
        for x, y, r in (
            (-78, -62, 1.8),
            (-66, -86, 1.2),
            (88, -70, 1.6),
            (-86, -20, 1.2),
            (90, 12, 1.3),
            (74, -92, 1.2),
        )
    )
    return (
        moon
        + stars
        + tail
        + path(body, ink.main)
        + eye
        + lines
        + haunch
        + fur
        + whiskers
        + grass
        + stroke("M-96 88H96", ink.main, 2)
    )


def cat(ink: Ink) -> str:
    """A cat on a sill, seen from behind, the night outside."""
    frame = path("M-80 72V-24A80 70 0 0 1 80 -24V72Z", ink.main) + path(
        "M-72 66V-23A72 63 0 0 1 72 -23V66Z", ink.second
    )
    bars = stroke("M0 -86V66M-72 -12H72", ink.main, 4)
    moon = path("M-44 -64A17 17 0 1 0 -35 -38A14 14 0 1 1 -44 -64Z", ink.accent)
    stars = "".join(
        circle(x, y, r, ink.accent)
        for x, y, r in ((50, -52, 2), (26, -66, 1.4), (58, -26, 1.3), (-62, -22, 1.3), (56, 4, 1.6), (-20, -34, 1.3))
    )
    hills = path("M-72 66V30C-50 18 -34 34 -10 26C14 16 40 24 72 12V66Z", ink.main, opacity=0.42)
    sill = path("M-94 72H94V84H-94Z", ink.main)
    body = "M-26 72C-40 40 -36 8 -20 -8C-26 -18 -27 -34 -24 -46C-18 -42 -12 -38 -8 -35C-3 -37 3 -37 8 -35C12 -38 18 -42 24 -46C27 -34 26 -18 20 -8C36 8 40 40 26 72Z"
    tail = stroke("M22 70C40 74 58 66 56 50C55 42 46 42 46 50", ink.accent, 8)
    stripes = mirrored(stroke("M27 18q-8 4 -13 1M31 32q-9 4 -15 1M31 46q-9 4 -14 1", ink.second, 2))
    brow = stroke("M-6 -33v7M0 -34v9M6 -33v7", ink.second, 1.8)
    return frame + hills + moon + stars + bars + sill + tail + path(body, ink.accent) + stripes + brow


def beetle(ink: Ink) -> str:
    """A stag beetle, pinned by nobody."""
    case = "M0 -18C14 -22 34 -18 38 -2C42 26 34 62 0 88Z"
    chest = "M0 -46C16 -48 34 -42 38 -28C38 -22 34 -19 30 -18C20 -22 8 -22 0 -21Z"
    head = "M0 -66C10 -68 22 -64 24 -54C24 -50 22 -47 18 -45C12 -47 6 -48 0 -48Z"
    jaw = "M12 -63C20 -70 30 -82 24 -98C40 -90 46 -72 36 -58C32 -53 26 -52 22 -54C28 -60 32 -68 31 -75C27 -68 22 -63 16 -60Z"
    tooth = path("M33 -76L42 -80L36 -70Z", ink.main)
    legs = (
        stroke("M34 -28C46 -36 56 -36 62 -48L74 -56M62 -48L70 -44", ink.main, 4)
        + stroke("M37 4C52 2 62 6 70 16L86 18M70 16L72 26", ink.main, 4)
        + stroke("M34 30C46 36 54 48 58 62L70 78M58 62L50 70", ink.main, 4)
    )
    rows = "".join(
        stroke(
            f"M{num(5 + k * 6)} {num(-16 + k)}C{num(9 + k * 7.2)} {num(10)} {num(8 + k * 5.6)} {num(44 - k * 3)} {num(3 + k * 2.4)} {num(80 - k * 9)}",
            ink.second,
            1.4,
            stroke_dasharray="6 3",
        )
        for k in range(5)
    )
    shine = stroke("M30 -8C34 12 31 34 22 52", ink.accent, 3.4) + stroke("M12 -36C20 -38 27 -36 31 -30", ink.accent, 3)
    dots = circle(14, -29, 2.4, ink.second) + circle(24, -28, 1.6, ink.second)
    feeler = stroke("M20 -58C34 -56 44 -60 54 -70M54 -70l8 -2M53 -68l9 3M51 -66l7 6", ink.main, 1.8)
    half = (
        legs
        + feeler
        + path(case, ink.main)
        + rows
        + shine
        + path(chest, ink.main)
        + dots
        + path(head, ink.main)
        + path(jaw, ink.main)
        + tooth
        + circle(18, -54, 2.6, ink.accent)
    )
    return mirrored(half) + stroke("M0 -18V86", ink.second, 2)


def fishes(ink: Ink) -> str:
    """Two carp going round each other."""
    one = _carp(ink.main, ink.second, ink.accent)
    ripples = "".join(
        circle(0, 0, r, stroke=ink.main, stroke_width=1.1, stroke_dasharray=d)
        for r, d in ((97, "60 14 22 10"), (14, "10 6"), (22, "20 9"))
    )
    return ripples + group(one) + group(_carp(ink.accent, ink.second, ink.main), transform="rotate(180)")


def _carp(skin: str, line: str, mark: str) -> str:
    body = "M-64 34C-76 -6 -54 -58 -4 -70C24 -76 52 -66 58 -46C60 -38 54 -32 44 -32C14 -34 -18 -20 -36 8C-44 20 -50 32 -52 44Z"
    tail = "M-58 36C-76 44 -86 62 -80 82C-70 70 -62 64 -56 62C-52 70 -44 78 -30 80C-36 66 -44 48 -50 38Z"
    fins = (
        path("M-26 -62C-22 -80 2 -92 24 -88C14 -80 8 -74 4 -68Z", skin)
        + path("M2 -34C2 -20 10 -10 22 -6C24 -18 22 -28 16 -34Z", skin)
        + path("M-40 16C-34 26 -24 32 -14 32C-16 20 -24 10 -32 6Z", skin)
    )
    scales = ""
    for row in range(4):
        for k in range(8):
            a = math.radians(-168 + k * 12.5 + (row % 2) * 6)
            reach = 68 - row * 9.5
            x, y = 6 + math.cos(a) * reach, -2 + math.sin(a) * reach * 0.98
            if row in (0, 3) and k > 5:
                continue
            scales += stroke(f"M{num(x - 4)} {num(y + 5)}q{num(-5)} -6 4 -10", line, 1.5)
    gill = stroke("M24 -68C16 -58 16 -46 22 -35", line, 2)
    eye = circle(39, -52, 4.4, line) + circle(40, -53, 1.6, skin)
    spots = ellipse(-14, -50, 11, 7, mark, transform="rotate(-24 -14 -50)") + ellipse(
        -50, 0, 6, 9, mark, transform="rotate(14 -50 0)"
    )
    rays = stroke("M-62 46L-76 72M-56 48L-58 60M-52 48L-40 72M-18 -66L4 -80M10 -30L18 -14", line, 1.3)
    whisk = stroke("M56 -40q10 2 12 8", skin, 1.6)
    return path(tail, skin) + fins + path(body, skin) + spots + scales + gill + eye + rays + whisk


def fox(ink: Ink) -> str:
    """A fox asleep in a ring of leaves."""
    leaves = ""
    for k in range(24):
        a = math.radians(k * 15)
        x, y = math.cos(a) * 86, math.sin(a) * 86
        leaves += path(
            "M0 0C5 -8 17 -9 25 0C17 9 5 8 0 0Z",
            ink.main if k % 3 else ink.accent,
            transform=f"translate({num(x)} {num(y)}) rotate({num(k * 15 + 62)})",
        )
    body = "M-58 26C-66 -12 -40 -52 4 -54C42 -54 64 -26 60 6C58 34 34 54 4 56C-24 58 -52 50 -58 26Z"
    tail = "M54 -10C70 14 62 46 34 58C6 68 -24 64 -42 50C-34 46 -26 46 -20 48C2 52 30 44 38 22C42 8 46 -4 54 -10Z"
    tip = "M-42 50C-24 64 -4 66 6 65C-2 58 -2 52 2 49C-8 50 -14 49 -20 48C-28 46 -34 47 -42 50Z"
    head = "M-52 12C-58 -4 -56 -22 -50 -34C-42 -30 -34 -24 -30 -18C-20 -20 -10 -18 -2 -14C6 -18 14 -20 22 -20C20 -8 14 4 6 12C-4 26 -16 38 -26 44C-38 38 -48 26 -52 12Z"
    face = "M-48 16C-38 14 -32 20 -28 28C-22 20 -12 14 2 14C-6 28 -18 38 -26 44C-36 38 -44 28 -48 16Z"
    closed = stroke("M-44 8q6 5 12 1M-14 8q7 5 13 -1", ink.second, 2.4)
    nose = ellipse(-26.5, 41, 4, 3.2, ink.second)
    ears = path("M-47 -27C-42 -24 -38 -20 -36 -16L-45 -12Z", ink.second) + path(
        "M16 -16C10 -15 4 -13 0 -10L8 -3Z", ink.second
    )
    fur = "".join(
        stroke(f"M{x} {y}q4 5 9 6", ink.second, 1.6)
        for x, y in ((10, -36), (24, -30), (36, -18), (22, -12), (34, -2), (8, -24), (26, 10), (-10, -38))
    )
    stars = "".join(circle(x, y, 1.6, ink.main) for x, y in ((-30, -58), (40, -60), (-66, 46), (66, 44)))
    return (
        leaves
        + path(body, ink.accent)
        + fur
        + path(tail, ink.accent, stroke=ink.second, stroke_width=2)
        + path(tip, ink.main)
        + path(head, ink.accent, stroke=ink.second, stroke_width=2)
        + path(face, ink.main)
        + ears
        + closed
        + nose
        + stars
    )
