"""Films as staff look at them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from store.catalog.queries.picture import PICTURE_JSON, Picture, picture_from
from store.core.db import session
from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.films.queries import CaptionView

_LIST = f"""
    SELECT f.id, f.key, f.kind, f.title, f.width, f.height, f.duration_ms, f.size,
           (SELECT {PICTURE_JSON} FROM images i WHERE i.id = f.image_id AND i.status = 'ready') AS poster,
           (SELECT json_agg(json_build_array(c.id, c.language, c.label, c.digest) ORDER BY c.language)
              FROM film_captions c WHERE c.film_id = f.id) AS captions,
           EXISTS (SELECT FROM uploads u WHERE u.purpose = 'film' AND u.subject_id = f.id
                      AND u.state NOT IN ('ready', 'refused')) AS waits,
           s.state AS stream_state, s.problem AS stream_problem
      FROM product_films pf JOIN films f ON f.id = pf.film_id LEFT JOIN film_streams s ON s.film_id = f.id
     WHERE pf.product_id = :id ORDER BY pf.position, f.id
"""


@dataclass(frozen=True)
class FilmRow:
    """A film of a product; `waits` says that a picture for it is on its way."""

    id: int
    key: str
    kind: str
    title: str
    width: int
    height: int
    duration_ms: int | None
    megabytes: float
    poster: Picture | None
    captions: tuple[CaptionView, ...]
    waits: bool
    stream_state: str | None = None
    stream_problem: str | None = None


def list_films(product_id: int) -> Sequence[FilmRow]:
    """Return the films of a product in their order. 1 statement."""
    return [
        FilmRow(
            row.id,
            row.key,
            row.kind,
            row.title,
            row.width,
            row.height,
            row.duration_ms,
            row.size / 1024 / 1024,
            picture_from(row.poster),
            tuple(CaptionView(*facts) for facts in row.captions or ()),
            row.waits,
            row.stream_state,
            row.stream_problem,
        )
        for row in session.execute(text(_LIST), {"id": product_id})
    ]


def get_title(product_id: int) -> str:
    """Return a product's title; raises `NotFound`."""
    title = session.execute(text("SELECT title FROM products WHERE id = :id"), {"id": product_id}).scalar()
    if title is None:
        raise NotFound(_("This product is not here any more."))
    return str(title)
