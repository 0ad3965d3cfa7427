"""Motifs of the night sky and what flies in it. Each draws into a box from -100 to 100."""

import math
import random

from store.seed.art.motifs.ink import Ink, mirrored
from store.seed.art.svg import circle, group, num, path, polyline, stroke


def moth(ink: Ink) -> str:
    """A great moth, wings open."""
    fore = "M3 -18C10 -44 34 -78 66 -86C82 -90 98 -86 97 -78C95 -66 92 -46 78 -28C66 -12 40 0 6 2Z"
    hind = (
        "M5 0C28 -4 56 2 64 20C70 36 60 50 48 58C40 64 38 74 42 86C44 94 36 97 30 88C24 78 20 66 12 52C6 40 3 18 5 0Z"
    )
    veins = "".join(
        stroke(f"M6 -14Q{num(28 + k * 3)} {num(-34 + k * 8)} {num(88 - k * 7)} {num(-74 + k * 15)}", ink.second, 1.1)
        for k in range(5)
    ) + "".join(
        stroke(f"M8 6Q{num(24 - k * 3)} {num(18 + k * 6)} {num(56 - k * 10)} {num(22 + k * 14)}", ink.second, 1.0)
        for k in range(4)
    )
    margin = stroke("M90 -72C86 -54 80 -42 70 -31C58 -17 42 -8 22 -4", ink.second, 1.6) + stroke(
        "M86 -66C82 -52 75 -42 66 -34C55 -22 42 -14 26 -9", ink.second, 1.6, stroke_dasharray="0.1 4.6"
    )
    low = stroke("M58 20C62 32 54 42 44 50C34 58 30 66 31 76", ink.second, 1.5) + stroke(
        "M51 20C54 30 47 38 38 44C30 50 25 56 24 64", ink.second, 1.6, stroke_dasharray="0.1 4.4"
    )
    spots = (
        circle(55, -50, 10.5, ink.second)
        + circle(55, -50, 7, ink.main)
        + circle(56, -51, 3.6, ink.second)
        + path("M49.5 -57A10 10 0 0 1 62 -57", stroke=ink.accent, stroke_width=2)
        + circle(36, 22, 7.5, ink.second)
        + circle(36, 22, 4.6, ink.main)
        + circle(36.5, 21.5, 2.2, ink.second)
    )
    feeler = stroke("M2 -30C8 -48 20 -60 34 -64", ink.main, 1.6) + "".join(
        stroke(
            f"M{num(4 + t * 28)} {num(-36 - t * 27)}l{num(7 - t * 3)} {num(-1 - t * 2)}M{num(4 + t * 28)} {num(-36 - t * 27)}l{num(-2 - t)} {num(-8 + t * 3)}",
            ink.main,
            1.1,
        )
        for t in (0.05, 0.2, 0.36, 0.52, 0.68, 0.84, 0.97)
    )
    wing = (
        path(hind, ink.main)
        + low
        + path(fore, ink.main)
        + stroke("M3 -18C10 -44 34 -78 66 -86C82 -90 98 -86 97 -78", ink.accent, 2.6)
        + veins
        + margin
        + spots
        + feeler
    )
    fur = path("M0 -34C8 -32 11 -22 9 -10C8 6 7 30 0 50C-7 30 -8 6 -9 -10C-11 -22 -8 -32 0 -34Z", ink.main)
    bands = "".join(
        stroke(
            f"M{num(-6.4 + k * 0.75)} {num(2 + k * 7)}q{num(6.4 - k * 0.75)} 4 {num(12.8 - k * 1.5)} 0", ink.second, 1.3
        )
        for k in range(6)
    )
    collar = stroke("M-8 -17q8 6 16 0", ink.second, 1.6) + stroke("M-9 -11q9 7 18 0", ink.second, 1.2)
    return mirrored(wing) + fur + bands + collar


def phases(ink: Ink) -> str:
    """The moon from new to new in an arc, with the rays of a compass below."""
    shapes = ""
    for index in range(7):
        turn = math.radians(-162 + index * 24)
        x, y = math.cos(turn) * 82, math.sin(turn) * 82 + 40
        radius = (8.5, 10, 11.5, 15, 11.5, 10, 8.5)[index]
        shapes += _moon(x, y, radius, index / 6, ink)
    rays = "".join(
        stroke(
            f"M{num(math.cos(a) * 27)} {num(math.sin(a) * 27 + 40)}L{num(math.cos(a) * long)} {num(math.sin(a) * long + 40)}",
            ink.main,
            1.1,
        )
        for k in range(31)
        for a, long in [(math.radians(-180 + k * 6), (62, 40, 48, 40, 54)[k % 5])]
    )
    sun = path("M-24 40A24 24 0 0 1 24 40Z", ink.accent)
    lines = "".join(
        stroke(f"M{-92 + k * 11} {num(48 + k * 8)}H{92 - k * 11}", ink.main, 1.6 - k * 0.12) for k in range(6)
    )
    return rays + sun + shapes + lines


def _moon(x: float, y: float, radius: float, age: float, ink: Ink) -> str:
    """One moon; age 0 and 1 are new, 0.5 is full."""
    ring = circle(x, y, radius, stroke=ink.main, stroke_width=1.1)
    if age in (0.0, 1.0):
        return ring
    if age == 0.5:
        return circle(x, y, radius, ink.main) + circle(x, y, radius + 4, stroke=ink.main, stroke_width=0.9)
    bulge = radius * (1 - age * 4 if age < 0.5 else (age - 0.75) * 4)
    side = 1 if age < 0.5 else 0
    turn = (0 if bulge > 0 else 1) if age < 0.5 else (1 if bulge > 0 else 0)
    lit = f"M{num(x)} {num(y - radius)}A{num(radius)} {num(radius)} 0 0 {side} {num(x)} {num(y + radius)}A{num(abs(bulge) or 0.1)} {num(radius)} 0 0 {turn} {num(x)} {num(y - radius)}Z"
    return ring + path(lit, ink.main)


def moonrise(ink: Ink) -> str:
    """A full moon over still water, its light broken into strokes."""
    dice = random.Random(4)
    seas = "M-22 -62c14 -10 30 -2 26 10c-4 10 -22 4 -28 14c-8 8 -18 -4 -12 -12zM22 -34c10 -4 18 4 14 12c-6 8 -20 6 -22 -2c0 -6 4 -8 8 -10zM-30 -22c8 -2 12 6 8 12c-6 6 -16 2 -14 -4c0 -4 2 -6 6 -8zM6 -8c6 -2 10 2 8 6c-4 4 -12 2 -8 -6z"
    disc = "M0 -92A54 54 0 1 1 -0.1 -92Z"
    moon = path(disc + seas, ink.accent, fill_rule="evenodd")
    craters = "".join(
        circle(x, y, r, stroke=ink.accent, stroke_width=1)
        for x, y, r in ((30, -58, 5), (14, -76, 3), (-10, -4, 3.4), (40, -12, 2.6))
    )
    water = ""
    for row in range(10):
        y = 26 + row * 7.4
        reach = 92 - row * 2.2
        x = -reach
        while x < reach:
            dash = dice.uniform(14, 52)
            lit = abs(x + dash / 2) < 44 - row * 2.4
            water += stroke(
                f"M{num(x)} {num(y)}H{num(min(reach, x + dash))}", ink.accent if lit else ink.main, 2.3 if lit else 1.5
            )
            x += dash + dice.uniform(7, 15)
    cloud = stroke("M-96 -36H-30M-84 -28H-46M34 -66H96M48 -58H84", ink.main, 2)
    return moon + craters + cloud + stroke("M-96 18H96", ink.main, 1.4) + water


def chart(ink: Ink) -> str:
    """A round star chart with a made-up constellation, the Lantern."""
    dice = random.Random(21)
    ticks = "".join(
        stroke(
            f"M{num(math.cos(a) * (88 if k % 5 else 84))} {num(math.sin(a) * (88 if k % 5 else 84))}L{num(math.cos(a) * 93)} {num(math.sin(a) * 93)}",
            ink.main,
            1,
        )
        for k in range(120)
        for a in [math.radians(k * 3)]
    )
    rings = (
        circle(0, 0, 97, stroke=ink.main, stroke_width=1.8)
        + circle(0, 0, 80, stroke=ink.main, stroke_width=0.9)
        + circle(0, 0, 52, stroke=ink.main, stroke_width=0.7, stroke_dasharray="2 3")
        + circle(12, -9, 60, stroke=ink.accent, stroke_width=0.8)
    )
    spokes = "".join(
        stroke(
            f"M{num(math.cos(a) * 16)} {num(math.sin(a) * 16)}L{num(math.cos(a) * 80)} {num(math.sin(a) * 80)}",
            ink.main,
            0.5,
            opacity=0.7,
        )
        for k in range(12)
        for a in [math.radians(k * 30)]
    )
    dust = "".join(
        circle(math.cos(a) * d, math.sin(a) * d, dice.choice((0.7, 0.9, 1.3)), ink.main)
        for _ in range(90)
        for a, d in [(dice.uniform(0, 6.283), 78 * math.sqrt(dice.random()))]
    )
    lantern = [(-8, -62), (6, -40), (-26, -22), (-34, 20), (-6, 44), (26, 26), (30, -16), (6, -40)]
    lines = (
        path(polyline(lantern), stroke=ink.accent, stroke_width=1.5)
        + path(polyline([(-26, -22), (-2, 2), (30, -16)]), stroke=ink.accent, stroke_width=1.1)
        + path(polyline([(-2, 2), (-6, 44)]), stroke=ink.accent, stroke_width=1.1)
    )
    stars = "".join(_star(x, y, 6.4 - (k % 3) * 1.3, ink.main) for k, (x, y) in enumerate([*lantern[:-1], (-2, 2)]))
    return rings + ticks + spokes + dust + lines + stars


def _star(x: float, y: float, size: float, colour: str) -> str:
    points = [
        (
            x + math.cos(math.radians(k * 45 - 90)) * (size if k % 2 == 0 else size * 0.3),
            y + math.sin(math.radians(k * 45 - 90)) * (size if k % 2 == 0 else size * 0.3),
        )
        for k in range(8)
    ]
    return path(polyline(points, closed=True), colour)


def owl(ink: Ink) -> str:
    """An owl on a branch, looking back at you."""
    shape = "M0 -86C22 -92 38 -88 46 -94C47 -80 54 -66 54 -46C62 -20 60 26 42 54C30 70 14 76 0 76C-14 76 -30 70 -42 54C-60 26 -62 -20 -54 -46C-54 -66 -47 -80 -46 -94C-38 -88 -22 -92 0 -86Z"
    scales = ""
    for row in range(7):
        y = -14 + row * 11.5
        count = (4, 5, 4, 5, 4, 3, 2)[row]
        for k in range(count):
            x = (k - (count - 1) / 2) * 13.5
            scales += stroke(f"M{num(x - 6.4)} {num(y)}q6.4 11 12.8 0", ink.second, 1.7) + stroke(
                f"M{num(x)} {num(y + 1)}v3.6", ink.second, 1.2
            )
    face = path(
        "M0 -64C14 -84 46 -80 48 -54C49 -34 26 -22 0 -26C-26 -22 -49 -34 -48 -54C-46 -80 -14 -84 0 -64Z", ink.second
    )
    eye = (
        circle(23, -53, 17, ink.main)
        + circle(23, -53, 13, ink.accent)
        + circle(22, -53, 7.6, ink.second)
        + circle(25, -56.4, 2.2, ink.main)
    )
    rays = "".join(
        stroke(
            f"M{num(23 + math.cos(a) * 18.6)} {num(-53 + math.sin(a) * 18.6)}L{num(23 + math.cos(a) * 22)} {num(-53 + math.sin(a) * 22)}",
            ink.main,
            1,
        )
        for k in range(20)
        for a in [math.radians(k * 18)]
    )
    wing = "".join(
        stroke(
            f"M{num(54 - k * 0.6)} {num(-26 + k * 15)}q{num(-16 + k)} {num(14)} {num(-20 + k * 2)} {num(34 - k * 2)}",
            ink.second,
            1.6,
        )
        for k in range(5)
    )
    beak = path("M0 -50L6 -40Q0 -26 0 -26Q0 -26 -6 -40Z", ink.accent)
    branch = path(
        "M-98 80C-60 70 -20 78 10 74C40 70 70 76 98 66L98 73C70 84 40 79 10 83C-20 87 -60 80 -98 88Z", ink.main
    )
    leaves = "".join(
        path("M0 0C6 -8 18 -10 26 -4C18 4 8 6 0 0Z", ink.accent, transform=f"translate({x} {y}) rotate({turn})")
        for x, y, turn in ((70, 70, -40), (84, 68, 30), (-72, 76, 200), (-86, 82, 150))
    )
    claws = "".join(stroke(f"M{x} 72q-1 8 0 10", ink.accent, 4.4) for x in (12, 19, 26))
    return (
        path(shape, ink.main)
        + mirrored(wing)
        + scales
        + face
        + mirrored(eye + rays)
        + beak
        + branch
        + leaves
        + mirrored(claws)
    )


def swallows(ink: Ink) -> str:
    """Five swallows turning together."""
    bird = (
        "M-52 -30C-34 -28 -18 -20 -8 -8C-2 -12 8 -12 14 -8C20 -22 34 -36 58 -46C48 -30 38 -14 26 0C22 8 16 14 8 18C0 28 -10 38 -30 52C-22 38 -16 30 -12 24"
        "C-22 30 -32 34 -48 38C-34 28 -22 18 -14 8C-24 -6 -36 -18 -52 -30Z"
    )
    throat = "M12 -7C18 -6 20 0 17 6C13 2 11 -2 12 -7Z"
    places = ((-38, -56, 0.62, -8), (44, -66, 0.44, 22), (14, 2, 0.86, 4), (-58, 38, 0.46, -24), (54, 62, 0.58, 14))
    return "".join(
        group(
            path(bird, ink.main), path(throat, ink.accent), transform=f"translate({x} {y}) rotate({turn}) scale({size})"
        )
        for x, y, size, turn in places
    )
