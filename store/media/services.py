"""What is done with pictures: taken in, sized, and fetched from where an import found them."""

import hashlib
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from store.core import log
from store.core.clock import now
from store.core.db import session, transaction
from store.core.errors import Invalid, Unavailable
from store.core.faults import point
from store.core.queue import enqueue, job
from store.media import fetching, renditions, sandbox, storage
from store.media.models import Image
from store.media.queries import find_by_source, get_image
from store.media.reasons import REASONS
from store.media.sizes import FIRST_WIDTHS, WIDTHS, fallback_width, fitting

# A fetch is tried again after 1, 5, 25 minutes and about two hours, then it is called off.
_FETCH_ATTEMPTS = 5
_FETCH_PAUSE = timedelta(minutes=1)

logger = log.get_logger(__name__)


@dataclass(frozen=True)
class RenderedSet:
    """A picture whose renditions somebody else has made: WebP files by width, and its original's size in pixels.

    `master` is what further widths can be made from; without it that is the widest of the files. `widths` are those to
    offer, the files' own when it names none.
    """

    key: str
    files: Mapping[int, bytes]
    width: int
    height: int
    colour: str | None
    alt: str = ""
    master: bytes | None = None
    placeholder: str | None = None
    widths: tuple[int, ...] = ()


def add_image(data: bytes, alt: str, widths: Iterable[int] = FIRST_WIDTHS) -> Image:
    """Take in a picture that is known to be good; the same bytes give the same row. Raises `Invalid` with the reason.

    Its other renditions are made by job after the commit.
    """
    key = hashlib.sha256(data).hexdigest()[:32]
    known = session.execute(select(Image).where(Image.key == key)).scalar_one_or_none()
    if known is not None:
        return known
    made = renditions.render(data, widths)
    one = RenderedSet(
        key,
        made.files,
        made.width,
        made.height,
        made.colour,
        alt,
        made.master,
        made.placeholder,
        tuple(fitting(WIDTHS, made.width)),
    )
    image = get_image(add_rendered_sets([one])[key])
    enqueue("media.make_renditions", dedupe=f"media.make_renditions:{image.id}", image_id=image.id)
    return image


def add_rendered(
    files: Mapping[int, bytes],
    key: str,
    width: int,
    height: int,
    colour: str | None,
    alt: str,
    *,
    master: bytes | None = None,
) -> Image:
    """Take in a picture with renditions made elsewhere; the same key gives the same row."""
    image_id = add_rendered_sets([RenderedSet(key, files, width, height, colour, alt, master)])[key]
    return get_image(image_id)


def add_rendered_sets(sets: Iterable[RenderedSet]) -> dict[str, int]:
    """Take in many pictures; return their ids by key. Files that are there already are left alone. 2 statements."""
    wanted = {one.key: one for one in sets}
    if not wanted:
        return {}
    for one in wanted.values():
        _store(one.key, one.files, one.master)
    moment = now()
    session.execute(
        insert(Image)
        .values(
            [
                {
                    "key": one.key,
                    "alt": one.alt,
                    "width": one.width,
                    "height": one.height,
                    "colour": one.colour,
                    "widths": sorted(one.widths or one.files),
                    "placeholder": one.placeholder,
                    "status": "ready",
                    "created_at": moment,
                }
                for one in wanted.values()
            ]
        )
        .on_conflict_do_nothing(index_elements=["key"])
    )
    rows = session.execute(select(Image.key, Image.id).where(Image.key.in_(wanted)))
    return {key: image_id for key, image_id in rows if key is not None}


def add_source(url: str, alt: str) -> Image:
    """Note a picture that lies elsewhere; a job fetches it after the commit. The same address gives the same row."""
    return get_image(add_sources({url: alt})[url])


def add_sources(alts_by_url: Mapping[str, str]) -> dict[str, int]:
    """Note many pictures by their address; return their ids by address."""
    if not alts_by_url:
        return {}
    moment = now()
    added = session.execute(
        insert(Image)
        .values(
            [
                {"source_url": url, "alt": alt, "status": "pending", "created_at": moment}
                for url, alt in alts_by_url.items()
            ]
        )
        .on_conflict_do_nothing(index_elements=["source_url"])
        .returning(Image.id)
    ).scalars()
    for image_id in added.all():
        enqueue("media.fetch", dedupe=f"media.fetch:{image_id}:1", image_id=image_id, attempt=1)
    return find_by_source(alts_by_url)


@job("media.make_renditions", patient=True)
def make_renditions(image_id: int, extension: str = "webp") -> None:
    """Make the renditions that a picture lacks in storage: WebP and the JPEG of old browsers first, AVIF after them.

    AVIF is offered only when all of it is there. Nothing happens to a picture that has no master, or has other files
    by now.
    """
    with transaction():
        image = session.get(Image, image_id, populate_existing=True)
        # It may have given its files to the picture that it takes the place of.
        key, width = (image.key, image.width) if image else (None, 0)
    master = storage.current().read(storage.name_of(key, "master")) if key else None
    if key is None or master is None:
        return
    picture = renditions.decode(master)
    offered = fitting(WIDTHS, min(width, picture.width))
    for size, one in _wanted(offered, extension):
        name = storage.name_of(key, size, one)
        if not storage.current().exists(name):
            storage.current().write(name, renditions.encode(picture, size, one))
    point("media.make_renditions.after_store")
    with transaction():
        asked = select(Image).where(Image.id == image_id, Image.key == key).with_for_update()
        image = session.execute(asked.execution_options(populate_existing=True)).scalar_one_or_none()
        if image is None:
            return
        image.widths = sorted({*image.widths, *offered})
        if extension == "avif":
            image.formats = ["avif", "webp"]
            return
        if "avif" not in image.formats:
            enqueue("media.make_renditions", image_id=image_id, extension="avif")


def _wanted(widths: list[int], extension: str) -> list[tuple[int, str]]:
    if extension == "avif":
        return [(width, "avif") for width in widths]
    return [*((width, "webp") for width in widths), (fallback_width(widths), "jpg")]


@job("media.fetch", patient=True)
def fetch(image_id: int, attempt: int) -> None:
    """Fetch a picture that was noted by its address and make its renditions.

    What can't succeed is called off at once, what might is tried again some hours long; both leave the reason on the
    row. A machine without a network is no fault, so nothing is raised.
    """
    with transaction():
        image = get_image(image_id)
        url, status = image.source_url, image.status
    if status != "pending" or url is None:
        return
    try:
        data = fetching.fetch(url)
        made = _opened(data)
    except Unavailable as error:
        _put_off(image_id, attempt, error)
        return
    except Invalid as error:
        _call_off(image_id, error.message)
        return
    # Two addresses may lead to the same bytes, and each has a row of its own.
    key = hashlib.sha256(url.encode() + b"\0" + data).hexdigest()[:32]
    _store(key, made.files, made.master)
    point("media.fetch.after_store")
    with transaction():
        image = session.execute(select(Image).where(Image.id == image_id).with_for_update()).scalar_one()
        image.key, image.status, image.error = key, "ready", None
        image.width, image.height, image.colour = made.width, made.height, made.colour
        image.widths, image.placeholder = fitting(WIDTHS, made.width), made.placeholder
        enqueue("media.make_renditions", dedupe=f"media.make_renditions:{image_id}", image_id=image_id)


def _opened(data: bytes) -> renditions.Rendered:
    """Open a file of somebody else's where it can do no harm; raises `Invalid` with the reason."""
    with tempfile.NamedTemporaryFile(prefix="vitrine-fetched-") as file:
        file.write(data)
        file.flush()
        try:
            return sandbox.rendered(Path(file.name))
        except sandbox.Refused as refusal:
            raise Invalid(str(REASONS[refusal.reason]), field="image") from refusal


def _store(key: str, files: Mapping[int, bytes], master: bytes | None = None) -> None:
    keep = storage.current()
    for width, body in files.items():
        keep.write(storage.name_of(key, width), body)
    if master is not None:
        keep.write(storage.name_of(key, "master"), master)


def _put_off(image_id: int, attempt: int, error: Unavailable) -> None:
    if error.permanent or attempt >= _FETCH_ATTEMPTS:
        _call_off(image_id, error.message)
        return
    pause = _FETCH_PAUSE * 5 ** (attempt - 1)
    with transaction():
        get_image(image_id).error = error.message
        following = attempt + 1
        dedupe = f"media.fetch:{image_id}:{following}"
        enqueue("media.fetch", dedupe=dedupe, delay=pause, image_id=image_id, attempt=following)
    logger.info("picture not fetched yet", image_id=image_id, attempt=attempt, reason=error.message)


def _call_off(image_id: int, reason: str) -> None:
    with transaction():
        image = get_image(image_id)
        image.status, image.error = "failed", reason
    logger.info("picture can't be fetched", image_id=image_id, reason=reason)
