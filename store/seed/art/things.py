"""Every kind of thing the shop sells, as layers: from its look and the colour that was chosen."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from store.seed.art import clay, garments, paper, soft, wax
from store.seed.art.branches import stems
from store.seed.art.colour import darker, is_dark, lighter, lightness, mix
from store.seed.art.garments import Print
from store.seed.art.layers import Part
from store.seed.art.motifs import motif
from store.seed.art.motifs.ink import Ink
from store.seed.content.model import Look

CREAM, NIGHT, OCHRE, RUST = "#eee3cc", "#2b3040", "#d9a441", "#b5562e"
MIDDLING = 0.68  # OKLab lightness below which cream is printed


@dataclass(frozen=True)
class Stand:
    """Where a kind is shown: on a wall or a table (then with its horizon), and which parts of the plane are looked at."""

    table: bool
    front: tuple[float, float, float, float]
    close: tuple[float, float, float, float]
    horizon: float = 860


def ink_for(ground: str, accent: str | None = None) -> Ink:
    """Inks that are readable on a ground: cream on dark and middling ones, night blue on light ones."""
    light = lightness(ground)
    if light < MIDDLING:
        candidates = (accent, OCHRE if light < 0.53 else NIGHT)
        return Ink(
            CREAM, ground, next(one for one in candidates if one and _differs(one, ground) and _differs(one, CREAM))
        )
    candidates = (accent, RUST if light > 0.74 else "#7c3a22")
    return Ink(
        NIGHT, ground, next((one for one in candidates if one and _differs(one, ground) and _differs(one, NIGHT)), RUST)
    )


def _differs(one: str, other: str) -> bool:
    return abs(lightness(one) - lightness(other)) > 0.15


def parts_of(look: Look, colour: str, choice: str = "") -> list[Part]:
    """The layers of a thing in a colour; `choice` is the name of the value, for frames."""
    sheet = _STANDS[look.kind].front
    return [replace(part, sheet=sheet) for part in _KINDS[look.kind](look, colour, choice)]


def stand_of(kind: str) -> Stand:
    return _STANDS[kind]


def _on(
    look: Look, colour: str, *, width: float, middle: tuple[float, float], stretch: float = 1.0, turn: float = 0
) -> list[Part]:
    if not look.motif:
        return []
    shapes = motif(look.motif, ink_for(colour, look.accent))
    return [Print(shapes, width=width, middle=middle, stretch=stretch, turn=turn).part()]


def _worn(look: Look, colour: str, choice: str) -> list[Part]:
    back = choice == "back"
    y = {"tee": 535.0, "long_sleeve": 505.0, "sweatshirt": 565.0, "hoodie": 615.0}[look.kind]
    width = {"hoodie": 310.0, "tee": 372.0}.get(look.kind, 350.0)
    printed = None
    if look.motif:
        shapes = motif(look.motif, ink_for(colour, look.accent))
        printed = (
            Print(shapes, width=74, middle=(500, 316 if look.kind != "hoodie" else 410))
            if back
            else Print(shapes, width=width, middle=(500, y))
        )
    return garments.worn(look.kind, colour, printed, back=back)


def _tote(look: Look, colour: str, choice: str) -> list[Part]:
    del choice
    return soft.tote(colour, _on(look, colour, width=370, middle=(500, 785)))


def _pouch(look: Look, colour: str, choice: str) -> list[Part]:
    del choice
    return soft.pouch(colour, _on(look, colour, width=262, middle=(500, 698)))


def _cap(look: Look, colour: str, choice: str) -> list[Part]:
    del choice
    return soft.cap(colour, _on(look, colour, width=158, middle=(500, 745)))


def _pot(look: Look, colour: str, choice: str) -> list[Part]:
    del choice
    printed: list[Part] = []
    if look.kind == "mug":
        printed = _on(look, colour, width=226, middle=(450, 772), stretch=1.06)
    elif look.kind == "tumbler":
        printed = _on(look, colour, width=196, middle=(500, 760), stretch=1.06)
    inside = {"bowl": mix(colour, "#e9dfcd", 0.0), "dish": lighter(colour, 0.04)}.get(look.kind)
    outside = "#e6ddcd" if look.kind == "bowl" else colour
    tea = "#6b3a20" if look.kind == "mug" else ""
    pot = clay.pot(look.kind, outside, printed=printed, contents=tea, inside=inside)
    mouth = clay.PROFILES[look.kind][0][0]
    return [stems(look.stems, 500, mouth + 5), *pot] if look.stems else pot


def _plate(look: Look, colour: str, choice: str) -> list[Part]:
    del choice
    return clay.plate(colour, printed=_on(look, colour, width=430, middle=(500, 620)))


def _print(look: Look, colour: str, choice: str) -> list[Part]:
    del colour
    frame = choice if choice in paper.WOODS else None
    return paper.framed((look.motif, ink_for(look.colour, look.accent), look.words[0]), frame)


def _notebook(look: Look, colour: str, choice: str) -> list[Part]:
    del choice
    foil = Ink("#dcb56c" if is_dark(colour) else "#6d4a2a", colour, "#dcb56c")
    return paper.notebook(
        colour,
        foil,
        look.motif,
        spine=darker(colour, 0.16) if lightness(colour) > 0.4 else mix(colour, "#8c4a34", 0.75),
    )


def _cards(look: Look, colour: str, choice: str) -> list[Part]:
    del colour, choice
    grounds = ("#262b38", "#e8dfcf", "#56634b", "#8c4a34")
    return paper.cards(
        [(name, ink_for(ground)) for name, ground in zip(look.words, grounds, strict=False)], look.colour
    )


def _matches(look: Look, colour: str, choice: str) -> list[Part]:
    del colour, choice
    return paper.matches(look.colour, ink_for(look.colour, look.accent), look.motif, look.words[0])


def _candle(look: Look, colour: str, choice: str) -> list[Part]:
    return wax.candle(
        colour, Ink(NIGHT, "#f1e9d9", look.accent or RUST), look.motif, look.words[0], lit=choice != "out"
    )


def _tin(look: Look, colour: str, choice: str) -> list[Part]:
    del colour, choice
    return wax.tin(look.colour, ink_for(look.colour, look.accent), look.motif, look.words[0], look.words[1])


def _cushion(look: Look, colour: str, choice: str) -> list[Part]:
    del choice
    return soft.cushion(colour, _on(look, colour, width=430, middle=(500, 690)), piping=darker(colour, 0.1))


def _blanket(look: Look, colour: str, choice: str) -> list[Part]:
    del choice
    thread = CREAM if is_dark(colour) else NIGHT
    bands = "".join(
        f'<rect x="200" y="{y}" width="600" height="{h}" fill="{thread}" opacity="0.92"/>'
        for y, h in ((262, 8), (280, 3), (880, 3), (892, 8), (910, 3), (930, 18))
    )
    return soft.hanging(colour, _on(look, colour, width=430, middle=(500, 580)), fringe="#e6dcc6", bands=bands)


def _towel(look: Look, colour: str, choice: str) -> list[Part]:
    del choice
    stripe = darker(colour, 0.12) if not is_dark(colour) else lighter(colour, 0.14)
    bands = "".join(
        f'<rect x="{x}" y="180" width="{w}" height="900" fill="{stripe}" opacity="0.8"/>'
        for x, w in ((262, 7), (276, 3), (721, 3), (731, 7))
    )
    return soft.hanging(colour, _on(look, colour, width=400, middle=(500, 600)), bands=bands, long=940)


_KINDS: dict[str, Callable[[Look, str, str], list[Part]]] = {
    "tee": _worn,
    "long_sleeve": _worn,
    "sweatshirt": _worn,
    "hoodie": _worn,
    "tote": _tote,
    "pouch": _pouch,
    "cap": _cap,
    "mug": _pot,
    "tumbler": _pot,
    "bowl": _pot,
    "vase": _pot,
    "bottle": _pot,
    "jug": _pot,
    "dish": _pot,
    "plate": _plate,
    "print": _print,
    "notebook": _notebook,
    "cards": _cards,
    "matches": _matches,
    "candle": _candle,
    "tin": _tin,
    "cushion": _cushion,
    "blanket": _blanket,
    "towel": _towel,
}
_WORN = Stand(False, (20, 25, 960, 1200), (316, 330, 368, 460))
_SWEAT = Stand(False, (20, 25, 960, 1200), (306, 345, 388, 485))
_STANDS: dict[str, Stand] = {
    "tee": _WORN,
    "long_sleeve": Stand(False, (20, 15, 960, 1200), (310, 300, 380, 475)),
    "sweatshirt": _SWEAT,
    "hoodie": Stand(False, (0, 0, 1000, 1250), (306, 390, 388, 485)),
    "tote": Stand(False, (70, 40, 860, 1075), (270, 510, 460, 575)),
    "pouch": Stand(False, (130, 230, 740, 925), (300, 440, 400, 500)),
    "cap": Stand(True, (120, 270, 760, 950), (330, 560, 340, 425)),
    "mug": Stand(True, (70, 240, 800, 1000), (250, 560, 400, 500)),
    "tumbler": Stand(True, (120, 260, 760, 950), (310, 540, 400, 500)),
    "bowl": Stand(True, (75, 170, 850, 1062.5), (120, 560, 480, 600)),
    "vase": Stand(True, (90, 90, 840, 1050), (280, 560, 430, 537)),
    "bottle": Stand(True, (90, 90, 840, 1050), (290, 560, 430, 537)),
    "jug": Stand(True, (40, 130, 860, 1075), (240, 430, 440, 550)),
    "dish": Stand(True, (100, 250, 800, 1000), (170, 790, 360, 450), 820),
    "plate": Stand(False, (0, 0, 1000, 1250), (270, 340, 480, 600)),
    "print": Stand(False, (0, 0, 1000, 1250), (290, 360, 420, 525)),
    "notebook": Stand(False, (50, 60, 900, 1125), (330, 340, 420, 525)),
    "cards": Stand(False, (40, 40, 920, 1150), (430, 330, 440, 550)),
    "matches": Stand(True, (110, 240, 780, 975), (300, 470, 380, 475)),
    "candle": Stand(True, (100, 240, 800, 1000), (290, 500, 420, 525)),
    "tin": Stand(True, (110, 270, 780, 975), (290, 640, 420, 525)),
    "cushion": Stand(True, (50, 120, 900, 1125), (300, 420, 420, 525), 820),
    "blanket": Stand(False, (0, 0, 1000, 1250), (290, 380, 440, 550)),
    "towel": Stand(False, (0, 0, 1000, 1250), (290, 400, 440, 550)),
}
