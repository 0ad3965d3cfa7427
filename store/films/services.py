"""What is done with films: taken in, described, given captions, let go."""

import hashlib
import io
from dataclasses import dataclass
from typing import IO

from babel import Locale, UnknownLocaleError
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from store.core.clock import now
from store.core.db import session, transaction
from store.core.errors import Conflict, Invalid
from store.core.i18n import gettext as _
from store.core.queue import enqueue, job
from store.films import formats, providers, webvtt
from store.films.formats import Facts
from store.films.models import Film, FilmCaption, FilmStream
from store.films.queries import find_key, get_film
from store.media import storage
from store.media.models import Upload

# What Cloudflare Stream takes in one piece, and more than a film of a product needs.
MAX_BYTES = 200_000_000

LONGEST_TITLE = 300

# What a picture is sent in for that will stand before a film.
POSTER = "film"


@dataclass(frozen=True)
class Taken:
    """A film that lies in storage and is nobody's yet."""

    key: str
    size: int
    facts: Facts


def take_in(file: IO[bytes]) -> Taken:
    """Look into an uploaded film, blank what it tells of its maker, and keep it; raises `Invalid` with the reason.

    The file is written to and read piece by piece. No transaction is open meanwhile.
    """
    size = file.seek(0, io.SEEK_END)
    if not size:
        raise Invalid(_("Choose a film first."), field="film")
    if size > MAX_BYTES:
        raise Invalid(_("This film is larger than %(limit)s MB.", limit=MAX_BYTES // 1_000_000), field="film")
    facts = formats.clean(file, size)
    digest = hashlib.sha256()
    file.seek(0)
    while piece := file.read(storage.PIECE):
        digest.update(piece)
    taken = Taken(digest.hexdigest()[:32], size, facts)
    keep(taken, file)
    return taken


def keep(taken: Taken, file: IO[bytes]) -> None:
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
    if providers.current() is not None:
        enqueue("films.stream", film_id=film.id)
    return film


def describe_film(film_id: int, *, title: str) -> Film:
    """Change what a film is said to show."""
    film = get_film(film_id)
    film.title = _title(title)
    session.flush()
    return film


def hang_poster(upload_id: int) -> None:
    """Let a picture that was sent in for a film stand before it; nothing happens when either is gone."""
    upload = session.get(Upload, upload_id, populate_existing=True)
    if upload is None or upload.purpose != POSTER or upload.image_id is None:
        return
    session.execute(update(Film).where(Film.id == upload.subject_id).values(image_id=upload.image_id))


def set_captions(film_id: int, language: str, data: bytes) -> FilmCaption:
    """Give a film captions in a language, in place of those it had; raises `Invalid` naming the line at fault."""
    get_film(film_id)
    label = name_of_language(language)
    body = webvtt.write(webvtt.parse(data))
    values = {"label": label, "body": body, "digest": hashlib.sha256(body.encode()).hexdigest()[:16]}
    session.execute(
        insert(FilmCaption)
        .values(film_id=film_id, language=language, **values)
        .on_conflict_do_update(index_elements=["film_id", "language"], set_=values)
    )
    _tell_of_captions(film_id, language)
    found = select(FilmCaption).where(FilmCaption.film_id == film_id, FilmCaption.language == language)
    return session.execute(found.execution_options(populate_existing=True)).scalar_one()


def drop_captions(film_id: int, language: str) -> None:
    """Take a film's captions in a language away."""
    session.execute(delete(FilmCaption).where(FilmCaption.film_id == film_id, FilmCaption.language == language))
    _tell_of_captions(film_id, language)


def name_of_language(language: str) -> str:
    """Return what a language calls itself, such as Deutsch; raises `Invalid` for none."""
    try:
        name = Locale.parse(language, sep="-").display_name
    except (UnknownLocaleError, ValueError) as error:
        raise Invalid(_("This is no language that we know."), field="language") from error
    return name[:1].upper() + name[1:] if name else language


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
        if found is not None and found[2] == "deleting":
            _unstream(film_id)
    if found is None or found[2] != "deleting":
        return
    storage.current().delete(storage.film_name(found[0], found[1]))
    with transaction():
        session.execute(delete(Film).where(Film.id == film_id, Film.status == "deleting"))


def _tell_of_captions(film_id: int, language: str) -> None:
    if providers.current() is not None:
        enqueue("films.stream_captions", film_id=film_id, language=language)


def _unstream(film_id: int) -> None:
    row = session.get(FilmStream, film_id, populate_existing=True)
    if row is not None and row.external_id is not None:
        enqueue("films.unstream", dedupe=f"films.unstream:{row.external_id}", external_id=row.external_id)


def _title(title: str) -> str:
    title = " ".join(title.split())
    if not title:
        raise Invalid(_("Say in a few words what the film shows."), field="title")
    return title[:LONGEST_TITLE]
