"""Things that glow: candles in clay, candles in tins, incense."""

from collections.abc import Sequence
from functools import cache

from store.seed.art import clay
from store.seed.art.cloth import GREY
from store.seed.art.colour import darker, lighter
from store.seed.art.layers import Part
from store.seed.art.motifs import motif
from store.seed.art.motifs.ink import Ink
from store.seed.art.paper import lettering
from store.seed.art.stage import contact
from store.seed.art.svg import Drawing, circle, ellipse, group, path, stroke


def candle(glaze: str, ink: Ink, name: str, scent: str, *, lit: bool = True) -> list[Part]:
    """A candle poured into a clay pot, with a paper label."""
    parts = clay.pot("pot", glaze, dip=0.9)
    parts.insert(-2, Part(_wax(lit=lit)))
    parts.insert(
        -1, Part(_label(name, ink, scent, 500, 836, 262, 236), shaded=True, steady=False, extent=(360, 710, 280, 270))
    )
    return [*parts, Part(_glow(500, 560))] if lit else parts


@cache
def _label(name: str, ink: Ink, scent: str, x: float, y: float, wide: float, high: float) -> str:
    left, top = x - wide / 2, y - high / 2
    paper = path(
        f"M{left} {top}Q{x} {top + 15} {left + wide} {top}V{top + high}Q{x} {top + high + 15} {left} {top + high}Z",
        "#f1e9d9",
    )
    line = path(
        f"M{left + 8} {top + 9}Q{x} {top + 23} {left + wide - 8} {top + 9}V{top + high - 8}Q{x} {top + high + 7} {left + 8} {top + high - 8}Z",
        stroke=ink.main,
        stroke_width=1.3,
    )
    figure = group(motif(name, ink), transform=f"translate({x} {y - 32}) scale(0.64)")
    words = lettering(scent, x, y + 68, 24, ink.main, italic=True) + lettering(
        "DIMMET", x, y + 98, 13, ink.main, spacing=5
    )
    return Drawing().document(paper + line + figure + words)


@cache
def _wax(*, lit: bool) -> str:
    drawing = Drawing()
    inside = drawing.clip(ellipse(500, 641.5, 200, 36, "#000"))
    pool = (
        drawing.radial(((0, "#fff3d4"), (0.5, "#f6e3bd"), (1, "#d9c096")))
        if lit
        else drawing.linear(((0, "#e9dcc0"), (1, "#f6ecd6")), (0, 0), (1, 0))
    )
    wick = stroke("M500 656C499 640 502 630 500 618", "#3b2f26", 5)
    return drawing.document(
        group(ellipse(500, 656, 196, 34, pool), clip_path=inside) + wick + (_flame(drawing, 500, 622) if lit else "")
    )


def _flame(drawing: Drawing, x: float, y: float) -> str:
    paint = drawing.radial(((0, "#fffbe8"), (0.4, "#ffe49a"), (0.8, "#f9b048"), (1, "#e98a2b")), (0.5, 0.68), 0.62)
    shape = f"M{x} {y - 92}C{x + 12} {y - 62} {x + 25} {y - 40} {x + 20} {y - 16}C{x + 15} {y + 6} {x - 15} {y + 6} {x - 20} {y - 16}C{x - 24} {y - 38} {x - 8} {y - 58} {x} {y - 92}Z"
    return path(shape, paint, filter=drawing.blur(1.6)) + ellipse(
        x, y - 4, 8, 11, "#6f87c8", opacity=0.4, filter=drawing.blur(3)
    )


@cache
def _glow(x: float, y: float) -> str:
    drawing = Drawing()
    halo = drawing.radial(((0, "#ffd98a", 0.62), (0.12, "#ffcf7a", 0.34), (0.45, "#ffbe62", 0.1), (1, "#ffbe62", 0)))
    return drawing.document(circle(x, y, 315, halo))


def tin(colour: str, ink: Ink, name: str, title: str, line: str) -> list[Part]:
    """A round tin with a printed wrap and a lid."""
    return [
        Part(_tin_shadow(), coarse=2),
        Part(_tin(), colour=colour),
        Part(_wrap(name, ink, title, line), shaded=True, steady=False, extent=(270, 680, 460, 360)),
        Part(_lid()),
    ]


@cache
def _tin_shadow() -> str:
    drawing = Drawing()
    return drawing.document(contact(drawing, 500, 1012, 225, length=1.9))


@cache
def _tin() -> str:
    drawing = Drawing()
    round_ = drawing.linear(
        (
            (0, darker(GREY, 0.22)),
            (0.12, lighter(GREY, 0.02)),
            (0.26, lighter(GREY, 0.17)),
            (0.4, GREY),
            (0.7, darker(GREY, 0.12)),
            (0.9, darker(GREY, 0.24)),
            (1, darker(GREY, 0.14)),
        ),
        (0, 0),
        (1, 0),
    )
    return drawing.document(path("M276 640V990C276 1040 724 1040 724 990V640Z", round_))


@cache
def _wrap(name: str, ink: Ink, title: str, line: str) -> str:
    bands = "".join(
        path(
            f"M276 {y}C276 {y + 50} 724 {y + 50} 724 {y}V{y + t}C724 {y + 50 + t} 276 {y + 50 + t} 276 {y + t}Z",
            ink.main,
        )
        for y, t in ((690, 4), (700, 1.6), (972, 4), (966, 1.6))
    )
    figure = group(motif(name, ink), transform="translate(500 820) scale(0.98 1)")
    words = lettering(title, 500, 966, 31, ink.main, italic=True) + lettering(line, 500, 994, 12.5, ink.main, spacing=4)
    return Drawing().document(bands + figure + words)


@cache
def _lid() -> str:
    drawing = Drawing()
    metal = drawing.linear(
        (
            (0, "#8b7a5f"),
            (0.14, "#cdb88f"),
            (0.27, "#f5e9cb"),
            (0.42, "#c8b185"),
            (0.7, "#9c855c"),
            (0.9, "#77643f"),
            (1, "#a58f66"),
        ),
        (0, 0),
        (1, 0),
    )
    top = drawing.linear(((0, "#efe0bb"), (0.5, "#cdb88f"), (1, "#a58f66")), (0, 0), (1, 0.4))
    return drawing.document(
        path("M268 590V648C268 698 732 698 732 648V590Z", metal)
        + ellipse(500, 590, 232, 46, top)
        + ellipse(500, 588, 214, 40, "none", stroke="#a58f66", stroke_width=2, opacity=0.7)
        + path("M268 648C268 698 732 698 732 648V654C732 706 268 706 268 654Z", "#241a14", opacity=0.35)
    )


def flame_pair(places: Sequence[tuple[float, float]]) -> Part:
    """Flames and their glow, for scenes."""
    drawing = Drawing()
    return Part(drawing.document("".join(_flame(drawing, x, y) for x, y in places)))
