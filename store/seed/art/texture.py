"""Small raster textures, made once in a process and laid into drawings: folds, speckle, wood, plaster."""

import base64
import io
import math
import random
from functools import cache

import typst
from PIL import Image, ImageChops, ImageFilter

TILE = 512


@cache
def folds(seed: int, across: float = 5.0, down: float = 2.0, depth: float = 70.0) -> str:
    """Soft folds of cloth, lit from the upper left: grey around the middle, for soft light."""
    return _lit(seed, across / 1000, down / 1000, depth, octaves=3, size=(300, 375))


@cache
def plaster(seed: int) -> str:
    """An uneven wall."""
    return _lit(seed, 0.012, 0.012, 9.0, octaves=4, size=(300, 375))


@cache
def clay(seed: int) -> str:
    """The throwing rings and small unevenness of a thrown pot."""
    return _lit(seed, 0.003, 0.03, 10.0, octaves=2, size=(200, 250))


@cache
def grain(width: int, height: int, amount: float) -> Image.Image:
    """Film grain around middle grey, as large as the picture; `amount` 1 is just felt."""
    dice = random.Random(7)
    tile = Image.frombytes("L", (TILE, TILE), dice.randbytes(TILE * TILE)).filter(ImageFilter.GaussianBlur(0.7))
    tile = tile.point([max(0, min(255, round(128 + (level - 128) * 0.085 * amount))) for level in range(256)])
    return _tiled(tile, width, height)


def with_grain(image: Image.Image, amount: float) -> Image.Image:
    return ImageChops.add(image, grain(*image.size, amount), 1, -128)


@cache
def weave(kind: str, width: int, height: int) -> Image.Image:
    """What cloth, canvas or paper shows close up, around middle grey."""
    side = {"jersey": 12, "fleece": 16, "canvas": 10, "linen": 7}[kind]
    tile = Image.new("L", (side, side), 128)
    pixels = tile.load()
    assert pixels is not None
    for x in range(side):
        for y in range(side):
            pixels[x, y] = _thread(kind, x / side, y / side)
    sheet = _tiled(tile, width, height)
    dice = random.Random(3)
    noise = Image.frombytes("L", (TILE, TILE), dice.randbytes(TILE * TILE)).filter(ImageFilter.GaussianBlur(1.1))
    return ImageChops.add(
        sheet, _tiled(noise.point([round(128 + (level - 128) * 0.32) for level in range(256)]), width, height), 1, -128
    )


def _thread(kind: str, x: float, y: float) -> int:
    """How light a thread is at a point of its repeat (both 0 to 1)."""
    if kind in ("jersey", "fleece"):
        # A knit stitch: two strands that lean towards each other.
        lean = (y + abs(x - 0.5) * 1.1) % 1.0
        side = abs(abs(x - 0.5) - 0.25) * 4
        return round(128 + 17 * math.cos(lean * math.tau) - 15 * side)
    over = (x < 0.5) == (y < 0.5)
    along = (y if over else x) % 0.5 * 2
    return round(120 + (22 if over else 4) * math.sin(along * math.pi))


def _tiled(tile: Image.Image, width: int, height: int) -> Image.Image:
    while tile.width < min(width, 400):
        wider = Image.new("L", (tile.width * 2, tile.height * 2))
        for place in ((0, 0), (tile.width, 0), (0, tile.height), tile.size):
            wider.paste(tile, place)
        tile = wider
    sheet = Image.new("L", (width, height))
    for left in range(0, width, tile.width):
        for top in range(0, height, tile.height):
            sheet.paste(tile, (left, top))
    return sheet.convert("RGB")


def data_uri(image: Image.Image) -> str:
    buffer = io.BytesIO()
    image.save(buffer, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def _lit(seed: int, across: float, down: float, depth: float, *, octaves: int, size: tuple[int, int]) -> str:
    width, height = size
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 1250" width="{width}" height="{height}"><defs>'
        '<filter id="f" x="0" y="0" width="100%" height="100%" color-interpolation-filters="sRGB">'
        f'<feTurbulence type="fractalNoise" baseFrequency="{across} {down}" numOctaves="{octaves}" seed="{seed}"/>'
        f'<feDiffuseLighting surfaceScale="{depth * width / 1000}" diffuseConstant="1" lighting-color="#fff">'
        '<feDistantLight azimuth="225" elevation="42"/></feDiffuseLighting></filter></defs>'
        '<rect width="1000" height="1250" fill="#fff" filter="url(#f)"/></svg>'
    )
    image = _rendered(svg, width, height).filter(ImageFilter.GaussianBlur(1.2))
    # A flat surface must come out as middle grey so that soft light leaves its colour alone.
    flat = 0.669 * 255
    table = [max(0, min(255, round(128 + (level - flat) * 1.25))) for level in range(256)]
    return data_uri(image.point(table))


def _rendered(svg: str, width: int, height: int) -> Image.Image:
    page = f'#set page(width: {width}pt, height: {height}pt, margin: 0pt)\n#image(bytes(sys.inputs.svg), format: "svg", width: {width}pt)'
    return Image.open(io.BytesIO(typst.compile(page.encode(), format="png", ppi=72, sys_inputs={"svg": svg}))).convert(
        "L"
    )
