"""Products and their pictures."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.core.clock import now
from store.core.db import KeylessModel, Model
from store.media.models import Image


class Product(Model):
    """Something a shopper chooses; what is bought is one of its variants.

    `revision` grows by triggers whenever anything that a card or page shows of it changes, also its stock: rendered
    fragments are remembered under it. `version` is the optimistic lock of the back office. `available` says
    whether any of its variants can be bought; triggers keep it. A product that is `made_to_order` has no variant until
    somebody wants one: see `store.catalog.models.graph`.
    """

    __tablename__ = "products"
    __table_args__ = (
        CheckConstraint("status IN ('draft', 'active', 'archived')", name="status"),
        CheckConstraint("handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="handle"),
        Index(
            "products_newest_ix", text("published_at DESC"), text("id DESC"), postgresql_where=text("status = 'active'")
        ),
        Index(
            "products_popular_ix", text("popularity DESC"), text("id DESC"), postgresql_where=text("status = 'active'")
        ),
    )

    handle: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    description_html: Mapped[str] = mapped_column(default="", server_default="")
    vendor: Mapped[str] = mapped_column(default="", server_default="")
    product_type: Mapped[str] = mapped_column(default="", server_default="")
    status: Mapped[str] = mapped_column(default="draft", server_default="draft")
    published_at: Mapped[datetime | None]
    tax_class: Mapped[str] = mapped_column(default="standard", server_default="standard")
    category_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id", ondelete="SET NULL"), index=True)
    tags: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list, server_default="{}")
    seo_title: Mapped[str] = mapped_column(default="", server_default="")
    seo_description: Mapped[str] = mapped_column(default="", server_default="")
    popularity: Mapped[int] = mapped_column(default=0, server_default="0")
    gift_card: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    made_to_order: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    available: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    revision: Mapped[int] = mapped_column(default=1, server_default="1")
    version: Mapped[int] = mapped_column(default=1, server_default="1")
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    __mapper_args__ = {"version_id_col": version}

    images: Mapped[list["ProductImage"]] = relationship(
        order_by="ProductImage.position", cascade="all, delete-orphan", passive_deletes=True
    )


class ProductImage(KeylessModel):
    """A picture's place in a product's gallery; its words may differ from those of the picture elsewhere."""

    __tablename__ = "product_images"
    __table_args__ = (Index(None, "image_id"),)

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    image_id: Mapped[int] = mapped_column(ForeignKey("images.id", ondelete="RESTRICT"), primary_key=True)
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    alt: Mapped[str] = mapped_column(default="", server_default="")

    image: Mapped[Image] = relationship()


Index(
    "products_title_trgm_ix",
    func.lower(Product.title).label("lower_title"),
    postgresql_using="gin",
    postgresql_ops={"lower_title": "gin_trgm_ops"},
)
