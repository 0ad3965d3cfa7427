"""How the shop wants to be paid where no provider stands between."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from store.core.clock import now
from store.core.db import Model

BANK_TRANSFER, CASH_ON_DELIVERY = "bank_transfer", "cash_on_delivery"
CODES = (BANK_TRANSFER, CASH_ON_DELIVERY)


class OfflineMethod(Model):
    """One such way, under the code of its provider. Empty lists mean everywhere and with every delivery.

    After `remind_after_days` without money a mail is sent (0: never), after `days_to_pay` the order is called off.
    """

    __tablename__ = "offline_methods"
    __table_args__ = (
        CheckConstraint(f"code IN ({', '.join(repr(code) for code in CODES)})", name="code"),
        CheckConstraint("days_to_pay BETWEEN 1 AND 90", name="days_to_pay"),
        CheckConstraint("remind_after_days BETWEEN 0 AND 90", name="remind_after_days"),
    )

    code: Mapped[str] = mapped_column(unique=True)
    enabled: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    account_holder: Mapped[str] = mapped_column(default="", server_default="")
    iban: Mapped[str] = mapped_column(default="", server_default="")
    bic: Mapped[str] = mapped_column(default="", server_default="")
    instructions: Mapped[str] = mapped_column(default="", server_default="")
    countries: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    deliveries: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    days_to_pay: Mapped[int] = mapped_column(default=14, server_default="14")
    remind_after_days: Mapped[int] = mapped_column(default=7, server_default="7")
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
