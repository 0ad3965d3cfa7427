"""VAT rates as the data package `eu-vat-rates-data` knows them, and what they would change here.

Rates are copied, never read when something is sold: an update of the package changes nothing until staff say from
which day on. Of reduced rates most countries have several, some for a region only. Which of them goods bear is a matter
of what they are, so only a country's single one is copied; the others are offered where staff enter rates.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from eu_vat_rates_data import data_version, get_all_rates

from store.tax import services
from store.tax.classes import STANDARD
from store.tax.queries import sources_on
from store.tax.territory import UNION

VERSION: str = data_version

# Northern Ireland is in the territory for goods, under its own code.
COVERED = frozenset({*UNION, "XI"})


@dataclass(frozen=True, slots=True)
class Known:
    """The rates of a country, the standard one and all others from the lowest."""

    name: str
    standard: Decimal
    others: tuple[Decimal, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A rate that the package knows and the shop has not, or has another; `own` says that staff entered theirs."""

    country: str
    tax_class: str
    old: Decimal | None
    new: Decimal
    own: bool

    @property
    def key(self) -> str:
        """Return how a form names it."""
        return f"{self.country}:{self.tax_class}"


def find_known(country: str) -> Known | None:
    """Return what the package knows of a country."""
    found = get_all_rates().get(country)
    if found is None:
        return None
    others = {*found["reduced"], found["super_reduced"], found["parking"]}
    fractions = sorted(_fraction(one) for one in others if one is not None)
    return Known(found["vat_abbr"], _fraction(found["standard"]), tuple(fractions))


def copied_rates() -> Iterable[tuple[str, str, Decimal]]:
    """Return country, class and rate of everything that is copied."""
    for country, found in sorted(get_all_rates().items()):
        if country not in COVERED:
            continue
        yield country, STANDARD, _fraction(found["standard"])
        if len(found["reduced"]) == 1:
            yield country, "reduced", _fraction(found["reduced"][0])
        for tax_class, rate in (("super-reduced", found["super_reduced"]), ("parking", found["parking"])):
            if rate is not None:
                yield country, tax_class, _fraction(rate)


def list_changes(today: date) -> Sequence[Change]:
    """Return what an update would change on a day; 1 statement."""
    here = sources_on(today)
    changes = []
    for country, tax_class, rate in copied_rates():
        old, source = here.get((country, tax_class), (None, ""))
        if old != rate:
            changes.append(Change(country, tax_class, old, rate, own=source == "shop"))
    return changes


def apply_changes(changes: Iterable[Change], keys: Collection[str], *, valid_from: date) -> int:
    """Let the chosen rates begin on a day; return how many."""
    chosen = [change for change in changes if change.key in keys]
    for change in chosen:
        services.begin_rate(change.country, change.tax_class, change.new, valid_from=valid_from, source="package")
    return len(chosen)


def _fraction(percent: float) -> Decimal:
    # The package writes 5.5 for five and a half per cent: its text is exact, its number is not.
    return Decimal(str(percent)) / 100
