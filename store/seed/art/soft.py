"""Soft things that are not worn: totes, pouches, caps, cushions, and cloth that hangs from a rail."""

from collections.abc import Sequence
from functools import cache

from store.seed.art import cloth, texture
from store.seed.art.cloth import GREY, fold
from store.seed.art.colour import darker, lighter
from store.seed.art.layers import Part
from store.seed.art.stage import contact
from store.seed.art.svg import Drawing, circle, ellipse, group, num, path, picture, rect, stroke

BAG = "M252 452C340 446 660 446 748 452C756 600 762 800 764 1010C764 1046 748 1064 716 1066C580 1074 420 1074 284 1066C252 1064 236 1046 236 1010C238 800 244 600 252 452Z"
CUSHION = "M232 398C380 428 620 428 770 394C792 396 800 410 798 430C772 580 774 800 802 944C804 966 792 980 770 978C620 950 380 952 230 982C208 984 196 970 198 948C226 800 228 580 200 434C198 412 210 398 232 398Z"
POUCH = "M226 480H774C784 480 792 488 792 500V830C792 864 770 884 738 884H262C230 884 208 864 208 830V500C208 488 216 480 226 480Z"


def tote(colour: str, printed: Sequence[Part], *, handles: str | None = None) -> list[Part]:
    """A canvas bag hanging by its handles."""
    strap = handles or colour
    return [
        Part(_tote_shadow(), coarse=2),
        Part(_straps(back=True), colour=strap, lights=False),
        Part(_bag(), colour=colour, woven="canvas"),
        *printed,
        Part(_straps(back=False), colour=strap, woven="canvas"),
        Part(_peg()),
    ]


@cache
def _tote_shadow() -> str:
    drawing = Drawing()
    loop = "M372 470C372 250 420 196 500 196C580 196 628 250 628 470"
    return drawing.document(
        group(
            path(BAG, "#241a14", opacity=0.5, transform="translate(26 36)"),
            stroke(loop, "#241a14", 30, opacity=0.4, transform="translate(24 30)"),
            filter=drawing.blur(22, room=14),
        )
        + path(BAG, "#241a14", opacity=0.4, filter=drawing.blur(4, room=3), transform="translate(4 6)")
    )


@cache
def _bag() -> str:
    drawing = Drawing()
    creases = cloth.crease(
        [
            fold(372, 470, 400, 660, 30, 10),
            fold(628, 470, 596, 670, 30, -10),
            fold(260, 1040, 400, 880, 34, 14),
            fold(742, 1040, 620, 860, 34, -14),
            fold(440, 1066, 460, 930, 24, 6),
            fold(250, 520, 300, 700, 26, -8),
            fold(750, 520, 700, 720, 24, 8),
            fold(560, 1066, 548, 960, 20, 6),
        ],
        drawing,
        strength=1.1,
    )
    trim = (
        cloth.stitch("M250 510C340 504 660 504 750 510")
        + cloth.seam("M262 1046C420 1056 580 1056 738 1046")
        + path("M252 452C340 446 660 446 748 452L750 512C660 506 340 506 250 512Z", lighter(GREY, 0.03), opacity=0.7)
    )
    return drawing.document(cloth.body(drawing, BAG, seed=12, depth=0.9, creases=trim + creases))


@cache
def _straps(*, back: bool) -> str:
    drawing = Drawing()
    loop = (
        "M384 452C386 262 430 212 500 212C570 212 614 262 616 452"
        if back
        else "M366 560V468C368 240 420 186 500 186C580 186 632 240 634 468V560"
    )
    tone = darker(GREY, 0.1) if back else GREY
    lines = group(
        stroke(loop, tone, 33, stroke_linecap="butt"),
        stroke(loop, lighter(tone, 0.09), 10, opacity=0.6, transform="translate(-7 -2)", filter=drawing.blur(4)),
        stroke(loop, darker(tone, 0.14), 1.6, stroke_dasharray="5 3.4", transform="translate(11 0)", opacity=0.7),
    )
    cross = (
        ""
        if back
        else "".join(
            rect(x - 16.5, 512, 33, 50, "none", stroke=darker(GREY, 0.2), stroke_width=1.5, stroke_dasharray="5 3")
            + stroke(
                f"M{x - 16} 513L{x + 16} 561M{x + 16} 513L{x - 16} 561", darker(GREY, 0.2), 1.4, stroke_dasharray="5 3"
            )
            for x in (366, 634)
        )
    )
    return drawing.document(lines + cross)


@cache
def _peg() -> str:
    """The wooden peg the handles hang from."""
    drawing = Drawing()
    wood = drawing.radial(((0, "#d9b48a"), (0.7, "#b98a5c"), (1, "#8f6740")), (0.35, 0.3), 0.8)
    return drawing.document(
        circle(512, 196, 34, "#241a14", opacity=0.4, filter=drawing.blur(9))
        + circle(500, 182, 31, wood)
        + circle(500, 182, 31, "none", stroke="#8a623d", stroke_width=1.5, opacity=0.6)
    )


def pouch(colour: str, printed: Sequence[Part], *, zip_colour: str = "#c9a35e") -> list[Part]:
    """A zipped pouch lying flat."""
    return [
        Part(cloth.shadow(POUCH, lift=12), coarse=2),
        Part(_pouch(), colour=colour, woven="canvas"),
        *printed,
        Part(_zip(zip_colour)),
    ]


@cache
def _pouch() -> str:
    drawing = Drawing()
    creases = cloth.crease(
        [
            fold(220, 560, 360, 610, 30, 10),
            fold(780, 560, 650, 620, 28, -10),
            fold(230, 860, 360, 780, 34, 12),
            fold(772, 856, 650, 770, 32, -12),
            fold(500, 520, 520, 620, 20, 4),
        ],
        drawing,
    )
    return drawing.document(
        cloth.body(
            drawing,
            POUCH,
            seed=15,
            depth=0.55,
            creases=cloth.seam("M212 846C300 858 700 858 788 846") + cloth.stitch("M212 540H788") + creases,
        )
    )


@cache
def _zip(colour: str) -> str:
    drawing = Drawing()
    teeth = "".join(rect(222 + k * 7, 502 + (k % 2) * 5, 4.2, 9, colour) for k in range(79))
    pull = stroke("M780 510C810 520 826 560 818 610", "#7d5f3a", 11) + stroke(
        "M780 510C810 520 826 560 818 610", "#a37c4c", 6
    )
    return drawing.document(
        rect(214, 494, 572, 30, darker(colour, 0.42), rx=3)
        + teeth
        + group(circle(784, 509, 15, darker(colour, 0.1)) + circle(784, 509, 8, lighter(colour, 0.1)))
        + pull
    )


def cap(colour: str, printed: Sequence[Part], *, peak: str | None = None) -> list[Part]:
    """A soft five-panel cap on a table."""
    return [
        Part(_cap_shadow(), coarse=2),
        Part(_crown(), colour=colour, woven="canvas"),
        *printed,
        Part(_peak(), colour=peak or colour, woven="canvas"),
    ]


CROWN = "M232 902C214 700 300 540 500 536C700 540 786 700 768 902C700 930 600 916 500 918C400 916 300 930 232 902Z"
PEAK = "M226 896C300 846 700 846 774 896C806 940 820 986 806 1002C720 956 620 940 500 940C380 940 280 956 194 1002C180 986 194 940 226 896Z"


@cache
def _cap_shadow() -> str:
    drawing = Drawing()
    arch = (
        "M194 1002C280 956 380 940 500 940C620 940 720 956 806 1002C760 1016 640 996 500 996C360 996 240 1016 194 1002Z"
    )
    return drawing.document(
        contact(drawing, 520, 992, 300, depth=0.09, length=1.6)
        + path(arch, "#241a14", opacity=0.62, filter=drawing.blur(9, room=12))
    )


@cache
def _crown() -> str:
    drawing = Drawing()
    dome = drawing.radial(((0, lighter(GREY, 0.14)), (0.5, GREY), (1, darker(GREY, 0.26))), (0.36, 0.22), 0.85)
    creases = cloth.crease(
        [fold(300, 880, 350, 740, 30, 12), fold(706, 880, 650, 740, 30, -12), fold(420, 900, 430, 800, 20, 4)], drawing
    )
    panels = (
        cloth.seam("M372 912C352 780 372 640 440 548")
        + cloth.seam("M628 912C648 780 628 640 560 548")
        + cloth.stitch("M384 912C364 780 384 640 450 547")
        + cloth.stitch("M616 912C636 780 616 640 550 547")
    )
    holes = "".join(
        circle(x, y, 7, darker(GREY, 0.26)) + circle(x, y, 7, "none", stroke=lighter(GREY, 0.08), stroke_width=2)
        for x, y in ((300, 690), (700, 690))
    )
    button = ellipse(500, 539, 21, 10, GREY) + ellipse(496, 536, 10, 4, lighter(GREY, 0.15))
    inside = drawing.clip(path(CROWN, "#000"))
    return drawing.document(
        group(
            path(CROWN, dome),
            picture(texture.folds(19), 0, 0, 1000, 1250, style="mix-blend-mode:soft-light", opacity=0.6),
            panels,
            creases,
            holes,
            clip_path=inside,
        )
        + button
    )


@cache
def _peak() -> str:
    drawing = Drawing()
    paint = drawing.linear(((0, darker(GREY, 0.22)), (0.25, lighter(GREY, 0.04)), (0.7, GREY), (1, darker(GREY, 0.2))))
    rows = "".join(
        cloth.stitch(
            f"M{214 - k * 6} {914 + k * 22}C{300 - k * 4} {864 + k * 19} {700 + k * 4} {864 + k * 19} {786 + k * 6} {914 + k * 22}"
        )
        for k in range(4)
    )
    side = drawing.linear(
        ((0, darker(GREY, 0.12), 0.5), (0.25, lighter(GREY, 0.14), 0.5), (0.6, GREY, 0), (1, darker(GREY, 0.3), 0.6)),
        (0, 0),
        (1, 0),
    )
    dark = path(PEAK, darker(GREY, 0.36), opacity=0.55, transform="translate(0 -12)", filter=drawing.blur(8))
    return drawing.document(
        group(dark, clip_path=drawing.clip(path(CROWN, "#000")))
        + path(PEAK, paint)
        + path(PEAK, side)
        + group(rows, clip_path=drawing.clip(path(PEAK, "#000")))
    )


def cushion(colour: str, printed: Sequence[Part], *, piping: str | None = None) -> list[Part]:
    """A square cushion, plump, seen from the front."""
    return [
        Part(_cushion_shadow(), coarse=2),
        Part(_piping(), colour=piping or colour, lights=False),
        Part(_cushion(), colour=colour, woven="linen"),
        *printed,
    ]


@cache
def _cushion_shadow() -> str:
    drawing = Drawing()
    return drawing.document(
        contact(drawing, 505, 965, 320, depth=0.14, length=1.55)
        + path(CUSHION, "#241a14", opacity=0.35, transform="translate(40 14)", filter=drawing.blur(26, room=12))
    )


@cache
def _piping() -> str:
    return Drawing().document(
        stroke(CUSHION, darker(GREY, 0.14), 15)
        + stroke(CUSHION, lighter(GREY, 0.1), 5, opacity=0.8, transform="translate(-2 -2)")
        + stroke(CUSHION, darker(GREY, 0.3), 15, stroke_dasharray="2 9", opacity=0.22)
    )


@cache
def _cushion() -> str:
    drawing = Drawing()
    creases = cloth.crease(
        [
            fold(206, 420, 350, 540, 46, 14),
            fold(794, 416, 650, 530, 44, -14),
            fold(206, 960, 350, 840, 46, -14),
            fold(796, 958, 650, 850, 46, 14),
            fold(210, 430, 290, 640, 30, -8),
            fold(790, 430, 716, 620, 28, 8),
            fold(212, 950, 280, 760, 28, 8),
            fold(790, 950, 712, 770, 30, -8),
            fold(240, 404, 420, 470, 28, -6),
            fold(760, 400, 590, 468, 26, 6),
        ],
        drawing,
        soft=11,
        strength=1.2,
    )
    plump = drawing.radial(
        ((0, lighter(GREY, 0.12), 0.9), (0.55, GREY, 0), (1, darker(GREY, 0.3), 0.75)), (0.4, 0.36), 0.72
    )
    return drawing.document(cloth.body(drawing, CUSHION, seed=23, depth=0.9, creases=path(CUSHION, plump) + creases))


def hanging(
    colour: str, printed: Sequence[Part], *, fringe: str | None = None, bands: str = "", long: float = 1010
) -> list[Part]:
    """Cloth over a rail: a blanket with a fringe, or a towel without one."""
    shape = _sheet(long)
    parts = [Part(_hanging_shadow(long), coarse=2)]
    if fringe:
        parts.append(Part(_fringe(long), colour=fringe, lights=False))
    parts.append(Part(_hanging(long), colour=colour, woven="linen"))
    if bands:
        drawing = Drawing()
        parts.append(
            Part(drawing.document(group(bands, clip_path=drawing.clip(path(shape, "#000")))), shaded=True, steady=False)
        )
    return [*parts, *printed, Part(_rail())]


def _sheet(long: float) -> str:
    return f"M238 214C400 206 600 206 762 214C766 400 758 640 {764} {num(long)}C700 {num(long + 14)} 640 {num(long - 8)} 566 {num(long + 6)}C500 {num(long + 16)} 420 {num(long - 10)} 360 {num(long + 8)}C310 {num(long + 14)} 270 {num(long + 2)} 236 {num(long)}C242 640 234 400 238 214Z"


@cache
def _hanging_shadow(long: float) -> str:
    drawing = Drawing()
    return drawing.document(
        path(_sheet(long), "#241a14", opacity=0.5, transform="translate(34 40)", filter=drawing.blur(26, room=12))
        + path(_sheet(long), "#241a14", opacity=0.4, transform="translate(5 6)", filter=drawing.blur(4, room=3))
        + rect(130, 236, 760, 26, "#241a14", opacity=0.4, filter=drawing.blur(12), rx=12)
    )


@cache
def _hanging(long: float) -> str:
    drawing = Drawing()
    falls = cloth.crease(
        [
            fold(x, 220, x + lean, long + 10, wide, bow)
            for x, lean, wide, bow in (
                (300, 22, 36, 8),
                (380, -18, 30, -10),
                (470, 16, 34, 10),
                (556, -12, 30, 6),
                (640, 20, 36, -8),
                (712, -10, 30, 8),
            )
        ],
        drawing,
        soft=13,
        strength=0.85,
    )
    over = drawing.linear(
        ((0, darker(GREY, 0.2), 0.6), (0.02, lighter(GREY, 0.16), 0.7), (0.06, GREY, 0), (1, darker(GREY, 0.18), 0.4))
    )
    return drawing.document(
        cloth.body(
            drawing,
            _sheet(long),
            seed=27,
            depth=0.8,
            creases=falls
            + path(_sheet(long), over)
            + cloth.stitch(
                f"M238 {num(long - 20)}C270 {num(long - 16)} 310 {num(long - 6)} 360 {num(long - 12)}C420 {num(long - 30)} 500 {num(long - 4)} 566 {num(long - 14)}C640 {num(long - 28)} 700 {num(long - 6)} 764 {num(long - 20)}"
            ),
        )
    )


@cache
def _fringe(long: float) -> str:
    threads = ""
    for k in range(66):
        x = 240 + k * 8
        sway = ((k * 37) % 11 - 5) * 0.9
        tone = (GREY, darker(GREY, 0.1), lighter(GREY, 0.07))[k % 3]
        threads += stroke(f"M{x} {num(long - 8)}q{num(sway)} 24 {num(sway * 0.6)} {num(46 + (k * 13) % 9)}", tone, 4.4)
    return Drawing().document(threads)


@cache
def _rail() -> str:
    drawing = Drawing()
    wood = drawing.linear(((0, "#e0bf97"), (0.4, "#c59a6b"), (1, "#8d6540")))
    cord = stroke("M180 204L500 40L820 204", "#d8c7a5", 5)
    ends = rect(126, 194, 112, 22, wood, rx=11) + rect(762, 194, 112, 22, wood, rx=11)
    pin = circle(500, 40, 9, "#6b4c31") + circle(497, 37, 3, "#c59a6b")
    return drawing.document(
        group(
            stroke("M180 204L500 40L820 204", "#241a14", 5, opacity=0.35),
            transform="translate(12 16)",
            filter=drawing.blur(5),
        )
        + cord
        + ends
        + pin
    )
