"""Choosing pictures from the library for what shows them: collections, categories and products."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace

from flask import url_for
from sqlalchemy import select, text

from store.admin import layers
from store.admin.current import record
from store.admin.queries.products import get_handle
from store.catalog import services as catalog
from store.catalog.drafts import PictureDraft, find_stored
from store.catalog.models import Category, Collection
from store.catalog.queries.picture import PICTURE_JSON, Picture, picture_from
from store.core.db import session
from store.core.errors import Invalid, NotFound
from store.core.i18n import gettext as _
from store.media.models import Image

# A view and a value on each axis.
_MOST_NUMBERS = 5


@dataclass(frozen=True)
class Place:
    """Something that a picture is chosen for, by its name in addresses such as `collections-3`."""

    name: str
    title: str
    href: str
    put: Callable[[int], None]
    take_out: Callable[[], None] | None = None


@dataclass(frozen=True)
class Cover:
    """What a page says of the one picture it has: the picture itself, and the name to choose another under."""

    place: str
    image_id: int | None
    picture: Picture | None


def cover_of(row: Collection | Category) -> Cover:
    """Return the picture of a collection or a category. 1 statement when it has one."""
    found = None
    if row.image_id is not None:
        query = text(f"SELECT {PICTURE_JSON} FROM images i WHERE i.id = :id AND i.status = 'ready'")
        found = picture_from(session.execute(query, {"id": row.image_id}).scalar())
    return Cover(f"{row.__tablename__}-{row.id}", row.image_id, found)


def find_place(name: str) -> Place | None:
    """Return the place of that name, `None` for no name; raises `NotFound` for what is not there."""
    if not name:
        return None
    kind, _dash, number = name.partition("-")
    if kind in layers.KINDS:
        return _layer(name, kind, number.split("-"))
    if kind not in _PLACES or not number.isascii() or not number.isdecimal() or len(number) > 18:
        raise NotFound(_("This is not here any more."))
    return _PLACES[kind](name, int(number))


def put(place: Place, image_id: int) -> None:
    """Show a picture there, if it is one that can be shown; raises `Invalid`. Runs in the caller's transaction."""
    query = select(Image.id).where(Image.id == image_id, Image.status == "ready").with_for_update(read=True)
    if session.execute(query).scalar_one_or_none() is None:
        raise Invalid(_("This picture is not here any more."))
    place.put(image_id)


def _layer(name: str, kind: str, numbers: list[str]) -> Place:
    if len(numbers) > _MOST_NUMBERS or not all(one.isascii() and one.isdecimal() and len(one) <= 18 for one in numbers):
        raise NotFound(_("This is not here any more."))
    title, href, keep, take_out = layers.find_layer(kind, *map(int, numbers))
    return Place(name, title, href, keep, take_out)


def _product(name: str, product_id: int) -> Place:
    stored = find_stored([handle := get_handle(product_id)])[handle]

    def append(image_id: int) -> None:
        before = stored.draft.pictures
        if any(one.image_id == image_id for one in before):
            raise Invalid(_("This picture is in the gallery already."))
        after = (*before, PictureDraft(image_id, ""))
        catalog.save_product(replace(stored.draft, pictures=after), expected_version=stored.version)
        was, now = ([asdict(one) for one in pictures] for pictures in (before, after))
        record("edit_pictures", "product", product_id, before={"pictures": was}, after={"pictures": now})

    href = url_for("products.show", product_id=product_id, _anchor="pictures")
    return Place(name, stored.draft.title, href, append)


def _row_of(model: type[Collection | Category], endpoint: str) -> Callable[[str, int], Place]:
    def place(name: str, row_id: int) -> Place:
        row = session.get(model, row_id, populate_existing=True)
        if row is None:
            raise NotFound(_("This is not here any more."))

        def hang(image_id: int | None) -> None:
            locked = session.get_one(model, row_id, populate_existing=True, with_for_update=True)
            before, locked.image_id = locked.image_id, image_id
            if before != image_id:
                record("edit", model.__tablename__, row_id, before={"image_id": before}, after={"image_id": image_id})

        href = url_for(endpoint, record_id=row_id, _anchor="picture")
        return Place(name, row.title, href, hang, lambda: hang(None))

    return place


def _film(name: str, film_id: int) -> Place:
    query = text(
        "SELECT f.title, pf.product_id FROM films f JOIN product_films pf ON pf.film_id = f.id WHERE f.id = :id LIMIT 1"
    )
    row = session.execute(query, {"id": film_id}).one_or_none()
    if row is None:
        raise NotFound(_("This is not here any more."))

    def hang(image_id: int | None) -> None:
        change = text("UPDATE films SET image_id = :image WHERE id = :id")
        session.execute(change, {"image": image_id, "id": film_id})
        record("edit_film", "product", row.product_id, after={"film": row.title, "image_id": image_id})

    href = url_for("product_films.edit", product_id=row.product_id, film_id=film_id)
    return Place(name, row.title, href, hang, lambda: hang(None))


_PLACES: Mapping[str, Callable[[str, int], Place]] = {
    "collections": _row_of(Collection, "collections.edit_view"),
    "categories": _row_of(Category, "categories.edit_view"),
    "films": _film,
    "products": _product,
}
