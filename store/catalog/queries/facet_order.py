"""Orders: of products within a set, and of the values of a facet."""

import re

from store.catalog.queries.bitmaps import Column, positions
from store.catalog.queries.facet_index import FacetFacts, ValueFacts
from store.core.db import read_rows

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
