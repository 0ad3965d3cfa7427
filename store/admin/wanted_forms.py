"""Lines of an order as staff write them: read from a form, and shown again as they were sent."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from store.admin.words import decimal
from store.changes.arithmetic import Reckoning
from store.changes.services.drafts import Priced
from store.changes.wanted import MOST_PIECES, Wanted, WantedLine
from store.core.errors import Invalid
from store.core.i18n import gettext as _
from store.core.money import Money

_LONGEST_REASON = 200
_LONGEST_PRICE = 14
_MOST_DIGITS = 4


@dataclass(frozen=True)
class Typed:
    """What stands in the fields of a line."""

    quantity: str
    unit: str
    reason: str


@dataclass(frozen=True)
class LineRow:
    """A line on the page; `quantity_before` is `None` where there was no order before."""

    key: str
    title: str
    variant_title: str
    sku: str
    quantity: int
    typed: Typed
    listed_minor: int | None
    total_minor: int | None
    quantity_before: int | None = None
    total_before_minor: int | None = None
    left_house: int = 0
    is_new: bool = False
    problem: str = ""


def read_lines(form: Mapping[str, str], wanted: Wanted, currency: str) -> Wanted:
    """Return the lines as sent; raises `Invalid` with its `field`. A line that the form does not name stays."""
    out = form.get("out", "")
    lines = [
        replace(line, quantity=0) if line.key == out else _read_line(form, line, currency)
        for line in wanted.lines
    ]  # fmt: skip
    # A line of the order stays in sight when none of it is wanted; a new one just goes.
    return replace(wanted, lines=tuple(line for line in lines if line.quantity or line.line_id is not None))


def read_delivery(form: Mapping[str, str], wanted: Wanted, currency: str) -> Wanted:
    """Return the delivery as sent: a way by its number, a price of its own, and why."""
    number = form.get("method", "")
    method_id = int(number) if number.isascii() and number.isdecimal() and len(number) < 18 else None
    text = form.get("shipping", "").strip()
    return replace(
        wanted,
        method_id=method_id,
        shipping_minor=_amount(text, currency, "shipping") if text else None,
        shipping_reason=form.get("shipping-reason", "").strip()[:_LONGEST_REASON],
    )


def rows_of_draft(priced: Priced, sent: Mapping[str, str] | None = None) -> list[LineRow]:
    """Return the lines of a draft at today's prices."""
    lines = {line.variant_id: line for line in priced.cart.lines}
    totals = {one.line.variant_id: one.price for one in priced.quote.lines}
    currency = priced.quote.currency
    rows = []
    for line in priced.wanted.lines:
        known, total = lines.get(line.variant_id), totals.get(line.variant_id)
        rows.append(
            LineRow(
                key=line.key,
                title=known.title if known else _("Gone from the shop"),
                variant_title=known.variant_title if known else "",
                sku=known.sku if known else "",
                quantity=line.quantity,
                typed=_typed(line, currency, sent),
                listed_minor=known.was.minor if known and known.was else None,
                total_minor=total.total_minor if total else None,
                problem=priced.line_problems.get(line.variant_id, ""),
            )
        )
    return rows


def rows_of_change(
    reckoning: Reckoning, currency: str, skus: Mapping[str, str], sent: Mapping[str, str] | None = None
) -> list[LineRow]:
    """Return the lines of a changed order, with what they were."""
    return [
        LineRow(
            key=row.wanted.key,
            title=row.title,
            variant_title=row.variant_title,
            sku=skus.get(row.wanted.key, ""),
            quantity=row.quantity,
            typed=_typed(row.wanted, currency, sent),
            listed_minor=row.list_minor,
            total_minor=row.total_minor,
            quantity_before=row.quantity_before,
            total_before_minor=row.total_before_minor,
            left_house=row.left_house,
            is_new=row.wanted.line_id is None,
        )
        for row in reckoning.rows
    ]


def _typed(line: WantedLine, currency: str, sent: Mapping[str, str] | None) -> Typed:
    """Return what stands in the fields: what is kept, or what was typed and refused."""
    sent, key = sent or {}, line.key
    unit = "" if line.unit_minor is None else decimal(line.unit_minor, currency)
    return Typed(
        sent.get(f"quantity-{key}", str(line.quantity))[:_MOST_DIGITS],
        sent.get(f"unit-{key}", unit)[:_LONGEST_PRICE],
        sent.get(f"reason-{key}", line.reason)[:_LONGEST_REASON],
    )


def _read_line(form: Mapping[str, str], line: WantedLine, currency: str) -> WantedLine:
    if f"quantity-{line.key}" not in form:
        return line
    text = form[f"quantity-{line.key}"].strip()
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS):
        raise Invalid(_("Please enter a number up to %(most)s.", most=MOST_PIECES), field=f"{line.key}-quantity")
    unit = form.get(f"unit-{line.key}", "").strip()
    return replace(
        line,
        quantity=int(text),
        unit_minor=_amount(unit, currency, f"{line.key}-unit") if unit else None,
        reason=form.get(f"reason-{line.key}", "").strip()[:_LONGEST_REASON],
    )


def _amount(text: str, currency: str, field: str) -> int:
    try:
        amount = Money.parse(text.replace(",", "."), currency)
    except Invalid as error:
        raise Invalid(error.message, field=field) from None
    if amount.minor < 0:
        raise Invalid(_("Please enter a price of zero or more."), field=field)
    return amount.minor
