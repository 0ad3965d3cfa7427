"""Products put together by chance, skewed as real catalogues are, as lines for COPY.

A product is thrown by dice that begin at its own id, so it does not matter which process throws them. What triggers
would keep (availability, last pieces, price ranges) is worked out here and written with the row.
"""

# ruff: noqa: SIM905 - words are read as words

import random
from bisect import bisect
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import accumulate, product
from typing import Final, TypeVar

from store.seed import words
from store.seed.content import shop
from store.seed.content.palette import CLOTH

# In an order in which every row finds what it points at.
COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "products": (
        "id", "handle", "title", "description_html", "vendor", "product_type", "status", "published_at", "category_id",
        "tags", "popularity", "available", "created_at", "updated_at",
    ),
    "product_images": ("product_id", "image_id", "position", "alt"),
    "collection_products": ("collection_id", "product_id", "position"),
    "custom_field_values": ("product_id", "field_id", "position", "value", "number"),
    "options": ("id", "product_id", "position", "name"),
    "option_values": ("id", "option_id", "position", "value", "swatch"),
    "variants": ("id", "product_id", "option_key", "position", "sku", "weight_grams", "available", "stock_left"),
    "variant_values": ("variant_id", "option_id", "value_id"),
    "prices": ("variant_id", "currency", "price_list_id", "amount_minor", "compare_at_minor"),
    "product_prices": ("product_id", "currency", "price_list_id", "low_minor", "high_minor", "compare_at_minor"),
    "inventory_items": ("id", "sku", "policy", "tracked", "safety_stock"),
    "stock_levels": ("id", "item_id", "location_id", "on_hand", "reserved", "allocated", "incoming"),
    "stock_movements": (
        "level_id", "kind", "on_hand_delta", "reserved_delta", "allocated_delta", "incoming_delta", "reason", "actor",
        "at",
    ),
    "variant_items": ("variant_id", "item_id", "quantity"),
}  # fmt: skip

_MANNERS = (
    "Quiet Slow Late Low Long Deep Pale Dark Half Second Last Early Soft Plain Wild Still Far Near Cold Warm Bright Faded "
    "Folded Hollow Steady Salted Smoked Woven Tidal Northern"
).split()
_SUBJECTS = (
    "Moth Moon Fern Owl Hare Carp Tide Beetle Swallow Fox Cat Primrose Toadstool Lantern Peak Harbour Orchard Meadow "
    "Heron Thistle Comet Ember Willow Pine River Attic Ladder Window Kettle Lamp Bell Thorn Pebble Gull Reed Barley "
    "Nettle Sloe Quince Hazel"
).split()
# Kind, shelf, how often it occurs, cheapest and dearest price in minor units, grams.
_KINDS = (
    ("T-shirt", "tees", 30, 1900, 4900, 235), ("Sweatshirt", "sweatshirts", 15, 4900, 9900, 620),
    ("Print", "paper", 13, 900, 9900, 120), ("Mug", "table", 9, 1400, 4200, 380), ("Tote bag", "bags", 6, 1500, 3900, 280),
    ("Candle", "home", 4, 1200, 6900, 520), ("Notebook", "paper", 3, 900, 2900, 410), ("Cushion", "home", 3, 2900, 8900, 780),
    ("Bowl", "table", 3, 1600, 5900, 640), ("Scarf", "bags", 3, 2900, 9900, 180), ("Apron", "home", 2, 2900, 6900, 310),
    ("Poster", "paper", 2, 1200, 4900, 140), ("Vase", "table", 2, 2400, 12900, 1150), ("Lamp", "home", 2, 5900, 24900, 2100),
    ("Blanket", "home", 1, 7900, 19900, 1400), ("Backpack", "bags", 1, 6900, 17900, 900),
)  # fmt: skip
# Colours x sizes, and how often: from 1 to 30 variants, 3.2 on average.
_SHAPES = (
    ((1, 1), 50), ((2, 1), 14), ((3, 1), 10), ((2, 2), 8), ((3, 2), 8), ((2, 4), 4), ((3, 4), 3), ((3, 6), 2), ((5, 6), 1),
)  # fmt: skip
_SIZES = ("XS", "S", "M", "L", "XL", "XXL")
_TAGS = (
    "printed plain last-run new set gift winter summer handmade organic limited reissue vegan outdoor indoor kitchen "
    "travel desk studio kids archive heavyweight lightweight unisex bestseller oversized refill spare-part engraved custom"
).split()

# Collections of every kind of product: handle, title, share of the shop.
THEMES = (
    ("everyday", "Everyday", 0.1), ("for-giving", "For giving", 0.06), ("out-of-doors", "Out of doors", 0.04),
    ("small-rooms", "Small rooms", 0.025), ("long-evenings", "Long evenings", 0.015), ("last-of-it", "The last of it", 0.004),
)  # fmt: skip
# Key, name, kind, unit, choices, share of the products that have it.
FIELDS = (
    ("material", "Material", "choice", "", ("Cotton", "Linen", "Wool", "Clay", "Glass", "Oak", "Brass", "Recycled paper"), 0.7),
    ("origin", "Made in", "text", "", ("Austria", "Portugal", "Italy", "Germany", "Latvia", "Japan", "Slovenia"), 0.5),
    ("length", "Length", "number", "cm", (), 0.5),
    ("care", "Care", "choice", "", ("Machine wash", "Hand wash", "Wipe clean", "Dishwasher safe"), 0.4),
    ("handmade", "Made by hand", "boolean", "", (), 0.3),
    ("season", "Season", "choice", "", ("Spring", "Summer", "Autumn", "Winter"), 0.35),
)  # fmt: skip
# Branches of the category tree, each with leaves; how often a leaf is chosen falls with its place.
BRANCHES = (
    ("clothes", "Clothes", ("Tops", "Jumpers", "Outerwear", "Socks")),
    ("for-the-table", "For the table", ("Cups", "Bowls and plates", "Vases")),
    ("living", "Living", ("Light", "Textiles", "Scents", "Walls")),
    ("writing", "Writing", ("Notebooks", "Cards", "Pens")),
    ("carrying", "Carrying", ("Bags", "Pouches", "Straps")),
)


@dataclass
class World:
    """What products point at: shelves with their galleries, themes, fields, leaves of the category tree, a sale."""

    currency: str
    location: int
    moment: datetime
    shelves: Mapping[str, tuple[int, Sequence[Sequence[int]]]]
    themes: Sequence[tuple[int, float]] = ()
    fields: Sequence[tuple[int, str, Sequence[str], float]] = ()  # id, kind, choices, share
    leaves: Sequence[int] = ()
    sale: int | None = None
    language: str = "english"
    tiers: Sequence[int] = ()
    has_rules: bool = False  # some collections choose their products by rules


@dataclass
class _Thrown:
    """A product before it has ids of everything below it."""

    dice: random.Random
    kind: tuple[str, str, int, int, int, int]
    axes: Sequence[tuple[str, Sequence[tuple[str, str | None]]]]
    variants: int = field(init=False)

    def __post_init__(self) -> None:
        self.variants = 1
        for _name, values in self.axes:
            self.variants *= len(values)


T = TypeVar("T")
Lines = dict[str, list[str]]


def throw(product_ids: Sequence[int], world: World, reserve: Callable[[str, int], Sequence[int]]) -> Lines:
    """Return the lines of all tables for these products; `reserve` gives ids of a table."""
    thrown = [_throw(number) for number in product_ids]
    variants = sum(one.variants for one in thrown)
    takers = {
        "options": iter(reserve("options", sum(len(one.axes) for one in thrown))),
        "option_values": iter(
            reserve("option_values", sum(len(values) for one in thrown for _name, values in one.axes))
        ),
        "variants": iter(reserve("variants", variants)),
        "inventory_items": iter(reserve("inventory_items", variants)),
        "stock_levels": iter(reserve("stock_levels", variants)),
    }
    lines: Lines = {name: [] for name in COLUMNS}
    for number, one in zip(product_ids, thrown, strict=True):
        _write(lines, takers, number, one, world)
    return lines


def _throw(number: int) -> _Thrown:
    dice = random.Random(number)
    (colours, sizes), _share = _SHAPES[_drawn(dice, _SHAPE_ODDS)]
    axes: list[tuple[str, Sequence[tuple[str, str | None]]]] = []
    if colours > 1:
        axes.append(("Colour", dice.sample(_COLOURS, colours)))
    if sizes > 1:
        axes.append(("Size", [(name, None) for name in _SIZES[:sizes]]))
    return _Thrown(dice, _KINDS[_drawn(dice, _KIND_ODDS)], axes)


def _write(lines: Lines, takers: Mapping[str, Iterator[int]], number: int, one: _Thrown, world: World) -> None:
    dice = one.dice
    kind, handle, _often, cheap, dear, grams = one.kind
    maker = _skewed(dice, words.names(), 3).capitalize()
    title = f"{_pick(dice, _MANNERS)} {_pick(dice, _SUBJECTS)} {kind}"
    if dice.random() < 0.5:
        title = f"{maker} {title}"
    price = int(round(dice.triangular(cheap, dear, cheap), -2)) - 10
    # More of them are young; the oldest are six years old.
    born = (world.moment - timedelta(days=3 + 2190 * dice.random() ** 2)).isoformat(timespec="seconds")
    available = _write_variants(lines, takers, number, one, world, price=price, grams=grams)
    tags = dict.fromkeys(_skewed(dice, _TAGS, 2) for _ in range(dice.randint(0, 5)))
    standing = dice.random()
    status = "active" if standing < 0.97 else "draft" if standing < 0.99 else "archived"
    leaf = str(_skewed(dice, world.leaves, 2)) if world.leaves else _NULL
    slug = title.lower().replace(" ", "-")
    lines["products"].append(
        f"{number}\t{slug}-{number}\t{title}\t{words.description(dice)}\t"
        f"{shop.VENDOR if dice.random() < 0.05 else maker}\t{kind}\t{status}\t{born}\t{leaf}\t{{{','.join(tags)}}}\t"
        f"{int(1000 / (1 + dice.expovariate(0.02)))}\t{'t' if available else 'f'}\t{born}\t{born}\n"
    )
    shelf = world.shelves.get(handle)
    if shelf is not None:
        lines["collection_products"].append(f"{shelf[0]}\t{number}\t{number}\n")
        if shelf[1]:
            gallery = _pick(dice, shelf[1])[: 1 + (dice.random() < 0.5)]
            lines["product_images"] += [
                f"{number}\t{image_id}\t{place}\t{title}\n" for place, image_id in enumerate(gallery)
            ]
    lines["collection_products"] += [
        f"{theme}\t{number}\t{number}\n" for theme, share in world.themes if dice.random() < share
    ]
    for field_id, field_kind, choices, share in world.fields:
        if dice.random() < share:
            value, amount = _said(dice, field_kind, choices)
            lines["custom_field_values"].append(f"{number}\t{field_id}\t0\t{value}\t{amount}\n")


def _write_variants(
    lines: Lines,
    takers: Mapping[str, Iterator[int]],
    number: int,
    one: _Thrown,
    world: World,
    *,
    price: int,
    grams: int,
) -> bool:
    """Write options and variants; return whether one of them can be had."""
    dice, anything = one.dice, False
    axes: list[tuple[int, list[int]]] = []
    for place, (name, values) in enumerate(one.axes):
        option_id = next(takers["options"])
        value_ids = [next(takers["option_values"]) for _ in values]
        lines["options"].append(f"{option_id}\t{number}\t{place}\t{name}\n")
        lines["option_values"] += [
            f"{value_id}\t{option_id}\t{at}\t{value}\t{swatch or _NULL}\n"
            for at, (value_id, (value, swatch)) in enumerate(zip(value_ids, values, strict=True))
        ]
        axes.append((option_id, value_ids))
    chance = dice.random()
    compare_at = str(price + 1000) if chance < 0.15 else _NULL
    on_sale = world.sale is not None and chance > 0.97
    # One in five costs more in the last of its choices.
    dearer = 500 if one.variants > 1 and 0.4 < chance < 0.6 else 0
    _write_ranges(lines, number, world, price=price, high=price + dearer, compare_at=compare_at, on_sale=on_sale)
    low = price
    for place, chosen in enumerate(product(*(value_ids for _option_id, value_ids in axes))):
        variant_id, item_id, level_id = (
            next(takers["variants"]),
            next(takers["inventory_items"]),
            next(takers["stock_levels"]),
        )
        price = low + dearer if place == one.variants - 1 else low
        on_hand = 0 if dice.random() < 0.12 else 1 + int(dice.random() * 80)
        anything = anything or on_hand > 0
        left = on_hand if on_hand <= 5 else _NULL
        sku = f"B{number}-{place}"
        key = "-".join(map(str, chosen))
        lines["variants"].append(
            f"{variant_id}\t{number}\t{key}\t{place}\t{sku}\t{grams}\t{'t' if on_hand else 'f'}\t{left}\n"
        )
        lines["variant_values"] += [
            f"{variant_id}\t{option_id}\t{value_id}\n" for (option_id, _ids), value_id in zip(axes, chosen, strict=True)
        ]
        lines["prices"].append(f"{variant_id}\t{world.currency}\t{_NULL}\t{price}\t{compare_at}\n")
        if on_sale:
            lines["prices"].append(f"{variant_id}\t{world.currency}\t{world.sale}\t{price * 4 // 5}\t{_NULL}\n")
        lines["inventory_items"].append(f"{item_id}\t{sku}\tdeny\tt\t0\n")
        lines["stock_levels"].append(f"{level_id}\t{item_id}\t{world.location}\t{on_hand}\t0\t0\t0\n")
        if on_hand:
            lines["stock_movements"].append(
                f"{level_id}\treceived\t{on_hand}\t0\t0\t0\topening stock\tsystem\t{world.moment.isoformat()}\n"
            )
        lines["variant_items"].append(f"{variant_id}\t{item_id}\t1\n")
    return anything


def _write_ranges(
    lines: Lines, number: int, world: World, *, price: int, high: int, compare_at: str, on_sale: bool
) -> None:
    """Write the product's prices from the lowest to the highest, as the triggers of `prices` would."""
    lines["product_prices"].append(f"{number}\t{world.currency}\t{_NULL}\t{price}\t{high}\t{compare_at}\n")
    if on_sale:
        lines["product_prices"].append(
            f"{number}\t{world.currency}\t{world.sale}\t{price * 4 // 5}\t{high * 4 // 5}\t{_NULL}\n"
        )


def _said(dice: random.Random, kind: str, choices: Sequence[str]) -> tuple[str, str]:
    """Return the value of a custom field, and its number."""
    if kind == "number":
        amount = str(int(dice.triangular(5, 180, 40)))
        return amount, amount
    if kind == "boolean":
        return ("true" if dice.random() < 0.6 else "false"), _NULL
    return _skewed(dice, choices, 2), _NULL


def _pick(dice: random.Random, items: Sequence[T]) -> T:
    return items[int(dice.random() * len(items))]


def _skewed(dice: random.Random, items: Sequence[T], power: int) -> T:
    """The first ones are drawn much more often than the last."""
    return items[int(dice.random() ** power * len(items))]


def _drawn(dice: random.Random, odds: list[int]) -> int:
    return bisect(odds, int(dice.random() * odds[-1]))


_NULL = r"\N"
_COLOURS = list(CLOTH.items())
_KIND_ODDS = list(accumulate(kind[2] for kind in _KINDS))
_SHAPE_ODDS = list(accumulate(share for _shape, share in _SHAPES))
