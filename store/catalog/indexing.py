"""Keeps the sets of products that listings filter and count by: see `queries.bitmaps` and docs/listing.md.

Triggers note what has changed in `facet_queue`; `refresh` takes it from there, one writer at a time, and writes only
the segments that differ. Every write carries a version that grows, by which readers know what to read anew.
"""

import time
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from sys import byteorder
from typing import Any

from store.catalog.facet_names import facet_of_field, facet_of_option, value_key
from store.catalog.queries.bitmaps import DIGITS, SEGMENT, decode, encode, title_number
from store.core.db import run, transaction

# Rows of the queue taken at once; about two seconds of work when each is another product.
BATCH = 40_000

# Longer ones are texts and no values to choose from.
MAX_VALUE = 100

# Any fixed number: there is one writer at a time.
_LOCK = 5_110_012

# How long to wait for that one before looking again.
_PATIENCE_SECONDS = 0.2

# As an array: a queue is believed to be empty, and a join with it would then be planned row by row.
_TAKEN = """
    WITH taken AS (
      DELETE FROM facet_queue WHERE id = ANY(ARRAY(SELECT id FROM facet_queue ORDER BY id LIMIT :batch))
      RETURNING product_id, collection_id)
    SELECT DISTINCT product_id, collection_id FROM taken
"""

# Those whose hour has come since the last look: an index knows them.
_BY_THE_CLOCK = """
    SELECT p.id FROM products p
     WHERE p.status = 'active' AND p.published_at <= now()
       AND p.published_at > (SELECT published_until FROM facet_state)
"""

_PRODUCTS = """
    SELECT p.id, p.published_at <= now() AND p.status = 'active' AS shown, p.available, p.popularity,
      floor(extract(epoch FROM p.published_at))::bigint AS published, lower(left(p.title, 10)) AS title,
      p.vendor, p.product_type, c.path
    FROM products p LEFT JOIN categories c ON c.id = p.category_id
    WHERE p.id = ANY(:ids)
"""

# A value counts when a variant that still exists has it; what is made to order has all of its values.
_OPTIONS = """
    SELECT o.name, ov.value, min(ov.swatch) AS swatch, array_agg(DISTINCT o.product_id) AS ids
    FROM options o
    JOIN option_values ov ON ov.option_id = o.id
    JOIN products p ON p.id = o.product_id
    WHERE o.product_id = ANY(:ids) AND (p.made_to_order OR EXISTS (
      SELECT FROM variant_values vv JOIN variants v ON v.id = vv.variant_id
       WHERE vv.value_id = ov.id AND v.deleted_at IS NULL))
    GROUP BY o.name, ov.value
"""

_FIELDS = """
    SELECT f.id, f.namespace, f.key, f.name, f.kind, cv.value, array_agg(DISTINCT cv.product_id) AS ids
    FROM custom_field_values cv JOIN custom_fields f ON f.id = cv.field_id AND f.filterable
    WHERE cv.product_id = ANY(:ids)
    GROUP BY f.id, cv.value
"""

_PRICES = """
    SELECT product_id, currency, coalesce(price_list_id, 0) AS list, low_minor
    FROM product_prices WHERE product_id = ANY(:ids)
"""

_KEEP_FACETS = """
    INSERT INTO facets (name, kind, title, field_id)
    SELECT * FROM unnest(CAST(:names AS text[]), CAST(:kinds AS text[]), CAST(:titles AS text[]),
                         CAST(:fields AS bigint[]))
    ON CONFLICT (name) DO UPDATE SET field_id = excluded.field_id
     WHERE facets.field_id IS DISTINCT FROM excluded.field_id
"""

_KEEP_VALUES = """
    INSERT INTO facet_values (facet_id, key, label, swatch)
    SELECT f.id, g.key, g.label, g.swatch
    FROM unnest(CAST(:names AS text[]), CAST(:keys AS text[]), CAST(:labels AS text[]), CAST(:swatches AS text[]))
      AS g (name, key, label, swatch) JOIN facets f ON f.name = g.name
    ON CONFLICT (facet_id, key) DO UPDATE SET swatch = excluded.swatch
     WHERE facet_values.swatch IS NULL AND excluded.swatch IS NOT NULL
"""

_VALUE_IDS = """
    SELECT f.name, v.key, v.id
    FROM unnest(CAST(:names AS text[]), CAST(:keys AS text[])) AS g (name, key)
    JOIN facets f ON f.name = g.name JOIN facet_values v ON v.facet_id = f.id AND v.key = g.key
"""

_WRITE = """
    INSERT INTO facet_segments (token, segment, version, members)
    SELECT token, :segment, :version, members
    FROM unnest(CAST(:tokens AS text[]), CAST(:members AS bytea[])) AS g (token, members)
    ON CONFLICT (token, segment) DO UPDATE SET version = excluded.version, members = excluded.members
"""

_ORDER = """
    SELECT coalesce(string_agg(int4send(product_id::int), ''::bytea ORDER BY position, product_id), ''::bytea) AS ids
    FROM collection_products WHERE collection_id = :collection
"""

_WRITE_ORDER = """
    INSERT INTO facet_orders (collection_id, version, products)
    SELECT id, :version, CAST(:products AS bytea) FROM collections WHERE id = :collection
    ON CONFLICT (collection_id) DO UPDATE SET version = excluded.version, products = excluded.products
     WHERE facet_orders.products <> excluded.products
"""

_Places = dict[str, list[int]]


def refresh(batch: int = BATCH) -> int:
    """Bring the sets up to what was noted, at most `batch` notes; return how many there were, 0 when all is done.

    Inside `transaction()`. While another process is at it this one does nothing. 3 statements when nothing changed.
    """
    if not run(f"SELECT pg_try_advisory_xact_lock({_LOCK}) AS mine")[0].mine:
        return 0
    due = {row.id for row in run(_BY_THE_CLOCK)}
    taken = run(_TAKEN, {"batch": batch})
    if not due and not taken:
        return 0
    version: int = run("SELECT nextval('facet_version') AS version")[0].version
    products = due | {row.product_id for row in taken if row.product_id is not None}
    segments: dict[int, list[int]] = defaultdict(list)
    for id_ in sorted(products):
        segments[id_ // SEGMENT].append(id_)
    for segment, ids in segments.items():
        _look_again(segment, ids, version)
    for collection in sorted({row.collection_id for row in taken if row.collection_id is not None}):
        _put_in_order(collection, version)
    run("UPDATE facet_state SET version = :version, published_until = now()", {"version": version})
    return len(taken) + len(due)


def refresh_all() -> None:
    """Bring the sets up to all that was noted, a batch in each transaction: for jobs and commands."""
    more = True
    while more:
        with transaction():
            more = refresh() > 0


def note_everything() -> None:
    """Have every product and collection looked at again by the next `refresh`: after a load without triggers."""
    run("DELETE FROM facet_queue")
    run("INSERT INTO facet_queue (product_id) SELECT id FROM products ORDER BY id")
    # Those that are gone, and whose triggers did not say so.
    run(
        "INSERT INTO facet_queue (product_id) SELECT n "
        "FROM (SELECT DISTINCT segment FROM facet_segments WHERE members <> '') s, "
        "generate_series(segment * :size, segment * :size + :size - 1) n "
        "WHERE NOT EXISTS (SELECT FROM products WHERE id = n)",
        {"size": SEGMENT},
    )
    run("INSERT INTO facet_queue (collection_id) SELECT id FROM collections")


def rebuild() -> Iterator[int]:
    """Look at every product and collection again; gives how many are left to look at, until there are none.

    What pages show meanwhile is what the sets said before. Another process may do a part of the work.
    """
    with transaction():
        note_everything()
    while True:
        with transaction():
            moved = refresh()
            left: int = run("SELECT count(*) AS left FROM facet_queue")[0].left
        yield left
        if not left:
            return
        if not moved:
            time.sleep(_PATIENCE_SECONDS)


def _look_again(segment: int, ids: list[int], version: int) -> None:
    """Write what is true of these products, all of one segment, where it differs from what is kept."""
    begin = segment * SEGMENT
    changed = _bits(id_ - begin for id_ in ids)
    found = _properties(ids, begin)
    kept = {
        row.token: decode(bytes(row.members))
        for row in run("SELECT token, members FROM facet_segments WHERE segment = :segment", {"segment": segment})
    }
    tokens, members, gone = [], [], []
    for token in kept.keys() | found.keys():
        old = kept.get(token, 0)
        new = (old & ~changed) | _bits(found.get(token, ()))
        if new == old:
            continue
        if new:
            tokens.append(token)
            members.append(encode(new))
        else:
            gone.append(token)
    if tokens:
        run(_WRITE, {"segment": segment, "version": version, "tokens": tokens, "members": members})
    if gone:
        # An empty set stays as a row: readers learn from its version that it has changed.
        run(_WRITE, {"segment": segment, "version": version, "tokens": gone, "members": [b""] * len(gone)})


def _properties(ids: list[int], begin: int) -> _Places:
    """Return the places in their segment of the products that have each property."""
    places: _Places = defaultdict(list)
    values: dict[tuple[str, str], list[int]] = defaultdict(list)
    facets: dict[str, tuple[str, str, int | None]] = {}
    labels: dict[tuple[str, str], tuple[str, str | None]] = {}

    def note(facet: str, label: str, swatch: str | None, at: Iterable[int]) -> None:
        key = value_key(label)
        if key and len(key) <= MAX_VALUE:
            known = labels.get((facet, key))
            labels[facet, key] = (known[0] if known else label.strip(), (known and known[1]) or swatch)
            values[facet, key].extend(at)

    facets["vendor"] = ("vendor", "", None)
    facets["type"] = ("type", "", None)
    for row in run(_PRODUCTS, {"ids": ids}):
        place = row.id - begin
        if row.shown:
            places["shown"].append(place)
        if row.available:
            places["available"].append(place)
        _write_number(places, "popularity", row.popularity, place)
        _write_number(places, "published", row.published or 0, place)
        _write_number(places, "title", title_number(row.title), place)
        note("vendor", row.vendor, None, (place,))
        note("type", row.product_type, None, (place,))
        for category in (row.path or "").split("/"):
            if category:
                places[f"category:{category}"].append(place)
    for row in run(_OPTIONS, {"ids": ids}):
        name = facet_of_option(row.name)
        facets.setdefault(name, ("option", row.name.strip(), None))
        note(name, row.value, row.swatch, (id_ - begin for id_ in row.ids))
    for row in run(_FIELDS, {"ids": ids}):
        name = facet_of_field(row.namespace, row.key)
        facets[name] = ("field", row.name, row.id)
        swatch = row.value.lower() if row.kind == "color" else None
        note(name, row.value, swatch, (id_ - begin for id_ in row.ids))
    for row in run(_PRICES, {"ids": ids}):
        place, column = row.product_id - begin, f"price:{row.currency}:{row.list}"
        places[column].append(place)
        _write_number(places, column, row.low_minor, place)
    for (facet, key), value_id in _value_ids(facets, labels).items():
        places[f"value:{value_id}"] = values[facet, key]
    return places


def _value_ids(
    facets: Mapping[str, tuple[str, str, int | None]], labels: Mapping[tuple[str, str], tuple[str, str | None]]
) -> dict[tuple[str, str], int]:
    """Return the ids of these values by facet and key; those that are new get one."""
    if not labels:
        return {}
    pairs: dict[str, Any] = {"names": [name for name, _key in labels], "keys": [key for _name, key in labels]}
    known = {(row.name, row.key): row.id for row in run(_VALUE_IDS, pairs)}
    coloured = any(swatch for _label, swatch in labels.values())
    if len(known) == len(labels) and not coloured:
        return known
    run(
        _KEEP_FACETS,
        {
            "names": list(facets),
            "kinds": [kind for kind, _title, _field in facets.values()],
            "titles": [title for _kind, title, _field in facets.values()],
            "fields": [field for _kind, _title, field in facets.values()],
        },
    )
    run(
        _KEEP_VALUES,
        {
            **pairs,
            "labels": [label for label, _swatch in labels.values()],
            "swatches": [swatch for _label, swatch in labels.values()],
        },
    )
    return {(row.name, row.key): row.id for row in run(_VALUE_IDS, pairs)}


def _put_in_order(collection: int, version: int) -> None:
    ids = array("I")
    ids.frombytes(bytes(run(_ORDER, {"collection": collection})[0].ids))
    if byteorder == "little":
        ids.byteswap()
    run(_WRITE_ORDER, {"collection": collection, "version": version, "products": _low_byte_first(ids)})


def _low_byte_first(ids: "array[int]") -> bytes:
    if byteorder == "big":
        ids.byteswap()
    return ids.tobytes()


def _write_number(places: _Places, column: str, number: int, place: int) -> None:
    number = min(max(number, 0), (1 << DIGITS[column.partition(":")[0]]) - 1)
    while number:
        top = number.bit_length() - 1
        places[f"{column}/{top}"].append(place)
        number ^= 1 << top


def _bits(at: Iterable[int]) -> int:
    whole = bytearray(SEGMENT // 8)
    for place in at:
        whole[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(whole, "little")
