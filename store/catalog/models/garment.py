"""What a product made to order looks like: photographs of the garment, and the artwork that is printed on it."""

from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from store.core.db import Model

_IN_PICTURE = (
    "area_left >= 0 AND area_top >= 0 AND area_width > 0 AND area_height > 0 "
    "AND area_left + area_width <= 100 AND area_top + area_height <= 100"
)


class GarmentView(Model):
    """A side from which a product is seen, such as its front; prints there are so many millimetres large at most."""

    __tablename__ = "garment_views"
    __table_args__ = (
        UniqueConstraint("product_id", "name"),
        CheckConstraint("width_mm BETWEEN 10 AND 1500 AND height_mm BETWEEN 10 AND 1500", name="size"),
    )

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"))
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    name: Mapped[str]
    width_mm: Mapped[int]
    height_mm: Mapped[int]


class GarmentPhoto(Model):
    """The garment as a view shows it, for all choices that hold the values of `option_key`; empty for all others.

    `image_id` is the garment cut out, in neutral grey when it is `tinted` in the colour that was chosen. `folds_id` is
    the light on it in grey, `backdrop_id` what lies behind it. The area is where it can be printed, in percent.
    """

    __tablename__ = "garment_photos"
    __table_args__ = (
        UniqueConstraint("view_id", "option_key"),
        CheckConstraint(_IN_PICTURE, name="area"),
        Index(None, "image_id"),
        Index(None, "folds_id"),
        Index(None, "backdrop_id"),
    )

    view_id: Mapped[int] = mapped_column(ForeignKey("garment_views.id", ondelete="CASCADE"))
    option_key: Mapped[str] = mapped_column(default="", server_default="")
    image_id: Mapped[int] = mapped_column(ForeignKey("images.id", ondelete="RESTRICT"))
    folds_id: Mapped[int | None] = mapped_column(ForeignKey("images.id", ondelete="RESTRICT"))
    backdrop_id: Mapped[int | None] = mapped_column(ForeignKey("images.id", ondelete="RESTRICT"))
    tinted: Mapped[bool] = mapped_column(default=True, server_default=text("true"))
    area_left: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    area_top: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    area_width: Mapped[Decimal] = mapped_column(Numeric(5, 2))
    area_height: Mapped[Decimal] = mapped_column(Numeric(5, 2))


class Artwork(Model):
    """What is printed in a view for all choices that hold the values of `option_key`, on a transparent ground.

    One that names more values takes the place of one that names some of them: another ink for dark cloth.
    """

    __tablename__ = "artworks"
    __table_args__ = (
        UniqueConstraint("view_id", "option_key"),
        CheckConstraint("option_key <> ''", name="named"),
        Index(None, "image_id"),
    )

    view_id: Mapped[int] = mapped_column(ForeignKey("garment_views.id", ondelete="CASCADE"))
    option_key: Mapped[str]
    image_id: Mapped[int] = mapped_column(ForeignKey("images.id", ondelete="RESTRICT"))
