"""Reads single cells; each function raises `Invalid` with the reason."""

import re
from decimal import Decimal
from urllib.parse import urlsplit

from store.catalog.checks import MAX_WEIGHT_GRAMS
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


def _decimal(cell: str) -> Decimal:
    if not _DECIMAL.fullmatch(cell):
        raise Invalid(_("“%(cell)s” is no number", cell=cell[:40]))
    return Decimal(cell)
