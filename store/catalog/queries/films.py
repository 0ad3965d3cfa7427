"""The films of a product as its page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from store.catalog.queries.picture import PICTURE_JSON, Picture, picture_from

# Over a row `p` of products.
FILMS_JSON = f"""
    (SELECT json_agg(json_build_array(f.id, f.key, f.kind, f.title, f.width, f.height, f.duration_ms, f.created_at,
         (SELECT {PICTURE_JSON} FROM images i WHERE i.id = f.image_id AND i.status = 'ready'))
         ORDER BY pf.position, f.id)
       FROM product_films pf JOIN films f ON f.id = pf.film_id WHERE pf.product_id = p.id)
"""


@dataclass(frozen=True, slots=True)
class FilmView:
    """A film: where its file lies (`key`, `kind`), what it shows, its size in pixels, and the picture before it."""

    id: int
    key: str
    kind: str
    title: str
    width: int
    height: int
    duration_ms: int | None
    added: str
    poster: Picture | None


def films_from(found: Sequence[Sequence[Any]] | None) -> tuple[FilmView, ...]:
    """Return the films that `FILMS_JSON` described."""
    return tuple(
        FilmView(id_, key, kind, title, width, height, duration_ms, added, picture_from(poster))
        for id_, key, kind, title, width, height, duration_ms, added, poster in found or ()
    )
