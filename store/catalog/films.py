"""Films on products: put there, moved, taken away."""

from sqlalchemy import delete, func, insert, select, update

from store.catalog.models import Product, ProductFilm
from store.core.db import session
from store.core.errors import Conflict, NotFound
from store.core.i18n import gettext as _
from store.films import services as films
from store.films.models import Film

MOST_FILMS = 6


def put_on(product_id: int, film_id: int) -> None:
    """Show a film after the others of a product; harmless when it is there. Raises `Conflict` when there are many."""
    there = _locked(product_id)
    if film_id in there:
        return
    if len(there) >= MOST_FILMS:
        raise Conflict(_("A product shows at most %(most)s films.", most=MOST_FILMS))
    place = session.execute(
        select(func.coalesce(func.max(ProductFilm.position) + 1, 0)).where(ProductFilm.product_id == product_id)
    ).scalar_one()
    session.execute(insert(ProductFilm).values(product_id=product_id, film_id=film_id, position=place))


def move(product_id: int, film_id: int, *, earlier: bool) -> None:
    """Let a film of a product change places with the one before or after it."""
    there = _locked(product_id)
    if film_id not in there:
        raise NotFound(_("This film is not here any more."), film_id=film_id)
    place = there.index(film_id)
    there.insert(max(place - 1, 0) if earlier else place + 1, there.pop(place))
    for position, one in enumerate(there):
        session.execute(
            update(ProductFilm)
            .where(ProductFilm.product_id == product_id, ProductFilm.film_id == one)
            .values(position=position)
        )


def take_off(product_id: int, film_id: int) -> None:
    """Show a film on a product no more; one that no product shows is deleted."""
    _locked(product_id)
    session.execute(delete(ProductFilm).where(ProductFilm.product_id == product_id, ProductFilm.film_id == film_id))
    # Two products that let go of it at the same moment: the second one sees that it is the last.
    session.execute(select(Film.id).where(Film.id == film_id).with_for_update())
    if not session.execute(select(ProductFilm.film_id).where(ProductFilm.film_id == film_id).limit(1)).first():
        films.let_go(film_id)


def _locked(product_id: int) -> list[int]:
    """Lock a product and return its films in their order; raises `NotFound`."""
    found = session.execute(select(Product.id).where(Product.id == product_id).with_for_update(key_share=True)).first()
    if found is None:
        raise NotFound(_("This product is not here any more."))
    rows = session.execute(
        select(ProductFilm.film_id)
        .where(ProductFilm.product_id == product_id)
        .order_by(ProductFilm.position, ProductFilm.film_id)
    )
    return list(rows.scalars())
