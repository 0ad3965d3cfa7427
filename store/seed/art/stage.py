"""Where things stand: walls, tables, and the late light that comes in from the left."""

import random
from dataclasses import dataclass
from functools import cache

from store.seed.art import texture
from store.seed.art.colour import darker, lighter, mix
from store.seed.art.layers import Part
from store.seed.art.svg import HEIGHT, WIDTH, Drawing, ellipse, group, path, picture, rect, stroke

SUN = "#ffe3b4"


@dataclass(frozen=True)
class Backdrop:
    """A wall colour, the surface things stand on, and which light falls in."""

    wall: str
    surface: str
    light: str = "window"  # window | leaves | lamp
    seed: int = 1
    width: float = WIDTH
    height: float = HEIGHT


@cache
def wall(backdrop: Backdrop) -> Part:
    """A plastered wall with a patch of evening light."""
    drawing = Drawing()
    return Part(drawing.document(_wall(drawing, backdrop)), coarse=2, sheet=(0, 0, backdrop.width, backdrop.height))


@cache
def table(backdrop: Backdrop, horizon: float = 860) -> Part:
    """The same wall with a surface before it; the far edge lies at `horizon`."""
    drawing = Drawing()
    return Part(
        drawing.document(_table(drawing, backdrop, horizon)), coarse=2, sheet=(0, 0, backdrop.width, backdrop.height)
    )


def _wall(drawing: Drawing, backdrop: Backdrop) -> str:
    base = backdrop.wall
    paint = drawing.linear(((0, lighter(base, 0.035)), (0.55, base), (1, darker(base, 0.06))), (0, 0), (0.75, 1))
    return group(
        rect(-40, -40, backdrop.width + 80, backdrop.height + 80, paint),
        picture(
            texture.plaster(backdrop.seed),
            -40,
            -40,
            backdrop.width + 80,
            backdrop.height + 80,
            style="mix-blend-mode:soft-light",
            opacity=0.28,
        ),
        _light(drawing, backdrop),
        _corners(drawing, backdrop),
    )


def _table(drawing: Drawing, backdrop: Backdrop, horizon: float) -> str:
    near = backdrop.surface
    paint = drawing.linear(((0, lighter(near, 0.03)), (0.25, near), (1, darker(near, 0.07))))
    seam = drawing.linear(((0, darker(backdrop.wall, 0.22), 0.0), (1, darker(backdrop.wall, 0.22), 0.45)))
    pool = drawing.radial(((0, SUN, 0.5), (1, SUN, 0)), (0.36, 0.2), 0.62)
    return group(
        _wall(drawing, backdrop),
        rect(-40, horizon - 70, backdrop.width + 80, 70, seam),
        rect(-40, horizon, backdrop.width + 80, backdrop.height - horizon + 60, paint),
        _planks(backdrop, horizon) if backdrop.light != "lamp" else "",
        rect(
            -40, horizon, backdrop.width + 80, backdrop.height - horizon + 60, pool, style="mix-blend-mode:soft-light"
        ),
        rect(-40, horizon, backdrop.width + 80, 2.5, lighter(near, 0.1), opacity=0.7),
    )


def contact(
    drawing: Drawing,
    x: float,
    y: float,
    across: float,
    *,
    depth: float = 0.2,
    ground: str = "#4a3a2c",
    length: float = 2.1,
) -> str:
    """The shadow under a thing that stands at (x, y): dark at the foot, long and soft to the right."""
    shade = darker(ground, 0.34)
    long = drawing.linear(((0, shade, 0.52), (0.45, shade, 0.22), (1, shade, 0)), (0, 0), (1, 0))
    foot = drawing.radial(((0, shade, 0.85), (0.6, shade, 0.5), (1, shade, 0)))
    high = across * depth
    cast = (
        f"M{x - across * 0.86} {y + high * 0.25}C{x - across * 0.4} {y + high * 1.1} {x + across * 0.5} {y + high * 1.25} {x + across * length} {y + high * 0.2}"
        f"L{x + across * length} {y - high * 1.0}C{x + across} {y - high * 1.1} {x} {y - high * 0.9} {x - across * 0.86} {y + high * 0.25}Z"
    )
    return group(
        path(cast, long, filter=drawing.blur(across * 0.055 + 3)),
        ellipse(x + across * 0.04, y + high * 0.12, across * 1.1, high * 0.82, foot),
    )


def _light(drawing: Drawing, backdrop: Backdrop) -> str:
    soft = drawing.blur(11, room=8)
    if backdrop.light == "lamp":
        glow = drawing.radial(((0, SUN, 0.62), (0.5, SUN, 0.2), (1, SUN, 0)), (0.34, 0.26), 0.72)
        return rect(-40, -40, backdrop.width + 80, backdrop.height + 80, glow, style="mix-blend-mode:soft-light")
    fade = drawing.linear(((0, SUN, 0.85), (0.7, SUN, 0.55), (1, SUN, 0.1)), (0, 0), (1, 1))
    panes = ""
    for column in range(2):
        for row in range(3):
            left, top = 110 + column * 262, 60 + row * 268 + column * 72
            panes += path(f"M{left} {top}L{left + 236} {top + 65}L{left + 236} {top + 305}L{left} {top + 240}Z", fade)
    shapes = panes
    if backdrop.light == "leaves":
        shapes = path("M40 0L760 190L760 1180L40 990Z", fade) + group(_twigs(backdrop), opacity=0.8)
    return group(group(shapes, filter=soft), style="mix-blend-mode:soft-light", opacity=0.85)


def _twigs(backdrop: Backdrop) -> str:
    """The shadow of a branch outside the window."""
    dice = random.Random(backdrop.seed * 31 + 5)
    dark = darker(backdrop.wall, 0.3)
    shapes = ""
    for _branch in range(4):
        x, y = dice.uniform(420, 860), dice.uniform(-60, 420)
        lean = dice.uniform(0.25, 0.7)
        points = [(x - step * 62, y + step * 62 * lean + (step % 2) * 9) for step in range(9)]
        shapes += stroke("M" + "L".join(f"{px:.1f} {py:.1f}" for px, py in points), dark, 7)
        for px, py in points[1:]:
            for side in (-1, 1):
                turn = dice.uniform(18, 62) * side + 165
                long = dice.uniform(52, 88)
                shapes += path(
                    f"M0 0C{long * 0.3:.1f} {-long * 0.26:.1f} {long * 0.75:.1f} {-long * 0.2:.1f} {long:.1f} 0C{long * 0.75:.1f} {long * 0.2:.1f} {long * 0.3:.1f} {long * 0.26:.1f} 0 0Z",
                    dark,
                    transform=f"translate({px:.1f} {py:.1f}) rotate({turn:.1f})",
                )
    return shapes


def _corners(drawing: Drawing, backdrop: Backdrop) -> str:
    shade = darker(backdrop.wall, 0.3)
    paint = drawing.radial(((0.55, shade, 0), (1, shade, 0.3)), (0.42, 0.42), 0.82)
    return rect(-40, -40, backdrop.width + 80, backdrop.height + 80, paint)


def _planks(backdrop: Backdrop, horizon: float) -> str:
    """Quiet grain of a wooden top, closer together towards the far edge."""
    dice = random.Random(11)
    near = backdrop.surface
    lines = ""
    y = horizon + 10.0
    gap = 7.0
    while y < backdrop.height + 20:
        tone = mix(darker(near, 0.1), lighter(near, 0.08), dice.random())
        bend = dice.uniform(-5, 5)
        lines += stroke(
            f"M-20 {y:.1f}C300 {y + bend:.1f} 640 {y - bend:.1f} {backdrop.width + 20:.0f} {y + bend * 0.6:.1f}",
            tone,
            dice.uniform(0.8, 2.4),
            opacity=0.4,
        )
        y += gap * dice.uniform(0.6, 1.5)
        gap *= 1.09
    return lines
