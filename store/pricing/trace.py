"""How a total came about, step by step: facts that can be kept as JSON and told in any language (`explaining`)."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Protocol


class Portion(Protocol):
    """An amount at one rate."""

    rate: Decimal
    amount: int


class Trace:
    """The steps of one calculation in their order. Amounts in minor units, rates as text, `line` counts from 1."""

    def __init__(self) -> None:
        self._steps: list[dict[str, Any]] = []
        self._lines = 0

    def line(self, unit: int, quantity: int, *, shown: int, shelf_rate: Decimal | None, rate: Decimal) -> None:
        """Note a line's price; when it differs from what was shown, why."""
        self._lines += 1
        step = {"step": "line", "line": self._lines, "unit": unit, "quantity": quantity, "amount": unit * quantity}
        if shown != unit and shelf_rate is not None:
            step |= {"shown": shown, "shelf_rate": written(shelf_rate), "rate": written(rate)}
        self._steps.append(step)

    def reduction(self, label: str, taken: int, place: int | None, *, on_delivery: bool) -> None:
        """Note what was taken off."""
        step = {"step": "reduction", "label": label, "amount": taken}
        if place is not None:
            step["line"] = place + 1
        if on_delivery:
            step["delivery"] = True
        self._steps.append(step)

    def delivery(self, portions: Sequence[Portion], rule: str) -> None:
        """Note what delivery costs, as prices are shown, and at which rates."""
        shares = [[written(one.rate), one.amount] for one in portions]
        self._steps.append(
            {"step": "delivery", "amount": sum(one.amount for one in portions), "rule": rule, "shares": shares}
        )

    def tax(self, rate: Decimal, base: int, tax: int, rounding: str, *, included: bool) -> None:
        """Note the tax of one rate."""
        self._steps.append(
            {
                "step": "tax",
                "rate": written(rate),
                "base": base,
                "tax": tax,
                "included": included,
                "rounding": rounding,
            }
        )

    def total(self, goods: int, delivery: int, tax: int) -> None:
        """Note what comes out."""
        self._steps.append(
            {"step": "total", "goods": goods, "delivery": delivery, "tax": tax, "amount": goods + delivery}
        )

    def done(self) -> tuple[dict[str, Any], ...]:
        """Return the steps."""
        return tuple(self._steps)


def written(rate: Decimal) -> str:
    """Return a rate as it is kept: `0.2`, `0`."""
    return f"{rate.normalize():f}"
