"""How a total came about, in words and figures that a person can follow with a pencil."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import format_percent

from store.core.i18n import gettext as _
from store.core.money import Money

# What a sum is written with: 2 × 19.00.
_TIMES = "×"


@dataclass(frozen=True, slots=True)
class Row:
    """One step: what it is, how it is reckoned, what comes out; `kind` is the name of the step."""

    kind: str
    label: str
    how: str = ""
    amount: str = ""


def explain(
    steps: Sequence[Mapping[str, Any]], titles: Sequence[str], *, currency: str, locale: str
) -> tuple[Row, ...]:
    """Return the steps of a trace as rows; `titles` name the lines in their order."""
    return tuple(_Words(titles, currency, locale).rows(steps))


class _Words:
    def __init__(self, titles: Sequence[str], currency: str, locale: str) -> None:
        self._titles = titles
        self._currency = currency
        self._locale = locale

    def rows(self, steps: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
        tellers = {
            "line": self._line,
            "reduction": self._reduction,
            "delivery": self._delivery,
            "tax": self._tax,
            "total": self._total,
        }
        for step in steps:
            # What a later version keeps and this one does not know is left out, not guessed.
            if step["step"] in tellers:
                yield tellers[step["step"]](step)

    def _line(self, step: Mapping[str, Any]) -> Row:
        how = f"{step['quantity']} {_TIMES} {self._money(step['unit'])}"
        if "shown" in step:
            how += ". " + _(
                "Shown as %(shown)s with %(shelf_rate)s tax, here %(unit)s with %(rate)s",
                shown=self._money(step["shown"]),
                shelf_rate=self._rate(step["shelf_rate"]),
                unit=self._money(step["unit"]),
                rate=self._rate(step["rate"]),
            )
        return Row("line", self._title(step["line"]), how, self._money(step["amount"]))

    def _reduction(self, step: Mapping[str, Any]) -> Row:
        if step.get("delivery"):
            how = _("off the delivery")
        elif "line" in step:
            how = _("off %(title)s", title=self._title(step["line"]))
        else:
            how = _("off all goods, shared by their value")
        return Row("reduction", step["label"], how, self._money(-step["amount"]))

    def _delivery(self, step: Mapping[str, Any]) -> Row:
        rates = [self._rate(rate) for rate, amount in step["shares"] if amount]
        if len(rates) > 1:
            parts = ", ".join(
                f"{self._money(amount)} ({self._rate(rate)})" for rate, amount in step["shares"] if amount
            )
            how = _("taxed as the goods are: %(parts)s", parts=parts)
        elif not rates:
            how = ""
        elif step["rule"] == "own":
            how = _("taxed at its own rate, %(rate)s", rate=rates[0])
        else:
            how = _("taxed at the highest rate of the goods, %(rate)s", rate=rates[0])
        return Row("delivery", _("Delivery"), how, self._money(step["amount"]))

    def _tax(self, step: Mapping[str, Any]) -> Row:
        base, rate = self._money(step["base"]), self._rate(step["rate"])
        if Decimal(step["rate"]) == 0:
            how = _("on %(base)s", base=base)
        elif step["included"]:
            divisor = f"{1 + Decimal(step['rate']):f}"
            how = _("in %(base)s: %(base)s − %(base)s ÷ %(divisor)s", base=base, divisor=divisor)
        else:
            how = _("on top of %(base)s: %(base)s × %(rate)s", base=base, rate=rate)
        if Decimal(step["rate"]) != 0:
            how += ", " + (_("rounded once") if step["rounding"] == "rate" else _("rounded on each line"))
        return Row("tax", _("Tax %(rate)s", rate=rate), how, self._money(step["tax"]))

    def _total(self, step: Mapping[str, Any]) -> Row:
        how = f"{self._money(step['goods'])} + {self._money(step['delivery'])}"
        return Row("total", _("Total"), how, self._money(step["amount"]))

    def _title(self, line: int) -> str:
        return self._titles[line - 1] if line <= len(self._titles) else _("Line %(number)s", number=line)

    def _money(self, minor: int) -> str:
        return Money(minor, self._currency).format(self._locale)

    def _rate(self, rate: str) -> str:
        return percent(Decimal(rate), self._locale)


def percent(rate: Decimal, locale: str) -> str:
    """Return a rate as people write it: 20%, 5.5%."""
    # The pseudo locale of the tests has no numbers of its own.
    language = "en" if locale.startswith("en-X") else locale.replace("-", "_")
    return str(format_percent(rate, format="#,##0.###%", locale=language))
