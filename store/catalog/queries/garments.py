"""What a choice of a product made to order looks like: from photographs and artwork to the recipe of a picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from store.catalog.queries.picture import Picture
from store.core.db import read_rows
from store.media.composing.recipe import WIDTHS, Area, Recipe, key_for, whose


def _views(these: str) -> str:
    """SQL over rows `p` of products: their views with those rows of photographs and artwork that `these` lets in."""
    return f"""
    (SELECT json_agg(json_build_array(w.id, w.name, w.width_mm, w.height_mm,
        (SELECT json_agg(json_build_array(g.option_key, g.tinted, i.key, i.width, i.height, coalesce(b.key, ''),
              coalesce(f.key, ''), g.area_left, g.area_top, g.area_width, g.area_height))
          FROM garment_photos g JOIN images i ON i.id = g.image_id AND i.status = 'ready'
          LEFT JOIN images b ON b.id = g.backdrop_id LEFT JOIN images f ON f.id = g.folds_id
          WHERE g.view_id = w.id AND {these.format("g")}),
        (SELECT json_agg(json_build_array(a.option_key, i.key))
          FROM artworks a JOIN images i ON i.id = a.image_id AND i.status = 'ready'
          WHERE a.view_id = w.id AND {these.format("a")})) ORDER BY w.position, w.id)
      FROM garment_views w WHERE w.product_id = p.id)
    """


GARMENTS_JSON = _views("true")

# Of a choice, `chosen` being an array of its value ids in SQL: its axes' values in order, with their colours.
_CHOSEN = "string_to_array({{}}.option_key, '-')::bigint[] <@ {chosen}"
_VALUES = """
    (SELECT json_agg(json_build_array(ov.id, ov.option_id, ov.swatch, ov.value) ORDER BY o.position, o.id)
      FROM option_values ov JOIN options o ON o.id = ov.option_id
      WHERE o.product_id = p.id AND ov.id = ANY({chosen}))
"""


def worn_json(chosen: str) -> str:
    """Return SQL for what a choice of product `p` wears: its values and its views; NULL where there are no views."""
    of_choice = _CHOSEN.format(chosen=chosen)
    return f"""
    CASE WHEN EXISTS (SELECT FROM garment_views WHERE product_id = p.id)
         THEN json_build_array({_VALUES.format(chosen=chosen)}, {_views(of_choice)}) END
    """


_WORN = f"""
    SELECT p.title, {worn_json("CAST(:chosen AS bigint[])")} AS worn
    FROM garment_views v JOIN products p ON p.id = v.product_id WHERE v.id = :view
"""


@dataclass(frozen=True, slots=True)
class Photo:
    """A garment as a view shows it; keys of pictures, and the size of the garment's."""

    tinted: bool
    garment: str
    width: int
    height: int
    backdrop: str
    folds: str
    area: Area


@dataclass(frozen=True, slots=True)
class View:
    """A side of a product with its photographs and artwork, by the values they are for."""

    id: int
    name: str
    width_mm: int
    height_mm: int
    photos: Mapping[tuple[int, ...], Photo]
    artworks: Mapping[tuple[int, ...], str]


@dataclass(frozen=True, slots=True)
class Composed:
    """A picture that can be composed: its view, its recipe, its key and its size."""

    view: View
    recipe: Recipe
    key: str
    width: int
    height: int
    value_ids: tuple[int, ...]

    def picture(self, alt: str) -> Picture:
        """Return it as a page shows it."""
        widths = tuple(width for width in WIDTHS if width <= self.width) or WIDTHS[:1]
        widest = widths[-1]
        return Picture(self.key, widest, round(self.height * widest / self.width), widths, alt, None)

    def as_json(self) -> dict[str, Any]:
        """Return what a workshop needs of it, as it is kept beside an order."""
        view = self.view
        return {
            "key": self.key,
            "view": view.name,
            "width_mm": view.width_mm,
            "height_mm": view.height_mm,
            "recipe": self.recipe.as_json(),
        }


def compose(views: Sequence[View], value_ids: Sequence[int], swatches: Mapping[int, str]) -> tuple[Composed, ...]:
    """Return the pictures of a choice, one for each view that has a photograph for it.

    Of several photographs the one counts that names the most values, and so with artwork: what names more of the same
    values takes the place of the others. `value_ids` are in the order of the axes.
    """
    found = (_compose(view, tuple(value_ids), swatches) for view in views)
    return tuple(one for one in found if one is not None)


def views_from(found: Sequence[Any] | None) -> tuple[View, ...]:
    """Return the views that the SQL described."""
    return tuple(
        View(
            id=id_,
            name=name,
            width_mm=width_mm,
            height_mm=height_mm,
            photos={
                _ids(key): Photo(tinted, garment, width, height, backdrop, folds, Area(*map(float, area)))
                for key, tinted, garment, width, height, backdrop, folds, *area in photos or ()
            },
            artworks={_ids(key): image for key, image in artworks or ()},
        )
        for id_, name, width_mm, height_mm, photos, artworks in found or ()
    )


def worn_from(found: Sequence[Any] | None) -> tuple[Composed, ...]:
    """Return the pictures that `worn_json` described."""
    if found is None:
        return ()
    values, views = found[0] or (), found[1]
    swatches = {id_: swatch for id_, _option, swatch, _label in values if swatch}
    return compose(views_from(views), [id_ for id_, *_rest in values], swatches)


def alt_of(title: str, composed: Composed, labels: Mapping[int, str], *, is_only: bool) -> str:
    """Return the words of a composed picture: what is seen of the choice, and from where if there are several views."""
    seen = ", ".join(labels[id_] for id_ in composed.value_ids if id_ in labels)
    words = f"{title}: {seen}" if seen else title
    return words if is_only else f"{words} ({composed.view.name})"


def find_composed(key: str) -> Composed | None:
    """Return what a key stands for, or `None` when no product looks like that, or not any more. 1 statement."""
    named = whose(key)
    if named is None:
        return None
    view_id, value_ids = named
    rows = read_rows(_WORN, {"view": view_id, "chosen": list(value_ids)})
    if not rows or rows[0].worn is None:
        return None
    options = [option for _id, option, _swatch, _label in rows[0].worn[0] or ()]
    # Two values of one axis are no choice, and there would be no end of such pictures.
    if len(set(options)) != len(value_ids) or len(options) != len(value_ids):
        return None
    return next((one for one in worn_from(rows[0].worn) if one.key == key), None)


def find_recipe(key: str) -> Recipe | None:
    """Return how the picture of a key is made, or `None` when no product looks like that. 1 statement."""
    found = find_composed(key)
    return None if found is None else found.recipe


def _compose(view: View, values: tuple[int, ...], swatches: Mapping[int, str]) -> Composed | None:
    places = {id_: place for place, id_ in enumerate(values)}
    photo_key = next(iter(_fitting(view.photos, places)), None)
    if photo_key is None:
        return None
    photo = view.photos[photo_key]
    fitting = _fitting(view.artworks, places)
    printed = [key for key in fitting if not any(set(key) < set(other) for other in fitting)]
    printed.sort(key=lambda key: [places[id_] for id_ in key])
    coloured = next((id_ for id_ in values if id_ in swatches), None) if photo.tinted else None
    recipe = Recipe(
        garment=photo.garment,
        backdrop=photo.backdrop,
        folds=photo.folds,
        tint="" if coloured is None else swatches[coloured],
        area=photo.area,
        prints=tuple(view.artworks[key] for key in printed),
    )
    told = {*photo_key, *(id_ for key in printed for id_ in key), *(() if coloured is None else (coloured,))}
    ids = tuple(id_ for id_ in values if id_ in told)
    return Composed(view, recipe, key_for(recipe, view.id, ids), photo.width, photo.height, ids)


def _fitting(rows: Mapping[tuple[int, ...], Any], places: Mapping[int, int]) -> list[tuple[int, ...]]:
    """The keys whose values are all chosen: those that name the most first, then in the order of the axes."""
    fitting = [key for key in rows if all(id_ in places for id_ in key)]
    return sorted(fitting, key=lambda key: (-len(key), [places[id_] for id_ in key]))


def _ids(option_key: str) -> tuple[int, ...]:
    return tuple(int(part) for part in option_key.split("-")) if option_key else ()
