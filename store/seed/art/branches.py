"""Cut stems for vases, in their own colours."""

import math
import random
from functools import cache

from store.seed.art.colour import darker, lighter
from store.seed.art.layers import Part
from store.seed.art.svg import Drawing, circle, ellipse, group, num, path, stroke


def stems(kind: str, x: float, y: float) -> Part:
    """Stems that stand in a neck at (x, y)."""
    return Part(_stems(kind, x, y))


@cache
def _stems(kind: str, x: float, y: float) -> str:
    drawing = Drawing()
    draw = {"leaves": _leaves, "grass": _grass, "pods": _pods}[kind]
    return drawing.document(draw(x, y))


def _leaves(x: float, y: float) -> str:
    """Eucalyptus: round leaves in pairs."""
    dice = random.Random(3)
    shapes = ""
    for lean, tall in ((-150, 250), (34, 300), (190, 210)):
        line = [(x + lean * (k / 10) ** 1.5, y + 60 - (tall + 60) * k / 10) for k in range(11)]
        shapes += stroke("M" + "L".join(f"{num(px)} {num(py)}" for px, py in line), "#6d5a44", 4)
        for k in range(3, 11):
            px, py = line[k]
            for side in (-1, 1):
                tone = dice.choice(("#74836f", "#879480", "#66755f", "#93a08c"))
                size = dice.uniform(25, 36) * (1.16 - k * 0.05)
                turn = side * dice.uniform(38, 66) + lean * 0.08
                leaf = (
                    ellipse(0, -size * 0.95, size * 0.62, size * 0.8, tone)
                    + stroke(f"M0 0V{num(-size * 1.6)}", lighter(tone, 0.1), 1.3)
                    + path(
                        f"M0 {num(-size * 0.15)}A{num(size * 0.62)} {num(size * 0.8)} 0 0 1 0 {num(-size * 1.75)}Z",
                        darker(tone, 0.07),
                        opacity=0.5,
                        transform="scale(-1 1)",
                    )
                )
                shapes += group(leaf, transform=f"translate({num(px)} {num(py)}) rotate({num(turn)})")
    return shapes


def _grass(x: float, y: float) -> str:
    """Dry grasses with soft heads."""
    dice = random.Random(8)
    shapes = ""
    for k in range(9):
        lean = -190 + k * 47 + dice.uniform(-16, 16)
        tall = dice.uniform(190, 280)
        end = (x + lean, y - tall)
        shapes += stroke(
            f"M{num(x + lean * 0.06)} {num(y + 40)}Q{num(x + lean * 0.16)} {num(y - tall * 0.5)} {num(end[0])} {num(end[1])}",
            "#b79a68",
            2.6,
        )
        angle = math.degrees(math.atan2(-tall * 0.5, lean * 0.84)) + 90
        head = ""
        for j in range(46):
            share = j / 46
            reach = 15 * math.sin((share * 0.92 + 0.06) * math.pi) + 2
            side = -1 if j % 2 else 1
            head += stroke(
                f"M0 {num(18 - share * 92)}q{num(side * reach * 0.5)} -5 {num(side * reach)} -15",
                dice.choice(("#d9c08d", "#cbb07a", "#e6d3a8")),
                2,
            )
        shapes += group(head, transform=f"translate({num(end[0])} {num(end[1])}) rotate({num(angle)})")
    return shapes


def _pods(x: float, y: float) -> str:
    """Honesty: silver pods on thin stems."""
    dice = random.Random(5)
    shapes = ""
    for lean, tall in ((-170, 220), (-50, 300), (90, 270), (200, 190)):
        line = [(x + lean * (k / 9) ** 1.35, y + 50 - (tall + 50) * k / 9) for k in range(10)]
        shapes += stroke("M" + "L".join(f"{num(px)} {num(py)}" for px, py in line), "#8d7656", 2.8)
        for k in range(3, 10):
            px, py = line[k]
            side = -1 if k % 2 else 1
            ex, ey = px + side * dice.uniform(22, 44), py - dice.uniform(12, 36)
            shapes += stroke(
                f"M{num(px)} {num(py)}Q{num(px + side * 10)} {num(py - 14)} {num(ex)} {num(ey)}", "#8d7656", 1.8
            )
            turn = dice.uniform(-30, 30)
            shapes += group(
                ellipse(0, -22, 19, 25, "#e9dcc4", opacity=0.86)
                + ellipse(0, -22, 19, 25, "none", stroke="#c9b48d", stroke_width=1.6)
                + "".join(circle(dx, dy, 2.3, "#a98f63", opacity=0.7) for dx, dy in ((-5, -26), (5, -18), (0, -32))),
                transform=f"translate({num(ex)} {num(ey)}) rotate({num(turn)})",
            )
    return shapes
