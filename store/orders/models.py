"""Orders, their lines, fulfilments and timeline. Money never changes after an order is made."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.core.clock import now
from store.core.db import KeylessModel, Model
from store.orders import parcel_states, states


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


class Order(Model):
    """An order. It has an id and an unguessable token at once, its number when it is placed.

    Totals are the sums of the stored lines and the delivery; `tax_minor` is contained in them.
    `credited_minor` of the total has been forgiven: goods that came back, goodwill. `ship_unpaid` lets goods leave
    before their money (cash on delivery). `quote_hash` is the fingerprint of what the shopper agreed to.
    Whose tax it bears is frozen: `tax_treatment`, `tax_country`, how it was rounded; `shipping_taxes` holds
    `[rate, amount with tax, tax]` for each rate that delivery bears, `trace` how all of it was computed, `billing`
    company, VAT id and the address of the invoice, if that is another one. What is fetched or not sent at all has a
    `shipping_address` without a street.
    """

    __tablename__ = "orders"
    __table_args__ = (
        CheckConstraint(_one_of("status", states.STATUSES), name="status"),
        CheckConstraint(_one_of("payment_status", states.PAYMENT_STATUSES), name="payment_status"),
        CheckConstraint(_one_of("fulfilment_status", states.FULFILMENT_STATUSES), name="fulfilment_status"),
        CheckConstraint(
            "total_minor >= 0 AND subtotal_minor >= 0 AND shipping_minor >= 0 AND tax_minor >= 0", name="money"
        ),
        CheckConstraint("credited_minor >= 0 AND credited_minor <= total_minor", name="credited"),
        CheckConstraint(
            "status <> 'placed' OR (number IS NOT NULL AND placed_at IS NOT NULL)", name="placed_has_number"
        ),
        Index("orders_expiring_ix", "expires_at", postgresql_where=text("status = 'pending'")),
        Index("orders_queue_ix", "status", "payment_status", "fulfilment_status", "id"),
        Index(None, "email"),
        Index("orders_placed_at_ix", "placed_at", postgresql_where=text("placed_at IS NOT NULL")),
    )

    token: Mapped[str] = mapped_column(unique=True)
    number: Mapped[int | None] = mapped_column(unique=True)
    cart_id: Mapped[int | None] = mapped_column(unique=True)
    status: Mapped[str] = mapped_column(default="pending", server_default="pending")
    payment_status: Mapped[str] = mapped_column(default="pending", server_default="pending")
    fulfilment_status: Mapped[str] = mapped_column(default="unfulfilled", server_default="unfulfilled")
    market: Mapped[str]
    currency: Mapped[str]
    locale: Mapped[str]
    prices_include_tax: Mapped[bool]
    email: Mapped[str]
    shipping_address: Mapped[dict[str, Any]]
    shipping_method_code: Mapped[str]
    shipping_label: Mapped[str]
    shipping_days: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    # What else was promised: kind, the days as dates, the point where a pickup is fetched, the weight in grams.
    delivery: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    subtotal_minor: Mapped[int]
    shipping_minor: Mapped[int]
    shipping_tax_rate: Mapped[Decimal] = mapped_column(Numeric(6, 5))
    shipping_tax_minor: Mapped[int]
    tax_minor: Mapped[int]
    total_minor: Mapped[int]
    credited_minor: Mapped[int] = mapped_column(default=0, server_default="0")
    ship_unpaid: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    quote_hash: Mapped[str]
    billing: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    vat_checked_at: Mapped[datetime | None]
    tax_treatment: Mapped[str] = mapped_column(default="domestic", server_default="domestic")
    tax_country: Mapped[str] = mapped_column(default="", server_default="")
    tax_rounding: Mapped[str] = mapped_column(default="line", server_default="line")
    shipping_tax_rule: Mapped[str] = mapped_column(default="highest", server_default="highest")
    shipping_taxes: Mapped[list[list[Any]]] = mapped_column(JSONB, default=list, server_default="[]")
    trace: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default="[]")
    attention: Mapped[str] = mapped_column(default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    placed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    @property
    def kind(self) -> str:
        """How it gets to its buyer: `parcel`, `pickup`, or `none` for what is not sent at all."""
        return str(self.delivery.get("kind", "parcel"))

    @property
    def invoice_address(self) -> dict[str, Any]:
        """Where the invoice goes, if that is elsewhere; else empty."""
        return dict(self.billing.get("address") or {})

    @property
    def company(self) -> str:
        """The business that bought, if one did."""
        return str(self.billing.get("company", ""))

    @property
    def vat_id(self) -> str:
        """The VAT id that its buyer gave."""
        return str(self.billing.get("vat_id", ""))

    lines: Mapped[list["OrderLine"]] = relationship(order_by="OrderLine.position", viewonly=True)
    events: Mapped[list["OrderEvent"]] = relationship(order_by="OrderEvent.id", viewonly=True)
    fulfilments: Mapped[list["Fulfilment"]] = relationship(order_by="Fulfilment.id", viewonly=True)


class OrderLine(Model):
    """A full copy of what was bought: later changes of the catalogue do not reach it. All amounts in minor units.

    `looks` says, for what is made to order, how each view is composed and what is printed on it, how large.
    `cancelled_quantity` units of `quantity` will not be sent; what they cost went back or was credited.
    `returned_quantity` units were sent and came back.
    """

    __tablename__ = "order_lines"
    __table_args__ = (
        UniqueConstraint("order_id", "position"),
        CheckConstraint("quantity >= 1", name="quantity"),
        CheckConstraint("cancelled_quantity >= 0 AND cancelled_quantity <= quantity", name="cancelled_quantity"),
        CheckConstraint("0 <= returned_quantity AND returned_quantity <= quantity", name="returned_quantity"),
        CheckConstraint("unit_net_minor >= 0 AND unit_gross_minor >= unit_net_minor", name="unit"),
        CheckConstraint("total_minor >= 0 AND tax_minor >= 0", name="money"),
        CheckConstraint("discount_minor >= 0", name="discount"),
        Index(None, "variant_id"),
    )

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    position: Mapped[int]
    variant_id: Mapped[int]
    product_id: Mapped[int]
    product_handle: Mapped[str]
    title: Mapped[str]
    variant_title: Mapped[str]
    sku: Mapped[str]
    image_key: Mapped[str | None]
    looks: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default="[]")
    quantity: Mapped[int]
    cancelled_quantity: Mapped[int] = mapped_column(default=0, server_default="0")
    returned_quantity: Mapped[int] = mapped_column(default=0, server_default="0")
    unit_net_minor: Mapped[int]
    unit_gross_minor: Mapped[int]
    tax_rate: Mapped[Decimal] = mapped_column(Numeric(6, 5))
    tax_minor: Mapped[int]
    total_minor: Mapped[int]
    discount_minor: Mapped[int] = mapped_column(default=0, server_default="0")
    tax_class: Mapped[str] = mapped_column(default="standard", server_default="standard")


class OrderEvent(Model):
    """A line of an order's timeline; the database refuses to change it."""

    __tablename__ = "order_events"
    __table_args__ = (Index(None, "order_id", "id"),)

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    kind: Mapped[str]
    data: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    actor: Mapped[str] = mapped_column(default="system", server_default="system")
    at: Mapped[datetime] = mapped_column(default=now)


class Fulfilment(Model):
    """A parcel: it is put together, packed, leaves and arrives, or comes to nothing.

    `attempt` grows when a parcel that was said to have left is taken back, as it can be until `undo_until`;
    `further_numbers` are those of more boxes; `tracking_link` is a page of the carrier that was given with the label.
    One that its buyer fetches is `packed` and ready.
    """

    __tablename__ = "fulfilments"
    __table_args__ = (
        CheckConstraint(_one_of("status", parcel_states.STATUSES), name="status"),
        CheckConstraint(
            "(status IN ('shipped', 'delivered')) = (shipped_at IS NOT NULL)", name="shipped_has_its_moment"
        ),
        Index(None, "order_id"),
        Index(None, "tracking_number"),
    )

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    status: Mapped[str] = mapped_column(default="pending", server_default="pending")
    carrier: Mapped[str] = mapped_column(default="", server_default="")
    tracking_number: Mapped[str] = mapped_column(default="", server_default="")
    further_numbers: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    tracking_link: Mapped[str] = mapped_column(default="", server_default="")
    attempt: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(default=now)
    packed_at: Mapped[datetime | None]
    ready_at: Mapped[datetime | None]
    shipped_at: Mapped[datetime | None]
    undo_until: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]

    lines: Mapped[list["FulfilmentLine"]] = relationship(order_by="FulfilmentLine.order_line_id", viewonly=True)

    @property
    def has_left(self) -> bool:
        """Whether it is out of the house."""
        return self.status in ("shipped", "delivered")

    @property
    def is_ready(self) -> bool:
        """Whether it waits for its buyer to come."""
        return self.status == "packed" and self.ready_at is not None

    @property
    def tracking_numbers(self) -> list[str]:
        """The numbers of all its boxes."""
        return [one for one in (self.tracking_number, *(self.further_numbers or ())) if one]


class FulfilmentLine(KeylessModel):
    """How many of a line are in a parcel."""

    __tablename__ = "fulfilment_lines"
    __table_args__ = (CheckConstraint("quantity >= 1", name="quantity"),)

    fulfilment_id: Mapped[int] = mapped_column(ForeignKey("fulfilments.id", ondelete="RESTRICT"), primary_key=True)
    order_line_id: Mapped[int] = mapped_column(ForeignKey("order_lines.id", ondelete="RESTRICT"), primary_key=True)
    quantity: Mapped[int]


class NumberSeries(KeylessModel):
    """The next number of a gapless series; its row is locked by the transaction that takes one."""

    __tablename__ = "number_series"

    name: Mapped[str] = mapped_column(primary_key=True)
    next_number: Mapped[int]
