"""What caches must throw away, and what of a product's pictures is kept.

Triggers write `EdgeChange` in the transaction of the change: see migration 0017.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Double, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from store.core.clock import now
from store.core.db import KeylessModel, Model


class EdgeChange(Model):
    """A tag of something that changed; `seen_at` is when a job first found it, which is after the commit.

    Appended only: whoever changes something waits for nobody here. `sent` says that it went out once already.
    """

    __tablename__ = "edge_changes"

    tag: Mapped[str]
    seen_at: Mapped[datetime | None]
    sent: Mapped[bool] = mapped_column(default=False, server_default=text("false"))


class EdgePurge(Model):
    """One request to throw tags away: at most a hundred, the most that Cloudflare takes at once.

    `recorded` when there is nobody to send it to; `sent`, or `failed` with the reason. `due_at` is when a waiting one
    may be tried again, `tried_at` when it last was.
    """

    __tablename__ = "edge_purges"
    __table_args__ = (
        CheckConstraint("status IN ('waiting', 'sending', 'sent', 'recorded', 'failed')", name="status"),
        Index(None, "created_at"),
        Index("edge_purges_open_ix", "id", postgresql_where=text("status IN ('waiting', 'sending')")),
    )

    tags: Mapped[list[str]] = mapped_column(ARRAY(Text))
    status: Mapped[str]
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    due_at: Mapped[datetime] = mapped_column(default=now)
    tried_at: Mapped[datetime | None]
    error: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)


class EdgeState(KeylessModel):
    """One row: how many requests Cloudflare took at `counted_at`, and until when the clock was heeded."""

    __tablename__ = "edge_state"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    looked_until: Mapped[datetime]
    requests_left: Mapped[float] = mapped_column(Double)
    counted_at: Mapped[datetime]


class ProductTier(KeylessModel):
    """How often a product is looked at, and the tier its pictures are kept in: see `store.edge.tiers`.

    `score` is what views weighed at `scored_at`; it halves by itself. `below_since` is when it first was too low for
    the tier. A campaign pins the product to S until `pinned_until`. What is not `settled` waits for its files.
    """

    __tablename__ = "product_tiers"
    __table_args__ = (
        CheckConstraint("tier IN ('S', '1', '2', '3')", name="tier"),
        Index("product_tiers_unsettled_ix", "product_id", postgresql_where=text("NOT settled")),
        Index(None, "tier", "product_id"),
    )

    product_id: Mapped[int] = mapped_column(
        ForeignKey("products.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    tier: Mapped[str] = mapped_column(default="1", server_default="1")
    score: Mapped[float] = mapped_column(Double, default=0.0, server_default="0")
    scored_at: Mapped[datetime] = mapped_column(default=now)
    viewed_at: Mapped[datetime | None]
    below_since: Mapped[datetime | None]
    pinned_until: Mapped[datetime | None]
    pinned_for: Mapped[str] = mapped_column(default="", server_default="")
    settled: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    moved_at: Mapped[datetime] = mapped_column(default=now)


class ImageStorage(KeylessModel):
    """The bytes of a picture's files: those kept, and by name those that were let go and have not come back."""

    __tablename__ = "image_storage"

    image_id: Mapped[int] = mapped_column(
        ForeignKey("images.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    kept: Mapped[int] = mapped_column(default=0, server_default="0")
    saved: Mapped[int] = mapped_column(default=0, server_default="0")
    dropped: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    measured_at: Mapped[datetime] = mapped_column(default=now)
