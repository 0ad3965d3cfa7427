"""The words of a filtered address: `filter.colour=moss`. Names are made from options and fields, keys from values."""

import re

from store.catalog.handles import make_handle

# Names that mean something else after `filter.`.
RESERVED = frozenset({"available", "category", "price", "type", "vendor"})

_UNSAFE = re.compile(r"[^a-z0-9_-]+")


def facet_of_option(name: str) -> str:
    """Return the facet of an option by its name: `T-shirt size` gives `t-shirt-size`."""
    handle = make_handle(name)
    return f"option-{handle}" if handle in RESERVED else handle


def facet_of_field(namespace: str, key: str) -> str:
    """Return the facet of a custom field: its namespace and key with a dot, which no option's facet has."""
    return f"{_UNSAFE.sub('-', namespace.lower())}.{_UNSAFE.sub('-', key.lower())}"


def value_key(label: str) -> str:
    """Return how a value stands in addresses: lower case, single spaces; `Moss  Green` and `moss green` are one."""
    return " ".join(label.split()).lower()
