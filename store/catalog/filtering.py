"""The filters of an address: `?filter.colour=moss&filter.price.max=30&filter.available=1`, read and written."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest

from store.catalog.facet_names import value_key
from store.catalog.indexing import MAX_VALUE
from store.catalog.queries.facets import FacetView, Filters, label_of
from store.core.i18n import current_locale
from store.core.i18n import gettext as _
from store.core.money import Money, exponent

# Nobody ticks more boxes than this; an address that does was made by a program.
MOST_FILTERS = 100

_PREFIX = "filter."
_AMOUNT = re.compile(r"[0-9]{1,10}(?:[.,][0-9]{1,4})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Chip:
    """Something that is chosen, in words, and the address of the list without it."""

    label: str
    href: str


def read_filters(arguments: MultiDict[str, str], currency: str) -> Filters:
    """Return what an address asks for, in one form however it is written; raises `BadRequest` for far too many.

    A price that is none is left aside. A facet or value that nobody knows stays: the list says that nothing has it.
    """
    asked = [(name, value) for name, value in arguments.items(multi=True) if name.startswith(_PREFIX)]
    if len(asked) > MOST_FILTERS:
        raise BadRequest(_("That is more filters than this shop takes at once."))
    values: dict[str, set[str]] = {}
    for name, value in asked:
        facet, key = name.removeprefix(_PREFIX).lower()[:MAX_VALUE], value_key(value)[:MAX_VALUE]
        if facet and key and facet not in ("price.min", "price.max", "available"):
            values.setdefault(facet, set()).add(key)
    return Filters(
        tuple((name, tuple(sorted(keys))) for name, keys in sorted(values.items())),
        price_min=_minor(arguments.get("filter.price.min", ""), currency),
        price_max=_minor(arguments.get("filter.price.max", ""), currency),
        available=arguments.get("filter.available") == "1",
    )


def address(path: str, filters: Filters, currency: str, more: Mapping[str, str]) -> str:
    """Return the address of a list under these filters; `more` are its other fields."""
    fields = [*more.items()]
    fields += [(_PREFIX + name, key) for name, keys in filters.values for key in keys]
    fields += [
        (_PREFIX + name, major(minor, currency))
        for name, minor in (("price.min", filters.price_min), ("price.max", filters.price_max))
        if minor is not None
    ]
    if filters.available:
        fields.append(("filter.available", "1"))
    return f"{path}?{urlencode(fields)}" if fields else path


def chips(path: str, filters: Filters, currency: str, more: Mapping[str, str]) -> list[Chip]:
    """Return what is chosen, each with the way to the list without it."""

    def chip(label: str, rest: Filters) -> Chip:
        return Chip(label, address(path, rest, currency, more))

    found = []
    for name, keys in filters.values:
        for key in keys:
            words, facts, _value = label_of(name, key)
            if facts is not None and facts.field_kind == "boolean":
                words = yes_or_no(key)
            title = title_of(name, facts.title if facts else "")
            label = f"{title}: {words}{' ' + facts.unit if facts and facts.unit else ''}"
            found.append(chip(label, filters.without(name, key)))
    if filters.by_price:
        found.append(chip(_price_words(filters, currency), replace(filters, price_min=None, price_max=None)))
    if filters.available:
        found.append(chip(_("In stock"), replace(filters, available=False)))
    return found


def major(minor: int, currency: str) -> str:
    """Return an amount as a price field takes it: `12.50`, without decimals where they are none."""
    text = f"{Decimal(minor).scaleb(-exponent(currency)):f}"
    whole, _point, decimals = text.partition(".")
    return text if decimals.strip("0") else whole


def title_of(facet: str, title: str) -> str:
    """Return a facet's name in the visitor's language, as far as the shop's own facets go."""
    own = {"vendor": _("Brand"), "type": _("Kind"), "category": _("Category")}
    return own.get(facet) or title or facet


def yes_or_no(key: str) -> str:
    """Return the word for a field that is true or false."""
    return _("Yes") if key in ("true", "1", "yes") else _("No")


def words_of(view: FacetView) -> Iterable[tuple[str, str]]:
    """Return key and words of each value of a facet."""
    for value in view.values:
        words = yes_or_no(value.key) if view.kind == "boolean" else value.label
        yield value.key, f"{words} {view.unit}" if view.unit else words


def _minor(text: str, currency: str) -> int | None:
    if not _AMOUNT.fullmatch(text.strip()):
        return None
    return int(Decimal(text.strip().replace(",", ".")).scaleb(exponent(currency)))


def _price_words(filters: Filters, currency: str) -> str:
    locale = current_locale()
    low, high = (
        None if minor is None else Money(minor, currency).format(locale)
        for minor in (filters.price_min, filters.price_max)
    )
    if low is None:
        return _("up to %(price)s", price=high)
    if high is None:
        return _("from %(price)s up", price=low)
    return _("%(low)s to %(high)s", low=low, high=high)
