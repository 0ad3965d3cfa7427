"""A catalogue of any size for measuring: skewed as real ones are, with the demo's pictures and words put together by chance."""

import random
from bisect import bisect
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import accumulate, product

from store.core.clock import now
from store.core.db import read_rows
from store.seed.content import shop
from store.seed.content.palette import CLOTH
from store.seed.drafts import DraftAxis, DraftProduct, DraftVariant, write

_BATCH = 2500
_MANNERS = (
    "Quiet",
    "Slow",
    "Late",
    "Low",
    "Long",
    "Deep",
    "Pale",
    "Dark",
    "Half",
    "Second",
    "Last",
    "Early",
    "Soft",
    "Plain",
    "Wild",
    "Still",
    "Far",
    "Near",
    "Cold",
    "Warm",
    "Bright",
    "Faded",
    "Folded",
    "Hollow",
    "Steady",
    "Salted",
    "Smoked",
    "Woven",
    "Tidal",
    "Northern",
)
_SUBJECTS = (
    "Moth",
    "Moon",
    "Fern",
    "Owl",
    "Hare",
    "Carp",
    "Tide",
    "Beetle",
    "Swallow",
    "Fox",
    "Cat",
    "Primrose",
    "Toadstool",
    "Lantern",
    "Peak",
    "Harbour",
    "Orchard",
    "Meadow",
    "Heron",
    "Thistle",
    "Comet",
    "Ember",
    "Willow",
    "Pine",
    "River",
    "Attic",
    "Ladder",
    "Window",
    "Kettle",
    "Lamp",
    "Bell",
    "Thorn",
    "Pebble",
    "Gull",
    "Reed",
    "Barley",
    "Nettle",
    "Sloe",
    "Quince",
    "Hazel",
)
_SENTENCES = (
    "Made in a short run and finished by hand.",
    "It gets better with use, which is more than most of us can say.",
    "The colour is mixed here and varies a little from batch to batch.",
    "Good for every evening and most mornings.",
    "Drawn first, measured later.",
    "Packed in paper and string.",
    "A plain thing, well made.",
    "We keep one in the studio and nobody has complained.",
)
# Kind, shelf, how often it occurs, cheapest and dearest price in minor units, grams.
_KINDS = (
    ("T-shirt", "tees", 38, 1900, 4900, 235),
    ("Sweatshirt", "sweatshirts", 19, 4900, 9900, 620),
    ("Print", "paper", 16, 900, 9900, 120),
    ("Mug", "table", 11, 1400, 4200, 380),
    ("Tote bag", "bags", 7, 1500, 3900, 280),
    ("Candle", "home", 4, 1200, 6900, 520),
    ("Notebook", "paper", 3, 900, 2900, 410),
    ("Cushion", "home", 2, 2900, 8900, 780),
)
# Colours x sizes, and how often: from 1 to 30 variants, 3.2 on average.
_SHAPES = (
    ((1, 1), 50),
    ((2, 1), 14),
    ((3, 1), 10),
    ((2, 2), 8),
    ((3, 2), 8),
    ((2, 4), 4),
    ((3, 4), 3),
    ((3, 6), 2),
    ((5, 6), 1),
)
_SIZES = ("XS", "S", "M", "L", "XL", "XXL")
_TAGS = ("printed", "plain", "last-run", "new", "set", "gift", "winter", "summer")


def grow(size: int) -> int:
    """Add products until there are `size`; return how many were added. Runs inside the caller's transaction."""
    there = read_rows("SELECT count(*) AS total, coalesce(max(id), 0) AS latest FROM products")[0]
    missing = max(0, size - there.total)
    shelves = _shelves()
    for start in range(0, missing, _BATCH):
        count = min(_BATCH, missing - start)
        write([_product(there.latest + start + number + 1, shelves) for number in range(count)])
    return int(missing)


class _Shelf:
    """A collection's id and the galleries of the demo products in it."""

    def __init__(self, collection_id: int) -> None:
        self.collection_id = collection_id
        self.galleries: list[list[int]] = []


def _shelves() -> dict[str, _Shelf]:
    shelves: dict[str, _Shelf] = {}
    rows = read_rows("""
        SELECT c.handle, c.id, g.gallery
          FROM collections c
          LEFT JOIN LATERAL (
               SELECT array_agg(pi.image_id ORDER BY pi.position) AS gallery
                 FROM collection_products cp JOIN product_images pi USING (product_id)
                WHERE cp.collection_id = c.id GROUP BY cp.product_id ORDER BY cp.product_id LIMIT 20) g ON true
    """)
    for row in rows:
        shelf = shelves.setdefault(row.handle, _Shelf(row.id))
        if row.gallery:
            shelf.galleries.append(list(row.gallery))
    return shelves


def _product(number: int, shelves: dict[str, _Shelf]) -> DraftProduct:
    dice = random.Random(number)
    kind, handle, _often, cheap, dear, grams = _KINDS[_drawn(dice, _KIND_ODDS)]
    (colours, sizes), _share = _SHAPES[_drawn(dice, _SHAPE_ODDS)]
    title = f"{dice.choice(_MANNERS)} {dice.choice(_SUBJECTS)} {kind}"
    shelf = shelves.get(handle)
    gallery = dice.choice(shelf.galleries) if shelf and shelf.galleries else []
    price = round(dice.triangular(cheap, dear, cheap), -2) - 10
    axes = _axes(dice, colours, sizes)
    return DraftProduct(
        handle=f"{title.lower().replace(' ', '-')}-{number}",
        title=title,
        description_html="<p>" + " ".join(dice.sample(_SENTENCES, 3)) + "</p>",
        vendor=shop.VENDOR,
        product_type=kind,
        status="active",
        published_at=_published(dice),
        tags=dice.sample(_TAGS, dice.randint(0, 3)),
        popularity=int(1000 / (1 + dice.expovariate(0.02))),
        currency=shop.CURRENCY,
        axes=axes,
        variants=list(_variants(dice, number, axes, price=int(price), grams=grams, pictures=len(gallery))),
        pictures=[(image_id, title) for image_id in gallery],
        collections=[(shelf.collection_id, number)] if shelf else [],
    )


def _variants(
    dice: random.Random, number: int, axes: Sequence[DraftAxis], *, price: int, grams: int, pictures: int
) -> list[DraftVariant]:
    compare_at = price + 1000 if dice.random() < 0.15 else None
    variants = []
    for place, choice in enumerate(product(*(range(len(axis.values)) for axis in axes))):
        on_hand = 0 if dice.random() < 0.12 else dice.randint(1, 80)
        shown = (choice[0] % pictures,) if choice and pictures else ()
        variants.append(DraftVariant(choice, f"B{number}-{place}", price, compare_at, grams, on_hand, pictures=shown))
    return variants


def _axes(dice: random.Random, colours: int, sizes: int) -> list[DraftAxis]:
    axes = []
    if colours > 1:
        axes.append(DraftAxis("Colour", dice.sample(list(CLOTH.items()), colours)))
    if sizes > 1:
        axes.append(DraftAxis("Size", [(name, None) for name in _SIZES[:sizes]]))
    return axes


def _published(dice: random.Random) -> datetime:
    return now() - timedelta(days=3 + dice.random() * 730)


def _drawn(dice: random.Random, odds: list[int]) -> int:
    return bisect(odds, dice.randrange(odds[-1]))


_KIND_ODDS = list(accumulate(kind[2] for kind in _KINDS))
_SHAPE_ODDS = list(accumulate(share for _shape, share in _SHAPES))
