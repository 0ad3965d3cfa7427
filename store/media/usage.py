"""Who points at pictures: asked of the tables themselves, so that nobody who shows one is forgotten."""

from collections.abc import Collection, Sequence
from functools import cache

from sqlalchemy import text

from store.core.db import session
from store.media.models import Image

# They belong to the picture; none of them shows it. So does whatever has one row for each picture.
ITS_OWN = frozenset({"uploads", "former_keys"})

# What remembers a picture by the name of its files, such as the lines of an order.
_KEPT_KEY = "image_key"

# What remembers how a picture was composed, with the keys of all its layers.
_KEPT_LOOKS = "looks"
_LAYERS = """
    SELECT DISTINCT part #>> '{{}}' FROM {table}, jsonb_path_query(looks, '$[*].recipe.*[*]') AS part
     WHERE looks <> '[]' AND part #>> '{{}}' = ANY(:keys)
"""


@cache
def references() -> Sequence[tuple[str, str]]:
    """Return the tables and columns that point at pictures to show them."""
    return sorted(
        (table.name, column.name)
        for table in Image.metadata.tables.values()
        if table.name not in ITS_OWN
        for column in table.columns
        if [column] != list(table.primary_key.columns)
        for key in column.foreign_keys
        if key.column is Image.__table__.c.id
    )


@cache
def used() -> str:
    """Return the condition that something shows the picture `i`."""
    places = (f"EXISTS (SELECT FROM {table} u WHERE u.{column} = i.id)" for table, column in references())
    return f"({' OR '.join(places)})"


def find_remembered(keys: Collection[str]) -> set[str]:
    """Return those keys that orders and the like still show, or print, their files by. 1 statement a table."""
    tables = Image.metadata.sorted_tables
    statements = [
        f"SELECT DISTINCT {_KEPT_KEY} FROM {table.name} WHERE {_KEPT_KEY} = ANY(:keys)"
        for table in tables
        if _KEPT_KEY in table.columns
    ]
    statements += [_LAYERS.format(table=table.name) for table in tables if _KEPT_LOOKS in table.columns]
    return {key for one in statements for key in session.execute(text(one), {"keys": list(keys)}).scalars()}
