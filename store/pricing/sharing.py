"""Amounts in whole minor units: split so that the parts add up, and rounded half up."""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal


def share_out(amount: int, weights: Sequence[int]) -> list[int]:
    """Split an amount by weights into whole parts that add up to it; what is left goes to the largest remainders.

    Of equal remainders the first wins. Weights of nothing at all get nothing.
    """
    total = sum(weights)
    if total == 0:
        return [0] * len(weights)
    if amount < 0:
        return [-part for part in share_out(-amount, weights)]
    parts = [amount * weight // total for weight in weights]
    order = sorted(range(len(weights)), key=lambda place: (-(amount * weights[place] % total), place))
    for place in order[: amount - sum(parts)]:
        parts[place] += 1
    return parts


def part_of(amount: int, weight: int, whole: int) -> int:
    """Return `weight` of `whole` parts of an amount, rounded half up; nothing of nothing."""
    return (2 * amount * weight + whole) // (2 * whole) if whole else 0


def round_half_up(amount: Decimal) -> int:
    """Return the nearest whole number, the one further from nothing of two as near."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))
