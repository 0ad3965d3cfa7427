"""Plug-ins by folder: one file, one class, found at start."""

import importlib
import pkgutil
from types import ModuleType
from typing import TypeVar

P = TypeVar("P")


def discover(package: ModuleType, kind: type[P]) -> dict[str, P]:
    """Return one instance of each subclass of `kind` in a package's modules by its `code`.

    Raises `ValueError` when two plug-ins claim one code.
    """
    found: dict[str, P] = {}
    for module_info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"{package.__name__}.{module_info.name}")
        for candidate in vars(module).values():
            if not isinstance(candidate, type) or not issubclass(candidate, kind) or candidate is kind:
                continue
            if candidate.__module__ != module.__name__:
                continue
            code: str = candidate.code  # type: ignore[attr-defined]
            if code in found:
                raise ValueError(f"two plug-ins of {package.__name__} have the code {code}")
            found[code] = candidate()
    return found
