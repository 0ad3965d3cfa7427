"""How the demo shop describes its goods: the tree, the custom fields, and a collection that fills itself."""

from collections.abc import Mapping
from typing import NamedTuple


class Said(NamedTuple):
    """A custom field of the demo shop."""

    name: str
    kind: str
    unit: str = ""
    many: bool = False
    choices: tuple[str, ...] = ()
    filterable: bool = True


# Where the kinds of goods stand.
PLACES: Mapping[str, str] = {
    "T-shirt": "Clothes > Tees",
    "Long sleeve": "Clothes > Tees",
    "Sweatshirt": "Clothes > Sweatshirts",
    "Hoodie": "Clothes > Sweatshirts",
    "Cap": "Clothes",
    "Tote bag": "Bags",
    "Pouch": "Bags",
    **dict.fromkeys(("Mug", "Bowl", "Plate", "Cup", "Dish", "Jug", "Tea", "Tea towel"), "Household > Table"),
    **dict.fromkeys(("Candle", "Vase", "Blanket", "Cushion", "Incense", "Matches"), "Household > Around the house"),
    "Print": "Paper > Prints",
    **dict.fromkeys(("Notebook", "Cards", "Calendar"), "Paper > Stationery"),
}

FIELDS: Mapping[str, Said] = {
    "material": Said("Material", "choice", many=True, choices=(
        "Organic cotton", "Recycled cotton", "Linen", "Wool", "Stoneware", "Paper", "Wood", "Soy wax", "Brass")),
    "made_in": Said("Made in", "choice", choices=("Portugal", "Italy", "Lithuania", "Japan")),
    "paper_weight": Said("Paper weight", "number", unit="g/m²"),
    "care": Said("Care", "text", many=True, filterable=False),
    "dishwasher": Said("Dishwasher safe", "boolean"),
    "first_made": Said("First made", "date", filterable=False),
}  # fmt: skip

# By the beginning of the category's path; the first that fits counts.
VALUES: tuple[tuple[str, Mapping[str, tuple[str, ...]]], ...] = (
    ("Clothes > Tees", {"material": ("Organic cotton",), "made_in": ("Portugal",), "care": ("30 °C, inside out", "Dry on the line")}),
    ("Clothes", {"material": ("Organic cotton", "Recycled cotton"), "made_in": ("Portugal",), "care": ("30 °C, inside out", "No tumble dryer")}),
    ("Bags", {"material": ("Recycled cotton",), "made_in": ("Lithuania",), "care": ("Wipe clean",)}),
    ("Household > Table", {"material": ("Stoneware",), "made_in": ("Portugal",), "dishwasher": ("true",)}),
    ("Household", {"made_in": ("Lithuania",), "dishwasher": ("false",)}),
    ("Paper > Prints", {"material": ("Paper",), "made_in": ("Italy",), "paper_weight": ("270",), "first_made": ("2026-03-02",)}),
    ("Paper", {"material": ("Paper",), "made_in": ("Italy",), "paper_weight": ("100",)}),
)  # fmt: skip

# A collection by rule: what costs little and can be given away today.
SMALL_THINGS = ("small-presents", "Small presents", "<p>Under twenty euros, ready to go.</p>")
SMALL_RULES = (("price", "less", "20"), ("available", "is", "true"))
