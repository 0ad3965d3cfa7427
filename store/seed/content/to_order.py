"""A tee that is printed when somebody wants it, and a set that is put together of other things."""

# The tees whose prints can be chosen, by what the print is called, with what it adds to the price in minor units.
MOTIFS: tuple[tuple[str, str, int], ...] = (
    ("Moth", "moth-garden-tee", 0),
    ("Slow moon", "slow-moon-tee", 0),
    ("Swallows", "evening-swallows-tee", 0),
    ("Fern", "deep-fern-tee", 0),
    ("Toadstools", "toadstool-circle-tee", 300),
    ("Hare", "night-hare-tee", 0),
    ("Eye", "watchful-eye-tee", -200),
    ("Stag beetle", "stag-beetle-tee", 300),
    ("Two carp", "two-carp-tee", 400),
)
COLOURS = ("Chalk", "Ink", "Dusk", "Oat")
# Each print is cut for two kinds of cloth: which ones, the first being the one its inks are mixed for.
INKS: dict[str, tuple[str, ...]] = {"dark": ("Chalk", "Oat"), "light": ("Ink", "Dusk")}
INK_FOR = {"dark": "print for light cloth", "light": "print for dark cloth"}
LAYER_WORDS = {
    "garment": "The tee without a print",
    "folds": "Light and folds of the tee",
    "backdrop": "The wall behind the tee",
}
SIZES: tuple[tuple[str, int, int], ...] = (
    ("XS", 0, 14), ("S", 0, 25), ("M", 0, 0), ("L", 0, 18), ("XL", 0, 9), ("XXL", 200, 4),
)  # fmt: skip

TEE_HANDLE = "your-own-tee"
TEE_TITLE = "Your Own Tee"
TEE_TEXT = (
    "<p>Pick a print, pick a cloth, and we pull it for you on a Thursday. The shirts lie on the shelf; the print is made when you want it.</p>"
    "<ul><li>Organic cotton jersey, 240 g/m²</li><li>Screen printed by hand with water-based ink, one at a time</li>"
    "<li>Some prints are cut for some cloths only: the picker says which</li></ul>"
)
TEE_COVER = "Four tees in four cloths, each with another print"
TEE_PRICE = 4200
VIEW = "Front"
# How large a print is at most, in millimetres.
PRINT_SIZE = (300, 300)
# Where it lies in the picture of the tee: left, top, width and height in percent.
PRINT_AREA = (30.63, 27.0, 38.75, 31.0)
NO_SCREEN = "its screens are cut for other cloths"

KIT_HANDLE = "breakfast-for-two"
KIT_TITLE = "Breakfast for Two"
KIT_TEXT = "<p>Two mugs, two plates and a bowl to share, out of the same kiln. Cheaper together, and packed so that nothing touches.</p>"
KIT_PRICE = 14900
KIT_SKU = "SET-BREAKFAST"
# How many of which SKU; each brings its first picture along.
KIT_PARTS: tuple[tuple[int, str], ...] = (
    (2, "MUG-MOTH-SALT-300ML"),
    (2, "PLT-HARE-SALT-21CM"),
    (1, "BWL-SUPP-CELADON"),
)

# How many products these are, beside the items of the other files.
COUNT = 2
