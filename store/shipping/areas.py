"""The words of zones: places, one a line, as a shop owner writes them.

| line | means |
|---|---|
| `AT` | a country, by its two letters |
| `EU` | every member state of the European Union |
| `*` | everywhere |
| `US CA, NY` | regions of a country, by the codes that addresses carry |
| `DE 18000-18999, 27498` | postcodes: ranges of the same length, single ones |
| `GB BT*` | postcodes that begin so |
| `not DE 18565` | but not there, whatever the other lines say |

What is said more narrowly counts more: postcode, region, country, union, everywhere.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from babel import Locale

from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.core.places import region_codes

EUROPEAN_UNION = frozenset(re.findall("..", "ATBEBGCYCZDEDKEEESFIFRGRHRHUIEITLTLULVMTNLPLPTROSESISK"))
COUNTRIES = frozenset(code for code in map(str, Locale("en").territories) if re.fullmatch(r"[A-Z]{2}", code)) - {
    "EU",
    "EZ",
    "QO",
    "UN",
    "XA",
    "XB",
    "ZZ",
}

_LINE = re.compile(r"(?P<no>not\s+)?(?P<country>[A-Za-z]{2}|\*)(?:\s*:\s*|\s+|$)(?P<parts>.*)", re.IGNORECASE)
_RANGE = re.compile(r"([0-9A-Z]+)\s*[-–]\s*([0-9A-Z]+)")
_SINGLE = re.compile(r"[0-9A-Z]*[0-9][0-9A-Z]*")
_PREFIX = re.compile(r"([0-9A-Z]+)\*")


class Narrowness(IntEnum):
    """How exactly an area says where."""

    EVERYWHERE = 0
    UNION = 1
    COUNTRY = 2
    REGION = 3
    POSTCODE = 4


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a parcel goes, as far as it is known."""

    country: str
    region: str = ""
    postcode: str = ""


@dataclass(frozen=True, slots=True)
class Area:
    """One place of a zone; `first` and `last` are compared with as many characters of the postcode as they have."""

    country: str
    region: str = ""
    first: str = ""
    last: str = ""
    excluded: bool = False

    def holds(self, place: Destination) -> bool:
        """Whether a place lies in this area."""
        if self.country == "EU":
            return place.country in EUROPEAN_UNION
        if self.country not in ("*", place.country):
            return False
        if self.region:
            return self.region == place.region
        if self.first:
            begins = plain(place.postcode)[: len(self.first)]
            return len(begins) == len(self.first) and self.first <= begins <= self.last
        return True

    @property
    def narrowness(self) -> Narrowness:
        """How exactly it says where."""
        if self.first:
            return Narrowness.POSTCODE
        if self.region:
            return Narrowness.REGION
        if self.country == "*":
            return Narrowness.EVERYWHERE
        return Narrowness.UNION if self.country == "EU" else Narrowness.COUNTRY


@lru_cache(maxsize=512)
def read(text: str) -> tuple[Area, ...]:
    """Return the areas of a zone; raises `Invalid` with the line that can't be understood."""
    areas: list[Area] = []
    for line in text.splitlines():
        if line.strip():
            areas.extend(_read_line(line.strip()))
    return tuple(areas)


def reaches(areas: Sequence[Area], place: Destination) -> Narrowness | None:
    """Return how narrowly these areas name a place, or `None` when it is not in them."""
    found: Narrowness | None = None
    for area in areas:
        if not area.holds(place):
            continue
        if area.excluded:
            return None
        found = area.narrowness if found is None else max(found, area.narrowness)
    return found


def plain(postcode: str) -> str:
    """Return a postcode without what people put between its parts."""
    return re.sub(r"[\s\-]+", "", postcode).upper()


def _read_line(line: str) -> list[Area]:
    found = _LINE.fullmatch(line)
    country = found["country"].upper() if found else ""
    if found is None or (country not in ("*", "EU") and country not in COUNTRIES):
        raise Invalid(_("“%(line)s” does not begin with a country, such as AT.", line=line), line=line)
    excluded = bool(found["no"])
    parts = [part.strip() for part in found["parts"].split(",") if part.strip()]
    if parts and country in ("*", "EU"):
        raise Invalid(_("“%(line)s” needs a single country for postcodes and regions.", line=line), line=line)
    if not parts:
        return [Area(country, excluded=excluded)]
    return [_read_part(country, part, excluded=excluded, line=line) for part in parts]


def _read_part(country: str, part: str, *, excluded: bool, line: str) -> Area:
    for code in region_codes(country):
        if part.casefold() == code.casefold():
            return Area(country, region=code, excluded=excluded)
    word = part.upper()
    if found := _RANGE.fullmatch(word):
        first, last = found[1], found[2]
        if len(first) != len(last) or first > last:
            raise Invalid(
                _("“%(part)s” in “%(line)s”: both ends of a range have the same length.", part=part, line=line),
                line=line,
            )
        return Area(country, first=first, last=last, excluded=excluded)
    if found := _PREFIX.fullmatch(word.replace(" ", "")):
        return Area(country, first=found[1], last=found[1], excluded=excluded)
    single = plain(word)
    if _SINGLE.fullmatch(single):
        return Area(country, first=single, last=single, excluded=excluded)
    raise Invalid(_("“%(part)s” in “%(line)s” is no postcode and no region.", part=part, line=line), line=line)
