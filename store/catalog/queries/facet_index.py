"""What this process remembers of the sets that `store.catalog.indexing` keeps, read anew when their version changes.

Truth is not here: a list's last statement asks the products themselves whether they may be shown.
"""

import time
from array import array
from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from functools import reduce
from sys import byteorder
from typing import Any, TypeVar

from store.catalog.queries.bitmaps import DIGITS, Column, gather, join, positions
from store.catalog.queries.prices import PriceScope
from store.core.db import read_rows

T = TypeVar("T")

# A set with fewer members than one of so many products is remembered as their ids: at a million products it takes 16
# instead of 130 kilobytes. Small shops have no use for that.
_SPARSE = 256
_LARGE = 200_000

# Answers of this version: masks of lists, counts of facets. At a million products each takes up to 130 kilobytes.
_MOST_ANSWERS = 96

_FLAGS = bytes.maketrans(b"01", b"\0\1")

# Thousands of values hardly ever change: only new ones are read after each change, all of them after so many seconds.
_VALUES_SECONDS = 60.0

_VOCABULARY = """
    SELECT 'facet' AS what, f.id, f.name, f.kind, f.title, '' AS key, '' AS label, NULL AS swatch,
      NULL AS path, cf.kind AS field_kind, cf.name AS field_title, cf.unit, cf.position, cf.choices
    FROM facets f LEFT JOIN custom_fields cf ON cf.id = f.field_id
    WHERE f.kind <> 'field' OR cf.filterable
    UNION ALL
    SELECT 'value', v.id, f.name, '', '', v.key, v.label, v.swatch, NULL, NULL, NULL, NULL, NULL, NULL
    FROM facet_values v JOIN facets f ON f.id = v.facet_id WHERE v.id > :above
    UNION ALL
    SELECT 'category', c.id, '', '', '', c.handle, c.title, NULL, c.path, NULL, NULL, NULL, c.position, NULL
    FROM categories c
    UNION ALL
    SELECT 'list', l.id, '', l.kind, '', '', '', NULL, NULL, NULL, NULL, NULL, 0, NULL FROM price_lists l
    UNION ALL
    SELECT 'version', s.version, '', '', '', '', '', NULL, NULL, NULL, NULL, NULL, 0, NULL FROM facet_state s
"""


class Members:
    """The products that have a property."""

    __slots__ = ("_bits", "count", "ids")

    def __init__(self, bits: int, products: int) -> None:
        self.count = bits.bit_count()
        self.ids: array[int] | None = None
        self._bits: int | None = bits
        if products > _LARGE and self.count < products // _SPARSE:
            self.ids = array("I", positions(bits))
            self._bits = None

    @property
    def bits(self) -> int:
        """The set as one number; made anew when only the ids are remembered."""
        return self._bits if self._bits is not None else gather(self.ids or ())

    def count_in(self, mask: "Mask") -> int:
        """Return how many of a list's products have the property."""
        if self._bits is not None:
            return (self._bits & mask.bits).bit_count()
        ids, flags = self.ids, mask.flags()
        if ids and ids[-1] >= len(flags):
            ids = ids[: bisect_left(ids, len(flags))]
        return sum(map(flags.__getitem__, ids or ()))


class Mask:
    """The products of a list, for counting."""

    __slots__ = ("_flags", "bits")

    def __init__(self, bits: int) -> None:
        self.bits = bits
        self._flags: bytes | None = None

    def flags(self) -> bytes:
        """Return a byte for each product: 1 when it is in the list."""
        if self._flags is None:
            self._flags = bin(self.bits)[:1:-1].encode().translate(_FLAGS)
        return self._flags


@dataclass(frozen=True, slots=True)
class ValueFacts:
    """One value of a facet as it stands in the index."""

    id: int
    key: str
    label: str
    swatch: str | None


@dataclass(frozen=True, slots=True)
class FacetFacts:
    """A facet as it stands in the index; `field_kind`, `unit` and `choices` are those of its custom field."""

    name: str
    kind: str
    title: str
    values: dict[str, ValueFacts]
    field_kind: str | None
    unit: str
    position: int
    choices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CategoryFacts:
    """A category as it stands in the index."""

    id: int
    handle: str
    title: str
    path: str
    position: int


@dataclass
class _Remembered:
    version: int = 0
    values: dict[str, dict[str, ValueFacts]] = field(default_factory=dict)
    newest_value: int = 0
    values_until: float = 0.0
    knows_values: bool = False  # their sets
    facets: dict[str, FacetFacts] = field(default_factory=dict)
    categories: dict[str, CategoryFacts] = field(default_factory=dict)
    sales: frozenset[int] = frozenset()
    members: dict[str, Members] = field(default_factory=dict)
    orders: dict[int, "array[int]"] = field(default_factory=dict)
    answers: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)


_now = _Remembered()


def forget() -> None:
    """Read everything anew."""
    global _now
    _now = _Remembered()


def version() -> int:
    """Return the version that is remembered; at the first call 1 statement reads what there is."""
    if not _now.version:
        _read_vocabulary()
    return _now.version


def catch_up(seen: int) -> bool:
    """Forget what changed up to the version that a statement has just seen; `False` when nothing did. 2 statements."""
    if seen == _now.version:
        return False
    known = _now.version
    _now.answers.clear()
    if seen < known:
        # The database went back: a test's transaction, or a restored backup.
        forget()
    else:
        for row in read_rows(
            "SELECT DISTINCT token FROM facet_segments WHERE version > :known "
            "UNION SELECT 'order:' || collection_id FROM facet_orders WHERE version > :known",
            {"known": known},
        ):
            kind, _colon, rest = row.token.partition(":")
            if kind == "order":
                _now.orders.pop(int(rest), None)
            else:
                _now.members.pop(row.token, None)
    _read_vocabulary()
    return True


def facets() -> dict[str, FacetFacts]:
    """Return everything one can filter by, by name."""
    return _now.facets


def categories() -> dict[str, CategoryFacts]:
    """Return the categories by handle."""
    return _now.categories


def members(token: str) -> Members:
    """Return a set; at most 1 statement, none after `prefetch`."""
    found = _now.members.get(token)
    if found is None:
        prefetch((token,))
        found = _now.members[token]
    return found


def prefetch(tokens: Iterable[str], *, values: bool = False) -> None:
    """Read those of the sets that are not remembered, with `values` also those of all values. At most 1 statement."""
    if values and not _now.knows_values:
        tokens = [
            *tokens,
            *(f"value:{value.id}" for facet in facets().values() for value in facet.values.values()),
            *(f"category:{category.id}" for category in categories().values()),
        ]
        _now.knows_values = True
    missing = [token for token in dict.fromkeys(tokens) if token not in _now.members]
    if not missing:
        return
    segments: dict[str, list[tuple[int, bytes]]] = {token: [] for token in missing}
    products = 0
    for row in read_rows(
        "SELECT token, segment, members FROM facet_segments WHERE token = ANY(:tokens)", {"tokens": missing}
    ):
        segments[row.token].append((row.segment, bytes(row.members)))
    shown = segments.get("shown")
    products = join(shown).bit_count() if shown else _now.members["shown"].count if "shown" in _now.members else 0
    for token, found in segments.items():
        _now.members[token] = Members(join(found), products)


def order(collection_id: int) -> "array[int]":
    """Return a collection's products in its order, also those that are not shown now. At most 1 statement."""
    found = _now.orders.get(collection_id)
    if found is None:
        found = array("I")
        for row in read_rows("SELECT products FROM facet_orders WHERE collection_id = :id", {"id": collection_id}):
            found.frombytes(bytes(row.products))
            if byteorder == "big":
                found.byteswap()
        _now.orders[collection_id] = found
    return found


def column_tokens(name: str) -> list[str]:
    """Return the sets that make a column up."""
    kind = name.partition(":")[0]
    digits = [f"{name}/{place}" for place in range(DIGITS[kind])]
    return [name, *digits] if kind == "price" else ["shown", *digits]


def column(name: str) -> Column:
    """Return a column: `popularity`, `published`, `title`, `price:EUR:0`. At most 1 statement."""

    def read() -> Column:
        known, *digits = column_tokens(name)
        prefetch((known, *digits))
        values = [members(token).bits for token in digits]
        while values and not values[-1]:
            values.pop()
        return Column(members(known).bits, tuple(values))

    return remembered(("column", name), read)


def price_column(prices: PriceScope) -> Column:
    """Return the lowest price of each product that has one in the scope: the rule of `queries.prices`."""

    def compose() -> Column:
        names = price_names(prices)
        prefetch(token for name in names for token in column_tokens(name))
        base = column(names[0])
        sales = [list_id for list_id in prices.lists if list_id in _now.sales]
        overrides = [list_id for list_id in prices.lists if list_id not in _now.sales]
        # The one that is asked first is applied last.
        found = reduce(
            lambda so_far, list_id: so_far.replaced_by(column(f"price:{prices.currency}:{list_id}")),
            reversed(overrides),
            base,
        )
        return reduce(
            lambda so_far, list_id: so_far.lowered_by(column(f"price:{prices.currency}:{list_id}")), sales, found
        )

    return remembered(("price", prices), compose)


def price_names(prices: PriceScope) -> list[str]:
    """Return the columns that a scope's prices come from, the base prices first."""
    return [f"price:{prices.currency}:{list_id}" for list_id in (0, *prices.lists)]


def remembered(key: Hashable, make: Callable[[], T]) -> T:
    """Return what was made under this key since the last change, or make it now."""
    answers = _now.answers
    if key in answers:
        answers.move_to_end(key)
        found: T = answers[key]
        return found
    found = answers[key] = make()
    while len(answers) > _MOST_ANSWERS:
        answers.popitem(last=False)
    return found


def memory_bytes() -> int:
    """Return about how many bytes the sets take in this process."""
    sets = sum(
        len(one.ids) * 4 if one.ids is not None else one.bits.bit_length() // 30 * 4 for one in _now.members.values()
    )
    return sets + sum(len(one) * 4 for one in _now.orders.values())


def _read_vocabulary() -> None:
    _now.knows_values = False
    if time.monotonic() >= _now.values_until:
        _now.values, _now.newest_value = {}, 0
        _now.values_until = time.monotonic() + _VALUES_SECONDS
    found: dict[str, FacetFacts] = {}
    categories_: dict[str, CategoryFacts] = {}
    sales = set()
    for row in read_rows(_VOCABULARY, {"above": _now.newest_value}):
        if row.what == "value":
            _now.values.setdefault(row.name, {})[row.key] = ValueFacts(row.id, row.key, row.label, row.swatch)
            _now.newest_value = max(_now.newest_value, row.id)
        elif row.what == "version":
            _now.version = row.id
        elif row.what == "list":
            if row.kind == "sale":
                sales.add(row.id)
        elif row.what == "category":
            categories_[row.key] = CategoryFacts(row.id, row.key, row.label, row.path, row.position)
        else:
            found[row.name] = FacetFacts(
                row.name,
                row.kind,
                row.field_title or row.title,
                _now.values.setdefault(row.name, {}),
                row.field_kind,
                row.unit or "",
                row.position or 0,
                tuple(row.choices or ()),
            )
    _now.facets = {name: facet for name, facet in found.items() if facet.values}
    _now.categories, _now.sales = categories_, frozenset(sales)
