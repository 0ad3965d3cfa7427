"""Motifs of plants, hills and water."""

import math
import random

from store.seed.art.motifs.ink import Ink, mirrored
from store.seed.art.svg import circle, ellipse, group, num, path, rect, stroke


def fern(ink: Ink) -> str:
    """A frond, a smaller one behind it, and a young one still curled."""
    return (
        group(_frond(ink.accent, 13), transform="translate(4 96) rotate(27) scale(0.72)")
        + group(_frond(ink.main, 17), transform="translate(-8 96) rotate(-13) scale(1.02)")
        + _fiddlehead(ink)
    )


def _frond(colour: str, leaflets: int) -> str:
    shapes = stroke("M0 0C4 -60 -6 -120 8 -186", colour, 2.4)
    for index in range(leaflets):
        share = index / leaflets
        y = -22 - share * 160
        x = 4 * math.sin(share * 4.4) + (8 * share**3)
        size = 54 * math.sin((share * 0.8 + 0.2) * math.pi) ** 0.85 + 6
        high = 3.9 * (1 - share * 0.35)
        leaf = f"M-1 0C{num(size * 0.2)} {num(-high * 1.5)} {num(size * 0.72)} {num(-high * 1.9)} {num(size)} {num(-high * 1.6)}C{num(size * 0.74)} {num(high * 0.3)} {num(size * 0.3)} {num(high * 1.2)} -1 0Z"
        for side in (-1, 1):
            shapes += group(
                path(leaf, colour),
                transform=f"translate({num(x)} {num(y)}) scale({side} 1) rotate({num(-22 - share * 30)})",
            )
    return shapes


def _fiddlehead(ink: Ink) -> str:
    points = []
    for k in range(46):
        turn, reach = k * 0.3, 18 * (1 - k / 52)
        points.append((78 + math.cos(turn + 3.14) * reach, 20 + math.sin(turn + 3.14) * -reach))
    curl = "M20 96C44 84 59 56 60 20L" + "L".join(f"{num(x)} {num(y)}" for x, y in points)
    hairs = "".join(
        stroke(f"M{num(x)} {num(y)}L{num(x + (x - 78) * 0.26)} {num(y + (y - 20) * 0.26)}", ink.main, 1.5)
        for x, y in points[1:24:2]
    )
    return stroke(curl, ink.main, 3.4) + hairs


def toadstools(ink: Ink) -> str:
    """Three toadstools in the grass."""
    dice = random.Random(9)
    blades = "".join(
        stroke(
            f"M{num(x)} 88Q{num(x + lean * 0.3)} {num(88 - tall * 0.6)} {num(x + lean)} {num(88 - tall)}", ink.main, 1.8
        )
        for x in [dice.uniform(-88, 88) for _ in range(44)]
        for lean, tall in [(dice.uniform(-14, 14), dice.uniform(12, 40))]
    )
    return (
        _spore_dots(ink)
        + _toadstool(-44, 88, 0.66, -6, ink)
        + _toadstool(46, 88, 0.52, 9, ink)
        + _toadstool(2, 90, 1.0, 1, ink)
        + blades
        + stroke("M-96 89C-40 86 40 91 96 88", ink.main, 2.4)
    )


def _toadstool(x: float, y: float, size: float, lean: float, ink: Ink) -> str:
    stem = path("M-9 0C-13 -4 -12 -16 -9 -30C-6 -56 -8 -80 -8 -104H8C8 -80 7 -56 9 -30C12 -16 13 -4 9 0Z", ink.main)
    skirt = path(
        "M-8 -78C-20 -72 -24 -62 -22 -58C-14 -62 -4 -60 0 -57C4 -60 14 -62 22 -58C24 -62 20 -72 8 -78Z",
        ink.main,
        stroke=ink.second,
        stroke_width=1.4,
    )
    gills = path("M-54 -104C-34 -92 34 -92 54 -104C34 -112 -34 -112 -54 -104Z", ink.main) + "".join(
        stroke(f"M{num(k * 1.2)} -109L{num(k * 7.6)} {num(-96.4 - (k / 6) ** 2 * 5)}", ink.second, 1.2)
        for k in range(-6, 7)
    )
    cap = path("M-56 -104C-58 -140 -32 -168 0 -168C32 -168 58 -140 56 -104C36 -114 -36 -114 -56 -104Z", ink.accent)
    dots = "".join(
        ellipse(px, py, r, r * 0.82, ink.main)
        for px, py, r in (
            (-30, -132, 7.4),
            (-4, -150, 6),
            (24, -136, 8.4),
            (-8, -124, 5),
            (42, -118, 4.4),
            (-44, -116, 4.2),
            (10, -118, 3.6),
            (-20, -154, 3),
        )
    )
    marks = "".join(stroke(f"M{num(k)} {num(-14 - abs(k))}v-14", ink.second, 1.2) for k in (-4, 0, 4))
    return group(
        stem + marks + skirt + gills + cap + dots, transform=f"translate({x} {y}) rotate({lean}) scale({size})"
    )


def _spore_dots(ink: Ink) -> str:
    dice = random.Random(2)
    return "".join(
        circle(dice.uniform(-84, 84), dice.uniform(-92, -30), dice.choice((1.0, 1.5)), ink.main) for _ in range(16)
    )


def primrose(ink: Ink) -> str:
    """Evening primrose: one stem, flowers that open at dusk."""
    stem = stroke("M0 98C-4 40 6 -10 -2 -60", ink.main, 3)
    leaves = "".join(
        group(
            path("M0 0C14 -14 42 -18 62 -6C42 4 16 10 0 0Z", ink.main)
            + stroke("M4 -1C22 -5 40 -7 56 -6", ink.second, 1.3),
            transform=f"translate({x} {y}) scale({side} 1) rotate({turn}) scale({size})",
        )
        for x, y, side, turn, size in (
            (0, 78, 1, -24, 1.05),
            (-2, 62, -1, -30, 1.1),
            (1, 38, 1, -36, 0.9),
            (0, 22, -1, -40, 0.86),
            (3, 0, 1, -46, 0.66),
            (2, -14, -1, -48, 0.6),
        )
    )
    buds = "".join(
        group(
            path("M0 0C-7 -8 -6 -24 0 -34C6 -24 7 -8 0 0Z", ink.accent)
            + path("M0 2C-6 -2 -7 -10 -5 -16C-2 -12 2 -12 5 -16C7 -10 6 -2 0 2Z", ink.main),
            transform=f"translate({x} {y}) rotate({turn}) scale({size})",
        )
        for x, y, turn, size in ((-2, -58, -8, 0.95), (8, -50, 34, 0.8), (-12, -48, -42, 0.8))
    )
    flowers = _flower(34, -28, 1.0, 18, ink) + _flower(-38, -14, 0.86, -20, ink) + _flower(46, 30, 0.62, 40, ink)
    twigs = stroke("M2 0C12 -10 20 -18 30 -24M0 14C-10 6 -20 -4 -32 -10M2 40C14 36 28 34 42 32", ink.main, 2)
    moths = "".join(
        path(
            "M0 0C3 -7 10 -9 12 -5C11 -1 5 2 0 0C-5 2 -11 -1 -12 -5C-10 -9 -3 -7 0 0Z",
            ink.main,
            transform=f"translate({x} {y}) rotate({turn}) scale(0.8)",
        )
        for x, y, turn in ((-52, -70, -20), (64, -72, 24), (20, -88, 8))
    )
    return stem + twigs + leaves + buds + flowers + moths


def _flower(x: float, y: float, size: float, turn: float, ink: Ink) -> str:
    petal = "M0 0C-22 -8 -28 -30 -14 -40C-6 -44 -2 -38 0 -34C2 -38 6 -44 14 -40C28 -30 22 -8 0 0Z"
    shapes = ""
    for k in range(4):
        shapes += group(
            path(petal, ink.accent) + stroke("M0 -6V-24M-5 -8L-10 -24M5 -8L10 -24", ink.second, 1.1),
            transform=f"rotate({k * 90})",
        )
    heart = "".join(
        stroke(f"M0 0L{num(math.cos(k * 0.785) * 12)} {num(math.sin(k * 0.785) * 12)}", ink.main, 1.3)
        + circle(math.cos(k * 0.785) * 13, math.sin(k * 0.785) * 13, 2, ink.main)
        for k in range(8)
    )
    return group(
        shapes + heart + circle(0, 0, 4, ink.second), transform=f"translate({x} {y}) rotate({turn}) scale({size})"
    )


def tide(ink: Ink) -> str:
    """Rows of waves under a low moon."""
    shapes = circle(0, -38, 46, ink.accent)
    for row in range(5):
        y, width = -12 + row * 18, 38.0
        for k in range(-4, 5):
            x = k * width + (width / 2 if row % 2 else 0)
            if abs(x) > 96 - row * 3:
                continue
            shapes += circle(x, y + 20, 19.6, ink.second) + "".join(
                circle(x, y + 20, r, stroke=ink.main, stroke_width=w) for r, w in ((18.4, 2.3), (13.4, 1.7), (8.6, 1.4))
            )
            shapes += circle(x, y + 20, 3.2, ink.main)
    crest = "".join(
        circle(x, y, r, ink.main)
        for x, y, r in ((-70, -16, 2), (-58, -28, 1.4), (62, -22, 2), (74, -12, 1.3), (52, -38, 1.4))
    )
    return shapes + crest


def peaks(ink: Ink) -> str:
    """Two mountains, hatched, with the moon between them."""
    moon = circle(20, -50, 27, ink.accent)
    stars = "".join(
        circle(x, y, r, ink.main)
        for x, y, r in (
            (-70, -76, 1.8),
            (-44, -92, 1.3),
            (-20, -74, 1.2),
            (62, -84, 1.9),
            (84, -60, 1.2),
            (-88, -44, 1.2),
            (50, -58, 1.1),
        )
    )
    big = "M-98 62L-66 14L-52 22L-24 -30L-12 -14L4 -22L34 26L46 18L76 62Z"
    left = path(big, ink.main)
    ridge = "M-24 -30L-30 -8L-20 4L-32 22L-22 36L-34 62H76L46 18L34 26L4 -22L-12 -14Z"
    hatch = "".join(
        stroke(f"M{num(-24 + k * 9.4)} {num(-24 + k * 6.2)}L{num(-30 + k * 9.4 + 16)} 60", ink.main, 1.5)
        for k in range(10)
    )
    front = "M6 62L40 22L52 34L66 16L98 62Z"
    hatch_front = "".join(
        stroke(f"M{num(68 + k * 4.6)} {num(24 + k * 7.4)}L{num(62 + k * 5.2)} 60", ink.second, 1.4) for k in range(6)
    )
    water = "".join(
        stroke(
            f"M{num(-92 + k * 9)} {num(70 + k * 6)}H{num(-10 - k * 5)}M{num(8 - k * 3)} {num(70 + k * 6)}H{num(92 - k * 9)}",
            ink.main if k != 1 else ink.accent,
            2 - k * 0.15,
        )
        for k in range(5)
    )
    pines = "".join(
        group(
            path("M0 0L-7 0L-2 -9L-6 -9L-1.5 -17L-4.5 -17L0 -27L4.5 -17L1.5 -17L6 -9L2 -9L7 0Z", ink.main),
            transform=f"translate({x} 63) scale({s})",
        )
        for x, s in ((-90, 0.8), (-80, 1.1), (-70, 0.7), (88, 0.9), (80, 0.6))
    )
    return (
        moon
        + stars
        + left
        + path(ridge, ink.second)
        + hatch
        + path(front, ink.main)
        + hatch_front
        + stroke("M-98 63H98", ink.main, 2.2)
        + water
        + pines
    )


def arches(ink: Ink) -> str:
    """Doors within doors, and the sun going down in the last one."""
    shapes = ""
    for index, reach in enumerate((96, 82, 68, 54, 40)):
        low = 92
        outline = f"M{-reach} {low}V{num(-92 + (96 - reach) * 1.05 + reach)}A{reach} {reach} 0 0 1 {reach} {num(-92 + (96 - reach) * 1.05 + reach)}V{low}Z"
        shapes += path(outline, (ink.main, ink.second, ink.accent, ink.second, ink.main)[index])
    sun = circle(0, 46, 22, ink.accent)
    sea = rect(-40, 46, 80, 46, ink.main) + "".join(
        stroke(f"M{num(-26 + k * 3.6)} {num(52 + k * 7)}H{num(26 - k * 3.6)}", ink.second, 2.4) for k in range(6)
    )
    rays = "".join(
        stroke(
            f"M{num(math.cos(a) * 27)} {num(46 + math.sin(a) * 27)}L{num(math.cos(a) * 34)} {num(46 + math.sin(a) * 34)}",
            ink.second,
            1.8,
        )
        for k in range(11)
        for a in [math.radians(-180 + k * 18)]
    )
    return shapes + sun + sea + rays


def eye(ink: Ink) -> str:
    """An eye that is also a rising moon, with lashes of light."""
    almond = "M-92 0C-56 -48 56 -48 92 0C56 48 -56 48 -92 0Z"
    lashes = ""
    for k in range(25):
        a = math.radians(-174 + k * 7)
        long = (88, 68, 76, 68)[k % 4]
        lashes += stroke(
            f"M{num(math.cos(a) * 62 * 1.16)} {num(math.sin(a) * 52)}L{num(math.cos(a) * long * 1.16)} {num(math.sin(a) * long)}",
            ink.main,
            2 if k % 4 == 0 else 1.3,
        )
    drops = "".join(
        path(
            "M0 0C6 10 8 14 8 19A8 8 0 0 1 -8 19C-8 14 -6 10 0 0Z",
            ink.accent,
            transform=f"translate({x} {y}) scale({s})",
        )
        for x, y, s in ((0, 56, 1.1), (-34, 50, 0.72), (34, 50, 0.72), (-62, 36, 0.5), (62, 36, 0.5))
    )
    iris = (
        circle(0, 0, 35, ink.second)
        + circle(0, 0, 32, ink.accent)
        + "".join(
            stroke(
                f"M{num(math.cos(a) * 17)} {num(math.sin(a) * 17)}L{num(math.cos(a) * 30)} {num(math.sin(a) * 30)}",
                ink.second,
                1.3,
            )
            for k in range(36)
            for a in [math.radians(k * 10)]
        )
    )
    moon = circle(0, 0, 15.5, ink.second) + path("M5 -11A11.5 11.5 0 1 0 5 11A9 9 0 1 1 5 -11Z", ink.main)
    lid = stroke("M-92 0C-56 -56 56 -56 92 0", ink.main, 2.6) + mirrored(stroke("M92 0q8 4 8 4", ink.main, 2.6))
    return lashes + path(almond, ink.main) + iris + moon + lid + drops
