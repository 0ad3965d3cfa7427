"""Renditions that are asked for and not there: made once, whoever asks, and only in the widths that are declared."""

from collections.abc import Iterator

from sqlalchemy import select, union_all

from store.core import log, single_flight
from store.core.db import session, transaction
from store.core.errors import Invalid, Unavailable
from store.media import renditions, storage
from store.media.models import FormerKey, Image, RenditionMade

logger = log.get_logger(__name__)


def rendition(name: str) -> bytes | None:
    """Return a rendition, made on the spot when storage lacks it; `None` for one that is not offered.

    Raises `Unavailable` when storage does not answer.
    """
    wanted = storage.rendition_in(name)
    if wanted is None:
        return None
    body = storage.current().read(name)
    if body is not None or not _is_offered(wanted[0], wanted[1]):
        return body
    with single_flight.alone(f"rendition {name}"):
        # Whoever was here before has made it.
        body = storage.current().read(name)
        return _make(name, *wanted) if body is None else body


def _is_offered(key: str, width: int) -> bool:
    return width in (_widths_of(key) or ())


def _widths_of(key: str) -> list[int] | None:
    """Return the widths that a picture is offered in, also under a key it had before."""
    former = select(FormerKey.widths).where(FormerKey.key == key)
    now = select(Image.widths).where(Image.key == key, Image.status == "ready")
    return session.execute(union_all(now, former).limit(1)).scalar_one_or_none()


def _make(name: str, key: str, width: int, extension: str) -> bytes | None:
    for source in _sources(key, width):
        try:
            picture = renditions.decode(source)
        except Invalid as error:
            logger.warning("a kept picture can't be read", name=name, reason=error.message)
            continue
        if picture.width < width:
            continue
        body = renditions.encode(picture, width, extension)
        try:
            storage.current().write(name, body)
        except (Unavailable, OSError) as error:
            # Whoever asked has it; the next one makes it again.
            logger.warning("a rendition can't be kept", name=name, reason=str(error)[:200])
        else:
            with transaction():
                session.add(RenditionMade(key=key))
        return body
    return None


def _sources(key: str, width: int) -> Iterator[bytes]:
    """What a width can be made from without making it up: the master, else wider renditions, the widest first."""
    keep = storage.current()
    master = keep.read(storage.name_of(key, "master"))
    if master is not None:
        yield master
    for wider in sorted(_widths_of(key) or (), reverse=True):
        if wider < width:
            return
        body = keep.read(storage.name_of(key, wider))
        if body is not None:
            yield body
