"""Whose tax an order bears. Pure: the rules of distance sales, Council Directive 2006/112/EC, as far as goods go.

| who buys, where to | tax |
|---|---|
| anybody, at home | `domestic`: the rates of home |
| a country where the shop is registered | `destination`: the rates of that country |
| a business in another member state, its VAT id found valid | `reverse_charge`: none (Art. 138), the buyer accounts |
| a consumer in another member state, below the threshold of Art. 59c | `origin`: the rates of home |
| a consumer in another member state, above it, by the one-stop shop | `destination` |
| outside | `export`: none (Art. 146) |

A VAT id that is wrong, not checked yet, or could not be checked, makes nobody a business: tax is charged.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from store.tax.territory import UNION, Place

Treatment = Literal["domestic", "origin", "destination", "reverse_charge", "export"]
TREATMENTS: tuple[Treatment, ...] = ("domestic", "origin", "destination", "reverse_charge", "export")


@dataclass(frozen=True, slots=True)
class Decision:
    """`country` is the one whose rates apply; `taxed` says whether any do."""

    treatment: Treatment
    country: str
    region: str

    @property
    def taxed(self) -> bool:
        """Whether any tax is charged."""
        return self.treatment in {"domestic", "origin", "destination"}


def decide(
    home: Place, to: Place, *, one_stop_shop: bool, registered_in: Collection[str], valid_vat_id: str = ""
) -> Decision:
    """Return whose tax applies to goods that go from home to a place; `valid_vat_id` is one that the register knows."""
    if _same(home, to):
        return Decision("domestic", home.country, to.region or home.region)
    if home.in_union and to.in_union and valid_vat_id and country_of(valid_vat_id) != home.country:
        return Decision("reverse_charge", to.country, to.region)
    # A registration does not reach islands and enclaves that are outside the territory.
    if to.country in registered_in and (to.in_union or to.country not in UNION):
        return Decision("destination", to.country, to.region)
    if home.in_union and to.in_union:
        if one_stop_shop:
            return Decision("destination", to.country, to.region)
        return Decision("origin", home.country, home.region)
    return Decision("export", to.country, to.region)


def country_of(vat_id: str) -> str:
    """Return the country that gave a VAT id; Greece writes EL."""
    prefix = vat_id[:2].upper()
    return "GR" if prefix == "EL" else prefix


def _same(home: Place, to: Place) -> bool:
    return home.country == to.country and home.in_union == to.in_union
