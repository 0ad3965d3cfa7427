"""What a product made to order looks like, as staff edit it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store.catalog.queries.garments import GARMENTS_JSON, View, compose, views_from
from store.catalog.queries.picture import PICTURE_JSON, Picture, picture_from
from store.core.db import read_rows
from store.core.errors import NotFound
from store.core.i18n import gettext as _

_PRODUCT = f"""
    SELECT p.id, p.handle, p.title, p.status, p.version, p.made_to_order, {GARMENTS_JSON} AS views
    FROM products p WHERE p.id = :id
"""
_AXES = """
    SELECT o.id, o.name, json_agg(json_build_array(ov.id, ov.value, ov.swatch) ORDER BY ov.position, ov.id) AS values
    FROM options o JOIN option_values ov ON ov.option_id = o.id
    WHERE o.product_id = :id GROUP BY o.id ORDER BY o.position, o.id
"""
_PHOTOS = f"""
    SELECT g.id, g.view_id, g.option_key, g.tinted, g.area_left, g.area_top, g.area_width, g.area_height,
      (SELECT {PICTURE_JSON} FROM images i WHERE i.id = g.image_id) AS garment,
      (SELECT {PICTURE_JSON} FROM images i WHERE i.id = g.folds_id) AS folds,
      (SELECT {PICTURE_JSON} FROM images i WHERE i.id = g.backdrop_id) AS backdrop
    FROM garment_photos g JOIN garment_views w ON w.id = g.view_id
    WHERE w.product_id = :id ORDER BY length(g.option_key), g.id
"""
_ARTWORKS = f"""
    SELECT a.id, a.view_id, a.option_key, i.width, {PICTURE_JSON} AS picture
    FROM artworks a JOIN garment_views w ON w.id = a.view_id JOIN images i ON i.id = a.image_id
    WHERE w.product_id = :id ORDER BY length(a.option_key), a.id
"""

# Below this a print looks soft to whoever wears it.
_ENOUGH_DPI = 150
_MOST_SAMPLES = 3

# What is kept of a picture for good is not wider.
_LARGEST_MASTER = 2000


@dataclass(frozen=True)
class PhotoRow:
    """A garment with its layers, and samples of what is composed of it."""

    id: int
    key: str
    tinted: bool
    area: tuple[Any, Any, Any, Any]
    garment: Picture | None
    folds: Picture | None
    backdrop: Picture | None


@dataclass(frozen=True)
class ArtworkRow:
    """What is printed for some values; `dpi` is how fine it is at full width, told when that is too little."""

    id: int
    key: str
    picture: Picture | None
    dpi: int | None


@dataclass(frozen=True)
class ViewRow:
    """A view with its garments and its artwork."""

    view: View
    photos: tuple[PhotoRow, ...]
    artworks: tuple[ArtworkRow, ...]
    samples: tuple[Picture, ...]


@dataclass(frozen=True)
class Garments:
    """A product made to order with all that can be said of its looks."""

    product: Any
    axes: Sequence[Any]
    views: tuple[ViewRow, ...]

    @property
    def labels(self) -> Mapping[int, str]:
        """Return the words of each value by id."""
        return {id_: value for axis in self.axes for id_, value, _swatch in axis.values}


def get_garments(product_id: int) -> Garments:
    """Return what a product looks like (4 statements); raises `NotFound`."""
    products = read_rows(_PRODUCT, {"id": product_id})
    if not products or not products[0].made_to_order:
        raise NotFound(_("This product is not made to order."))
    axes = read_rows(_AXES, {"id": product_id})
    photos, artworks = (read_rows(statement, {"id": product_id}) for statement in (_PHOTOS, _ARTWORKS))
    views = views_from(products[0].views)
    return Garments(
        product=products[0],
        axes=axes,
        views=tuple(
            ViewRow(
                view,
                tuple(_photo(row) for row in photos if row.view_id == view.id),
                tuple(_artwork(row, view) for row in artworks if row.view_id == view.id),
                _samples(view, axes),
            )
            for view in views
        ),
    )


def _photo(row: Any) -> PhotoRow:
    return PhotoRow(
        row.id,
        row.option_key,
        row.tinted,
        (row.area_left, row.area_top, row.area_width, row.area_height),
        picture_from(row.garment),
        picture_from(row.folds),
        picture_from(row.backdrop),
    )


def _artwork(row: Any, view: View) -> ArtworkRow:
    dpi = round(min(row.width, _LARGEST_MASTER) / view.width_mm * 25.4)
    return ArtworkRow(row.id, row.option_key, picture_from(row.picture), dpi if dpi < _ENOUGH_DPI else None)


def _samples(view: View, axes: Sequence[Any]) -> tuple[Picture, ...]:
    """A few choices as shoppers see them: the first values, and others beside them."""
    swatches = {id_: swatch for axis in axes for id_, _value, swatch in axis.values if swatch}
    found: dict[str, Picture] = {}
    for turn in range(12):
        values = [axis.values[turn % len(axis.values)][0] for axis in axes]
        for one in compose([view], values, swatches):
            found.setdefault(one.key, one.picture(""))
        if len(found) == _MOST_SAMPLES:
            break
    return tuple(found.values())
