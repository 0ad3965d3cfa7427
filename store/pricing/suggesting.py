"""Suggested prices: a rate, a percentage and an ending. They are shown to staff, who accept them or don't."""

from decimal import ROUND_HALF_UP, Decimal

from store.core.money import exponent

# The last figures of a price, as a fraction of one unit of its currency.
ENDINGS = ("", ".99", ".95", ".90", ".50", ".00")


def convert(minor: int, source: str, target: str, rate: Decimal, ending: str = "") -> int:
    """Return an amount of one currency in another, at so many units of `target` for one of `source`."""
    amount = Decimal(minor).scaleb(-exponent(source)) * rate
    return end(int(amount.scaleb(exponent(target)).quantize(Decimal(1), ROUND_HALF_UP)), target, ending)


def reduce(minor: int, percent: Decimal, currency: str, ending: str = "") -> int:
    """Return an amount so many per cent lower; an ending never makes it higher than it was."""
    lower = int((Decimal(minor) * (100 - percent) / 100).quantize(Decimal(1), ROUND_HALF_UP))
    return min(end(lower, currency, ending), minor)


def end(minor: int, currency: str, ending: str) -> int:
    """Return the nearest amount above nothing with this ending, the higher of two as near.

    A currency without decimals has none to end in.
    """
    places = exponent(currency)
    if not ending or not places or minor <= 0:
        return minor
    unit = 10**places
    last = int(Decimal(ending).scaleb(places))
    below = minor // unit * unit + last
    near = [amount for amount in (below - unit, below, below + unit) if amount > 0]
    nearest: int = min(near, key=lambda amount: (abs(amount - minor), -amount))
    return nearest
