"""Where which VAT applies: the Union's VAT territory, with what is left out of it and what belongs to it besides.

After Articles 5 to 7 of Council Directive 2006/112/EC. Places without a country code of their own are told by postcode:
parcels to them leave the territory, although their country is in it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

UNION = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905 - read at a glance
)

# Article 6: outside the territory, by the form of their postcodes.
_LEFT_OUT = {
    "DE": re.compile(r"27498|78266"),  # Heligoland, Büsingen
    "ES": re.compile(r"(35|38|51|52)\d{3}"),  # Canary Islands, Ceuta, Melilla
    "FI": re.compile(r"22\d{3}"),  # Åland
    "FR": re.compile(r"9[78]\d{3}"),  # overseas, where no code of its own was given
    "GR": re.compile(r"630 ?86"),  # Mount Athos
    "IT": re.compile(r"23041|2206[01]"),  # Livigno, Campione d'Italia
}
# Article 7: treated as a part of another. Northern Ireland is in the territory for goods, under a code of its own.
_COUNTED_AS = {"MC": "FR", "IM": "GB"}
_NORTHERN_IRELAND = re.compile(r"BT\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """A place as tax law sees it: `country` whose tax would apply, and whether that is in the Union's territory."""

    country: str
    region: str
    in_union: bool


def place_of(address: Mapping[str, str] | None, home: str) -> Place:
    """Return where a parcel goes; without an address, home."""
    named = (address or {}).get("country") or home
    country = _COUNTED_AS.get(named, named)
    postcode = ((address or {}).get("postcode") or "").strip()
    region = ((address or {}).get("region") or "").strip().upper()
    if country == "GB" and _NORTHERN_IRELAND.match(postcode):
        return Place("XI", region, in_union=True)
    left_out = _LEFT_OUT.get(named)
    in_union = country in UNION and not (left_out and left_out.fullmatch(postcode))
    return Place(country, region, in_union)
