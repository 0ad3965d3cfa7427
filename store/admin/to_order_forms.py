"""What staff write of a product made to order, read into drafts: one value or part a line, with a complaint by line."""

import re
from collections.abc import Iterable, Mapping, Sequence

from babel import Locale

from store.admin.product_forms import read_price
from store.admin.queries.to_order import AxisRow
from store.catalog.drafts import PriceDraft
from store.catalog.graphs import MAX_AXES, AxisDraft, ValueDraft
from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.core.money import Money

_SWATCH = re.compile(r"#[0-9a-f]{6}")
_DELTA = re.compile(r"([+\-−])\s*([0-9][0-9.,]*)\s*([A-Za-z]{3})?")
_PART = re.compile(r"([0-9]{1,3})\s*[x×*]?\s+(\S.*)")


def lines_of(axis: AxisRow, currency: str) -> str:
    """Return the values of an axis as they are written: `Moss | #5b6b3a | MOS | +4.00`."""
    lines = []
    for value in axis.values:
        deltas = [
            f"{'+' if minor >= 0 else '-'}{Money(abs(minor), code).decimal()}{'' if code == currency else ' ' + code}"
            for code, minor in sorted(value.deltas.items(), key=lambda one: (one[0] != currency, one[0]))
            if minor
        ]
        parts = [value.value, value.swatch or "", value.sku_part, ", ".join(deltas)]
        lines.append(" | ".join(part for part in parts if part))
    return "\n".join(lines)


def read_axes(sent: Mapping[str, str], currency: str) -> list[AxisDraft]:
    """Return the axes from `axis-<n>-name` and `axis-<n>-lines`; one that is ticked out or left empty is left out."""
    axes = []
    for number in range(MAX_AXES):
        name = sent.get(f"axis-{number}-name", "").strip()
        lines = [line.strip() for line in sent.get(f"axis-{number}-lines", "").splitlines() if line.strip()]
        if sent.get(f"axis-{number}-out") or (not name and not lines):
            continue
        if not name:
            raise Invalid(_("Give these values a name, such as Colour."), field=f"axis-{number}-name")
        values = []
        for place, line in enumerate(lines, start=1):
            try:
                values.append(read_value(line, currency))
            except Invalid as error:
                raise Invalid(
                    _("%(axis)s, line %(line)s: %(problem)s", axis=name, line=place, problem=error.message),
                    field=f"axis-{number}-lines",
                ) from error
        axes.append(AxisDraft(name, tuple(values)))
    return axes


def read_value(line: str, currency: str) -> ValueDraft:
    """Return the value that a line writes; what follows its name may stand in any order. Raises `Invalid`."""
    name, *parts = (part.strip() for part in line.split("|"))
    was, arrow, new = name.partition("=>")
    name, was = (new.strip(), was.strip()) if arrow else (name, "")
    swatch, sku_part = None, ""
    deltas: dict[str, int] = {}
    for part in filter(None, parts):
        if part.startswith("#"):
            swatch = part.lower()
            if not _SWATCH.fullmatch(swatch):
                raise Invalid(_("A colour is written like #1a2b3c."))
        elif part[0] in "+-−":
            deltas |= _read_deltas(part, currency)
        elif sku_part or len(part) > 40:
            raise Invalid(_("“%(part)s” is no colour, no price and no part of a SKU.", part=part[:40]))
        else:
            sku_part = part
    return ValueDraft(name, swatch=swatch, sku_part=sku_part, deltas=deltas, was=was)


def read_prices(sent: Mapping[str, str], currencies: Iterable[str]) -> dict[str, PriceDraft]:
    """Return the prices from `price-<currency>` and `compare-<currency>`."""
    prices = {}
    for currency in currencies:
        amount = read_price(sent.get(f"price-{currency}", ""), currency)
        compare_at = read_price(sent.get(f"compare-{currency}", ""), currency)
        if amount is not None:
            prices[currency] = PriceDraft(amount, compare_at)
        elif compare_at is not None:
            raise Invalid(_("An earlier price needs a price now."), field=f"price-{currency}")
    return prices


def read_number(text: str, *, most: int = 1_000_000) -> int:
    """Return a whole number; nothing is none. Raises `Invalid`."""
    text = text.strip()
    if not re.fullmatch(r"[0-9]{0,7}", text, re.ASCII) or int(text or 0) > most:
        raise Invalid(_("“%(text)s” is no whole number up to %(most)s.", text=text[:20], most=most))
    return int(text or 0)


def read_parts(text: str) -> list[tuple[int, str]]:
    """Return how many of which SKU, from lines like `2 MUG-MOSS`; raises `Invalid`."""
    parts = []
    for place, line in enumerate(filter(None, map(str.strip, text.splitlines())), start=1):
        found = _PART.fullmatch(line)
        if found is None or int(found[1]) < 1:
            raise Invalid(_("Line %(line)s: write how many, then the SKU, such as 2 MUG-MOSS.", line=place))
        parts.append((int(found[1]), found[2].strip()))
    return parts


def ids_from(sent: Sequence[str]) -> list[int]:
    """Return the ids among what was sent."""
    return [int(text) for text in sent if re.fullmatch(r"[0-9]{1,18}", text, re.ASCII)]


def _read_deltas(text: str, currency: str) -> dict[str, int]:
    deltas = {}
    rest = text
    while rest:
        found = _DELTA.match(rest)
        if found is None:
            raise Invalid(_("A difference in price is written like +4.00 or -2.50."))
        amount = found[2]
        # In `+4.00, +4.50 USD` the comma parts two prices.
        amount = amount.rstrip(",")
        code = (found[3] or currency).upper()
        if code not in Locale("en").currencies:
            raise Invalid(_("There is no currency %(code)s.", code=code))
        minor = read_price(amount, code) or 0
        deltas[code] = minor if found[1] == "+" else -minor
        rest = rest[found.end() :].lstrip(" ,;")
    return deltas
