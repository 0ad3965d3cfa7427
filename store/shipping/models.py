"""How parcels reach people: methods, the zones they serve, their rate tables, and what the shop promises."""

from datetime import datetime, time
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from store.core.clock import now
from store.core.db import KeylessModel, Model

KINDS = ("parcel", "pickup")
BASES = ("fixed", "weight", "price", "quantity")


class ShippingMethod(Model):
    """A way to deliver: its price in minor units, free from a basket value on, and its promise in working days.

    Without countries it serves every country that the market sells to; once it has zones, it serves these only. By
    `basis` its price is the first row of the rate table that is large enough (of its zone, else its own); a method by
    weight, price or quantity whose table has no such row does not carry the parcel, and one without a table costs
    `price_minor`. `carrier` may name who is asked for the price first (`service` is the carrier's own word for the
    method); the table is then what holds while the carrier does not answer. `point` is where a pickup is fetched.
    """

    __tablename__ = "shipping_methods"
    __table_args__ = (
        CheckConstraint("price_minor >= 0", name="price"),
        CheckConstraint("free_from_minor >= 0", name="free_from"),
        CheckConstraint("0 <= min_days AND min_days <= max_days", name="days"),
        CheckConstraint("kind IN ('parcel', 'pickup')", name="kind"),
        CheckConstraint("basis IN ('fixed', 'weight', 'price', 'quantity')", name="basis"),
        CheckConstraint("max_grams > 0", name="max_grams"),
    )

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    description: Mapped[str] = mapped_column(default="", server_default="")
    currency: Mapped[str]
    price_minor: Mapped[int]
    free_from_minor: Mapped[int | None]
    countries: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    min_days: Mapped[int] = mapped_column(default=2, server_default="2")
    max_days: Mapped[int] = mapped_column(default=4, server_default="4")
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    active: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    kind: Mapped[str] = mapped_column(default="parcel", server_default="parcel")
    basis: Mapped[str] = mapped_column(default="fixed", server_default="fixed")
    max_grams: Mapped[int | None]
    carrier: Mapped[str] = mapped_column(default="", server_default="")
    service: Mapped[str] = mapped_column(default="", server_default="")
    point: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")


class ShippingZone(Model):
    """Places that cost the same to deliver to, written in the words of `store.shipping.areas`."""

    __tablename__ = "shipping_zones"

    name: Mapped[str] = mapped_column(unique=True)
    areas: Mapped[str]
    position: Mapped[int] = mapped_column(default=0, server_default="0")


class MethodZone(KeylessModel):
    """That a method serves a zone; what is empty here is as the method says."""

    __tablename__ = "shipping_method_zones"
    __table_args__ = (
        CheckConstraint("free_from_minor >= 0", name="free_from"),
        CheckConstraint("0 <= min_days AND min_days <= max_days", name="days"),
        CheckConstraint("(min_days IS NULL) = (max_days IS NULL)", name="both_days"),
        Index(None, "zone_id"),
    )

    method_id: Mapped[int] = mapped_column(ForeignKey("shipping_methods.id", ondelete="CASCADE"), primary_key=True)
    zone_id: Mapped[int] = mapped_column(ForeignKey("shipping_zones.id", ondelete="CASCADE"), primary_key=True)
    free_from_minor: Mapped[int | None]
    min_days: Mapped[int | None]
    max_days: Mapped[int | None]


class ShippingRate(Model):
    """A row of a rate table: up to so many grams, minor units or pieces it costs so much; empty means any more."""

    __tablename__ = "shipping_rates"
    __table_args__ = (
        UniqueConstraint("method_id", "zone_id", "up_to", postgresql_nulls_not_distinct=True),
        CheckConstraint("price_minor >= 0", name="price"),
        CheckConstraint("up_to > 0", name="up_to"),
        Index(None, "zone_id"),
    )

    method_id: Mapped[int] = mapped_column(ForeignKey("shipping_methods.id", ondelete="CASCADE"))
    zone_id: Mapped[int | None] = mapped_column(ForeignKey("shipping_zones.id", ondelete="CASCADE"))
    up_to: Mapped[int | None]
    price_minor: Mapped[int]


class DeliverySettings(Model):
    """What holds for every delivery: one row, with id 1.

    Orders after `cutoff` leave on the next working day; `closed` are the shop's holidays in the words of
    `store.shipping.days`. `origin` is where parcels leave, the sizes in millimetres and `tare_grams` are those of the
    usual box, `piece_grams` what a piece weighs of which nobody wrote down the weight.
    """

    __tablename__ = "delivery_settings"
    __table_args__ = (
        CheckConstraint("id = 1", name="single"),
        CheckConstraint("length_mm > 0 AND width_mm > 0 AND height_mm > 0", name="box"),
        CheckConstraint("tare_grams >= 0 AND piece_grams >= 0", name="grams"),
    )

    cutoff: Mapped[time | None]
    working_days: Mapped[list[int]] = mapped_column(
        ARRAY(Integer), default=lambda: [1, 2, 3, 4, 5], server_default="{1,2,3,4,5}"
    )
    closed: Mapped[str] = mapped_column(default="", server_default="")
    origin: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    length_mm: Mapped[int] = mapped_column(default=300, server_default="300")
    width_mm: Mapped[int] = mapped_column(default=200, server_default="200")
    height_mm: Mapped[int] = mapped_column(default=100, server_default="100")
    tare_grams: Mapped[int] = mapped_column(default=0, server_default="0")
    piece_grams: Mapped[int] = mapped_column(default=0, server_default="0")


class CarrierQuote(KeylessModel):
    """What a carrier asked for a parcel, remembered for minutes; `services` is empty when it did not answer."""

    __tablename__ = "carrier_quotes"
    __table_args__ = (Index(None, "until"),)

    carrier: Mapped[str] = mapped_column(primary_key=True)
    parcel: Mapped[str] = mapped_column(primary_key=True)
    services: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default="[]")
    asked_at: Mapped[datetime] = mapped_column(default=now)
    until: Mapped[datetime]


class ShippingLabel(Model):
    """A label of a parcel that was bought from a carrier, or is being bought; asked for once by its `request_id`."""

    __tablename__ = "shipping_labels"
    __table_args__ = (
        CheckConstraint("status IN ('asked', 'bought', 'failed')", name="status"),
        CheckConstraint("amount_minor >= 0", name="amount"),
        Index(None, "order_id"),
        Index(None, "fulfilment_id"),
        Index(None, "tracking_number"),
    )

    order_id: Mapped[int] = mapped_column(ForeignKey("orders.id", ondelete="RESTRICT"))
    fulfilment_id: Mapped[int] = mapped_column(ForeignKey("fulfilments.id", ondelete="RESTRICT"))
    request_id: Mapped[str] = mapped_column(unique=True)
    carrier: Mapped[str]
    rate: Mapped[str]
    provider: Mapped[str]
    name: Mapped[str]
    amount_minor: Mapped[int]
    currency: Mapped[str]
    status: Mapped[str] = mapped_column(default="asked", server_default="asked")
    external_id: Mapped[str] = mapped_column(default="", server_default="")
    tracking_carrier: Mapped[str] = mapped_column(default="", server_default="")
    tracking_number: Mapped[str] = mapped_column(default="", server_default="")
    tracking_state: Mapped[str] = mapped_column(default="unknown", server_default="unknown")
    url: Mapped[str] = mapped_column(default="", server_default="")
    problem: Mapped[str] = mapped_column(default="", server_default="")
    actor: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)
