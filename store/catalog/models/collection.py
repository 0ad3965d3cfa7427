"""Collections: products put together by hand, in an order, or by rules."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.core.db import KeylessModel, Model
from store.media.models import Image


class Collection(Model):
    """A page of products with a picture and a few words.

    Its products are rows of `collection_products`, also when they are chosen by rules: then jobs keep those rows, in
    the order of `sort`, and `refreshed_at` says when they last looked at all products. `match` is whether a product
    must meet all rules or any.
    """

    __tablename__ = "collections"
    __table_args__ = (
        CheckConstraint("handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND handle <> 'all'", name="handle"),
        CheckConstraint("kind IN ('manual', 'rule')", name="kind"),
        CheckConstraint("match IN ('all', 'any')", name="match"),
        CheckConstraint("sort IN ('newest', 'popular', 'price-up', 'price-down', 'title')", name="sort"),
    )

    handle: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    description_html: Mapped[str] = mapped_column(default="", server_default="")
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    image_id: Mapped[int | None] = mapped_column(ForeignKey("images.id", ondelete="SET NULL"))
    seo_title: Mapped[str] = mapped_column(default="", server_default="")
    seo_description: Mapped[str] = mapped_column(default="", server_default="")
    kind: Mapped[str] = mapped_column(default="manual", server_default="manual")
    match: Mapped[str] = mapped_column(default="all", server_default="all")
    sort: Mapped[str] = mapped_column(default="newest", server_default="newest")
    refreshed_at: Mapped[datetime | None]

    image: Mapped[Image | None] = relationship()


class CollectionProduct(KeylessModel):
    """A product's place in a collection."""

    __tablename__ = "collection_products"
    __table_args__ = (
        Index(None, "collection_id", "position", "product_id"),
        Index(None, "product_id"),
    )

    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True)
    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(default=0, server_default="0")


class CollectionRule(Model):
    """One condition: `field` is what is looked at, `relation` how it is compared with `value`."""

    __tablename__ = "collection_rules"
    __table_args__ = (Index(None, "collection_id", "position"),)

    collection_id: Mapped[int] = mapped_column(ForeignKey("collections.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    field: Mapped[str]
    relation: Mapped[str]
    value: Mapped[str] = mapped_column(default="", server_default="")


class ProductChange(Model):
    """A product whose place in the collections by rule has to be looked at again; triggers write it, a job takes it.

    Appended only, never updated: whoever changes a product waits for nobody here.
    """

    __tablename__ = "product_changes"

    product_id: Mapped[int]
