"""Films at the streaming service: sent there, followed until they play, given captions, deleted.

A film plays from its own file from the first moment on. When the service is ready with it, pages show its player;
when the service fails, nothing changes.
"""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from store.core.clock import now
from store.core.db import session, transaction
from store.core.errors import Unavailable
from store.core.i18n import gettext as _
from store.core.queue import enqueue, job
from store.films import providers
from store.films.models import Film, FilmCaption, FilmStream
from store.films.providers import Refused
from store.media import storage

# After 15 seconds, then twice as long each time up to ten minutes: about four hours in all.
_FIRST_LOOK = timedelta(seconds=15)
_LONGEST_PAUSE = timedelta(minutes=10)
_LOOKS = 30

# A place at the service is asked for with room for films whose length is not known.
_UNKNOWN_SECONDS = 3600


@job("films.stream", lease=1800, patient=True)
def stream(film_id: int) -> None:
    """Send a film to the service. Repeated after a crash, it goes on where it stopped and sends nothing twice."""
    service = providers.current()
    if service is None:
        return
    with transaction():
        film = session.get(Film, film_id, populate_existing=True)
        if film is None or film.status != "ready":
            return
        session.execute(
            insert(FilmStream)
            .values(film_id=film_id, state="waiting", changed_at=now())
            .on_conflict_do_nothing(index_elements=["film_id"])
        )
        row = _row(film_id)
        external_id, state = row.external_id, row.state
    if state != "waiting":
        return
    try:
        # The bytes may have arrived although nobody heard of it.
        if external_id is None or service.fetch(external_id).state in ("missing", "waiting"):
            length = (film.duration_ms or _UNKNOWN_SECONDS * 1000) // 1000
            ticket = service.open_upload(name=film.title, reference=film.key, seconds=length + 5)
            with transaction():
                _row(film_id).external_id = ticket.external_id
            name = storage.film_name(film.key, film.kind)
            pieces = storage.current().stream(name, 0, film.size)
            if pieces is None:
                raise Unavailable(_("This film can't be sent right now."), name=name)
            kind = storage.FILM_TYPES[film.kind]
            service.send(ticket, name=name, content_type=kind, size=film.size, pieces=pieces)
    except Refused as error:
        _settle(film_id, "failed", problem=error.message)
        return
    with transaction():
        row = _row(film_id)
        row.state, row.changed_at = "sent", now()
        _look_later(film_id, 1)


@job("films.follow", patient=True)
def follow(film_id: int, look: int) -> None:
    """Ask how a film stands at the service, and again later while it works on it; `look` 0 is a single question."""
    service = providers.current()
    with transaction():
        row = session.get(FilmStream, film_id, populate_existing=True)
        external_id = row.external_id if row is not None and row.state == "sent" else None
    if service is None or external_id is None:
        return
    standing = service.fetch(external_id)
    if standing.state == "ready":
        _settle(film_id, "ready", embed_url=standing.embed_url, hls_url=standing.hls_url)
    elif standing.state in ("failed", "missing"):
        _settle(film_id, "failed", problem=standing.problem or _("The service does not know this film any more."))
    elif look >= _LOOKS:
        _settle(film_id, "failed", problem=_("The service took too long."))
    elif look:
        with transaction():
            _look_later(film_id, look + 1)


@job("films.stream_captions", patient=True)
def stream_captions(film_id: int, language: str) -> None:
    """Let the service have the captions of a language as they are now."""
    service = providers.current()
    with transaction():
        row = session.get(FilmStream, film_id, populate_existing=True)
        external_id = row.external_id if row is not None and row.state == "ready" else None
        query = select(FilmCaption.body).where(FilmCaption.film_id == film_id, FilmCaption.language == language)
        body = session.execute(query).scalar_one_or_none()
    if service is None or external_id is None:
        return
    try:
        if body is None:
            service.drop_captions(external_id, language)
        else:
            service.set_captions(external_id, language, body)
    except Refused as error:
        with transaction():
            _row(film_id).problem = error.message


@job("films.unstream", patient=True)
def unstream(external_id: str) -> None:
    """Delete at the service what the shop shows no more."""
    service = providers.current()
    if service is not None:
        service.delete(external_id)


def hear(external_id: str) -> None:
    """Look at a film that the service has told something of."""
    query = select(FilmStream.film_id).where(FilmStream.external_id == external_id, FilmStream.state == "sent")
    film_id = session.execute(query).scalar_one_or_none()
    if film_id is not None:
        enqueue("films.follow", film_id=film_id, look=0)


def _settle(film_id: int, state: str, *, problem: str = "", embed_url: str = "", hls_url: str = "") -> None:
    with transaction():
        row = session.get(FilmStream, film_id, populate_existing=True, with_for_update=True)
        if row is None or row.state not in ("waiting", "sent"):
            return
        row.state, row.problem, row.changed_at = state, problem, now()
        row.embed_url, row.hls_url = embed_url, hls_url
        if state == "ready":
            languages = select(FilmCaption.language).where(FilmCaption.film_id == film_id)
            for language in session.execute(languages).scalars():
                enqueue("films.stream_captions", film_id=film_id, language=language)


def _look_later(film_id: int, look: int) -> None:
    pause = min(_FIRST_LOOK * 2 ** (look - 1), _LONGEST_PAUSE)
    enqueue("films.follow", dedupe=f"films.follow:{film_id}:{look}", delay=pause, film_id=film_id, look=look)


def _row(film_id: int) -> FilmStream:
    return session.get_one(FilmStream, film_id, populate_existing=True)
