"""The films of a product as its page shows them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from store.catalog.queries.picture import PICTURE_JSON, Picture, picture_from

# Over a row `p` of products.
FILMS_JSON = f"""
    (SELECT json_agg(json_build_array(f.id, f.key, f.kind, f.title, f.width, f.height, f.duration_ms, f.created_at,
         (SELECT {PICTURE_JSON} FROM images i WHERE i.id = f.image_id AND i.status = 'ready'),
         (SELECT s.embed_url FROM film_streams s WHERE s.film_id = f.id AND s.state = 'ready'))
         ORDER BY pf.position, f.id)
       FROM product_films pf JOIN films f ON f.id = pf.film_id WHERE pf.product_id = p.id)
"""


@dataclass(frozen=True, slots=True)
class FilmView:
    """A film: where its file lies (`key`, `kind`), what it shows, its size in pixels, and the picture before it.

    `embed_url` is the player of the streaming service, once it has one.
    """

    id: int
    key: str
    kind: str
    title: str
    width: int
    height: int
    duration_ms: int | None
    added: str
    poster: Picture | None
    embed_url: str | None = None


def films_from(found: Sequence[Sequence[Any]] | None) -> tuple[FilmView, ...]:
    """Return the films that `FILMS_JSON` described."""
    return tuple(
        FilmView(id_, key, kind, title, width, height, duration_ms, added, picture_from(poster), embed_url)
        for id_, key, kind, title, width, height, duration_ms, added, poster, embed_url in found or ()
    )
