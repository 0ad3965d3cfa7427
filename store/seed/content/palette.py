"""The colours, sizes and papers that the demo shop works with."""

from store.seed.content.model import Axis, Value

CLOTH = {
    "Chalk": "#ece4d5",
    "Oat": "#d3c2a4",
    "Fog": "#b4b8b3",
    "Clay": "#b5694a",
    "Rust": "#8f4630",
    "Ochre": "#c08d3c",
    "Moss": "#5f6b4f",
    "Fir": "#2f443c",
    "Dusk": "#4a5a78",
    "Ink": "#262b38",
    "Plum": "#573347",
    "Rose": "#c99a8c",
}
GLAZE = {
    "Salt": "#e6ddcd",
    "Midnight": "#2e3d55",
    "Celadon": "#8fa394",
    "Ember": "#bd6f3c",
    "Bog": "#515a45",
    "Ash": "#a7a39a",
    "Damson": "#6a4053",
}
WOODS = ("Unframed", "Oak", "Black")


def colours(*names: str) -> Axis:
    return Axis("Colour", tuple(Value(name, CLOTH[name]) for name in names))


def glazes(*names: str) -> Axis:
    return Axis("Glaze", tuple(Value(name, GLAZE[name]) for name in names))


def covers(*names: str) -> Axis:
    return Axis("Cover", tuple(Value(name, CLOTH[name]) for name in names))


def choice(name: str, *values: tuple[str, int, int]) -> Axis:
    """An axis of (name, price on top in minor units, weight on top in grams)."""
    return Axis(name, tuple(Value(label, None, extra, weight) for label, extra, weight in values))


SIZES = Axis("Size", (Value("XS"), Value("S"), Value("M"), Value("L"), Value("XL"), Value("XXL", extra=200, weight=40)))
FORMATS = choice("Format", ("A4", 0, 0), ("A3", 1200, 110), ("50 × 70 cm", 2600, 320))
FRAMES = choice("Frame", ("Unframed", 0, 0), ("Oak", 3400, 1450), ("Black", 3400, 1450))
