"""How cloth looks: shadow below it, light and folds on it, seams along it."""

from collections.abc import Sequence

from store.seed.art import texture
from store.seed.art.colour import darker, lighter
from store.seed.art.svg import Drawing, group, path, picture, rect, stroke

GREY = "#808080"  # cloth is drawn in this and tinted afterwards


def shadow(shape: str, *, lift: float = 16) -> str:
    """The soft shadow of a flat thing that lies or hangs close to a wall, as its own drawing."""
    drawing = Drawing()
    shade = "#241a14"
    return drawing.document(
        group(
            path(
                shape,
                shade,
                filter=drawing.blur(lift * 1.6, room=12),
                opacity=0.46,
                transform=f"translate({lift * 1.5} {lift * 2.1})",
            ),
            path(shape, shade, filter=drawing.blur(4, room=3), opacity=0.4, transform="translate(4 6)"),
        )
    )


def body(drawing: Drawing, shape: str, *, seed: int = 1, depth: float = 1.0, creases: str = "") -> str:
    """A piece of grey cloth: light from the upper left, folds, a rounded edge."""
    paint = drawing.linear(((0, lighter(GREY, 0.06)), (0.45, GREY), (1, darker(GREY, 0.09))), (0.1, 0), (0.85, 1))
    inside = drawing.clip(path(shape, "#000"))
    return group(
        path(shape, paint),
        picture(
            texture.folds(seed), 0, 0, 1000, 1250, style="mix-blend-mode:soft-light", opacity=min(1.0, 0.85 * depth)
        ),
        creases,
        _knit(drawing),
        _edge(drawing, shape),
        clip_path=inside,
    )


def crease(shapes: Sequence[str], drawing: Drawing, *, soft: float = 7, strength: float = 1.0) -> str:
    """Folds that a hand placed: each shape dark, with its lit flank beside it."""
    shade = path("".join(shapes), darker(GREY, 0.22), opacity=0.46 * strength)
    lit = path("".join(shapes), lighter(GREY, 0.14), opacity=0.46 * strength, transform="translate(-11 -7)")
    return group(lit, shade, filter=drawing.blur(soft, room=6))


def fold(x1: float, y1: float, x2: float, y2: float, width: float, bow: float = 0.0) -> str:
    """One tapered fold from a deep end (x1, y1) to where it runs out."""
    across, down = x2 - x1, y2 - y1
    long = max(1.0, (across * across + down * down) ** 0.5)
    nx, ny = -down / long, across / long
    mx, my = (x1 + x2) / 2 + nx * bow, (y1 + y2) / 2 + ny * bow
    half = width / 2
    return (
        f"M{x1 - nx * half * 0.5:.1f} {y1 - ny * half * 0.5:.1f}Q{mx - nx * half:.1f} {my - ny * half:.1f} {x2:.1f} {y2:.1f}"
        f"Q{mx + nx * half:.1f} {my + ny * half:.1f} {x1 + nx * half * 0.5:.1f} {y1 + ny * half * 0.5:.1f}Z"
    )


def stitch(shape: str, *, width: float = 1.6) -> str:
    """A line of stitches with the little dent it pulls."""
    return stroke(shape, darker(GREY, 0.16), width * 2.4, opacity=0.32) + stroke(
        shape, darker(GREY, 0.12), width, stroke_dasharray="5 3.4", opacity=0.9
    )


def seam(shape: str) -> str:
    return stroke(shape, darker(GREY, 0.2), 3, opacity=0.55) + stroke(
        shape, lighter(GREY, 0.1), 1.6, opacity=0.5, transform="translate(-3 0)"
    )


def rib(drawing: Drawing, shape: str, *, turn: float = 0, pitch: float = 7, shade: float = 0.0) -> str:
    """Ribbed knit, as on cuffs and collars; `turn` is the direction of the ribs in degrees from upright."""
    base = darker(GREY, shade)
    ribs = drawing.pattern(
        pitch,
        pitch,
        rect(0, 0, pitch, pitch, base)
        + rect(0, 0, pitch * 0.42, pitch, darker(base, 0.085))
        + rect(pitch * 0.55, 0, pitch * 0.22, pitch, lighter(base, 0.045)),
        transform=f"rotate({turn})",
    )
    paint = drawing.linear(
        ((0, lighter(GREY, 0.15), 0.25), (0.5, GREY, 0), (1, darker(GREY, 0.25), 0.45)), (0, 0), (1, 0.6)
    )
    return path(shape, ribs) + path(shape, paint)


def _knit(drawing: Drawing) -> str:
    """The stitches, just hinted at."""
    return rect(
        0,
        0,
        1000,
        1250,
        drawing.pattern(
            4,
            4,
            stroke("M0 0L2 2.5L4 0M0 4", darker(GREY, 0.12), 0.7)
            + stroke("M0 1.5L2 4L4 1.5", lighter(GREY, 0.08), 0.6),
        ),
        opacity=0.3,
    )


def _edge(drawing: Drawing, shape: str) -> str:
    """Roundness at the outline: shaded at the right and below, a little light at the left."""
    return group(
        stroke(shape, darker(GREY, 0.28), 26, opacity=0.6, transform="translate(3 4)"),
        stroke(shape, lighter(GREY, 0.15), 9, opacity=0.45, transform="translate(9 8)"),
        filter=drawing.blur(13, room=6),
    )
