"""Categories: one tree, in which a product has one place."""

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from store.core.db import Model
from store.media.models import Image


class Category(Model):
    """A branch of the tree.

    `path` is the ids from the root to this one, as in `/3/17/`: all below a category begin with its path. The
    database keeps it, and refuses a category that would stand below itself.
    """

    __tablename__ = "categories"
    __table_args__ = (
        CheckConstraint("handle ~ '^[a-z0-9]+(-[a-z0-9]+)*$'", name="handle"),
        Index(None, "parent_id"),
        Index(None, "path", postgresql_ops={"path": "text_pattern_ops"}),
    )

    parent_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id", ondelete="RESTRICT"))
    handle: Mapped[str] = mapped_column(unique=True)
    title: Mapped[str]
    description_html: Mapped[str] = mapped_column(default="", server_default="")
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    image_id: Mapped[int | None] = mapped_column(ForeignKey("images.id", ondelete="SET NULL"))
    path: Mapped[str] = mapped_column(default="", server_default="")
    seo_title: Mapped[str] = mapped_column(default="", server_default="")
    seo_description: Mapped[str] = mapped_column(default="", server_default="")

    image: Mapped[Image | None] = relationship()
