"""Paints a composed picture: cloth in its colour, folds that shade and move what is printed, an edge without a halo."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PIL import Image, ImageChops, ImageFilter

from store.media.composing.cloth import MIDDLE, tint
from store.media.composing.recipe import WHOLE, Area

Picture = Image.Image
Box = tuple[int, int, int, int]

# How far a print moves where the cloth is steepest, in shares of the picture's width.
_MOST_SHIFT = 0.007
# How much a grey level of slope between two knots of the net moves a print, in shares of the picture's width.
_SHIFT = 0.00026
# Knots of the net that is laid over a print, in shares of the picture's width.
_KNOT = 0.016
# Ink is not opaque: a little of the cloth comes through.
_INK = 0.97
_STUDIO = (232, 229, 224)
_HALF = [0] * 128 + [255] * 128


@dataclass(frozen=True)
class Layers:
    """Pictures of one size, but for the prints, which are fitted into the area.

    `garment` is cut out (RGBA), `folds` is grey: its middle changes nothing.
    """

    garment: Picture
    backdrop: Picture | None = None
    folds: Picture | None = None
    tint: str = ""
    area: Area = WHOLE
    prints: Sequence[Picture] = ()


def paint(layers: Layers) -> Picture:
    """Return the picture in the size of its garment."""
    size = layers.garment.size
    canvas = Image.new("RGB", size, _STUDIO) if layers.backdrop is None else layers.backdrop.copy()
    alpha = layers.garment.getchannel("A")
    # Where no cloth is, nothing has to be done.
    edges = alpha.getbbox()
    if edges is None:
        return canvas
    folds = None if layers.folds is None else layers.folds.crop(edges)
    box = box_of(layers.area, size)
    cloth, light = _cloth(replace(layers, garment=layers.garment.crop(edges), folds=folds), _moved(box, edges))
    alpha = alpha.crop(edges)
    canvas.paste(cloth, edges[:2], alpha)
    if layers.prints:
        _print(canvas, layers.prints, box, light, alpha, edges)
    return canvas


def box_of(area: Area, size: tuple[int, int]) -> Box:
    """Return an area in pixels: left, top, right, bottom."""
    wide, high = size
    left, top = round(area.left * wide / 100), round(area.top * high / 100)
    return (
        left,
        top,
        max(left + 1, round((area.left + area.width) * wide / 100)),
        max(top + 1, round((area.top + area.height) * high / 100)),
    )


def fitted(artwork: Picture, size: tuple[int, int]) -> tuple[Picture, tuple[int, int]]:
    """Return an artwork as large as it fits into a size, and where it lies there: in the middle."""
    scale = min(size[0] / artwork.width, size[1] / artwork.height)
    small = (max(1, round(artwork.width * scale)), max(1, round(artwork.height * scale)))
    shown = artwork if small == artwork.size else artwork.resize(small, Image.Resampling.LANCZOS)
    return shown, ((size[0] - small[0]) // 2, (size[1] - small[1]) // 2)


def _moved(box: Box, edges: Box) -> Box:
    return box[0] - edges[0], box[1] - edges[1], box[2] - edges[0], box[3] - edges[1]


def _cloth(layers: Layers, box: Box) -> tuple[Picture, Picture]:
    """The garment in its colour, and the light on it in grey; prints lie in the box."""
    alpha = layers.garment.getchannel("A")
    if layers.tint:
        grey = _bled(layers.garment.convert("L"), alpha)
        light = grey if layers.folds is None else ImageChops.hard_light(grey, layers.folds)
        return tint(light, layers.tint), light
    garment = _bled(layers.garment.convert("RGB"), alpha)
    if layers.folds is not None:
        shade = Image.merge("RGB", [layers.folds] * 3)
        return ImageChops.hard_light(garment, shade), layers.folds
    return garment, _levelled(garment.convert("L"), box)


def _bled(plain: Picture, alpha: Picture) -> Picture:
    """The garment's colours without transparency: at its edge those of the cloth beside it.

    What a camera saw behind a cut-out garment stays in its half transparent pixels as a fringe. They get the colour of
    the nearest cloth instead, computed small, for the cloth changes little within a few pixels.
    """
    # A pixel counts as cloth when its neighbours do.
    solid = alpha.filter(ImageFilter.BoxBlur(1)).point([255 if level >= 253 else 0 for level in range(256)])
    small = plain.reduce(4)
    inside = alpha.reduce(4).point([255 if level >= 253 else 0 for level in range(256)])
    small.putalpha(inside)
    for radius in (1, 3, 8):
        carried = small.convert("La" if small.mode == "LA" else "RGBa").filter(ImageFilter.BoxBlur(radius))
        small = Image.composite(small, carried.convert(small.mode), small.getchannel("A").point(_HALF))
    around = small.convert(plain.mode).resize(plain.size, Image.Resampling.BILINEAR)
    return Image.composite(plain, around, solid)


def _levelled(grey: Picture, box: Box) -> Picture:
    """The light on a garment that keeps its colour: its lightness, with that of the printed place as the middle."""
    mean = max(1, grey.crop(box).resize((1, 1), Image.Resampling.BOX).tobytes()[0])
    return grey.point([min(255, round(level * MIDDLE / mean)) for level in range(256)])


def _print(canvas: Picture, artworks: Sequence[Picture], box: Box, light: Picture, alpha: Picture, edges: Box) -> None:
    """Print into a box of the canvas; light and alpha are those within the edges of the garment."""
    width = canvas.width
    room = round(_MOST_SHIFT * width) + 2
    # A little more than the box, for what is moved beyond it, and no more than there is cloth.
    left, top = max(edges[0], box[0] - room), max(edges[1], box[1] - room)
    right, low = min(edges[2], box[2] + room), min(edges[3], box[3] + room)
    if left >= right or top >= low:
        return
    sheet = Image.new("RGBA", (right - left, low - top), (0, 0, 0, 0))
    for artwork in artworks:
        shown, (x, y) = fitted(artwork.convert("RGBA"), (box[2] - box[0], box[3] - box[1]))
        _lay(sheet, shown, box[0] - left + x, box[1] - top + y)
    drawn = sheet.getchannel("A").getbbox()
    if drawn is None:
        return
    here = _moved((left, top, right, low), edges)
    shade = light.crop(here)
    moved = sheet.transform(sheet.size, Image.Transform.MESH, _net(shade, width, sheet.size), Image.Resampling.BILINEAR)
    colours = ImageChops.hard_light(moved.convert("RGB"), Image.merge("RGB", [_softened(shade)] * 3))
    ink = moved.getchannel("A").point([round(level * _INK) for level in range(256)])
    canvas.paste(colours, (left, top), ImageChops.multiply(ink, alpha.crop(here)))


def _lay(sheet: Picture, artwork: Picture, x: int, y: int) -> None:
    """Lay an artwork on a sheet, which may begin within it."""
    source = (max(0, -x), max(0, -y))
    if source[0] < artwork.width and source[1] < artwork.height:
        sheet.alpha_composite(artwork, (max(0, x), max(0, y)), source)


def _softened(shade: Picture) -> Picture:
    """The light as ink shows it: less than cloth does, because it lies flat on it, and shadow more than light."""
    return shade.point([round(MIDDLE + (level - MIDDLE) * (1.0 if level < MIDDLE else 0.5)) for level in range(256)])


def _net(shade: Picture, width: int, size: tuple[int, int]) -> list[tuple[Box, tuple[float, ...]]]:
    """The net that is laid over a print: each of its meshes shows what lies uphill of it, so that folds bend lines."""
    wide, high = size
    columns, rows = max(2, round(wide / (width * _KNOT))), max(2, round(high / (width * _KNOT)))
    soft = shade.resize((columns + 3, rows + 3), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(1.4))
    height = soft.tobytes()
    stride, most, unit = columns + 3, _MOST_SHIFT * width, _SHIFT * width
    xs = [round(column * wide / columns) for column in range(columns + 1)]
    ys = [round(row * high / rows) for row in range(rows + 1)]
    knots = []
    for row in range(rows + 1):
        line = []
        for column in range(columns + 1):
            at = (row + 1) * stride + column + 1
            across = (height[at + 1] - height[at - 1]) * unit
            down = (height[at + stride] - height[at - stride]) * unit
            line.append((xs[column] + max(-most, min(most, across)), ys[row] + max(-most, min(most, down))))
        knots.append(line)
    return [
        (
            (xs[column], ys[row], xs[column + 1], ys[row + 1]),
            (*knots[row][column], *knots[row + 1][column], *knots[row + 1][column + 1], *knots[row][column + 1]),
        )
        for row in range(rows)
        for column in range(columns)
    ]
