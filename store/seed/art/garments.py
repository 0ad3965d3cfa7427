"""Garments laid flat, drawn in grey: tee, long sleeve, sweatshirt, hoodie. Each fills the middle of 1000 x 1250."""

from dataclasses import dataclass
from functools import cache
from typing import Protocol

from store.seed.art import cloth
from store.seed.art.cloth import GREY, fold
from store.seed.art.colour import darker, lighter
from store.seed.art.layers import Part
from store.seed.art.svg import Drawing, circle, element, group, path, rect, stroke

TEE = (
    "M402 226C364 244 318 262 270 284C214 314 172 392 146 452C124 504 106 552 96 592C134 618 184 642 240 654C252 612 262 574 272 540"
    "C280 640 279 760 277 870C276 940 273 1000 270 1046C340 1066 420 1072 500 1072C582 1072 662 1064 730 1044C726 998 724 940 723 870"
    "C721 760 720 640 728 538C738 572 750 610 762 652C818 640 868 616 904 588C894 550 876 502 854 450C828 390 786 312 730 282"
    "C682 260 636 244 598 226C574 244 536 254 500 254C464 254 426 244 402 226Z"
)
LONG = (
    "M408 206C370 222 326 240 280 262C236 294 218 352 206 424C186 548 168 700 148 850C140 912 130 960 124 1004C150 1020 194 1030 224 1030"
    "C238 962 256 870 270 780C280 700 284 640 288 566C290 666 288 780 286 880C285 946 282 1010 280 1060C348 1080 430 1086 500 1086"
    "C574 1086 654 1078 722 1058C718 1006 716 946 715 880C713 780 711 664 714 566C718 640 722 700 732 780C746 870 762 960 778 1028C808 1028 852 1018 876 1002"
    "C870 958 862 910 854 848C834 698 814 546 794 422C782 350 764 292 720 260C676 238 630 222 592 206C568 224 534 234 500 234C466 234 432 224 408 206Z"
)
SWEAT = (
    "M398 204C358 220 314 238 268 260C216 294 198 352 184 426C160 552 142 690 122 820C114 880 106 930 100 968C126 992 188 1008 230 1006"
    "C242 952 258 870 272 790C280 700 284 620 288 552C288 662 286 780 282 880C280 940 276 976 274 1004C272 1034 276 1060 280 1076C348 1092 430 1096 500 1096"
    "C572 1096 656 1090 722 1074C726 1058 728 1032 726 1002C722 974 720 938 718 880C716 780 712 662 714 552C718 622 722 700 730 790C744 870 760 952 772 1004"
    "C814 1006 876 990 900 966C894 928 886 878 878 818C858 688 840 550 816 424C802 350 784 292 732 258C686 236 642 218 602 204C578 222 536 232 500 232C464 232 422 222 398 204Z"
)
CORD = "#e4d9c3"


@dataclass(frozen=True)
class Print:
    """A print: its shapes (box -100 to 100), how wide it is, where its middle lies, and how far it leans."""

    shapes: str
    width: float = 350
    middle: tuple[float, float] = (500.0, 530.0)
    turn: float = 0
    stretch: float = 1.0

    def part(self) -> Part:
        """The print as a layer that takes the light of what is below it."""
        x, y = self.middle
        scale, reach = self.width / 200, self.width * 0.56
        drawn = Drawing().document(
            group(
                self.shapes,
                transform=f"translate({x} {y}) rotate({self.turn}) scale({scale:.4f} {scale * self.stretch:.4f})",
            )
        )
        tall = reach * max(1.0, self.stretch)
        return Part(drawn, shaded=True, steady=False, extent=(x - reach, y - tall, reach * 2, tall * 2))


def worn(kind: str, colour: str, printed: Print | None = None, *, back: bool = False) -> list[Part]:
    """The layers of a garment in a colour: shadow, cloth, print, trimmings."""
    weave = "jersey" if kind in ("tee", "long_sleeve") else "fleece"
    parts = [Part(_shadow(kind), coarse=2), Part(_cloth(kind, back=back), colour=colour, woven=weave)]
    if printed:
        parts.append(printed.part())
    trimmings = _trimmings(kind, back=back)
    return [*parts, Part(trimmings, steady=False, extent=(440, 190, 140, 380))] if trimmings else parts


@cache
def _shadow(kind: str) -> str:
    shape = {"tee": TEE, "long_sleeve": LONG}.get(kind, SWEAT)
    return cloth.shadow(shape + (HOOD if kind == "hoodie" else ""))


@cache
def _cloth(kind: str, *, back: bool) -> str:
    drawing = Drawing()
    return drawing.document(_KINDS[kind](drawing, back=back))


def _tee(drawing: Drawing, *, back: bool) -> str:
    creases = cloth.crease(
        [
            fold(274, 546, 420, 640, 30, 12),
            fold(272, 560, 372, 770, 26, -10),
            fold(726, 544, 590, 620, 30, -12),
            fold(726, 556, 644, 770, 24, 12),
            fold(284, 1030, 344, 860, 34, 10),
            fold(712, 1026, 640, 850, 30, -14),
            fold(470, 1066, 452, 920, 26, 6),
            fold(560, 1066, 588, 940, 22, -6),
            fold(266, 530, 190, 486, 20, 6),
            fold(734, 530, 812, 478, 20, -6),
            fold(170, 624, 220, 510, 20, 6),
            fold(832, 620, 784, 508, 18, -6),
        ],
        drawing,
    )
    trim = (
        cloth.stitch("M102 572C136 596 186 620 246 634")
        + cloth.stitch("M898 568C866 594 816 618 756 632")
        + cloth.stitch("M271 1026C342 1046 420 1052 500 1052C582 1052 660 1044 729 1024")
        + cloth.seam("M286 278C270 340 264 440 272 546")
        + cloth.seam("M716 276C732 340 736 440 728 544")
    )
    return cloth.body(drawing, TEE, seed=3, creases=trim + creases) + collar(
        drawing, top=226, wide=98, deep=62, back=back
    )


def _long(drawing: Drawing, *, back: bool) -> str:
    creases = cloth.crease(_sleeve_folds() + _body_folds(1064), drawing)
    trim = (
        cloth.stitch("M281 1040C350 1060 430 1066 500 1066C574 1066 654 1058 721 1038")
        + cloth.stitch("M128 980C154 996 198 1006 229 1006")
        + cloth.stitch("M872 978C846 994 802 1004 771 1004")
        + cloth.seam("M296 256C280 330 280 440 288 566")
        + cloth.seam("M704 254C720 330 722 440 714 566")
    )
    return cloth.body(drawing, LONG, seed=4, creases=trim + creases) + collar(
        drawing, top=206, wide=92, deep=60, back=back
    )


def _sweat(drawing: Drawing, *, back: bool) -> str:
    notch = (
        ""
        if back
        else path("M472 304L528 304L500 360Z", darker(GREY, 0.04), opacity=0.6)
        + cloth.stitch("M472 304L500 360L528 304")
    )
    return _fleece(drawing, notch) + collar(drawing, top=204, wide=102, deep=62, back=back, band=34)


def _hoodie(drawing: Drawing, *, back: bool) -> str:
    pocket = "M368 792C420 782 580 782 632 792L680 952L677 1011C600 1022 400 1022 323 1013L320 952Z"
    front = (
        path(pocket, darker(GREY, 0.2), filter=drawing.blur(10), opacity=0.6, transform="translate(7 -9)")
        + path(pocket, drawing.linear(((0, lighter(GREY, 0.04)), (1, darker(GREY, 0.02)))), opacity=0.9)
        + cloth.stitch("M368 802C420 792 580 792 632 802")
        + cloth.stitch("M361 806L331 952M639 806L669 952")
        + cloth.crease([fold(400, 996, 470, 860, 26, 10), fold(610, 996, 560, 850, 24, -10)], drawing, strength=0.7)
    )
    return _fleece(drawing, "" if back else front) + _hood(drawing, back=back)


def _fleece(drawing: Drawing, extra: str) -> str:
    creases = cloth.crease(_sleeve_folds() + _body_folds(1004), drawing, soft=9, strength=1.1)
    trim = (
        _ribs(drawing) + cloth.seam("M284 252C266 330 276 440 288 552") + cloth.seam("M716 250C734 330 724 440 714 552")
    )
    return cloth.body(drawing, SWEAT, seed=6, creases=creases + trim + extra)


def collar(drawing: Drawing, *, top: float, wide: float, deep: float, back: bool, band: float = 26) -> str:
    """The neck: what is seen of the inside, then the ribbed band around it."""
    left, right = 500 - wide, 500 + wide
    inner, outer = top + deep, top + deep + band
    if back:
        front = (
            f"M{left - 8} {top + 2}C{left + 40} {top + 34} {right - 40} {top + 34} {right + 8} {top + 2}L{right - 10} {top - 16}"
            f"C{right - 54} {top + 2} {left + 54} {top + 2} {left + 10} {top - 16}Z"
        )
        return cloth.rib(drawing, front) + cloth.stitch(
            f"M{left - 10} {top + 10}C{left + 40} {top + 42} {right - 40} {top + 42} {right + 10} {top + 10}"
        )
    rim = f"M{left + 10} {top - 14}C{left + 54} {top} {right - 54} {top} {right - 10} {top - 14}"
    inside = f"{rim}C{right - 6} {inner + 10} {left + 6} {inner + 10} {left + 10} {top - 14}Z"
    behind = f"{rim}L{right - 10} {top + 8}C{right - 56} {top + 24} {left + 56} {top + 24} {left + 10} {top + 8}Z"
    low, high = outer * 0.62 + top * 0.38, inner * 0.6 + top * 0.4
    ring = (
        f"M{left - 10} {top + 4}C{left} {low} {left + 40} {outer + 8} 500 {outer + 8}C{right - 40} {outer + 8} {right} {low} {right + 10} {top + 4}"
        f"C{right + 6} {top - 6} {right - 2} {top - 14} {right - 12} {top - 15}C{right - 18} {high} {right - 48} {inner} 500 {inner}"
        f"C{left + 48} {inner} {left + 18} {high} {left + 12} {top - 15}C{left + 2} {top - 14} {left - 6} {top - 6} {left - 10} {top + 4}Z"
    )
    fall = group(path(ring, darker(GREY, 0.36), opacity=0.5, transform="translate(2 8)"), filter=drawing.blur(6))
    return (
        path(inside, drawing.linear(((0, darker(GREY, 0.12)), (1, darker(GREY, 0.26)))))
        + cloth.rib(drawing, behind, shade=0.07)
        + fall
        + cloth.rib(drawing, ring)
        + cloth.stitch(
            f"M{left - 10} {top + 14}C{left - 4} {low + 8} {left + 36} {outer + 16} 500 {outer + 16}C{right - 36} {outer + 16} {right + 4} {low + 8} {right + 10} {top + 14}"
        )
    )


HOOD = "M368 252C346 180 368 100 428 72C470 56 530 56 572 72C632 100 654 180 632 252C612 304 560 334 500 336C440 334 388 304 368 252Z"


def _hood(drawing: Drawing, *, back: bool) -> str:
    volume = drawing.radial(((0, lighter(GREY, 0.07)), (0.6, GREY), (1, darker(GREY, 0.13))), (0.4, 0.3), 0.75)
    below = path(HOOD, darker(GREY, 0.36), filter=drawing.blur(12), opacity=0.6, transform="translate(6 16)")
    if back:
        return (
            below
            + path(HOOD, volume)
            + cloth.seam("M500 60C504 150 504 240 500 334")
            + cloth.crease([fold(400, 270, 470, 160, 30, 14), fold(600, 270, 540, 170, 28, -14)], drawing)
        )
    mouth = "M420 262C398 196 414 132 452 114C480 104 520 104 548 114C586 132 602 196 580 262C566 292 532 306 500 308C468 306 434 292 420 262Z"
    depth = drawing.linear(((0, darker(GREY, 0.16)), (0.6, darker(GREY, 0.27)), (1, darker(GREY, 0.14))))
    wrap = "M368 252C388 302 440 354 500 386C560 354 612 302 632 252C610 244 592 250 580 262C566 292 532 318 500 330C468 318 434 292 420 262C408 250 390 244 368 252Z"
    return (
        below
        + path(HOOD, volume)
        + path(mouth, depth)
        + cloth.seam("M500 108C504 160 504 230 500 300")
        + path(wrap, darker(GREY, 0.3), opacity=0.5, filter=drawing.blur(7), transform="translate(3 9)")
        + path(wrap, drawing.linear(((0, lighter(GREY, 0.05)), (1, darker(GREY, 0.07)))))
        + cloth.stitch("M500 330V382")
        + cloth.stitch("M406 262C382 190 402 122 446 100C480 88 520 88 554 100C598 122 618 190 594 262")
    )


@cache
def _trimmings(kind: str, *, back: bool) -> str:
    """What keeps its own colour: the neck label, the cords."""
    if back:
        return ""
    if kind == "hoodie":
        lines = ("M464 352C458 410 468 450 461 500", "M538 352C546 420 535 470 544 524")
        cords = "".join(
            stroke(line, "#241a14", 9, opacity=0.3, transform="translate(5 7)")
            + stroke(line, CORD, 7)
            + stroke(line, darker(CORD, 0.14), 7, stroke_dasharray="1.4 4")
            for line in lines
        )
        return Drawing().document(
            cords + rect(456, 496, 10, 26, "#b9a98c", rx=3) + rect(539, 520, 10, 26, "#b9a98c", rx=3)
        )
    top = {"tee": 226, "long_sleeve": 206}.get(kind, 204)
    return Drawing().document(
        rect(470, top + 16, 60, 26, "#e9e0cf", rx=1.5)
        + rect(470, top + 16, 60, 26, "#241a14", rx=1.5, opacity=0.12)
        + element(
            "text",
            "DIMMET",
            x=501,
            y=top + 33,
            font_family="Libertinus Serif",
            font_size=11.5,
            letter_spacing=2,
            text_anchor="middle",
            fill="#2a2723",
        )
    )


@cache
def hook() -> Part:
    """The peg and the hook of the hanger that a garment hangs from, for scenes."""
    drawing = Drawing()
    line = "M500 210V176C500 150 528 152 528 130C528 112 512 104 498 108"
    wood = drawing.radial(((0, "#d9b48a"), (0.7, "#b98a5c"), (1, "#8f6740")), (0.35, 0.3), 0.8)
    return Part(
        drawing.document(
            group(
                stroke(line, "#241a14", 7, opacity=0.4),
                circle(516, 120, 26, "#241a14", opacity=0.4),
                transform="translate(10 14)",
                filter=drawing.blur(6),
            )
            + circle(510, 108, 24, wood)
            + stroke(line, "#8d6a35", 7)
            + stroke(line, "#e6cd95", 3, transform="translate(-1 -1)")
        )
    )


def _ribs(drawing: Drawing) -> str:
    hem = "M274 1000C348 1018 430 1024 500 1024C572 1024 656 1018 726 998C731 1034 726 1058 722 1076C656 1092 572 1098 500 1098C430 1098 348 1094 280 1078C274 1058 270 1034 274 1000Z"
    left = "M110 898C136 918 204 934 249 932C240 964 234 988 230 1008C188 1010 126 994 98 968Z"
    right = "M890 896C864 916 796 932 752 930C760 962 766 986 770 1006C814 1008 876 992 902 966Z"
    return (
        cloth.rib(drawing, hem)
        + cloth.rib(drawing, left, turn=9)
        + cloth.rib(drawing, right, turn=-9)
        + cloth.stitch("M274 994C348 1012 430 1018 500 1018C572 1018 656 1012 726 992")
    )


def _sleeve_folds() -> list[str]:
    return [
        fold(288, 570, 210, 520, 26, 8),
        fold(284, 596, 194, 624, 24, -8),
        fold(274, 704, 188, 722, 20, 6),
        fold(254, 850, 164, 800, 24, 8),
        fold(246, 912, 158, 880, 20, 6),
        fold(714, 570, 792, 516, 26, -8),
        fold(716, 596, 806, 630, 24, 8),
        fold(728, 720, 814, 702, 20, -6),
        fold(746, 850, 836, 800, 24, -8),
        fold(756, 916, 842, 880, 20, -6),
    ]


def _body_folds(bottom: float) -> list[str]:
    return [
        fold(290, 584, 420, 690, 28, 12),
        fold(288, 604, 356, 800, 26, -8),
        fold(712, 584, 600, 680, 28, -12),
        fold(712, 604, 654, 810, 26, 8),
        fold(296, bottom, 368, bottom - 180, 34, 10),
        fold(702, bottom, 644, bottom - 190, 32, -10),
        fold(470, bottom + 4, 452, bottom - 120, 24, 6),
        fold(566, bottom + 4, 584, bottom - 130, 22, -6),
    ]


class _Cut(Protocol):
    def __call__(self, drawing: Drawing, *, back: bool) -> str: ...


_KINDS: dict[str, _Cut] = {"tee": _tee, "long_sleeve": _long, "sweatshirt": _sweat, "hoodie": _hoodie}
