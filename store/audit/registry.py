"""The checks by name: `<area>.<function>`, found in the modules of `store.audit.checks`."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass

from store.audit import checks

Query = Callable[[], str]


@dataclass(frozen=True)
class Check:
    """One invariant: a sentence, and the SQL that finds what breaks it.

    The first column of the query is `subject`, such as `order:17`; all others are facts.
    """

    name: str
    sentence: str
    sql: str
    is_warning: bool


_checks: dict[str, Check] = {}


def check(query: Query) -> Query:
    """Register a function whose docstring is the invariant and whose result is the SQL that finds violations."""
    _register(query, is_warning=False)
    return query


def warning(query: Query) -> Query:
    """The same for something that deserves a look and breaks no promise yet."""
    _register(query, is_warning=True)
    return query


def all_checks() -> tuple[Check, ...]:
    """Return every check in the order of their names."""
    for module in pkgutil.iter_modules(checks.__path__):
        importlib.import_module(f"{checks.__name__}.{module.name}")
    return tuple(_checks[name] for name in sorted(_checks))


def _register(query: Query, *, is_warning: bool) -> None:
    name = f"{query.__module__.rpartition('.')[2]}.{query.__name__}"
    sentence = (query.__doc__ or "").strip()
    if not sentence:
        raise ValueError(f"{name} does not say what it checks")
    if name in _checks:
        raise ValueError(f"two checks are called {name}")
    _checks[name] = Check(name, sentence, query(), is_warning)
