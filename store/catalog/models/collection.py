"""Collections: products put together by hand, in an order."""

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.core.db import KeylessModel, Model
from store.media.models import Image


class Collection(Model):
    """A page of products with a picture and a few words."""

    __tablename__ = "collections"
    __table_args__ = (CheckConstraint("handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND handle <> 'all'", name="handle"),)

    handle: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    description_html: Mapped[str] = mapped_column(default="", server_default="")
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    image_id: Mapped[int | None] = mapped_column(ForeignKey("images.id", ondelete="SET NULL"))
    seo_title: Mapped[str] = mapped_column(default="", server_default="")
    seo_description: Mapped[str] = mapped_column(default="", server_default="")

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
