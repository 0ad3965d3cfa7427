"""What listings filter and count by: tables that `store.catalog.indexing` writes and `queries.facet_index` reads."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from store.core.db import KeylessModel, Model


class FacetState(KeylessModel):
    """One row: the version of the newest change, and up to when products were looked at that publish by the clock."""

    __tablename__ = "facet_state"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int]
    published_until: Mapped[datetime]


class Facet(Model):
    """Something to filter by: `name` is what stands in addresses after `filter.`."""

    __tablename__ = "facets"
    __table_args__ = (CheckConstraint("kind IN ('vendor', 'type', 'option', 'field')", name="kind"),)

    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    title: Mapped[str]
    field_id: Mapped[int | None] = mapped_column(ForeignKey("custom_fields.id", ondelete="CASCADE"))


class FacetValue(Model):
    """One value of a facet: `key` is what stands in addresses, lower case and with single spaces."""

    __tablename__ = "facet_values"
    __table_args__ = (UniqueConstraint("facet_id", "key"),)

    facet_id: Mapped[int] = mapped_column(ForeignKey("facets.id", ondelete="CASCADE"))
    key: Mapped[str]
    label: Mapped[str]
    swatch: Mapped[str | None]


class FacetSegment(KeylessModel):
    """Which products of a run of ids have a property: `queries.bitmaps` says how `members` is written."""

    __tablename__ = "facet_segments"

    token: Mapped[str] = mapped_column(primary_key=True)
    segment: Mapped[int] = mapped_column(BigInteger, primary_key=True, index=True, autoincrement=False)
    version: Mapped[int] = mapped_column(index=True)
    members: Mapped[bytes] = mapped_column(LargeBinary)


class FacetOrder(KeylessModel):
    """The products of a collection in its order: ids of four bytes each, lowest byte first."""

    __tablename__ = "facet_orders"

    collection_id: Mapped[int] = mapped_column(
        ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    version: Mapped[int]
    products: Mapped[bytes] = mapped_column(LargeBinary)


class FacetQueued(Model):
    """A product or a collection that has changed and is to be looked at again."""

    __tablename__ = "facet_queue"

    product_id: Mapped[int | None]
    collection_id: Mapped[int | None]
