"""New rows past the unit of work, for what is written often: the statement goes to the driver, the object is known."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeVar

from psycopg.types.json import Jsonb
from sqlalchemy import inspect
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value

from store.core.db import Base, run_alone, session

M = TypeVar("M", bound=Base)


def put(row: Base, *, unless: str = "") -> bool:
    """Write one new row of the transaction in progress, past the unit of work, in a third of its time.

    Outside of one it is a transaction of its own, and the object stays what it is: no row that the session keeps.
    What the model fills in by itself is filled in. False, and nothing written, when there is a row with the same value
    in the unique column `unless`; otherwise it raises as a flush would.
    """
    model, values = type(row), filled(row)
    named = {name: _as_sent(model, name, value) for name, value in values.items()}
    found = run_alone(_insert_of(model, tuple(values), unless), named)
    if not found:
        return False
    values |= zip(_keys_of(model), found[0], strict=True)
    if session.info.get("in_transaction"):
        known(row, values)
    else:
        _give(row, values)
    return True


def filled(row: Base) -> dict[str, Any]:
    """Return the columns of a new row that have a value, given or by the model's own default, by attribute."""
    given = row.__dict__
    values: dict[str, Any] = {}
    for name, default in _defaults_of(type(row)):
        if name in given:
            values[name] = given[name]
        elif default is not None:
            values[name] = default.arg(None) if default.is_callable else default.arg
    return values


def known(row: M, values: Mapping[str, Any]) -> M:
    """Let the session know a row that a statement has just written with these values, without reading it back."""
    _give(row, values)
    make_transient_to_detached(row)
    session.add(row)
    return row


def _give(row: Base, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        set_committed_value(row, name, value)


@lru_cache(maxsize=256)
def _defaults_of(model: type[Base]) -> tuple[tuple[str, Any], ...]:
    """Return the attributes of a model with their defaults; what the database numbers is left out."""
    return tuple(
        (attribute.key, attribute.columns[0].default)
        for attribute in inspect(model).column_attrs
        if attribute.columns[0].identity is None
    )


@lru_cache(maxsize=256)
def _keys_of(model: type[Base]) -> tuple[str, ...]:
    mapper = inspect(model)
    return tuple(mapper.get_property_by_column(column).key for column in mapper.primary_key)


@lru_cache(maxsize=256)
def _insert_of(model: type[Base], names: tuple[str, ...], unless: str) -> str:
    columns = inspect(model).columns
    written = ", ".join(columns[name].name for name in names)
    sent = ", ".join(f":{name}" for name in names)
    keys = ", ".join(columns[name].name for name in _keys_of(model))
    but = f" ON CONFLICT ({columns[unless].name}) DO NOTHING" if unless else ""
    return f"INSERT INTO {model.__tablename__} ({written}) VALUES ({sent}){but} RETURNING {keys}"


@lru_cache(maxsize=1024)
def _is_json(model: type[Base], name: str) -> bool:
    return isinstance(inspect(model).columns[name].type, JSONB)


def _as_sent(model: type[Base], name: str, value: Any) -> Any:
    return Jsonb(value) if value is not None and _is_json(model, name) else value
