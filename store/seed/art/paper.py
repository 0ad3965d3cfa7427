"""Paper goods: prints in frames or on a clip, notebooks, cards, boxes of matches."""

from collections.abc import Sequence
from functools import cache
from html import escape

from store.seed.art.colour import darker, is_dark, lighter, mix
from store.seed.art.layers import Part
from store.seed.art.motifs import motif
from store.seed.art.motifs.ink import Ink
from store.seed.art.stage import contact
from store.seed.art.svg import Drawing, circle, element, group, num, path, rect, stroke

SHADE = "#241a14"
PAPER = "#f2ebdd"
WOODS = {"Oak": "#c79f70", "Black": "#2b2826", "Walnut": "#6e4a31"}


def lettering(
    text: str,
    x: float,
    y: float,
    size: float,
    colour: str,
    *,
    spacing: float = 0.0,
    italic: bool = False,
    anchor: str = "middle",
) -> str:
    return element(
        "text",
        escape(text),
        x=x,
        y=y,
        font_family="Libertinus Serif",
        font_size=size,
        letter_spacing=spacing or None,
        font_style="italic" if italic else None,
        text_anchor=anchor,
        fill=colour,
    )


def print_art(name: str, ink: Ink, title: str, *, x: float, y: float, width: float) -> str:
    """A print 3:4 with its upper left corner at (x, y): coloured ground, motif, a line of lettering."""
    high = width * 4 / 3
    margin = width * 0.075
    ground = ink.second
    sheet = rect(x, y, width, high, PAPER) + rect(
        x + margin, y + margin, width - 2 * margin, high - margin * 2.9, ground
    )
    scale = (width - 2 * margin) / 200 * 0.8
    middle = y + margin + (high - margin * 2.9) / 2
    word = lettering(
        title, x + margin, y + high - margin * 0.78, width * 0.042, "#3a342d", anchor="start", italic=True
    ) + lettering(
        "DIMMET",
        x + width - margin,
        y + high - margin * 0.78,
        width * 0.03,
        "#3a342d",
        spacing=width * 0.008,
        anchor="end",
    )
    return (
        sheet
        + group(motif(name, ink), transform=f"translate({num(x + width / 2)} {num(middle)}) scale({scale:.4f})")
        + word
    )


def framed(art: tuple[str, Ink, str], frame: str | None) -> list[Part]:
    """A print on the wall: in an oak or black frame, or unframed on a clip."""
    name, ink, title = art
    if frame is None:
        drawing = Drawing()
        sheet = print_art(name, ink, title, x=205, y=238, width=590)
        curl = drawing.linear(
            ((0, "#fff6e4", 0.16), (0.35, "#fff6e4", 0), (0.8, SHADE, 0.02), (1, SHADE, 0.16)), (0, 0), (1, 0.25)
        )
        return [
            Part(_leaf_shadow(), coarse=2),
            Part(drawing.document(sheet + rect(205, 238, 590, 787, curl)), steady=False),
            Part(_clip()),
        ]
    return [
        Part(_frame_shadow(), coarse=2),
        Part(_frame(WOODS[frame])),
        Part(
            Drawing().document(
                rect(209, 229, 582, 792, "#f6f1e7") + print_art(name, ink, title, x=262, y=308, width=476)
            ),
            steady=False,
        ),
        Part(_glass()),
    ]


@cache
def _leaf_shadow() -> str:
    drawing = Drawing()
    return drawing.document(
        path("M215 250H800L826 1050C700 1030 400 1036 236 1046Z", SHADE, opacity=0.46, filter=drawing.blur(18, room=12))
        + rect(207, 241, 590, 787, SHADE, opacity=0.4, filter=drawing.blur(3, room=3))
    )


@cache
def _clip() -> str:
    drawing = Drawing()
    brass = drawing.linear(((0, "#f0d9a4"), (0.35, "#c9a35e"), (0.6, "#a47f3f"), (1, "#dcbc7e")), (0, 0), (1, 0.4))
    line = stroke("M500 -10V196", "#d8c7a5", 3)
    return drawing.document(
        group(
            line, rect(452, 214, 96, 46, SHADE, rx=6, opacity=0.5), transform="translate(9 12)", filter=drawing.blur(6)
        )
        + line
        + path("M478 214C478 176 522 176 522 214", "none", stroke=brass, stroke_width=7)
        + rect(450, 210, 100, 44, brass, rx=5)
        + rect(450, 246, 100, 8, "#8d6a35", rx=3, opacity=0.6)
        + circle(500, 196, 6, "#8d6a35")
    )


@cache
def _frame_shadow() -> str:
    drawing = Drawing()
    return drawing.document(
        rect(206, 236, 636, 846, SHADE, opacity=0.55, filter=drawing.blur(26, room=12))
        + rect(184, 202, 640, 850, SHADE, opacity=0.5, filter=drawing.blur(5, room=3))
    )


@cache
def _frame(wood: str) -> str:
    drawing = Drawing()
    x, y, w, h, t = 180, 196, 640, 858, 30
    tones = (lighter(wood, 0.05), darker(wood, 0.05), darker(wood, 0.1), lighter(wood, 0.09))
    sides = (
        path(f"M{x} {y}H{x + w}L{x + w - t} {y + t}H{x + t}Z", tones[0])
        + path(f"M{x + w} {y}V{y + h}L{x + w - t} {y + h - t}V{y + t}Z", tones[1])
        + path(f"M{x} {y + h}H{x + w}L{x + w - t} {y + h - t}H{x + t}Z", tones[2])
        + path(f"M{x} {y}V{y + h}L{x + t} {y + h - t}V{y + t}Z", tones[3])
    )
    grain = ""
    if not is_dark(wood) or wood == WOODS["Walnut"]:
        for k in range(9):
            o = 3 + k * 3
            grain += stroke(
                f"M{x + o} {y + o + 6}C{x + o + 1.5} {y + h * 0.3} {x + o - 1.5} {y + h * 0.6} {x + o} {y + h - o - 6}M{x + w - o} {y + o + 6}C{x + w - o - 2} {y + h * 0.4} {x + w - o + 2} {y + h * 0.7} {x + w - o} {y + h - o - 6}",
                darker(wood, 0.12),
                0.9,
                opacity=0.4,
            )
            grain += stroke(
                f"M{x + o + 6} {y + o}C{x + w * 0.3} {y + o + 1.5} {x + w * 0.7} {y + o - 1.5} {x + w - o - 6} {y + o}M{x + o + 6} {y + h - o}H{x + w - o - 6}",
                darker(wood, 0.12),
                0.9,
                opacity=0.4,
            )
    rim = rect(x, y, w, h, "none", stroke=lighter(wood, 0.16), stroke_width=2, opacity=0.6) + rect(
        x + t, y + t, w - 2 * t, h - 2 * t, "none", stroke=darker(wood, 0.2), stroke_width=3
    )
    return drawing.document(sides + grain + rim)


@cache
def _glass() -> str:
    drawing = Drawing()
    inner = drawing.linear(((0, SHADE, 0.34), (1, SHADE, 0)))
    left = drawing.linear(((0, SHADE, 0.24), (1, SHADE, 0)), (0, 0), (1, 0))
    shine = drawing.linear(((0, "#fff6e4", 0.2), (1, "#fff6e4", 0.02)), (0, 0), (1, 1))
    panes = path("M210 420L210 560L520 228L392 228Z", shine) + path("M210 590L210 632L590 228L552 228Z", shine)
    return drawing.document(rect(210, 226, 580, 20, inner) + rect(210, 226, 14, 798, left) + panes)


def notebook(cover: str, ink: Ink, name: str, *, spine: str, turn: float = -5) -> list[Part]:
    """A cloth-bound notebook lying on a table, a little askew."""
    return [
        Part(_book_shadow(turn), coarse=2),
        Part(_book(cover, spine, turn)),
        Part(_book_print(name, ink, turn), steady=False),
        Part(_book_light(turn)),
    ]


def _turned(turn: float, *shapes: str) -> str:
    return group(*shapes, transform=f"rotate({turn} 500 625)")


@cache
def _book_shadow(turn: float) -> str:
    drawing = Drawing()
    return drawing.document(
        _turned(
            turn,
            rect(270, 262, 520, 786, SHADE, rx=16, opacity=0.52, filter=drawing.blur(24, room=14))
            + rect(238, 222, 536, 806, SHADE, rx=12, opacity=0.5, filter=drawing.blur(6, room=4)),
        )
    )


@cache
def _book(cover: str, spine: str, turn: float) -> str:
    drawing = Drawing()
    pages = "".join(
        rect(244 + k * 1.6, 226 + k * 1.8, 524, 792, mix("#efe6d4", "#cdbfa4", (k % 3) / 2.4), rx=7)
        for k in range(8, -1, -1)
    )
    board = drawing.linear(((0, lighter(cover, 0.05)), (0.5, cover), (1, darker(cover, 0.06))), (0, 0), (1, 1))
    linen = drawing.pattern(
        5, 5, stroke("M0 0H5M0 2.5H5", darker(cover, 0.07), 0.9) + stroke("M0 0V5M2.5 0V5", lighter(cover, 0.05), 0.7)
    )
    back = drawing.linear(
        ((0, darker(spine, 0.1)), (0.3, lighter(spine, 0.07)), (0.8, spine), (1, darker(spine, 0.16))), (0, 0), (1, 0)
    )
    band = rect(236, 216, 64, 796, back, rx=6) + rect(
        236, 216, 64, 796, drawing.pattern(4, 4, stroke("M0 0H4M0 2H4", darker(spine, 0.1), 0.8)), rx=6, opacity=0.5
    )
    ribbon = path(
        "M560 1010C562 1050 556 1080 562 1104L574 1092L586 1104C580 1078 584 1050 582 1010Z", lighter(spine, 0.02)
    )
    return drawing.document(
        _turned(
            turn,
            ribbon,
            pages,
            rect(236, 216, 528, 796, board, rx=8),
            rect(236, 216, 528, 796, linen, rx=8, opacity=0.45),
            band,
            stroke("M300 218V1010", darker(cover, 0.2), 3, opacity=0.6),
            stroke("M304 218V1010", lighter(cover, 0.1), 1.4, opacity=0.6),
        )
    )


def _book_print(name: str, ink: Ink, turn: float) -> str:
    foil = group(motif(name, ink), transform="translate(532 560) scale(1.72)")
    word = lettering("DIMMET", 532, 930, 20, ink.main, spacing=9)
    return Drawing().document(_turned(turn, foil, word))


@cache
def _book_light(turn: float) -> str:
    drawing = Drawing()
    sweep = drawing.linear(((0, "#ffe3b4", 0.3), (0.4, "#ffe3b4", 0.04), (1, SHADE, 0.16)), (0, 0), (1, 1))
    return drawing.document(
        _turned(
            turn,
            rect(236, 216, 528, 796, sweep, rx=8),
            rect(237, 217, 526, 794, "none", rx=8, stroke="#fff6e4", stroke_width=1.4, opacity=0.25),
        )
    )


def cards(designs: Sequence[tuple[str, Ink]], envelope: str) -> list[Part]:
    """A fan of folded cards over an envelope."""
    places = ((250, 300, -9), (318, 262, -3), (398, 268, 4), (486, 316, 11))
    parts = [Part(_envelope(envelope))]
    for (name, ink), (x, y, turn) in zip(designs, places, strict=False):
        drawing = Drawing()
        shade = rect(x + 12, y + 20, 330, 448, SHADE, opacity=0.4, filter=drawing.blur(13))
        face = rect(x, y, 330, 448, "#f6f0e4", rx=3) + rect(x + 22, y + 22, 286, 404, ink.second)
        figure = group(motif(name, ink), transform=f"translate({x + 165} {y + 224}) scale(1.2)")
        parts.append(
            Part(drawing.document(group(shade, face, figure, transform=f"rotate({turn} {x + 165} {y + 500})")))
        )
    return parts


@cache
def _envelope(colour: str) -> str:
    drawing = Drawing()
    paint = drawing.linear(((0, lighter(colour, 0.04)), (1, darker(colour, 0.06))))
    flap = path("M0 0H640L350 236Q320 258 290 236Z", lighter(colour, 0.05))
    lines = stroke("M0 430L262 214M640 430L378 214", darker(colour, 0.1), 2)
    body = (
        rect(16, 26, 640, 430, SHADE, opacity=0.45, filter=drawing.blur(18))
        + rect(0, 0, 640, 430, paint, rx=4)
        + lines
        + path("M0 6H640L350 246Q320 268 290 246Z", SHADE, opacity=0.24, filter=drawing.blur(6))
        + flap
    )
    return drawing.document(group(body, transform="translate(196 640) rotate(-3)"))


def matches(colour: str, ink: Ink, name: str, title: str) -> list[Part]:
    """A big box of matches standing on its end, a few beside it."""
    drawing = Drawing()
    x, y, w, h = 318, 480, 330, 520
    face = rect(x, y, w, h, drawing.linear(((0, lighter(colour, 0.05)), (1, darker(colour, 0.05))), (0, 0), (1, 1)))
    side = path(f"M{x + w} {y}L{x + w + 74} {y - 30}V{y + h - 36}L{x + w} {y + h}Z", darker("#6d4a3a", 0.08)) + "".join(
        circle(x + w + 8 + (k * 29) % 60, y + 20 + (k * 47) % 430, 1.2, "#3b241c", opacity=0.7) for k in range(120)
    )
    top = path(f"M{x} {y}L{x + 74} {y - 30}H{x + w + 74}L{x + w} {y}Z", lighter(colour, 0.12))
    border = rect(x + 16, y + 16, w - 32, h - 32, "none", stroke=ink.main, stroke_width=3) + rect(
        x + 23, y + 23, w - 46, h - 46, "none", stroke=ink.main, stroke_width=1.2
    )
    figure = group(motif(name, ink), transform=f"translate({x + w / 2} {y + 216}) scale(1.24)")
    words = (
        lettering(title, x + w / 2, y + 408, 40, ink.main, italic=True)
        + lettering("FIFTY LONG MATCHES", x + w / 2, y + 452, 15, ink.main, spacing=4)
        + lettering("DIMMET", x + w / 2, y + 482, 13, ink.main, spacing=6)
    )
    loose = "".join(
        group(
            rect(0, 0, 250, 9, "#e2c79c", rx=2),
            rect(0, 6, 250, 3, "#b8976a", rx=1),
            path("M-6 4.5C-8 -6 8 -9 26 -2V11C8 18 -8 15 -6 4.5Z", tip),
            transform=f"translate({mx} {my}) rotate({turn})",
        )
        for mx, my, turn, tip in ((420, 1064, 3, "#8f2f2a"), (470, 1092, -9, "#8f2f2a"), (380, 1108, 7, "#a83a32"))
    )
    return [
        Part(_match_shadow(), coarse=2),
        Part(drawing.document(side + top + face)),
        Part(Drawing().document(border + figure + words), steady=False),
        Part(Drawing().document(loose)),
    ]


@cache
def _match_shadow() -> str:
    drawing = Drawing()
    return drawing.document(
        contact(drawing, 510, 992, 210, depth=0.18, length=2.1)
        + "".join(
            group(
                rect(6, 12, 246, 8, SHADE, opacity=0.5),
                transform=f"translate({x} {y}) rotate({t})",
                filter=drawing.blur(4),
            )
            for x, y, t in ((420, 1064, 3), (470, 1092, -9), (380, 1108, 7))
        )
    )
