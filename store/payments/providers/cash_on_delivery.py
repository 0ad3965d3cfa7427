"""Paying at the door: the order is placed at once and may leave unpaid; whoever delivers it takes the money."""

from typing import Any, ClassVar

from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.payments.offline.models import CASH_ON_DELIVERY
from store.payments.offline.provider import ByHand


class CashOnDelivery(ByHand):
    """Where the desk allows it: with which deliveries, in which countries."""

    code: ClassVar[str] = CASH_ON_DELIVERY
    label: Any = lazy_gettext("Cash on delivery")
    ships_unpaid: ClassVar[bool] = True

    def note(self) -> str:
        """Return what shoppers read beside it."""
        return _("You pay whoever brings the parcel.")
