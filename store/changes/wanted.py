"""What staff want in an order, as they wrote it down: kept with a draft or a change until it is done."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

MOST_LINES = 100
MOST_PIECES = 9999


@dataclass(frozen=True, slots=True)
class WantedLine:
    """A line as it is wanted; none of it: it goes.

    `line_id` is the order's line that it was, `None` for a new one. `unit_minor` is a price of its own, as the shop
    shows prices, with its `reason`; without one the order's or the catalogue's counts.
    """

    variant_id: int
    quantity: int
    unit_minor: int | None = None
    reason: str = ""
    line_id: int | None = None

    @property
    def key(self) -> str:
        """Name the line in forms."""
        return f"v{self.variant_id}" if self.line_id is None else f"l{self.line_id}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """All lines and the delivery; `method_id` and `shipping_minor` are `None` as long as they stay as they are."""

    lines: tuple[WantedLine, ...] = ()
    method_id: int | None = None
    shipping_minor: int | None = None
    shipping_reason: str = ""

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read what `as_json` wrote."""
        return cls(
            tuple(
                WantedLine(
                    line["variant_id"],
                    line["quantity"],
                    line.get("unit_minor"),
                    line.get("reason", ""),
                    line.get("line_id"),
                )
                for line in data.get("lines", ())
            ),
            data.get("method_id"),
            data.get("shipping_minor"),
            data.get("shipping_reason", ""),
        )

    def as_json(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return {
            "lines": [
                {
                    "variant_id": line.variant_id,
                    "quantity": line.quantity,
                    "unit_minor": line.unit_minor,
                    "reason": line.reason,
                    "line_id": line.line_id,
                }
                for line in self.lines
            ],
            "method_id": self.method_id,
            "shipping_minor": self.shipping_minor,
            "shipping_reason": self.shipping_reason,
        }

    def with_more(self, variant_id: int, quantity: int = 1) -> Self:
        """Return it with some more pieces of a variant: on its own new line, or on the one that is there."""
        known = next((line for line in self.lines if line.line_id is None and line.variant_id == variant_id), None)
        if known is None:
            return replace(self, lines=(*self.lines, WantedLine(variant_id, quantity)))
        more = replace(known, quantity=min(known.quantity + quantity, MOST_PIECES))
        return replace(self, lines=tuple(more if line is known else line for line in self.lines))


def wanted_of(lines: Sequence[tuple[int, int, int]]) -> Wanted:
    """Return an order as it stands as what is wanted, from `(line id, variant id, quantity)`."""
    return Wanted(tuple(WantedLine(variant, quantity, line_id=line_id) for line_id, variant, quantity in lines))
