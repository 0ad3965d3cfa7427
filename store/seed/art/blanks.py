"""What a tee that is printed to order is put together from: the wall behind it, the cloth, its folds, and the prints."""

from collections.abc import Sequence
from dataclasses import replace

from PIL import Image, ImageChops, ImageFilter

from store.seed.art import cloth, stage, texture
from store.seed.art.cloth import fold
from store.seed.art.garments import TEE, Print, collar, worn
from store.seed.art.layers import FULL, compose, placed, rasterise
from store.seed.art.layers import Picture as Layered
from store.seed.art.motifs import motif
from store.seed.art.shots import BACKDROPS
from store.seed.art.svg import Drawing, group, path, rect
from store.seed.art.things import ink_for, stand_of
from store.seed.content import item
from store.seed.content.palette import CLOTH

# The widest that a composed picture is shown in, and prints as they go to the press.
WIDTH = 1280
PRINT_WIDTH = 1800

FRONT = stand_of("tee").front
# How wide prints are in units of the drawing, as on the other tees.
_PRINT = 372.0

_PRINT_BOX = (-112.0, -112.0, 224.0, 224.0)
_COVER = (
    ("moth-garden-tee", "Ink"),
    ("deep-fern-tee", "Chalk"),
    ("slow-moon-tee", "Dusk"),
    ("night-hare-tee", "Oat"),
)

# What rises where somebody has laid the tee down, by how soft it is: pulled from the sleeves, gathered above the hem.
_RIDGES: tuple[tuple[float, float, Sequence[str]], ...] = (
    (
        26,
        0.5,
        (
            fold(250, 470, 560, 720, 120, 60),
            fold(760, 470, 470, 640, 110, -50),
            fold(300, 1060, 430, 760, 110, 40),
            fold(700, 1060, 580, 800, 120, -40),
            fold(470, 1080, 500, 830, 90, 20),
        ),
    ),
    (
        11,
        0.8,
        (
            fold(270, 556, 520, 676, 46, 34),
            fold(728, 546, 452, 590, 42, -30),
            fold(276, 620, 470, 800, 40, 26),
            fold(724, 610, 560, 780, 40, -24),
            fold(372, 300, 452, 470, 34, -16),
            fold(640, 300, 572, 452, 32, 14),
            fold(286, 1040, 400, 836, 44, 18),
            fold(712, 1040, 610, 846, 42, -18),
            fold(452, 1070, 470, 886, 34, 10),
            fold(566, 1070, 548, 900, 34, -10),
            fold(150, 600, 226, 450, 36, 12),
            fold(850, 596, 780, 446, 36, -12),
        ),
    ),
    (
        5,
        0.55,
        (
            fold(272, 548, 410, 604, 20, 12),
            fold(726, 540, 588, 566, 18, -10),
            fold(276, 574, 372, 676, 18, 10),
            fold(722, 566, 632, 664, 18, -10),
            fold(286, 1052, 344, 930, 20, 8),
            fold(712, 1050, 660, 936, 20, -8),
            fold(236, 640, 250, 540, 18, 8),
            fold(766, 640, 752, 540, 18, -8),
        ),
    ),
)


def layer(name: str, width: int = WIDTH) -> Image.Image:
    """Draw the `backdrop` with the tee's shadow on it, the `garment` in grey, or the light on its `folds`."""
    size = (width, round(width * FRONT[3] / FRONT[2]))
    if name == "garment":
        return rasterise(_blank(), FRONT, *size)
    if name == "folds":
        return _light(size)
    return compose(Layered([stage.wall(BACKDROPS["linen"]), worn("tee", cloth.GREY)[0]], FRONT), width)


def print_of(handle: str, ground: str, width: int = PRINT_WIDTH) -> Image.Image:
    """Draw the print of one of the shop's tees in the inks for a cloth, on nothing: where cloth shows, there is a hole."""
    look = item(handle).look
    inks = ink_for(ground, look.accent)
    white, black = (
        rasterise(
            Drawing().document(motif(look.motif, replace(inks, second=second))), _PRINT_BOX, width, width
        ).convert("RGBa")
        for second in ("#ffffff", "#000000")
    )
    # What is drawn in the cloth's own colour is not printed: it is all that differs between the two.
    open_ = ImageChops.subtract(white.getchannel(0), black.getchannel(0))
    *colours, alpha = black.split()
    return Image.merge("RGBa", (*colours, ImageChops.subtract(alpha, open_))).convert("RGBA")


def cover(width: int) -> Image.Image:
    """Four tees side by side, for lists: each another cloth and another print."""
    parts = [stage.wall(BACKDROPS["linen"])]
    left, top, wide, high = FRONT
    slots = ((0.0, 0.01), (0.5, 0.0), (0.0, 0.5), (0.5, 0.5))
    for (handle, colour), (across, down) in zip(_COVER, slots, strict=True):
        look = item(handle).look
        shapes = motif(look.motif, ink_for(CLOTH[colour], look.accent))
        tee = worn("tee", CLOTH[colour], Print(shapes, width=_PRINT, middle=(500, 535)))
        tee = [replace(part, sheet=FRONT) for part in tee]
        parts += placed(tee, left * 0.5 + across * wide, top * 0.5 + down * high, 0.5)
    return compose(Layered(parts, FRONT), width)


def _blank() -> str:
    """A tee that lies nearly flat: its folds are a picture of their own."""
    drawing = Drawing()
    trim = (
        cloth.stitch("M102 572C136 596 186 620 246 634")
        + cloth.stitch("M898 568C866 594 816 618 756 632")
        + cloth.stitch("M271 1026C342 1046 420 1052 500 1052C582 1052 660 1044 729 1024")
        + cloth.seam("M286 278C270 340 264 440 272 546")
        + cloth.seam("M716 276C732 340 736 440 728 544")
    )
    return drawing.document(
        cloth.body(drawing, TEE, seed=3, depth=0.28, creases=trim)
        + collar(drawing, top=226, wide=98, deep=62, back=False)
    )


def _light(size: tuple[int, int]) -> Image.Image:
    """How light falls on the folds: they are drawn as heights, and lit from the upper left."""
    height = Image.new("L", size, 0)
    for soft, strength, ridges in _RIDGES:
        drawing = Drawing()
        shapes = group(path("".join(ridges), "#fff"), filter=drawing.blur(soft, room=12), opacity=strength)
        drawn = rasterise(drawing.document(rect(*FULL, "#000") + shapes), FRONT, *size).convert("L")
        height = ImageChops.add(height, drawn, scale=1.35)
    step = max(1, size[0] // 320)
    lit = ImageChops.subtract(
        ImageChops.offset(height, -step, -step), ImageChops.offset(height, step, step), scale=0.62, offset=128
    )
    # The weave rises a little too, and nothing in the world is quite smooth.
    return ImageChops.add(lit.filter(ImageFilter.GaussianBlur(step / 2)), _uneven(size), 1, -128)


def _uneven(size: tuple[int, int]) -> Image.Image:
    return texture.grain(*size, 0.55).convert("L")
