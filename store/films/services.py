"""What is done with films: taken in, described, given captions, let go."""

import hashlib
import io
from dataclasses import dataclass
from typing import BinaryIO

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from store.core.clock import now
from store.core.db import session, transaction
from store.core.errors import Conflict, Invalid
from store.core.i18n import gettext as _
from store.core.queue import enqueue, job
from store.films import formats
from store.films.formats import Facts
from store.films.models import Film
from store.films.queries import find_key, get_film
from store.media import storage

MAX_BYTES = 200 * 1024 * 1024

LONGEST_TITLE = 300


@dataclass(frozen=True)
class Taken:
    """A film that lies in storage and is nobody's yet."""

    key: str
    size: int
    facts: Facts


def take_in(file: BinaryIO) -> Taken:
    """Look into an uploaded film, blank what it tells of its maker, and keep it; raises `Invalid` with the reason.

    The file is written to and read piece by piece. No transaction is open meanwhile.
    """
    size = file.seek(0, io.SEEK_END)
    if not size:
        raise Invalid(_("Choose a film first."), field="film")
    if size > MAX_BYTES:
        raise Invalid(_("This film is larger than %(limit)s MB.", limit=MAX_BYTES // 1024 // 1024), field="film")
    facts = formats.clean(file, size)
    digest = hashlib.sha256()
    file.seek(0)
    while piece := file.read(storage.PIECE):
        digest.update(piece)
    taken = Taken(digest.hexdigest()[:32], size, facts)
    keep(taken, file)
    return taken


def keep(taken: Taken, file: BinaryIO) -> None:
    """Put a film into storage unless it lies there: also again after `add_film`, as it may have been on its way out."""
    place, name = storage.current(), storage.film_name(taken.key, taken.facts.kind)
    if not place.exists(name):
        file.seek(0)
        place.write_from(name, file)


def add_film(taken: Taken, *, title: str, image_id: int | None = None) -> Film:
    """Note a film that was taken in; the same bytes give the same row, under the words and poster it had.

    Raises `Conflict` for one that is being deleted at this moment.
    """
    facts = taken.facts
    session.execute(
        insert(Film)
        .values(
            key=taken.key,
            kind=facts.kind,
            size=taken.size,
            width=facts.width,
            height=facts.height,
            duration_ms=facts.duration_ms,
            title=_title(title),
            image_id=image_id,
            status="ready",
            created_at=now(),
        )
        .on_conflict_do_nothing(index_elements=["key"])
    )
    film = session.execute(
        select(Film).where(Film.key == taken.key).with_for_update().execution_options(populate_existing=True)
    ).scalar_one()
    if film.status == "deleting":
        raise Conflict(_("This film is being deleted right now. Try again in a minute."))
    film.status = "ready"
    film.title = film.title or _title(title)
    film.image_id = film.image_id or image_id
    session.flush()
    return film


def describe_film(film_id: int, *, title: str, image_id: int | None) -> Film:
    """Change what a film is said to show and the picture that stands for it."""
    film = get_film(film_id)
    film.title, film.image_id = _title(title), image_id
    session.flush()
    return film


def let_go(film_id: int) -> None:
    """Give up a film that nothing shows any more; its file goes by job after the commit."""
    done = session.execute(
        update(Film).where(Film.id == film_id, Film.status == "ready").values(status="leaving").returning(Film.id)
    ).one_or_none()
    if done is not None:
        enqueue("films.forget", film_id=film_id)


@job("films.forget", patient=True)
def forget(film_id: int) -> None:
    """Delete the file of a film that was given up, then its row; whoever has taken it in again meanwhile keeps it."""
    with transaction():
        session.execute(update(Film).where(Film.id == film_id, Film.status == "leaving").values(status="deleting"))
        found = find_key(film_id)
    if found is None or found[2] != "deleting":
        return
    storage.current().delete(storage.film_name(found[0], found[1]))
    with transaction():
        session.execute(delete(Film).where(Film.id == film_id, Film.status == "deleting"))


def _title(title: str) -> str:
    title = " ".join(title.split())
    if not title:
        raise Invalid(_("Say in a few words what the film shows."), field="title")
    return title[:LONGEST_TITLE]
