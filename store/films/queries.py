"""Films as others ask for them."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from store.core.db import read_rows, session
from store.core.errors import NotFound
from store.core.i18n import gettext as _
from store.films.models import Film


@dataclass(frozen=True, slots=True)
class CaptionView:
    """Captions of a film in one language; the address of their file follows from `id` and `digest`."""

    id: int
    language: str
    label: str
    digest: str


def get_film(film_id: int) -> Film:
    """Return a film's row; raises `NotFound`."""
    film = session.get(Film, film_id, populate_existing=True)
    if film is None or film.status != "ready":
        raise NotFound(_("This film is not here any more."), film_id=film_id)
    return film


def find_size(key: str, kind: str) -> int | None:
    """Return how many bytes a film has, or `None` when there is no such film. 1 statement."""
    rows = read_rows("SELECT size FROM films WHERE key = :key AND kind = :kind", {"key": key, "kind": kind})
    return int(rows[0].size) if rows else None


def list_captions(film_id: int) -> Sequence[CaptionView]:
    """Return a film's captions by language. 1 statement."""
    rows = read_rows(
        "SELECT id, language, label, digest FROM film_captions WHERE film_id = :id ORDER BY language", {"id": film_id}
    )
    return [CaptionView(row.id, row.language, row.label, row.digest) for row in rows]


def find_caption(caption_id: int, digest: str) -> str | None:
    """Return the text of captions, or `None` when they have changed or gone. 1 statement."""
    rows = read_rows(
        "SELECT body FROM film_captions WHERE id = :id AND digest = :digest", {"id": caption_id, "digest": digest}
    )
    return str(rows[0].body) if rows else None


def find_key(film_id: int) -> tuple[str, str, str] | None:
    """Return a film's key, kind and status, whatever became of it."""
    row = session.execute(select(Film.key, Film.kind, Film.status).where(Film.id == film_id)).one_or_none()
    return None if row is None else (row.key, row.kind, row.status)


def shown_at_first(captions: Sequence[CaptionView], locale: str) -> str | None:
    """Return the language whose captions a page in this locale shows without being asked; `None` without any."""
    wanted = locale.replace("_", "-").lower()
    here = [one.language for one in captions]
    same = [one for one in here if one.lower() == wanted]
    near = [one for one in here if one.lower().split("-")[0] == wanted.split("-")[0]]
    return next(iter((*same, *near, *here)), None)
