"""A product file of any length, as another shop exports it: three rows a product, on average."""

import csv
import random
from pathlib import Path

from store.seed import words

_HEAD = (
    "Handle", "Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published", "Option1 Name", "Option1 Value",
    "Variant SKU", "Variant Grams", "Variant Inventory Tracker", "Variant Inventory Qty", "Variant Inventory Policy",
    "Variant Fulfillment Service", "Variant Price", "Variant Compare At Price", "Variant Requires Shipping",
    "Variant Taxable", "Status",
)  # fmt: skip


def write(path: Path, rows: int, *, name: str = "sheet") -> None:
    """Write a file of so many rows, the same one each time; products of another name are others."""
    dice = random.Random(5)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_HEAD)
        written = number = 0
        while written < rows:
            number += 1
            for place in range(min(dice.randint(1, 5), rows - written)):
                writer.writerow(_row(dice, name, number, place))
                written += 1


def _row(dice: random.Random, name: str, number: int, place: int) -> list[str]:
    maker = words.names()[number % 500].capitalize()
    first = place == 0
    return [
        f"{name}-{number}",
        f"{maker} Thing {number}" if first else "",
        words.description(dice) if first else "",
        maker if first else "",
        "Thing" if first else "",
        "sheet, thing" if first else "",
        "TRUE" if first else "",
        "Size" if first else "",
        ("S", "M", "L", "XL", "XXL")[place],
        f"{name.upper()}-{number}-{place}",
        str(dice.randint(50, 2000)),
        "shopify",
        str(dice.randint(0, 50)),
        "deny",
        "manual",
        f"{dice.randint(900, 9900) / 100:.2f}",
        "",
        "TRUE",
        "TRUE",
        "active" if first else "",
    ]
