"""One listing for every list of products: collections, categories, everything, and what a search has found.

Counts are disjunctive: those of a facet leave its own choice aside, so that they say what one more choice would add.
Values of a facet are alternatives, facets narrow one another.
"""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import compress, islice

from store.catalog.facet_names import value_key
from store.catalog.queries import facet_index as index
from store.catalog.queries.bitmaps import gather, positions, positions_down
from store.catalog.queries.collections import SHOWN
from store.catalog.queries.facet_index import FacetFacts, Mask, ValueFacts, remembered
from store.catalog.queries.facet_order import in_order, shown_values
from store.catalog.queries.listing import Ref
from store.catalog.queries.prices import PriceScope
from store.core.db import read_rows

SORTS = ("featured", "newest", "price-up", "price-down", "title")

# Which values a list has at all is looked up again after this many seconds, or so many times as long as it took.
_REMEMBER_SECONDS = 5.0
_SHARE = 50

# From here on a search asks which vendors its products have.
_MANY_VENDORS = 500

# Titles that begin alike are compared whole, up to so many.
_MOST_ALIKE = 500

_COLUMNS = {"featured": "popularity", "newest": "published", "title": "title"}

_REFS = f"""
    SELECT s.version, p.id, p.revision FROM facet_state s LEFT JOIN products p ON p.id = ANY(:ids) AND {SHOWN}
"""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which list: made by `everything`, `in_collection`, `in_category` and `found`."""

    kind: str
    id: int = 0
    ids: tuple[int, ...] = ()


def everything() -> Scope:
    """All products of the shop."""
    return Scope("all")


def in_collection(collection_id: int) -> Scope:
    """The products of a collection; its own order is `featured`."""
    return Scope("collection", collection_id)


def in_category(category_id: int) -> Scope:
    """The products of a category and of all below it."""
    return Scope("category", category_id)


def found(ids: Iterable[int]) -> Scope:
    """These products, such as those a search has found, the best first: their order is `featured`."""
    return Scope("found", ids=tuple(dict.fromkeys(ids)))


@dataclass(frozen=True, slots=True)
class Filters:
    """What is chosen: values by facet, prices in minor units of the scope's currency, only what can be bought."""

    values: tuple[tuple[str, tuple[str, ...]], ...] = ()
    price_min: int | None = None
    price_max: int | None = None
    available: bool = False

    def __bool__(self) -> bool:
        return bool(self.values or self.available or self.by_price)

    @property
    def by_price(self) -> bool:
        """Whether a price is asked for."""
        return self.price_min is not None or self.price_max is not None

    def chosen(self, facet: str) -> tuple[str, ...]:
        """Return the keys chosen of a facet."""
        return next((keys for name, keys in self.values if name == facet), ())

    def without(self, facet: str, key: str) -> "Filters":
        """Return the filters with one value less."""
        left = ((name, tuple(one for one in keys if (name, one) != (facet, key))) for name, keys in self.values)
        return replace(self, values=tuple((name, keys) for name, keys in left if keys))


NOTHING = Filters()


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value to choose: how many products it would show beside what is chosen in other facets."""

    key: str
    label: str
    swatch: str | None
    count: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class FacetView:
    """A facet with its values in an order that no choice changes; `kind` is that of a custom field, else its own."""

    name: str
    title: str
    kind: str
    unit: str
    values: tuple[FacetValue, ...]

    @property
    def chosen(self) -> bool:
        """Whether any of its values is chosen."""
        return any(value.chosen for value in self.values)


@dataclass(frozen=True, slots=True)
class Facets:
    """What a list can be filtered by.

    `price` is the lowest and highest price beside the other filters; `available` how many can be bought.
    """

    views: tuple[FacetView, ...]
    price: tuple[int, int] | None
    available: int


@dataclass(frozen=True, slots=True)
class Listing:
    """A run of products out of a list of `count`, of the version `version` of the index."""

    refs: tuple[Ref, ...]
    count: int
    version: int
    facets: Callable[[], Facets]


def list_scope(
    scope: Scope,
    prices: PriceScope,
    filters: Filters = NOTHING,
    *,
    sort: str = "featured",
    first: int = 0,
    limit: int = 24,
) -> Listing:
    """Return a run of a list in one of the orders of `SORTS`, its count, and its facets when asked for.

    1 statement when this process knows the list's sets; up to 4 more after a change or at the first call. It reads the
    products themselves: one that may not be shown now is left out, whatever the index says. `facets()` costs no
    statement but for sets that are not remembered (1) and for the vendors of a search where there are many (1). Counts
    follow a change within seconds.
    """
    index.version()
    _prefetch(scope, prices, sort)
    ids: tuple[int, ...] = ()
    refs: dict[int, Ref] = {}
    count = 0
    for _look in range(2):
        ids = _run(scope, prices, filters, sort, first, limit)
        count = _matching(scope, prices, filters).bit_count()
        rows = read_rows(_REFS, {"ids": list(ids), **prices.parameters})
        refs = {row.id: Ref(row.id, row.revision) for row in rows if row.id is not None}
        if not index.catch_up(rows[0].version):
            break
        _prefetch(scope, prices, sort)
    return Listing(
        tuple(refs[id_] for id_ in ids if id_ in refs),
        count,
        index.version(),
        lambda: _facets(scope, prices, filters),
    )


def count_scope(scope: Scope, prices: PriceScope) -> int:
    """Return how many products a list has. At most 3 statements, none when the list's sets are known."""
    index.version()
    _prefetch(scope, prices, "price-up")
    return _base(scope, prices).bit_count()


def label_of(facet: str, key: str) -> tuple[str, FacetFacts | None, ValueFacts | None]:
    """Return a chosen value's words, and what the index knows of it. No statement after `list_scope`."""
    if facet == "category":
        category = index.categories().get(key)
        return (category.title if category else key), None, None
    facts = index.facets().get(facet)
    value = facts.values.get(key) if facts else None
    return (value.label if value else key), facts, value


def _prefetch(scope: Scope, prices: PriceScope, sort: str) -> None:
    remembered(("prefetched", scope.kind, scope.id, prices, sort), lambda: _read_sets(scope, prices, sort))


def _read_sets(scope: Scope, prices: PriceScope, sort: str) -> None:
    tokens = ["shown", "available"]
    tokens += [token for name in index.price_names(prices) for token in index.column_tokens(name)]
    if sort in _COLUMNS and not (sort == "featured" and scope.kind in ("collection", "found")):
        tokens += index.column_tokens(_COLUMNS[sort])
    if scope.kind == "category":
        tokens.append(f"category:{scope.id}")
    index.prefetch(tokens, values=True)


def _base(scope: Scope, prices: PriceScope) -> int:
    """Return a list without filters."""
    return remembered(
        ("base", scope, prices),
        lambda: _members(scope) & index.members("shown").bits & index.price_column(prices).known,
    )


def _members(scope: Scope) -> int:
    if scope.kind == "collection":
        return gather(index.order(scope.id))
    if scope.kind == "category":
        return index.members(f"category:{scope.id}").bits
    if scope.kind == "found":
        return gather(scope.ids)
    return index.members("shown").bits


def _parts(prices: PriceScope, filters: Filters) -> dict[str, int]:
    """Return what each chosen facet leaves, by name."""

    def make() -> dict[str, int]:
        parts = {}
        for name, keys in filters.values:
            left = 0
            for key in keys:
                left |= _having(name, key)
            parts[name] = left
        if filters.by_price:
            parts["price"] = index.price_column(prices).between(filters.price_min, filters.price_max)
        if filters.available:
            parts["available"] = index.members("available").bits
        return parts

    return remembered(("parts", prices, filters), make)


def _having(facet: str, key: str) -> int:
    """Return the products with a value; none for one that nobody knows."""
    if facet == "category":
        category = index.categories().get(key)
        return index.members(f"category:{category.id}").bits if category else 0
    facts = index.facets().get(facet)
    value = facts.values.get(key) if facts else None
    return index.members(f"value:{value.id}").bits if value else 0


def _matching(scope: Scope, prices: PriceScope, filters: Filters, leaving_out: str = "") -> int:
    """Return a list under its filters, but for those of one facet."""

    def make() -> int:
        left = _base(scope, prices)
        for name, part in _parts(prices, filters).items():
            if name != leaving_out:
                left &= part
        return left

    return remembered(("matching", scope, prices, filters, leaving_out), make)


def _run(scope: Scope, prices: PriceScope, filters: Filters, sort: str, first: int, limit: int) -> tuple[int, ...]:
    """Return the ids of a run, without walking through what stands before it."""

    def make() -> tuple[int, ...]:
        matching = _matching(scope, prices, filters)
        if sort == "featured" and scope.kind in ("collection", "found"):
            return _in_given_order(scope, matching, first, limit)
        if sort in ("price-up", "price-down"):
            column = index.price_column(prices)
        else:
            column = index.column(_COLUMNS.get(sort, "popularity"))
        down = sort not in ("price-up", "title")
        before, at_begin = column.first(matching, first, down=down)
        within, at_end = column.first(matching, first + limit, down=down)
        # Those that share a number are told apart by title or id.
        run = _alike(at_begin, sort, down=down, skip=first - before.bit_count(), limit=limit)
        if at_begin != at_end:
            run += in_order(column, within & ~before & ~at_begin, down=down, titles=sort == "title")
            run += _alike(at_end, sort, down=down, skip=0, limit=first + limit - within.bit_count())
        return tuple(run[:limit])

    return remembered(("run", scope, prices, filters, sort, first, limit), make)


def _alike(among: int, sort: str, *, down: bool, skip: int, limit: int) -> list[int]:
    if sort == "title" and among.bit_count() <= _MOST_ALIKE:
        return in_order(None, among, down=False, titles=True)[skip : skip + limit]
    return list(islice(positions_down(among) if down else positions(among), skip, skip + limit))


def _in_given_order(scope: Scope, matching: int, first: int, limit: int) -> tuple[int, ...]:
    given: Sequence[int] = scope.ids if scope.kind == "found" else index.order(scope.id)
    size = max(given, default=0) + 1
    flags = Mask(matching).flags().ljust(size, b"\0")
    return tuple(islice(compress(given, map(flags.__getitem__, given)), first, first + limit))


def _facets(scope: Scope, prices: PriceScope, filters: Filters) -> Facets:
    masks: dict[str, Mask] = {}

    def mask(facet: str) -> Mask:
        name = facet if facet in _parts(prices, filters) else ""
        if name not in masks:
            masks[name] = Mask(_matching(scope, prices, filters, name))
        return masks[name]

    views = [
        FacetView(name, facts.title, facts.field_kind or facts.kind, facts.unit, values)
        for name, facts, shown in _values_of(scope, prices)
        if (values := _views(name, facts, shown, filters.chosen(name), mask(name)))
    ]
    return Facets(
        tuple(views),
        index.price_column(prices).reach(mask("price").bits),
        index.members("available").count_in(mask("available")),
    )


def _views(
    name: str, facts: FacetFacts, shown: Sequence[ValueFacts], chosen: Sequence[str], mask: Mask
) -> tuple[FacetValue, ...]:
    here = {value.key for value in shown}
    more = [facts.values[key] for key in chosen if key not in here and key in facts.values]
    token = "category" if name == "category" else "value"
    return tuple(
        FacetValue(
            value.key,
            value.label,
            value.swatch,
            index.members(f"{token}:{value.id}").count_in(mask),
            value.key in chosen,
        )
        for value in [*shown, *more]
    )


_known_values: dict[tuple[Scope, PriceScope], tuple[float, int, list[tuple[str, FacetFacts, list[ValueFacts]]]]] = {}
_MOST_KNOWN = 300


def forget() -> None:
    """Look everything up anew."""
    _known_values.clear()
    index.forget()


def _values_of(scope: Scope, prices: PriceScope) -> list[tuple[str, FacetFacts, list[ValueFacts]]]:
    """Return the facets of a list with their values, whatever is filtered, both in their order."""
    if scope.kind == "found":
        # The list of a search is few people's: it is remembered no longer than its counts.
        return remembered(("values", scope, prices), lambda: _look_up(scope, prices))
    started = time.monotonic()
    until, version, known = _known_values.get((scope, prices), (0.0, 0, []))
    if version == index.version() or started < until:
        return known
    known = _look_up(scope, prices)
    ended = time.monotonic()
    if len(_known_values) >= _MOST_KNOWN:
        _known_values.clear()
    _known_values[scope, prices] = (
        ended + max(_REMEMBER_SECONDS, _SHARE * (ended - started)),
        index.version(),
        known,
    )
    return known


def _look_up(scope: Scope, prices: PriceScope) -> list[tuple[str, FacetFacts, list[ValueFacts]]]:
    vendors = index.facets().get("vendor")
    few = None
    if scope.kind == "found" and vendors and len(vendors.values) > _MANY_VENDORS:
        # Cheaper than to look for a few hundred products in thousands of sets.
        rows = read_rows("SELECT DISTINCT vendor FROM products WHERE id = ANY(:ids)", {"ids": list(scope.ids)})
        few = {value_key(row.vendor) for row in rows}
    return shown_values(Mask(_base(scope, prices)), below=scope.id if scope.kind == "category" else 0, vendors=few)
