"""The demo merchant: who it is, what it charges for delivery, and its shelves."""

from collections.abc import Mapping
from dataclasses import dataclass

from store.seed.content.model import Shelf

NAME = "Dimmet"
TAGLINE = "Things for the hour when the light goes."
EMAIL = "hello@dimmet.example"
VENDOR = "Dimmet Studio"
COUNTRY = "AT"
TIME_ZONE = "Europe/Vienna"
CURRENCY = "EUR"
LOCALE = "en"

# Where parcels go in euros: the European Union and Norway. Switzerland is a market of its own.
COUNTRIES = (
    "AT",
    "BE",
    "BG",
    "CY",
    "CZ",
    "DE",
    "DK",
    "EE",
    "ES",
    "FI",
    "FR",
    "GR",
    "HR",
    "HU",
    "IE",
    "IT",
    "LT",
    "LU",
    "LV",
    "MT",
    "NL",
    "NO",
    "PL",
    "PT",
    "RO",
    "SE",
    "SI",
    "SK",
)

# Standard rates as an exact fraction; where none is listed the country of the shop decides.
TAX_RATES = (("AT", "standard", "0.20", "VAT 20 %"),)


@dataclass(frozen=True)
class Zone:
    """Places that cost the same, in the words of `store.shipping.areas`."""

    name: str
    areas: str


@dataclass(frozen=True)
class InZone:
    """What a zone pays for a way to deliver, by grams; what is empty is as the way itself says."""

    name: str
    rates: tuple[tuple[int | None, int], ...] = ()
    free_from: int | None = None
    days: tuple[int, int] | None = None


@dataclass(frozen=True)
class Delivery:
    code: str
    name: str
    description: str
    price: int
    free_from: int | None
    days: tuple[int, int]
    zones: tuple[InZone, ...] = ()
    point: Mapping[str, str] | None = None

    @property
    def tables(self) -> bool:
        """Whether any zone has a table."""
        return any(zone.rates for zone in self.zones)


ZONES = (Zone("Austria", "AT"), Zone("Europe", "EU\nNO\nnot AT"))

DELIVERIES = (
    Delivery(
        "standard",
        "Standard",
        "With the post, tracked, no plastic in the parcel.",
        590,
        9000,
        (2, 4),
        (InZone("Austria"), InZone("Europe", ((2000, 990), (10_000, 1490), (None, 2490)), 15000, (3, 6))),
    ),
    Delivery(
        "express",
        "Express",
        "By courier; ordered by noon it leaves the same day.",
        1490,
        None,
        (1, 2),
        (InZone("Austria"),),
    ),
    Delivery(
        "studio",
        "Fetch it at the studio",
        "We write as soon as it is ready.",
        0,
        None,
        (0, 1),
        point={
            "name": "Dimmet Studio",
            "line1": "Beispielgasse 12",
            "postcode": "1070",
            "city": "Wien",
            "country": "AT",
            "hours": "Tuesday to Friday, 12:00 to 18:00",
        },
    ),
)

WINDOW = Shelf(
    "frontpage",
    "Things for the hour when the light goes",
    "<p>Printed cloth, fired clay and good paper from a small studio in Upper Austria. Made in short runs, by five people and a cat.</p>",
    "Printed tees and sweatshirts, ceramics, prints and candles from a small studio in Upper Austria.",
    "hero",
)

SHELVES = (
    Shelf(
        "tees",
        "Tees",
        "<p>Heavy organic cotton, cut wide, printed by hand. Twelve drawings, most of them of something that is awake at night.</p>",
        "Screen printed tees and long sleeves in heavy organic cotton, made in Austria.",
        "tees",
    ),
    Shelf(
        "sweatshirts",
        "Sweatshirts & hoodies",
        "<p>Loopback sweat with some weight to it, for sitting outside longer than is sensible.</p>",
        "Screen printed sweatshirts and hoodies in organic loopback cotton.",
        "sweatshirts",
    ),
    Shelf(
        "bags",
        "Bags & caps",
        "<p>Canvas that stands up by itself, pouches for what gets lost, and caps that may be sat on.</p>",
        "Printed canvas totes, pouches and caps.",
        "bags",
    ),
    Shelf(
        "table",
        "Table & kiln",
        "<p>Stoneware with iron in it, thrown and glazed two doors down from the print room. No two are quite the same, and we have stopped trying.</p>",
        "Hand-thrown stoneware: mugs, bowls, plates, vases and jugs.",
        "table",
    ),
    Shelf(
        "paper",
        "Prints & paper",
        "<p>The drawings where they began: on paper. Numbered prints with frames if you like, notebooks that open flat, cards that leave the talking to you.</p>",
        "Numbered art prints, framed or not, notebooks and cards.",
        "paper",
    ),
    Shelf(
        "home",
        "Light & linen",
        "<p>Candles, matches to light them, and soft things to sit with while they burn.</p>",
        "Candles in stoneware, linen cushions, lambswool blankets and tea.",
        "home",
    ),
)
