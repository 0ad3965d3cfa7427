"""Custom fields: defining them, and what may stand in them.

Every value has one spelling, whoever wrote it: `1,50` becomes `1.5`, `yes` becomes `true`, `#ABC` becomes `#aabbcc`.
The caller opens the transaction.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import text

from store.catalog.handles import make_handle
from store.catalog.models import CustomField
from store.core.db import read_rows, run, session, transaction
from store.core.errors import Invalid, NotFound
from store.core.i18n import gettext as _

KINDS = ("text", "number", "boolean", "date", "choice", "url", "color")

MAX_VALUES = 100
MAX_TEXT = 5000
MAX_CHOICES = 500
_MAX_NAME = 100

# Products that are touched in one transaction by what runs in the background.
BATCH = 1000

_MAX_DIGITS, _MAX_DECIMALS = 15, 6

_KEY = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")
_HEX = re.compile(r"#(?:[0-9a-f]{3}){1,2}", re.IGNORECASE)
_YES = {"true", "yes", "1", "on"}
_NO = {"false", "no", "0", "off"}


@dataclass(frozen=True, slots=True)
class Field:
    """A definition as it stands; `unit` belongs to numbers, `choices` to choices."""

    id: int
    namespace: str
    key: str
    name: str
    kind: str
    many: bool
    unit: str
    choices: tuple[str, ...]
    filterable: bool
    visible: bool
    position: int


def list_fields(*, ids: Collection[int] | None = None) -> list[Field]:
    """Return the definitions in their order: all, or those with these ids. 1 statement."""
    rows = read_rows(
        "SELECT id, namespace, key, name, kind, many, unit, choices, filterable, visible, position FROM custom_fields "
        "WHERE :everything OR id = ANY(:ids) ORDER BY position, id",
        {"everything": ids is None, "ids": list(ids or ())},
    )
    return [
        Field(
            row.id,
            row.namespace,
            row.key,
            row.name,
            row.kind,
            row.many,
            row.unit,
            tuple(row.choices),
            row.filterable,
            row.visible,
            row.position,
        )
        for row in rows
    ]


def find_fields(names: Collection[tuple[str, str]]) -> dict[tuple[str, str], Field]:
    """Return the definitions of these (namespace, key) pairs; those that nobody defined are missing. 1 statement."""
    return {(one.namespace, one.key): one for one in list_fields() if (one.namespace, one.key) in names}


def define_field(
    name: str,
    kind: str,
    *,
    namespace: str = "custom",
    key: str = "",
    many: bool = False,
    unit: str = "",
    choices: Sequence[str] = (),
    filterable: bool = False,
    visible: bool = True,
) -> Field:
    """Make a definition behind the others; an empty key is made from the name. Raises `Invalid` with `field`."""
    row = CustomField(namespace=namespace, key=key, kind=kind)
    session.add(describe(row, name=name, many=many, unit=unit, choices=choices))
    row.filterable, row.visible = filterable, visible
    row.position = session.execute(text("SELECT coalesce(max(position) + 1, 0) FROM custom_fields")).scalar_one()
    session.flush()
    return list_fields(ids=[row.id])[0]


def describe(row: CustomField, *, name: str, many: bool, unit: str, choices: Sequence[str]) -> CustomField:
    """Put checked words into a definition; raises `Invalid` with `field`. No statement."""
    row.name = " ".join(name.split())
    if not row.name or len(row.name) > _MAX_NAME:
        raise Invalid(_("Give the field a name of at most %(limit)s letters.", limit=_MAX_NAME), field="name")
    if row.kind not in KINDS:
        raise Invalid(_("There is no such kind of field."), field="kind")
    row.key = row.key or make_handle(row.name).replace("-", "_")
    for column in ("namespace", "key"):
        if not _KEY.fullmatch(getattr(row, column)) or len(getattr(row, column)) > _MAX_NAME:
            raise Invalid(_("Only small letters, digits, and _ or - between them."), field=column)
    row.unit = unit.strip()[:_MAX_NAME] if row.kind == "number" else ""
    row.many = many and row.kind != "boolean"
    row.choices = list(dict.fromkeys(filter(None, (" ".join(one.split()) for one in choices))))
    if row.kind != "choice":
        row.choices = []
    elif not row.choices:
        raise Invalid(_("Write the choices, one on each line."), field="choices")
    elif len(row.choices) > MAX_CHOICES or any(len(one) > MAX_TEXT for one in row.choices):
        raise Invalid(_("A field has at most %(limit)s choices.", limit=MAX_CHOICES), field="choices")
    return row


def set_field_values(values: Mapping[int, Mapping[int, Sequence[str]]]) -> set[int]:
    """Set custom fields of products: texts by field id by product id; no texts take the field's values away.

    Fields that are not named stay as they are. Returns the products in which something changed. At most 5 statements,
    however many products. Raises `Invalid` (with `product_id` and `field_id` in its facts) and `NotFound`.
    """
    field_ids = sorted({field_id for of_product in values.values() for field_id in of_product})
    if not field_ids:
        return set()
    fields = {field.id: field for field in list_fields(ids=field_ids)}
    wanted: dict[tuple[int, int], list[tuple[str, Decimal | None]]] = {}
    for product_id, of_product in values.items():
        for field_id, texts in of_product.items():
            if field_id not in fields:
                raise NotFound(_("This field is not here any more."), field_id=field_id)
            wanted[product_id, field_id] = _read_for(product_id, fields[field_id], texts)
    product_ids = sorted(values)
    # Two who fill in the same product take turns.
    run("SELECT id FROM products WHERE id = ANY(:ids) ORDER BY id FOR NO KEY UPDATE", {"ids": product_ids})
    stored: dict[tuple[int, int], list[str]] = {}
    for row in read_rows(
        "SELECT product_id, field_id, value FROM custom_field_values "
        "WHERE product_id = ANY(:products) AND field_id = ANY(:fields) ORDER BY product_id, field_id, position",
        {"products": product_ids, "fields": field_ids},
    ):
        stored.setdefault((row.product_id, row.field_id), []).append(row.value)
    changed = {pair: read for pair, read in wanted.items() if [value for value, _n in read] != stored.get(pair, [])}
    _replace(changed)
    return {product_id for product_id, _field_id in changed}


def values_of(product_ids: Collection[int]) -> dict[int, dict[int, tuple[str, ...]]]:
    """Return the values of products by field id, in their order. 1 statement."""
    found: dict[int, dict[int, tuple[str, ...]]] = {product_id: {} for product_id in product_ids}
    for row in read_rows(
        "SELECT product_id, field_id, array_agg(value ORDER BY position) AS texts FROM custom_field_values "
        "WHERE product_id = ANY(:ids) GROUP BY product_id, field_id",
        {"ids": list(product_ids)},
    ):
        found[row.product_id][row.field_id] = tuple(row.texts)
    return found


def count_products(field_id: int) -> int:
    """Return how many products say something in a field. 1 statement."""
    rows = read_rows(
        "SELECT count(DISTINCT product_id) FROM custom_field_values WHERE field_id = :id", {"id": field_id}
    )
    return int(rows[0][0])


def touch_products(field_id: int) -> int:
    """Raise the revision of every product with a field, in batches with a transaction each; return how many."""
    last = done = 0
    while True:
        with transaction():
            ids = [
                row.product_id
                for row in read_rows(
                    "SELECT DISTINCT product_id FROM custom_field_values WHERE field_id = :id AND product_id > :last "
                    "ORDER BY product_id LIMIT :batch",
                    {"id": field_id, "last": last, "batch": BATCH},
                )
            ]
            if not ids:
                return done
            run("SELECT bump_products(:ids)", {"ids": ids})
        last, done = ids[-1], done + len(ids)


def delete_field(field_id: int) -> None:
    """Take a definition away with all its values, in batches with a transaction each; twice is harmless."""
    while True:
        with transaction():
            gone = run(
                "DELETE FROM custom_field_values WHERE field_id = :id AND product_id IN ("
                "  SELECT DISTINCT product_id FROM custom_field_values WHERE field_id = :id "
                "  ORDER BY product_id LIMIT :batch) RETURNING product_id",
                {"id": field_id, "batch": BATCH},
            )
            if not gone:
                run("DELETE FROM custom_fields WHERE id = :id", {"id": field_id})
                return


def read_values(field: Field, texts: Sequence[str]) -> list[tuple[str, Decimal | None]]:
    """Return values in their one spelling, each once, with the number of a number; raises `Invalid`. Pure."""
    read = list(dict.fromkeys(_READERS[field.kind](field, one.strip()) for one in texts if one.strip()))
    if len(read) > 1 and not field.many:
        raise Invalid(_("%(name)s takes one value.", name=field.name), field_id=field.id)
    if len(read) > MAX_VALUES:
        raise Invalid(
            _("%(name)s takes at most %(limit)s values.", name=field.name, limit=MAX_VALUES), field_id=field.id
        )
    return read


def split_colour(value: str) -> tuple[str, str]:
    """Return name and `#rrggbb` of a colour's value; one without a name is called by its code."""
    name, _space, code = value.rpartition(" ")
    return name or code, code


def _read_for(product_id: int, field: Field, texts: Sequence[str]) -> list[tuple[str, Decimal | None]]:
    try:
        return read_values(field, texts)
    except Invalid as error:
        raise Invalid(error.message, product_id=product_id, field_id=field.id) from error


def _replace(changed: Mapping[tuple[int, int], Sequence[tuple[str, Decimal | None]]]) -> None:
    if not changed:
        return
    session.execute(
        text(
            "DELETE FROM custom_field_values v USING unnest(CAST(:products AS bigint[]), CAST(:fields AS bigint[])) "
            "AS gone (product_id, field_id) WHERE v.product_id = gone.product_id AND v.field_id = gone.field_id"
        ),
        {"products": [product for product, _field in changed], "fields": [field for _product, field in changed]},
    )
    rows = [(*pair, place, *value) for pair, read in changed.items() for place, value in enumerate(read)]
    if rows:
        products, fields, places, values, numbers = zip(*rows, strict=True)
        session.execute(
            text(
                "INSERT INTO custom_field_values (product_id, field_id, position, value, number) "
                "SELECT * FROM unnest(CAST(:products AS bigint[]), CAST(:fields AS bigint[]), "
                "CAST(:places AS bigint[]), CAST(:values AS text[]), CAST(:numbers AS numeric[]))"
            ),
            {
                "products": list(products),
                "fields": list(fields),
                "places": list(places),
                "values": list(values),
                "numbers": list(numbers),
            },
        )


def _text(field: Field, value: str) -> tuple[str, None]:
    if "\0" in value or len(value) > MAX_TEXT:
        raise _refused(field, _("a text of at most %(limit)s characters", limit=MAX_TEXT))
    return value, None


def _number(field: Field, value: str) -> tuple[str, Decimal]:
    plain = value.removesuffix(field.unit).strip() if field.unit else value
    if plain.count(",") == 1 and "." not in plain:
        plain = plain.replace(",", ".")
    try:
        if not re.fullmatch(r"[+-]?[0-9.]{1,40}", plain, re.ASCII):
            raise InvalidOperation
        number = Decimal(plain)
    except InvalidOperation:
        raise _refused(field, _("a number such as 12 or 0.5")) from None
    if abs(number) >= 10**_MAX_DIGITS or number != round(number, _MAX_DECIMALS):
        raise _refused(field, _("a number with at most %(limit)s decimals", limit=_MAX_DECIMALS))
    number = abs(number) if number == 0 else number
    spelled = f"{number:f}"
    spelled = spelled.rstrip("0").rstrip(".") if "." in spelled else spelled
    return spelled, Decimal(spelled)


def _boolean(field: Field, value: str) -> tuple[str, None]:
    if value.lower() in _YES:
        return "true", None
    if value.lower() in _NO:
        return "false", None
    raise _refused(field, _("yes or no"))


def _date(field: Field, value: str) -> tuple[str, None]:
    try:
        # Shops export a day also as the midnight that begins it.
        return date.fromisoformat(re.sub(r"[T ].*", "", value)).isoformat(), None
    except ValueError:
        raise _refused(field, _("a day such as 2026-11-21")) from None


def _choice(field: Field, value: str) -> tuple[str, None]:
    spelled = {one.casefold(): one for one in field.choices}
    found = spelled.get(" ".join(value.split()).casefold())
    if found is None:
        raise _refused(field, _("one of: %(choices)s", choices=", ".join(field.choices[:12])))
    return found, None


def _url(field: Field, value: str) -> tuple[str, None]:
    try:
        parts = urlsplit(value)
        # Asking for a port that is no number raises as well.
        _port, sound = parts.port, parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        sound = False
    if not sound or re.search(r"[\s\x00-\x1f<>\"]", value) or len(value) > MAX_TEXT:
        raise _refused(field, _("a link that begins with https://"))
    return value, None


def _colour(field: Field, value: str) -> tuple[str, None]:
    name, _space, code = value.rpartition(" ")
    if not _HEX.fullmatch(code) or len(name) > _MAX_NAME or "\0" in name:
        raise _refused(field, _("a colour such as #d8c8a8 or Sand #d8c8a8"))
    digits = code[1:].lower()
    digits = "".join(one * 2 for one in digits) if len(digits) == 3 else digits
    return f"{' '.join(name.split())} #{digits}".strip(), None


_READERS: Mapping[str, Any] = {
    "text": _text,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "choice": _choice,
    "url": _url,
    "color": _colour,
}


def _refused(field: Field, wish: str) -> Invalid:
    return Invalid(_("%(name)s: please enter %(wish)s.", name=field.name, wish=wish), field_id=field.id)
