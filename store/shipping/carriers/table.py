"""Rate tables: the shop's own prices, by weight, value or pieces, answered on the spot."""

from collections.abc import Sequence
from typing import ClassVar

from store.core.i18n import lazy_gettext
from store.core.settings import Settings
from store.shipping.carriers.base import QUOTE_TIMEOUT, Carrier, Parcel, Rate, Tariff
from store.shipping.contents import Contents


class Table(Carrier):
    """The first row of a table that is large enough."""

    code: ClassVar[str] = "table"
    label: ClassVar[str] = lazy_gettext("Ours: the price and tables here")
    outside: ClassVar[bool] = False

    def configure(self, settings: Settings) -> None:
        """Need nothing."""

    def configured(self) -> bool:
        """Be there always."""
        return True

    def quote(self, parcel: Parcel, *, timeout: float = QUOTE_TIMEOUT) -> Sequence[Rate]:  # noqa: ARG002 - nobody waits
        """Return what each tariff says; one whose table has no row for the parcel does not take it."""
        return [rate for tariff in parcel.tariffs if (rate := _rate(tariff, parcel.contents)) is not None]


def _rate(tariff: Tariff, contents: Contents | None) -> Rate | None:
    minor: int | None = tariff.price_minor
    if tariff.basis != "fixed" and tariff.rows:
        minor = _pick(tariff, contents)
    if minor is None:
        return None
    return Rate(
        external_id="",
        provider="",
        service=tariff.service,
        name=tariff.name,
        amount_minor=minor,
        currency=tariff.currency,
        days=None,
    )


def _pick(tariff: Tariff, contents: Contents | None) -> int | None:
    """Return the price of the first row that is large enough, in their order; the lowest price of unknown contents."""
    if contents is None:
        return min((price for _up_to, price in tariff.rows if price is not None), default=None)
    amount = {"weight": contents.grams, "price": contents.value_minor, "quantity": contents.pieces}[tariff.basis]
    return next((price for up_to, price in tariff.rows if up_to is None or amount <= up_to), None)
