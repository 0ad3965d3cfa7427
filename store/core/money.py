"""Money as integer minor units with its currency; no floats anywhere."""

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Self

from babel.numbers import format_currency, get_currency_precision

from store.core.errors import Invalid
from store.core.i18n import gettext as _

# A bound far above any price, so that a product of price and quantity fits PostgreSQL's bigint.
MAX_MINOR = 10**14

_CODE_THEN_FIGURE = re.compile(r"(?<=[A-Za-z])(?=[0-9])")
_AMOUNT = re.compile(r"-?[0-9]{1,12}(?:\.[0-9]{1,4})?")


@lru_cache(maxsize=256)
def exponent(currency: str) -> int:
    """Return the number of decimals of an ISO 4217 currency: EUR 2, JPY 0, KWD 3."""
    return get_currency_precision(currency)


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An exact amount: `Money(1250, "EUR")` is twelve euros fifty."""

    minor: int
    currency: str

    @classmethod
    def zero(cls, currency: str) -> Self:
        """Return nothing, in that currency."""
        return cls(0, currency)

    @classmethod
    def parse(cls, text: str, currency: str) -> Self:
        """Read a decimal such as `12.5`; raises `Invalid` for anything else or for too many decimals."""
        text = text.strip()
        if not _AMOUNT.fullmatch(text):
            raise Invalid(_("This is not an amount of money: %(text)s", text=text[:40]))
        scaled = Decimal(text).scaleb(exponent(currency))
        if scaled != scaled.to_integral_value() or abs(scaled) > MAX_MINOR:
            raise Invalid(_("This amount does not fit the currency %(currency)s.", currency=currency))
        return cls(int(scaled), currency)

    def decimal(self) -> Decimal:
        """Return the amount in major units, exactly."""
        return Decimal(self.minor).scaleb(-exponent(self.currency))

    def format(self, locale: str) -> str:
        """Return the amount as a reader of that locale writes it, e.g. `€12.50`."""
        return _format(self.minor, self.currency, locale)

    def __str__(self) -> str:
        return f"{self.decimal()} {self.currency}"

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.currency)

    def __mul__(self, quantity: int) -> "Money":
        return Money(self.minor * quantity, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def _same(self, other: "Money") -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} don't mix")
        return other.minor


@lru_cache(maxsize=8192)
def _format(minor: int, currency: str, locale: str) -> str:
    # The pseudo locale of the tests has no numbers of its own.
    language = "en" if locale.startswith("en-X") else locale.replace("-", "_")
    written = format_currency(Decimal(minor).scaleb(-exponent(currency)), currency, locale=language)
    # A code is kept apart from the figures, as CLDR has it and this library does not: CHF 12.50.
    return _CODE_THEN_FIGURE.sub("\u00a0", written)
