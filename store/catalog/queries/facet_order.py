"""Orders: of products within a set, of the facets of a list, and of the values of a facet."""

import re
from collections.abc import Collection, Iterable

from store.catalog.queries import facet_index as index
from store.catalog.queries.bitmaps import Column, positions
from store.catalog.queries.facet_index import FacetFacts, Mask, ValueFacts
from store.core.db import read_rows

# The values that a facet shows: those with the most products of the list, and whatever is chosen.
MOST_VALUES = 60
MOST_FACETS = 16

# Options that few products have stand behind those of many; vendors, often the longest, come last.
_PLACES = {"category": 0, "type": 1, "option": 2, "field": 3, "vendor": 4}

_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
_SIZES = {
    size: place
    for place, sizes in enumerate(
        (
            ("xxxs", "3xs"), ("xxs", "2xs"), ("xs", "extra small"), ("s", "small"), ("m", "medium"), ("l", "large"),
            ("xl", "extra large"), ("xxl", "2xl"), ("xxxl", "3xl"), ("xxxxl", "4xl"), ("5xl",), ("6xl",),
            ("one size", "os"),
        )
    )
    for size in sizes
}  # fmt: skip


def in_order(column: Column | None, among: int, *, down: bool, titles: bool) -> list[int]:
    """Return the ids of a small set by their number in a column, then by id; `titles`: by title. 1 statement then."""
    ids = list(positions(among))
    if titles:
        rows = read_rows("SELECT id, lower(title) AS title FROM products WHERE id = ANY(:ids)", {"ids": ids})
        return [row.id for row in sorted(rows, key=lambda row: (row.title, row.id))]
    numbers = dict.fromkeys(ids, 0)
    for place, digit in enumerate(column.digits if column else ()):
        for id_ in positions(digit & among):
            numbers[id_] |= 1 << place
    return sorted(ids, key=lambda id_: (numbers[id_], id_), reverse=down)


def shown_values(
    mask: Mask, *, below: int, vendors: Collection[str] | None = None
) -> list[tuple[str, FacetFacts, list[ValueFacts]]]:
    """Return the facets that divide a list, with their values, both in their order; `below`: the list's category.

    Who knows the list's `vendors` by key spares counting thousands of others.
    """
    total = mask.bits.bit_count()
    found_: list[tuple[tuple[int, int, str], FacetFacts, list[ValueFacts]]] = []
    for facts in [_category_facet(below), *index.facets().values()]:
        token = "category" if facts.kind == "category" else "value"
        counted = [
            (count, value)
            for value in _candidates(facts, vendors)
            if (count := index.members(f"{token}:{value.id}").count_in(mask))
        ]
        counted.sort(key=lambda one: (-one[0], one[1].label))
        # One value that everything has divides nothing.
        if len(counted) > 1 or (counted and counted[0][0] < total):
            kept = counted[:MOST_VALUES]
            rank = (_PLACES[facts.kind], facts.position or -sum(count for count, _value in counted), facts.name)
            found_.append((rank, facts, arranged(facts, [value for _count, value in kept])))
    found_.sort(key=lambda one: one[0])
    return [(facts.name, facts, values) for _rank, facts, values in found_[:MOST_FACETS]]


def _candidates(facts: FacetFacts, vendors: Collection[str] | None) -> Iterable[ValueFacts]:
    if facts.kind != "vendor" or vendors is None:
        return facts.values.values()
    return [facts.values[key] for key in vendors if key in facts.values]


def _category_facet(below: int) -> FacetFacts:
    """Return the branches below a category, or the first level of the tree."""
    tree = sorted(index.categories().values(), key=lambda one: (one.position, one.title, one.id))
    inside = next((one.path for one in tree if one.id == below), "/")
    depth = inside.count("/") + 1
    branches = [one for one in tree if one.path.startswith(inside) and one.path.count("/") == depth]
    values = {one.handle: ValueFacts(one.id, one.handle, one.title, None) for one in branches}
    return FacetFacts("category", "category", "", values, None, "", 0, ())


def arranged(facts: FacetFacts, values: list[ValueFacts]) -> list[ValueFacts]:
    """Put values, given with the most frequent first, into the order people expect.

    Sizes and numbers by size, choices and branches as the merchant has them; all others stay as they come.
    """
    if facts.kind == "category":
        places = {key: place for place, key in enumerate(facts.values)}
        return sorted(values, key=lambda value: places[value.key])
    if facts.choices:
        given = {" ".join(choice.split()).lower(): place for place, choice in enumerate(facts.choices)}
        return sorted(values, key=lambda value: given.get(value.key, len(given)))
    if values and all(value.key in _SIZES or _NUMBER.match(value.key) for value in values):
        return sorted(values, key=_size)
    return values


def _size(value: ValueFacts) -> tuple[float, float, str]:
    if value.key in _SIZES:
        return (1, _SIZES[value.key], value.key)
    number = _NUMBER.match(value.key)
    assert number is not None  # asked before
    return (0, float(number[0].replace(",", ".")), value.key)
