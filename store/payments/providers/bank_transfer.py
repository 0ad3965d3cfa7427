"""Paying by bank transfer: the order is placed at once and waits for the money, which staff see on the statement."""

from typing import Any, ClassVar

from store.core.i18n import gettext as _
from store.core.i18n import lazy_gettext
from store.payments.offline.models import BANK_TRANSFER
from store.payments.offline.provider import ByHand


class BankTransfer(ByHand):
    """Shoppers are told the account and what to write on the transfer; the parcel leaves when the money is here."""

    code: ClassVar[str] = BANK_TRANSFER
    label: Any = lazy_gettext("Bank transfer")

    def note(self) -> str:
        """Return what shoppers read beside it."""
        return _("You transfer the money after ordering; we tell you the account. We send the parcel when it has come.")
