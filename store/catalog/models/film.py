"""Films on products."""

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from store.core.db import KeylessModel


class ProductFilm(KeylessModel):
    """A film's place among those of a product; they come after its pictures."""

    __tablename__ = "product_films"

    product_id: Mapped[int] = mapped_column(ForeignKey("products.id", ondelete="CASCADE"), primary_key=True)
    film_id: Mapped[int] = mapped_column(ForeignKey("films.id", ondelete="RESTRICT"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(default=0, server_default="0")
