"""What the custom fields say of a product, for the table on its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from store.catalog.fields import split_colour

# Over a row `p` of products: the fields that shoppers see, in their order.
SPECS_JSON = """
    (SELECT json_agg(json_build_array(said.name, said.kind, said.unit, said.texts) ORDER BY said.position, said.id)
     FROM (SELECT f.id, f.name, f.kind, f.unit, f.position, json_agg(v.value ORDER BY v.position) AS texts
           FROM custom_field_values v JOIN custom_fields f ON f.id = v.field_id
           WHERE v.product_id = p.id AND f.visible GROUP BY f.id) said)
"""


@dataclass(frozen=True, slots=True)
class Spec:
    """A field with its values: `Decimal` for numbers, `date`, `bool`, (name, `#rrggbb`) for
    colours, (address, words) for links, else text.
    """

    name: str
    kind: str
    unit: str
    values: tuple[Any, ...]


def specs_from(found: Sequence[Any] | None) -> tuple[Spec, ...]:
    """Return what `SPECS_JSON` described."""
    return tuple(
        Spec(name, kind, unit, tuple(_value(kind, one) for one in texts)) for name, kind, unit, texts in found or ()
    )


def _value(kind: str, text: str) -> Any:
    if kind == "number":
        return Decimal(text)
    if kind == "date":
        return date.fromisoformat(text)
    if kind == "boolean":
        return text == "true"
    if kind == "url":
        return text, text.split("://", 1)[-1].removeprefix("www.").rstrip("/")[:60]
    return split_colour(text) if kind == "color" else text
