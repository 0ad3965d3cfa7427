"""Returns, exchanges and claims with their lines, and the shop's rules about them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.core.clock import now
from store.core.db import KeylessModel, Model
from store.returns import states


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Return(Model):
    """Something of an order that comes back, or that went wrong. Amounts in minor units of the order's currency.

    `promised_minor` is what the shopper was told to get back, `shipping_minor` the delivery in it; `settlement` is the
    request id under which the money goes, so that it goes once.
    """

    __tablename__ = "returns"
    __table_args__ = (
        CheckConstraint(_one_of("kind", states.KINDS), name="kind"),
        CheckConstraint(_one_of("status", states.STATUSES), name="status"),
        CheckConstraint(_one_of("resolution", states.RESOLUTIONS), name="resolution"),
        CheckConstraint(_one_of("wish", states.WISHES), name="wish"),
        CheckConstraint("(status = 'resolved') = (resolution <> '')", name="resolved_how"),
        CheckConstraint("promised_minor >= 0 AND shipping_minor BETWEEN 0 AND promised_minor", name="money"),
        Index(None, "order_id"),
        Index("returns_queue_ix", "status", "id"),
    )

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(default="requested", server_default="requested")
    resolution: Mapped[str] = mapped_column(default="", server_default="")
    request_id: Mapped[str] = mapped_column(unique=True)
    sends_back: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    wish: Mapped[str] = mapped_column(default="", server_default="")
    message: Mapped[str] = mapped_column(default="", server_default="")
    answer: Mapped[str] = mapped_column(default="", server_default="")
    tracking_number: Mapped[str] = mapped_column(default="", server_default="")
    promised_minor: Mapped[int] = mapped_column(default=0, server_default="0")
    shipping_minor: Mapped[int] = mapped_column(default=0, server_default="0")
    settlement: Mapped[str | None] = mapped_column(unique=True)
    change_id: Mapped[int | None]
    requested_at: Mapped[datetime] = mapped_column(default=now)
    send_by: Mapped[datetime | None]
    received_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    lines: Mapped[list["ReturnLine"]] = relationship(order_by="ReturnLine.id", viewonly=True)


class ReturnLine(Model):
    """How many of an order's line come back or went wrong, and why; what is wanted in their place in an exchange.

    Of what was `received`, `sellable` units are back on the shelf; the others are written off.
    """

    __tablename__ = "return_lines"
    __table_args__ = (
        UniqueConstraint("return_id", "order_line_id"),
        CheckConstraint("quantity >= 1", name="quantity"),
        CheckConstraint("sellable >= 0 AND sellable <= received AND received <= quantity", name="received"),
        CheckConstraint(_one_of("reason", states.REASONS), name="reason"),
        CheckConstraint("amount_minor >= 0", name="amount"),
        CheckConstraint("(new_variant_id IS NULL) = (new_unit_minor IS NULL)", name="instead"),
        Index(None, "order_line_id"),
    )

    return_id: Mapped[int] = mapped_column(ForeignKey("returns.id", ondelete="RESTRICT"))
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id", ondelete="RESTRICT"))
    quantity: Mapped[int]
    reason: Mapped[str] = mapped_column(default="unsaid", server_default="unsaid")
    amount_minor: Mapped[int]
    new_variant_id: Mapped[int | None]
    new_title: Mapped[str] = mapped_column(default="", server_default="")
    new_unit_minor: Mapped[int | None]
    received: Mapped[int] = mapped_column(default=0, server_default="0")
    sellable: Mapped[int] = mapped_column(default=0, server_default="0")


class ReturnRules(Model):
    """What the shop takes back. There is at most one row, with id 1; without it the defaults hold.

    `days` count from the day on which the last parcel arrived, `send_days` from the request, `claim_days` like `days`.
    """

    __tablename__ = "return_rules"
    __table_args__ = (
        CheckConstraint("id = 1", name="single"),
        CheckConstraint("days BETWEEN 0 AND 3650 AND claim_days BETWEEN 0 AND 3650", name="days"),
        CheckConstraint("send_days BETWEEN 1 AND 365", name="send_days"),
    )

    days: Mapped[int] = mapped_column(default=14, server_default="14")
    send_days: Mapped[int] = mapped_column(default=14, server_default="14")
    claim_days: Mapped[int] = mapped_column(default=730, server_default="730")
    takes_made_to_order: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    approves_at_once: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    pays_the_way_back: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    address: Mapped[str] = mapped_column(default="", server_default="")
    instructions: Mapped[str] = mapped_column(default="", server_default="")


class ReturnExclusion(KeylessModel):
    """Products with this tag are not taken back, and the sentence that says why."""

    __tablename__ = "return_exclusions"

    tag: Mapped[str] = mapped_column(primary_key=True)
    reason: Mapped[str]
