"""Pictures put together from layers.

What is costly to draw (folds, blurred shadows, walls) is drawn once in grey and tinted for each colour; what differs from
product to product (prints, lettering) is drawn fresh. The same layers give the same bytes.
"""

import io
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from math import ceil, floor

import typst
from PIL import Image, ImageChops

from store.seed.art import texture
from store.seed.art.colour import lightness, tone
from store.seed.art.svg import HEIGHT, WIDTH

Box = tuple[float, float, float, float]
Place = tuple[float, float, float]  # moved right, moved down, scaled (around the corner)
Corner = tuple[int, int]
Layer = tuple[Image.Image, Image.Image]  # colours, and how opaque they are
SHEET = 960  # pixels across the one drawing that placed and close views are cut from
FULL: Box = (0, 0, WIDTH, HEIGHT)


@dataclass(frozen=True)
class Part:
    """One layer. `colour` tints a drawing made in grey; `shaded` takes the light of the tinted layer below it."""

    svg: str
    colour: str | None = None
    opacity: float = 1.0
    shaded: bool = False
    lights: bool = True  # whether prints above this tinted layer take its light
    steady: bool = True  # drawn once and enlarged for close views; False: drawn anew, sharp
    coarse: int = 1  # drawn at 1/coarse of the size: for what is soft anyway
    woven: str = ""  # the texture that close views of this layer show
    sheet: Box = FULL  # the part of the plane that is drawn, once, for every view
    extent: Box | None = None  # what the drawing fills of it, where that is little
    place: Place | None = None


@dataclass(frozen=True)
class Picture:
    """Layers from back to front, and the part of the plane that is seen."""

    parts: Sequence[Part]
    box: Box = FULL
    grain: float = 1.0


def compose(picture: Picture, width: int) -> Image.Image:
    """Paint a picture `width` pixels wide."""
    height = round(width * picture.box[3] / picture.box[2])
    canvas = Image.new("RGB", (width, height), "#888888")
    light: Image.Image | None = None
    lit_from: Corner = (0, 0)
    for part in picture.parts:
        (colours, alpha), corner = _layer(part, picture.box, width, height)
        if part.colour is not None:
            if part.woven and part.place is None and picture.box[2] < WIDTH * 0.7:
                colours = ImageChops.soft_light(colours, texture.weave(part.woven, width, height))
            if part.lights:
                light, lit_from = colours, corner
            colours = tint(colours, part.colour)
        elif part.shaded and light is not None:
            left, top = (a - b for a, b in zip(corner, lit_from, strict=True))
            colours = ImageChops.soft_light(
                colours, light.crop((left, top, left + colours.width, top + colours.height))
            )
        if part.opacity < 1:
            alpha = alpha.point([round(level * part.opacity) for level in range(256)])
        canvas.paste(colours, corner, alpha)
    return texture.with_grain(canvas, picture.grain) if picture.grain else canvas


def placed(parts: Sequence[Part], right: float, down: float, scale: float = 1.0) -> list[Part]:
    """The same layers elsewhere and larger or smaller."""
    return [replace(part, place=(right, down, scale)) for part in parts]


def tint(grey: Image.Image, colour: str) -> Image.Image:
    """Colour a grey drawing: middle grey becomes the colour, darker and lighter follow it in OKLab."""
    level = grey.getchannel("G")
    return Image.merge("RGB", [level.point(table) for table in _tone_tables(colour)])


def _layer(part: Part, box: Box, width: int, height: int) -> tuple[Layer, Corner]:
    """A part as it is seen in a box, and where its corner lies."""
    sheet, unit = part.sheet, width / box[2]
    if part.place is not None:
        right, down, scale = part.place
        seen, (left, top, wide, high) = _within(part.extent, sheet, unit * scale)
        corner = (round((sheet[0] * scale + right - box[0]) * unit), round((sheet[1] * scale + down - box[1]) * unit))
        layer, (x, y) = _drawn(part, seen, (wide, high))
        return layer, (corner[0] + left + x, corner[1] + top + y)
    if not part.steady or sheet == box:
        seen, (left, top, wide, high) = _within(part.extent, box, unit)
        layer, (x, y) = _drawn(part, seen, (wide, high))
        return layer, (left + x, top + y)
    # Close views are cut from the drawing of the whole thing, which is the costly part.
    dense = SHEET / sheet[2] / part.coarse
    size = (round(sheet[2] * dense), round(sheet[3] * dense))
    whole = _soft(part.svg, sheet, size) if part.coarse > 1 else _padded(*_sharp(part.svg, sheet, size), size)
    left_edge, top_edge = (box[0] - sheet[0]) * dense, (box[1] - sheet[1]) * dense
    return _cut(
        part.svg, whole, (left_edge, top_edge, left_edge + box[2] * dense, top_edge + box[3] * dense), (width, height)
    ), (0, 0)


def _within(extent: Box | None, box: Box, unit: float) -> tuple[Box, tuple[int, int, int, int]]:
    """The part of a box that a drawing reaches, and the same in pixels of the box: whole ones."""
    if extent is None:
        return box, (0, 0, max(1, round(box[2] * unit)), max(1, round(box[3] * unit)))
    left, top = floor(max(0.0, extent[0] - box[0]) * unit), floor(max(0.0, extent[1] - box[1]) * unit)
    right = ceil(min(box[2], extent[0] + extent[2] - box[0]) * unit)
    low = ceil(min(box[3], extent[1] + extent[3] - box[1]) * unit)
    wide, high = max(1, right - left), max(1, low - top)
    return (box[0] + left / unit, box[1] + top / unit, wide / unit, high / unit), (left, top, wide, high)


def _drawn(part: Part, box: Box, size: tuple[int, int]) -> tuple[Layer, Corner]:
    if part.coarse == 1:
        return _sharp(part.svg, box, size)
    small = (max(1, size[0] // part.coarse), max(1, size[1] // part.coarse))
    return _cut(part.svg, _soft(part.svg, box, small), (0, 0, *small), size), (0, 0)


_remembered: OrderedDict[tuple[str, Box, tuple[int, int]], Layer] = OrderedDict()


def _cut(svg: str, whole: Layer, region: Box, size: tuple[int, int]) -> Layer:
    """A region of a drawing at another size; the last few are remembered, for they are asked for again."""
    key = (svg, region, size)
    if key not in _remembered:
        together = whole[0].copy()
        together.putalpha(whole[1])
        left, top, right, low = region
        inside = (max(0.0, left), max(0.0, top), min(float(together.width), right), min(float(together.height), low))
        _remembered[key] = _apart(together.resize(size, Image.Resampling.BILINEAR, inside))
        while len(_remembered) > 8:
            _remembered.popitem(last=False)
    return _remembered[key]


@lru_cache(maxsize=14)
def _sharp(svg: str, box: Box, size: tuple[int, int]) -> tuple[Layer, Corner]:
    """A drawing without its empty margins."""
    image = rasterise(svg, box, *size)
    edges = image.getchannel("A").getbbox() or (0, 0, 1, 1)
    return _apart(image.crop(edges)), edges[:2]


@lru_cache(maxsize=40)
def _soft(svg: str, box: Box, size: tuple[int, int]) -> Layer:
    """A small drawing that will be enlarged; many fit into memory."""
    return _apart(rasterise(svg, box, *size))


def rasterise(svg: str, box: Box, width: int, height: int) -> Image.Image:
    """Draw a box of an SVG document from `Drawing.document`, with transparency."""
    view = " ".join(f"{part:g}" for part in box)
    text = svg.replace("@view@", view).replace("@width@", str(width)).replace("@height@", str(height))
    page = (
        f"#set page(width: {width}pt, height: {height}pt, margin: 0pt, fill: none)\n"
        f'#image(bytes(sys.inputs.svg), format: "svg", width: {width}pt, height: {height}pt)'
    )
    # Only typst's own fonts: lettering must not depend on the machine.
    png = typst.compile(page.encode(), format="png", ppi=72, sys_inputs={"svg": text}, ignore_system_fonts=True)
    return Image.open(io.BytesIO(png)).convert("RGBA")


def _apart(image: Image.Image) -> Layer:
    return image.convert("RGB"), image.getchannel("A")


def _padded(layer: Layer, corner: Corner, size: tuple[int, int]) -> Layer:
    """The drawing with its empty margins."""
    colours, alpha = Image.new("RGB", size), Image.new("L", size)
    colours.paste(layer[0], corner)
    alpha.paste(layer[1], corner)
    return colours, alpha


@cache
def _tone_tables(colour: str) -> tuple[list[int], list[int], list[int]]:
    reds, greens, blues = [], [], []
    middle = lightness("#808080")
    for level in range(256):
        value = tone(colour, lightness(f"#{level:02x}{level:02x}{level:02x}") - middle)
        reds.append(int(value[1:3], 16))
        greens.append(int(value[3:5], 16))
        blues.append(int(value[5:7], 16))
    return reds, greens, blues
