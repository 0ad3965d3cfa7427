"""Stock: items, levels, holds and the append-only ledger.

`available = on_hand - reserved - allocated - safety_stock`. A level's four figures are the sums of its movements;
`store audit` compares them.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from store.core.clock import now
from store.core.db import KeylessModel, Model


class Location(Model):
    """A place that stock lies in; the lowest priority is taken from first."""

    __tablename__ = "locations"

    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    priority: Mapped[int] = mapped_column(default=0, server_default="0")


class InventoryItem(Model):
    """A thing that is counted. With policy `continue` it may be sold below zero, down to `-backorder_limit` if set."""

    __tablename__ = "inventory_items"
    __table_args__ = (
        CheckConstraint("policy IN ('deny', 'continue')", name="policy"),
        CheckConstraint("safety_stock >= 0", name="safety_stock"),
        CheckConstraint("backorder_limit >= 0", name="backorder_limit"),
    )

    sku: Mapped[str | None]
    tracked: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    policy: Mapped[str] = mapped_column(default="deny", server_default="deny")
    backorder_limit: Mapped[int | None]
    safety_stock: Mapped[int] = mapped_column(default=0, server_default="0")


class VariantItem(KeylessModel):
    """How many of an item one unit of a variant takes: one for a shirt, several for a set."""

    __tablename__ = "variant_items"
    __table_args__ = (CheckConstraint("quantity >= 1", name="quantity"), Index(None, "item_id"))

    variant_id: Mapped[int] = mapped_column(ForeignKey("variants.id", ondelete="CASCADE"), primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("inventory_items.id", ondelete="RESTRICT"), primary_key=True)
    quantity: Mapped[int] = mapped_column(default=1, server_default="1")


class StockLevel(Model):
    """How many of an item are at a location: there, reserved for unpaid orders, allocated to paid ones, on the way."""

    __tablename__ = "stock_levels"
    __table_args__ = (
        UniqueConstraint("item_id", "location_id"),
        CheckConstraint("reserved >= 0", name="reserved"),
        CheckConstraint("allocated >= 0", name="allocated"),
        CheckConstraint("incoming >= 0", name="incoming"),
    )

    item_id: Mapped[int] = mapped_column(ForeignKey("inventory_items.id", ondelete="RESTRICT"))
    location_id: Mapped[int] = mapped_column(ForeignKey("locations.id", ondelete="RESTRICT"))
    on_hand: Mapped[int] = mapped_column(default=0, server_default="0")
    reserved: Mapped[int] = mapped_column(default=0, server_default="0")
    allocated: Mapped[int] = mapped_column(default=0, server_default="0")
    incoming: Mapped[int] = mapped_column(default=0, server_default="0")


class Hold(Model):
    """Units of one level that belong to one order (`reference`, e.g. `order:17`); its state says how firmly.

    `part` divides them: nothing for what is not on its way yet, `parcel:5` for what is in a parcel.
    """

    __tablename__ = "holds"
    __table_args__ = (
        UniqueConstraint("reference", "part", "level_id"),
        CheckConstraint("quantity >= 1", name="quantity"),
        CheckConstraint("state IN ('held', 'allocated', 'shipped', 'released', 'returned')", name="state"),
        Index(None, "level_id"),
    )

    reference: Mapped[str]
    part: Mapped[str] = mapped_column(default="", server_default="")
    level_id: Mapped[int] = mapped_column(ForeignKey("stock_levels.id", ondelete="RESTRICT"))
    quantity: Mapped[int]
    state: Mapped[str] = mapped_column(default="held", server_default="held")
    attempt: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class StockMovement(Model):
    """One line of the ledger: what changed in a level, why and by whom. The database refuses to change it.

    A hold makes each kind of movement at most once.
    """

    __tablename__ = "stock_movements"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('received', 'adjusted', 'reserved', 'released', 'allocated', 'deallocated', 'split', 'shipped', "
            "'unshipped', 'returned')",
            name="kind",
        ),
        CheckConstraint(
            "on_hand_delta <> 0 OR reserved_delta <> 0 OR allocated_delta <> 0 OR incoming_delta <> 0", name="moves"
        ),
        UniqueConstraint("hold_id", "kind", "attempt"),
        Index(None, "level_id", "id"),
    )

    level_id: Mapped[int] = mapped_column(ForeignKey("stock_levels.id", ondelete="RESTRICT"))
    kind: Mapped[str]
    on_hand_delta: Mapped[int] = mapped_column(default=0, server_default="0")
    reserved_delta: Mapped[int] = mapped_column(default=0, server_default="0")
    allocated_delta: Mapped[int] = mapped_column(default=0, server_default="0")
    incoming_delta: Mapped[int] = mapped_column(default=0, server_default="0")
    hold_id: Mapped[int | None] = mapped_column(ForeignKey("holds.id", ondelete="RESTRICT"))
    # A hold that was released and is taken again (paid after expiry) starts its next attempt.
    attempt: Mapped[int] = mapped_column(default=1, server_default="1")
    reason: Mapped[str] = mapped_column(default="", server_default="")
    actor: Mapped[str] = mapped_column(default="system", server_default="system")
    at: Mapped[datetime] = mapped_column(default=now)
