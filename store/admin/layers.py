"""The layers of what is made to order as places that pictures are chosen for: `garment-<view>-<value>…` and so on."""

from collections.abc import Callable

from flask import url_for
from sqlalchemy import select

from store.admin.current import record
from store.catalog import garments
from store.catalog.garments import PhotoDraft
from store.catalog.models import GarmentPhoto, GarmentView, Product
from store.core.db import session
from store.core.errors import Invalid, NotFound
from store.core.i18n import gettext as _
from store.media.composing.recipe import Area

KINDS = ("garment", "folds", "backdrop", "artwork")

# Where a print lies on most garments, until somebody says better.
_USUAL = Area(30, 27, 40, 40)


def find_layer(
    kind: str, view_id: int, *value_ids: int
) -> tuple[str, str, Callable[[int], None], Callable[[], None] | None]:
    """Return the title and address of the page, and what puts a picture there or takes it out; raises `NotFound`."""
    view = session.get(GarmentView, view_id, populate_existing=True)
    if view is None:
        raise NotFound(_("This view is not here any more."))
    product = session.get_one(Product, view.product_id)
    product_id = product.id

    def keep(image_id: int | None) -> None:
        _put(kind, product_id, view_id, value_ids, image_id)
        record("choose_layer", "product", product_id, after={"view": view.name, "layer": kind, "image_id": image_id})

    href = url_for("garments.show", product_id=product_id, _anchor=f"view-{view_id}")
    return product.title, href, keep, (lambda: keep(None)) if kind in ("folds", "backdrop") else None


def _put(kind: str, product_id: int, view_id: int, value_ids: tuple[int, ...], image_id: int | None) -> None:
    if kind == "artwork":
        if image_id is not None:
            garments.save_artworks(product_id, view_id, [(value_ids, image_id)])
        return
    stored = session.execute(
        select(GarmentPhoto).where(
            GarmentPhoto.view_id == view_id, GarmentPhoto.option_key == garments.key_of(product_id, value_ids)
        )
    ).scalar_one_or_none()
    if stored is None:
        if kind != "garment" or image_id is None:
            raise Invalid(_("Choose the garment first."))
        garments.save_photo(product_id, view_id, PhotoDraft(image_id, _USUAL, value_ids))
        return
    area = Area(*map(float, (stored.area_left, stored.area_top, stored.area_width, stored.area_height)))
    draft = PhotoDraft(
        image_id if kind == "garment" and image_id is not None else stored.image_id,
        area,
        value_ids,
        folds_id=image_id if kind == "folds" else stored.folds_id,
        backdrop_id=image_id if kind == "backdrop" else stored.backdrop_id,
        tinted=stored.tinted,
    )
    garments.save_photo(product_id, view_id, draft)
