"""The verbs that say what a product made to order looks like: its views, photographs of the garment, and artwork.

Each locks the product and refuses when somebody else has saved it meanwhile. The caller opens the transaction.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import delete, select

from store.catalog.addressing import get_locked
from store.catalog.models import Artwork, GarmentPhoto, GarmentView, Option, OptionValue, Product
from store.core.clock import now
from store.core.db import run, session
from store.core.errors import Invalid, NotFound
from store.core.i18n import gettext as _
from store.media.composing.recipe import Area

MAX_VIEWS = 6
_SMALLEST_MM, _LARGEST_MM = 10, 500
_LONGEST_NAME = 60


@dataclass(frozen=True)
class PhotoDraft:
    """A garment's photograph for the choices that hold these values; for all others when there are none."""

    image_id: int
    area: Area
    value_ids: tuple[int, ...] = ()
    folds_id: int | None = None
    backdrop_id: int | None = None
    tinted: bool = True


def save_view(
    product_id: int,
    name: str,
    *,
    width_mm: int,
    height_mm: int,
    view_id: int | None = None,
    expected_version: int | None = None,
) -> int:
    """Add a view behind the others, or change one; return its id. The millimetres are those of its prints."""
    product = _made_to_order(product_id, expected_version)
    name = " ".join(name.split())
    if not name or len(name) > _LONGEST_NAME or "\0" in name:
        raise Invalid(_("A view has a name of at most %(limit)s characters.", limit=_LONGEST_NAME), field="name")
    if not all(_SMALLEST_MM <= size <= _LARGEST_MM for size in (width_mm, height_mm)):
        raise Invalid(
            _("A print is between %(least)s and %(most)s mm.", least=_SMALLEST_MM, most=_LARGEST_MM), field="width_mm"
        )
    views = list(session.execute(select(GarmentView).where(GarmentView.product_id == product_id)).scalars())
    if any(view.name == name and view.id != view_id for view in views):
        raise Invalid(_("There is a view of this name already."), field="name")
    if view_id is None:
        if len(views) >= MAX_VIEWS:
            raise Invalid(_("A product has at most %(most)s views.", most=MAX_VIEWS), field="name")
        view = GarmentView(product_id=product_id, position=max((one.position + 1 for one in views), default=0))
        session.add(view)
    else:
        view = _view(product_id, view_id)
    view.name, view.width_mm, view.height_mm = name, width_mm, height_mm
    session.flush()
    _close(product)
    return view.id


def remove_view(product_id: int, view_id: int, *, expected_version: int | None = None) -> None:
    """Take a view away with its photographs and artwork; the pictures stay in the library."""
    product = _made_to_order(product_id, expected_version)
    session.delete(_view(product_id, view_id))
    session.flush()
    _close(product)


def save_photo(product_id: int, view_id: int, draft: PhotoDraft, *, expected_version: int | None = None) -> None:
    """Set a garment's photograph for some values, in place of the one there."""
    product = _made_to_order(product_id, expected_version)
    view = _view(product_id, view_id)
    left, top, width, height = _checked(draft.area)
    key = key_of(product_id, draft.value_ids)
    session.execute(delete(GarmentPhoto).where(GarmentPhoto.view_id == view.id, GarmentPhoto.option_key == key))
    session.add(
        GarmentPhoto(
            view_id=view.id,
            option_key=key,
            image_id=draft.image_id,
            folds_id=draft.folds_id,
            backdrop_id=draft.backdrop_id,
            tinted=draft.tinted,
            area_left=left,
            area_top=top,
            area_width=width,
            area_height=height,
        )
    )
    session.flush()
    _close(product)


def place_print(
    product_id: int, photo_id: int, area: Area, *, tinted: bool, expected_version: int | None = None
) -> None:
    """Say where a garment is printed, and whether it takes the colour that is chosen."""
    product = _made_to_order(product_id, expected_version)
    photo = session.get(GarmentPhoto, photo_id)
    if photo is None:
        raise NotFound(_("This is not here any more."), product_id=product_id)
    _view(product_id, photo.view_id)
    photo.area_left, photo.area_top, photo.area_width, photo.area_height = _checked(area)
    photo.tinted = tinted
    session.flush()
    _close(product)


def remove_photo(product_id: int, photo_id: int, *, expected_version: int | None = None) -> None:
    """Take a photograph away."""
    _remove(GarmentPhoto, product_id, photo_id, expected_version)


def save_artworks(
    product_id: int,
    view_id: int,
    artworks: Iterable[tuple[tuple[int, ...], int]],
    *,
    expected_version: int | None = None,
) -> None:
    """Set what is printed in a view for some values, each in place of the artwork there: value ids and picture."""
    product = _made_to_order(product_id, expected_version)
    view = _view(product_id, view_id)
    wanted = {key_of(product_id, value_ids): image_id for value_ids, image_id in artworks}
    if "" in wanted:
        raise Invalid(_("Choose at least one value."), field="value")
    session.execute(delete(Artwork).where(Artwork.view_id == view.id, Artwork.option_key.in_(wanted)))
    session.add_all(Artwork(view_id=view.id, option_key=key, image_id=image_id) for key, image_id in wanted.items())
    session.flush()
    _close(product)


def remove_artwork(product_id: int, artwork_id: int, *, expected_version: int | None = None) -> None:
    """Take an artwork away."""
    _remove(Artwork, product_id, artwork_id, expected_version)


def key_of(product_id: int, value_ids: tuple[int, ...]) -> str:
    """Return values in the order of their axes, as one key; raises `Invalid` for two of one axis. 1 statement."""
    rows = session.execute(
        select(OptionValue.id, OptionValue.option_id)
        .join(Option, Option.id == OptionValue.option_id)
        .where(Option.product_id == product_id, OptionValue.id.in_(value_ids))
        .order_by(Option.position, Option.id)
    ).all()
    if len(rows) != len(value_ids):
        raise Invalid(_("This value is not there any more."), field="value")
    if len({option_id for _id, option_id in rows}) != len(rows):
        raise Invalid(_("Choose at most one value of each axis."), field="value")
    return "-".join(str(id_) for id_, _option in rows)


def _remove(
    kind: type[GarmentPhoto] | type[Artwork], product_id: int, row_id: int, expected_version: int | None
) -> None:
    product = _made_to_order(product_id, expected_version)
    row = session.get(kind, row_id)
    if row is None:
        raise NotFound(_("This is not here any more."), product_id=product_id)
    _view(product_id, row.view_id)
    session.delete(row)
    session.flush()
    _close(product)


def _checked(area: Area) -> tuple[Decimal, ...]:
    if not (area.left >= 0 and area.top >= 0 and area.width >= 1 and area.height >= 1) or (
        area.left + area.width > 100 or area.top + area.height > 100
    ):
        raise Invalid(_("The print area lies within the picture, between 0 and 100 percent."), field="area")
    return tuple(Decimal(str(round(part, 2))) for part in (area.left, area.top, area.width, area.height))


def _made_to_order(product_id: int, expected_version: int | None) -> Product:
    product = get_locked(product_id, expected_version=expected_version)
    if not product.made_to_order:
        raise Invalid(_("This product is not made to order."), product_id=product_id)
    return product


def _view(product_id: int, view_id: int) -> GarmentView:
    view = session.execute(
        select(GarmentView).where(GarmentView.id == view_id, GarmentView.product_id == product_id)
    ).scalar_one_or_none()
    if view is None:
        raise NotFound(_("This view is not here any more."), product_id=product_id)
    return view


def _close(product: Product) -> None:
    """Count as one more edit of the product."""
    run(
        "UPDATE products SET version = version + 1, updated_at = :moment WHERE id = :id",
        {"id": product.id, "moment": now()},
    )
    session.refresh(product)
