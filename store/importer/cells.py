"""Reads single cells; each function raises `Invalid` with the reason."""

import re
from collections.abc import Sequence
from decimal import Decimal
from urllib.parse import urlsplit

from babel.numbers import list_currencies

from store.catalog.categories import MAX_DEPTH
from store.catalog.checks import MAX_LENGTHS, MAX_WEIGHT_GRAMS
from store.catalog.fields import Field, read_values
from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.core.money import Money

_DECIMAL = re.compile(r"-?[0-9]{1,12}(\.[0-9]{1,6})?")
_TRUE = frozenset({"true", "yes", "1"})
_FALSE = frozenset({"false", "no", "0"})
_MAX_UNITS = 1_000_000
_MAX_URL = 2048


def text(cell: str, limit: int) -> str:
    """Return a text of at most `limit` characters without NUL bytes."""
    if "\0" in cell:
        raise Invalid(_("it holds a NUL byte"))
    if len(cell) > limit:
        raise Invalid(_("it is longer than %(limit)s characters", limit=limit))
    return cell


def boolean(cell: str, *, blank: bool) -> bool:
    """Return TRUE or FALSE in any case; a blank cell is `blank`."""
    word = cell.casefold()
    if not word:
        return blank
    if word in _TRUE or word in _FALSE:
        return word in _TRUE
    raise Invalid(_("“%(cell)s” is neither TRUE nor FALSE", cell=cell[:40]))


def amount(cell: str, currency: str) -> int | None:
    """Return an amount in minor units, `None` when blank; it has a decimal point and is not negative."""
    if not cell:
        return None
    try:
        money = Money.parse(cell, currency)
    except Invalid as error:
        raise Invalid(
            _("“%(cell)s” is no amount in %(currency)s, such as 12.50", cell=cell[:40], currency=currency)
        ) from error
    if money.minor < 0:
        raise Invalid(_("%(cell)s is negative", cell=cell[:40]))
    return money.minor


def grams(cell: str) -> int:
    """Return a weight in whole grams; the file may write `0` or `0.0`."""
    value = _decimal(cell) if cell else Decimal(0)
    if not 0 <= value <= MAX_WEIGHT_GRAMS:
        raise Invalid(_("“%(cell)s” is no weight in grams", cell=cell[:40]))
    return int(value.to_integral_value(rounding="ROUND_HALF_UP"))


def units(cell: str) -> int:
    """Return a whole number of pieces; negative ones are what another shop has oversold."""
    value = _decimal(cell) if cell else Decimal(0)
    if value != value.to_integral_value() or abs(value) > _MAX_UNITS:
        raise Invalid(_("“%(cell)s” is no number of pieces", cell=cell[:40]))
    return int(value)


def position(cell: str) -> int | None:
    """Return a place in the gallery, counted from 1."""
    if not cell:
        return None
    value = _decimal(cell)
    if value != value.to_integral_value() or not 1 <= value <= 10_000:
        raise Invalid(_("“%(cell)s” is no position", cell=cell[:40]))
    return int(value)


def choice(cell: str, allowed: tuple[str, ...], *, blank: str) -> str:
    """Return one of the allowed words, in any case; a blank cell is `blank`."""
    word = cell.casefold() or blank
    if word not in allowed:
        raise Invalid(_("“%(cell)s” is none of: %(allowed)s", cell=cell[:40], allowed=", ".join(allowed)))
    return word


def selling_policy(cell: str) -> str:
    """Return `deny` or `continue`; the current generation of files may also say TRUE and FALSE."""
    word = cell.casefold()
    if word in ("true", "false"):
        return "continue" if word == "true" else "deny"
    return choice(cell, ("deny", "continue"), blank="deny")


def address(cell: str) -> str:
    """Return the address of a picture; whether it can be fetched is found out later, by a job."""
    text(cell, _MAX_URL)
    try:
        parts = urlsplit(cell)
    except ValueError as error:
        raise Invalid(_("this is no address of a picture")) from error
    if parts.scheme not in ("http", "https") or not parts.hostname or any(character.isspace() for character in cell):
        raise Invalid(_("this is no address of a picture"))
    return cell


def tags(cell: str, limit: int) -> tuple[str, ...]:
    """Return the words between commas, each once."""
    return tuple(dict.fromkeys(text(word.strip(), limit) for word in cell.split(",") if word.strip()))


def category(cell: str) -> tuple[str, ...]:
    """Return the way from the root of the tree: `Home > Lamps` has two steps; a blank cell has none."""
    steps = tuple(text(step.strip(), MAX_LENGTHS["title"]) for step in cell.split(" > ")) if cell else ()
    if not all(steps) or len(steps) > MAX_DEPTH:
        raise Invalid(_("“%(cell)s” is no category, such as Home > Lamps", cell=cell[:40]))
    return steps


def currency(cell: str) -> str:
    """Return the code of a currency that exists."""
    code = cell.upper()
    if code not in list_currencies("en"):
        raise Invalid(_("“%(cell)s” is no currency, such as EUR", cell=cell[:40]))
    return code


def measure(cell: str, unit: str) -> str:
    """Return a measure with its unit, `750 ml`; empty when there is none."""
    if not cell or (not unit and _DECIMAL.fullmatch(cell) and not Decimal(cell)):
        return ""
    value = _decimal(cell)
    if value < 0 or not re.fullmatch(r"[A-Za-z0-9]{1,12}", unit):
        raise Invalid(_("“%(cell)s” is no measure with its unit, such as 750 and ml", cell=f"{cell} {unit}"[:40]))
    return f"{_plain(value)} {unit}"


def field_values(cell: str, field: Field) -> tuple[str, ...]:
    """Return the values of a custom field, those of a list between semicolons; a blank cell has none."""
    parts = _split(cell) if field.many else [cell]
    return tuple(value for value, _number in read_values(field, parts))


def join_values(values: Sequence[str], *, many: bool) -> str:
    """Return the cell for the values of a custom field: what `field_values` reads."""
    if not many:
        return values[0] if values else ""
    return ";".join(value.replace("\\", "\\\\").replace(";", "\\;") for value in values)


def _split(cell: str) -> list[str]:
    parts = [""]
    for piece in re.findall(r"\\[\\;]|.", cell, re.DOTALL):
        if piece == ";":
            parts.append("")
        else:
            parts[-1] += piece[1] if len(piece) == 2 else piece
    return parts


def _plain(value: Decimal) -> str:
    whole = value.to_integral_value()
    return str(int(whole)) if value == whole else format(value.normalize(), "f")


def _decimal(cell: str) -> Decimal:
    if not _DECIMAL.fullmatch(cell):
        raise Invalid(_("“%(cell)s” is no number", cell=cell[:40]))
    return Decimal(cell)
