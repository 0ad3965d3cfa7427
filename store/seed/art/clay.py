"""Thrown pots: profiles turned around an axis, glazed, standing on a table."""

import random
from collections.abc import Sequence
from functools import cache

from store.seed.art import texture
from store.seed.art.cloth import GREY
from store.seed.art.colour import darker, lighter
from store.seed.art.layers import Part
from store.seed.art.stage import contact
from store.seed.art.svg import Drawing, Point, circle, ellipse, group, num, path, picture, smooth, stroke

CLAY = "#b98d6c"
Profile = tuple[Point, ...]  # (height on the picture, radius) from rim to foot


def _scaled(profile: Profile, factor: float) -> Profile:
    """A profile made smaller around its foot."""
    low = profile[-1][0]
    return tuple((low - (low - y) * factor, radius * factor) for y, radius in profile)


PROFILES: dict[str, Profile] = {
    "mug": ((600, 206), (700, 205), (820, 203), (930, 196), (990, 178), (1016, 158)),
    "tumbler": ((560, 176), (700, 168), (840, 158), (950, 148), (1000, 138), (1016, 128)),
    "bowl": ((700, 342), (770, 334), (850, 298), (930, 226), (985, 146), (1016, 132)),
    "vase": _scaled(
        (
            (300, 74),
            (330, 58),
            (400, 52),
            (490, 66),
            (590, 128),
            (700, 192),
            (800, 212),
            (900, 192),
            (980, 146),
            (1020, 120),
        ),
        0.84,
    ),
    "bottle": _scaled(
        ((330, 52), (352, 40), (470, 40), (560, 62), (640, 138), (760, 176), (900, 178), (980, 160), (1018, 138)), 0.84
    ),
    "jug": ((430, 126), (480, 112), (560, 124), (680, 188), (800, 218), (910, 196), (985, 156), (1018, 136)),
    "dish": ((880, 300), (910, 292), (950, 250), (986, 190), (1012, 172)),
    "pot": ((640, 214), (700, 216), (820, 216), (940, 208), (995, 186), (1016, 170)),
}
TILT = {"bowl": 0.27, "dish": 0.27, "mug": 0.2, "tumbler": 0.2, "pot": 0.2}
_HANDLED = {
    "mug": "M631 664C782 630 820 875 625 905",
    "jug": "M560 486C640 440 838 450 812 640C800 740 740 800 640 832",
}


def pot(
    kind: str,
    glaze: str,
    *,
    printed: Sequence[Part] = (),
    clay: str = CLAY,
    dip: float = 0.83,
    contents: str = "",
    inside: str | None = None,
) -> list[Part]:
    """The layers of a pot: its shadow, the raw clay, the glaze down to `dip` of its height, flecks, then what is printed on it."""
    centre = 460.0 if kind in _HANDLED else 500.0
    parts = [Part(_standing(kind, centre), coarse=2), Part(_grey(kind, centre, 1.0, glazed=False), colour=clay)]
    parts.append(Part(_grey(kind, centre, dip, glazed=True), colour=glaze))
    parts.append(Part(_opening(kind, centre), colour=inside or glaze, lights=False))
    if contents:
        parts.append(Part(_filled(kind, centre, contents)))
    return [*parts, *printed, Part(_flecks(kind, centre)), Part(_shine(kind, centre))]


def outline(kind: str, centre: float) -> str:
    """The silhouette of a pot."""
    profile = PROFILES[kind]
    tilt = TILT.get(kind, 0.17)
    (top, rim), (low, foot) = profile[0], profile[-1]
    left = smooth([(centre - radius, y) for y, radius in profile])
    right = smooth([(centre + radius, y) for y, radius in reversed(profile)])
    return (
        f"{left}A{num(foot)} {num(foot * tilt)} 0 0 0 {num(centre + foot)} {num(low)}"
        f"{right[right.index('C') :]}A{num(rim)} {num(rim * tilt)} 0 0 0 {num(centre - rim)} {num(top)}Z"
    )


@cache
def _standing(kind: str, centre: float) -> str:
    drawing = Drawing()
    low, foot = PROFILES[kind][-1]
    widest = max(radius for _y, radius in PROFILES[kind])
    return drawing.document(
        contact(
            drawing,
            centre,
            low + foot * 0.06,
            foot * 1.1 + (widest - foot) * 0.28,
            length=2.4 if kind in ("vase", "jug", "bottle") else 1.9,
        )
    )


@cache
def _grey(kind: str, centre: float, dip: float, *, glazed: bool) -> str:
    """The body in grey; the glazed one ends in the wavy line where it was dipped."""
    drawing = Drawing()
    shape = outline(kind, centre)
    profile = PROFILES[kind]
    top, low = profile[0][0], profile[-1][0]
    widest = max(radius for _y, radius in profile)
    round_ = drawing.linear(
        (
            (0, darker(GREY, 0.18)),
            (0.1, darker(GREY, 0.02)),
            (0.27, lighter(GREY, 0.14)),
            (0.44, lighter(GREY, 0.03)),
            (0.68, darker(GREY, 0.12)),
            (0.9, darker(GREY, 0.25)),
            (1, darker(GREY, 0.17)),
        ),
        (centre - widest, 0),
        (centre + widest, 0),
        units="userSpaceOnUse",
    )
    upright = drawing.linear(((0, lighter(GREY, 0.12), 0.4), (0.4, GREY, 0), (1, darker(GREY, 0.3), 0.6)))
    rings = picture(
        texture.clay(5),
        centre - widest,
        top - 60,
        widest * 2,
        low - top + 140,
        style="mix-blend-mode:soft-light",
        opacity=0.4 if glazed else 0.9,
    )
    handle = _handle(drawing, kind) if kind in _HANDLED else ""
    solid = group(
        path(shape, round_),
        path(shape, upright),
        rings,
        _spout(drawing, kind, centre),
        clip_path=drawing.clip(path(shape, "#000")),
    )
    if not glazed:
        return drawing.document(solid)
    line = top + (low - top) * dip
    sag = widest * TILT.get(kind, 0.17) * 0.8
    wavy = f"M{centre - widest - 260} {top - 400}V{num(line - sag * 0.4)}C{num(centre - widest * 0.8)} {num(line + sag * 0.3)} {num(centre - widest * 0.5)} {num(line + sag)} {num(centre - widest * 0.14)} {num(line + sag * 0.8)}S{num(centre + widest * 0.34)} {num(line + sag * 1.5)} {num(centre + widest * 0.6)} {num(line + sag * 0.5)}S{num(centre + widest)} {num(line)} {centre + widest + 260} {num(line - sag * 0.6)}V{top - 400}Z"
    edge = wavy[wavy.index("V") :]
    lip = group(
        stroke(
            f"M{centre - widest - 260} {num(line - sag * 0.4)}" + edge[edge.index("C") : edge.rindex("V")],
            darker(GREY, 0.22),
            9,
            opacity=0.5,
            filter=drawing.blur(3, room=20),
        ),
        stroke(
            f"M{centre - widest - 260} {num(line - sag * 0.4 - 8)}" + edge[edge.index("C") : edge.rindex("V")],
            lighter(GREY, 0.14),
            4,
            opacity=0.5,
            filter=drawing.blur(2, room=4),
        ),
        clip_path=drawing.clip(path(shape, "#000")),
    )
    return drawing.document(group(handle + solid + lip, clip_path=drawing.clip(path(wavy, "#000"))))


@cache
def _opening(kind: str, centre: float) -> str:
    """The rim and what is seen of the inside."""
    drawing = Drawing()
    (top, rim), tilt = PROFILES[kind][0], TILT.get(kind, 0.17)
    wall = min(11.0, rim * 0.07)
    edge = drawing.linear(
        ((0, lighter(GREY, 0.12)), (0.4, lighter(GREY, 0.18)), (1, darker(GREY, 0.06))), (0, 0), (1, 0.2)
    )
    deep = drawing.linear(
        ((0, darker(GREY, 0.34)), (0.45, darker(GREY, 0.2)), (0.8, darker(GREY, 0.03)), (1, lighter(GREY, 0.04))),
        (0, 0),
        (1, 0.15),
    )
    fall = drawing.linear(((0, darker(GREY, 0.4), 0.7), (0.6, darker(GREY, 0.3), 0.05), (1, lighter(GREY, 0.1), 0.3)))
    inner = (rim - wall, rim * tilt - wall * 0.55)
    return drawing.document(
        ellipse(centre, top, rim, rim * tilt, edge)
        + ellipse(centre, top + 1.5, *inner, deep)
        + ellipse(centre, top + 1.5, *inner, fall)
        + ellipse(centre, top, rim, rim * tilt, "none", stroke=darker(GREY, 0.1), stroke_width=1.2, opacity=0.6)
    )


@cache
def _filled(kind: str, centre: float, colour: str) -> str:
    """Tea, soup or soil inside, below the rim."""
    drawing = Drawing()
    (top, rim), tilt = PROFILES[kind][0], TILT.get(kind, 0.17)
    inner = drawing.clip(ellipse(centre, top + 1.5, rim - 11, rim * tilt - 6, "#000"))
    level = top + rim * tilt * 0.34
    sheen = drawing.linear(((0, darker(colour, 0.12)), (0.5, colour), (1, lighter(colour, 0.1))), (0, 0), (1, 0.3))
    glint = drawing.radial(((0, "#fff4dc", 0.55), (1, "#fff4dc", 0)))
    return drawing.document(
        group(
            ellipse(centre, level, rim - 16, rim * tilt * 0.93, sheen)
            + ellipse(centre - rim * 0.3, level + rim * tilt * 0.3, rim * 0.34, rim * tilt * 0.22, glint),
            clip_path=inner,
        )
    )


@cache
def _flecks(kind: str, centre: float) -> str:
    """Iron flecks that come through the glaze."""
    drawing = Drawing()
    dice = random.Random(kind)
    profile = PROFILES[kind]
    widest = max(radius for _y, radius in profile)
    dots = "".join(
        circle(
            dice.uniform(centre - widest, centre + widest),
            dice.uniform(profile[0][0] + 6, profile[-1][0]),
            dice.choice((0.8, 1, 1.1, 1.5, 2.1)),
            "#3b2a20",
            opacity=dice.uniform(0.25, 0.7),
        )
        for _ in range(150)
    )
    return drawing.document(group(dots, clip_path=drawing.clip(path(outline(kind, centre), "#000"))))


@cache
def _shine(kind: str, centre: float) -> str:
    """The window, mirrored in the glaze."""
    drawing = Drawing()
    profile = PROFILES[kind]
    top, low = profile[0][0], profile[-1][0]
    y1 = top + (low - top) * (0.16 if len(profile) < 8 else 0.45)
    y2 = top + (low - top) * (0.52 if len(profile) < 8 else 0.7)
    radius = max(r for y, r in profile if y <= y2 + 120)
    x1, x2 = centre - radius * 0.66, centre - radius * 0.52
    fade = drawing.linear(((0, "#fff6e4", 0.5), (1, "#fff6e4", 0.05)))
    streak = path(
        f"M{num(x1)} {num(y1)}Q{num(x1 - 7)} {num((y1 + y2) / 2)} {num(x1 + 6)} {num(y2)}L{num(x2 + 4)} {num(y2 + 7)}Q{num(x2 - 4)} {num((y1 + y2) / 2)} {num(x2)} {num(y1 + 5)}Z",
        fade,
    )
    return drawing.document(group(streak, filter=drawing.blur(4.5)))


def _handle(drawing: Drawing, kind: str) -> str:
    line = _HANDLED[kind]
    soft = drawing.blur(4)
    return group(
        stroke(line, darker(GREY, 0.2), 42),
        stroke(line, darker(GREY, 0.06), 30, transform="translate(-2 -3)"),
        group(stroke(line, lighter(GREY, 0.14), 9, opacity=0.8, transform="translate(-5 -10)"), filter=soft),
        group(stroke(line, darker(GREY, 0.3), 10, opacity=0.5, transform="translate(3 15)"), filter=soft),
    )


def _spout(drawing: Drawing, kind: str, centre: float) -> str:
    if kind != "jug":
        return ""
    return group(
        path(
            f"M{centre - 126} 430C{centre - 100} 520 {centre - 60} 560 {centre - 20} 600L{centre - 60} 440Z",
            lighter(GREY, 0.08),
            opacity=0.5,
        ),
        filter=drawing.blur(14),
    )


def plate(glaze: str, *, printed: Sequence[Part] = (), clay: str = CLAY) -> list[Part]:
    """A plate from above."""
    return [
        Part(_plate_shadow(), coarse=2),
        Part(_plate(438, 1.0), colour=clay),
        Part(_plate(428, 0.92), colour=glaze),
        *printed,
        Part(_plate_flecks()),
        Part(_plate_light()),
    ]


PLATE = (500.0, 625.0)


@cache
def _plate_shadow() -> str:
    drawing = Drawing()
    x, y = PLATE
    return drawing.document(
        circle(x + 30, y + 42, 420, "#241a14", opacity=0.5, filter=drawing.blur(30, room=12))
        + circle(x + 6, y + 10, 436, "#241a14", opacity=0.5, filter=drawing.blur(6, room=3))
    )


@cache
def _plate(radius: float, well: float) -> str:
    drawing = Drawing()
    x, y = PLATE
    flat = drawing.linear(((0, lighter(GREY, 0.1)), (0.5, GREY), (1, darker(GREY, 0.12))), (0.1, 0), (0.9, 1))
    rise = drawing.linear(((0, darker(GREY, 0.2)), (0.5, GREY), (1, lighter(GREY, 0.16))), (0.1, 0.05), (0.9, 0.95))
    rings = "".join(
        circle(
            x, y, r, "none", stroke=darker(GREY, 0.09) if k % 2 else lighter(GREY, 0.05), stroke_width=1.4, opacity=0.35
        )
        for k, r in enumerate(range(40, 300, 17))
    )
    clip = drawing.clip(circle(x, y, radius, "#000"))
    return drawing.document(
        group(
            circle(x, y, radius, flat),
            circle(
                x,
                y,
                radius - 6,
                "none",
                stroke=lighter(GREY, 0.12),
                stroke_width=5,
                opacity=0.7,
                filter=drawing.blur(2, room=4),
            ),
            circle(x, y, 318 * well + 22, rise),
            circle(x + 3, y + 3, 300 * well + 18, flat),
            rings,
            picture(texture.plaster(9), x - 450, y - 450, 900, 900, style="mix-blend-mode:soft-light", opacity=0.35),
            clip_path=clip,
        )
    )


@cache
def _plate_flecks() -> str:
    drawing = Drawing()
    dice = random.Random(77)
    x, y = PLATE
    dots = "".join(
        circle(
            dice.uniform(x - 430, x + 430),
            dice.uniform(y - 430, y + 430),
            dice.choice((0.9, 1.1, 1.6, 2.3)),
            "#3b2a20",
            opacity=dice.uniform(0.25, 0.65),
        )
        for _ in range(230)
    )
    return drawing.document(group(dots, clip_path=drawing.clip(circle(x, y, 426, "#000"))))


@cache
def _plate_light() -> str:
    drawing = Drawing()
    x, y = PLATE
    arc = f"M{x - 330} {y - 190}A380 380 0 0 1 {x - 120} {y - 362}"
    return drawing.document(stroke(arc, "#fff6e4", 20, opacity=0.34, filter=drawing.blur(9)))
