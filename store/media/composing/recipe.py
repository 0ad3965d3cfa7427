"""What a composed picture is made of, and the key under which it is kept.

The key holds a digest of everything the picture follows from, and then, in letters, whose picture it is: a product's
view and the values that were chosen. So no row has to be kept for each of thousands of choices, an address can be
checked against what the product is now, and nobody can ask for a picture that no product has.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

# Part of every key: to be raised when the same layers give another picture than before.
ENGINE = 1

# What composed pictures can be asked for, in pixels across; none is larger than its garment.
WIDTHS = (320, 480, 640, 960, 1280)

_DIGEST = 20
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
# No key of a picture that was uploaded has a `z` there: it is hexadecimal.
_KEY = re.compile(rf"(?P<digest>[0-9a-f]{{{_DIGEST}}})z(?P<whose>[0-9a-z]{{1,43}})")


@dataclass(frozen=True, slots=True)
class Area:
    """Where a garment can be printed, in percent of its picture."""

    left: float
    top: float
    width: float
    height: float


WHOLE = Area(0, 0, 100, 100)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Layers from back to front, as keys of pictures. `tint` is `#rrggbb`; without it the garment keeps its colour.

    `folds` shades garment and prints; without it the light is read off the garment itself.
    """

    garment: str
    backdrop: str = ""
    folds: str = ""
    tint: str = ""
    area: Area = WHOLE
    prints: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as it is kept beside an order."""
        return asdict(self) | {"prints": list(self.prints)}


def recipe_from(kept: Mapping[str, Any]) -> Recipe:
    """Return the recipe that `as_json` described."""
    return Recipe(**{**kept, "area": Area(**kept["area"]), "prints": tuple(kept["prints"])})


def key_for(recipe: Recipe, view_id: int, value_ids: Sequence[int]) -> str:
    """Return the key of a picture: the same for the same layers of the same choice, and for nothing else."""
    return f"{digest(recipe)}z{_spell(view_id, value_ids)}"


def digest(recipe: Recipe) -> str:
    """Return what a picture follows from, in short."""
    told = json.dumps([ENGINE, asdict(recipe)], sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()[:_DIGEST]


def is_composed(key: str) -> bool:
    """Whether a key is that of a composed picture."""
    return _KEY.fullmatch(key) is not None


def whose(key: str) -> tuple[int, tuple[int, ...]] | None:
    """Return the view and the values that a key names, or `None` when it is no key of ours."""
    found = _KEY.fullmatch(key)
    if found is None:
        return None
    numbers = _decimal(int(found["whose"], 36)).split("-")
    # A bigint is the most that a table can hold.
    if not all(text and len(text) <= 18 for text in numbers):
        return None
    view_id, *values = (int(text) for text in numbers)
    # One spelling for each choice: no second address for the same bytes.
    return (view_id, tuple(values)) if _spell(view_id, values) == found["whose"] else None


def _spell(view_id: int, value_ids: Sequence[int]) -> str:
    """Numbers as letters and digits: they are read as one number to the base of eleven, `a` parts two of them."""
    number = int("a".join(map(str, (view_id, *value_ids))), 11)
    text = ""
    while number:
        number, rest = divmod(number, 36)
        text = _DIGITS[rest] + text
    return text


def _decimal(number: int) -> str:
    text = ""
    while number:
        number, rest = divmod(number, 11)
        text = "0123456789-"[rest] + text
    return text
