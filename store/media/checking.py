"""Looks at an upload: what it is, and what is made of it. Done by a job, and safe to do twice."""

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from store.core import log
from store.core.db import session, transaction
from store.core.errors import Unavailable
from store.core.faults import point
from store.core.queue import enqueue
from store.media import incoming, sandbox, services, storage
from store.media.models import Image, Upload
from store.media.sandbox import Refused
from store.media.sizes import WIDTHS, fitting
from store.media.uploads import KINDS, turn

logger = log.get_logger(__name__)

_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Arrival:
    """An upload as a check knows it."""

    id: int
    token: str
    kind: str
    name: str
    alt: str
    size: int
    purpose: str
    subject_id: int | None
    actor: str


# What a check returns is the picture that came of the file, if one did. It raises `Refused`, or `Unavailable`.
Check = Callable[[Arrival, Path], int | None]


def check(upload_id: int) -> None:
    """Look at an upload that has arrived; raises `Unavailable` when the store is away, and is called again later."""
    arrival = _begin(upload_id)
    if arrival is None:
        return
    try:
        image_id = _look(arrival)
    except Refused as refusal:
        _end(arrival, "refused", reason=refusal.reason)
    except Unavailable:
        _end(arrival, "received", reason="storage_away")
        raise
    else:
        _end(arrival, "ready", image_id=image_id)
    incoming.current().delete(arrival.token)


def check_picture(arrival: Arrival, path: Path) -> int:
    """Make a picture of the file, unless the same file has been one before."""
    key = _key_of(path)
    with transaction():
        known = _find_image(key)
    if known is not None:
        return known
    opened = sandbox.rendered(path)
    keep = storage.current()
    for width, body in opened.files.items():
        keep.write(storage.name_of(key, width), body)
    keep.write(storage.name_of(key, "master"), opened.master)
    point("media.check_upload.after_store")
    made = services.RenderedSet(
        key=key,
        files={},
        width=opened.width,
        height=opened.height,
        colour=opened.colour,
        alt=arrival.alt,
        placeholder=opened.placeholder,
        widths=tuple(fitting(WIDTHS, opened.width)),
    )
    with transaction():
        image_id = services.add_rendered_sets([made])[key]
        enqueue("media.make_renditions", dedupe=f"media.make_renditions:{image_id}", image_id=image_id)
    return image_id


CHECKS: dict[str, Check] = {"picture": check_picture}


def _begin(upload_id: int) -> Arrival | None:
    with transaction():
        upload = session.execute(select(Upload).where(Upload.id == upload_id).with_for_update()).scalar_one_or_none()
        if upload is None:
            return None
        if upload.state in ("ready", "refused"):
            done = upload.token
        else:
            turn(upload, "checking")
            return Arrival(
                id=upload.id,
                token=upload.token,
                kind=upload.kind,
                name=upload.name,
                alt=upload.alt,
                size=upload.size,
                purpose=upload.purpose,
                subject_id=upload.subject_id,
                actor=upload.actor,
            )
    # It was decided before, by somebody who died over tidying up.
    incoming.current().delete(done)
    return None


def _look(arrival: Arrival) -> int | None:
    place = incoming.current()
    size = place.size(arrival.token)
    if size is None:
        raise Refused("vanished")
    if size > KINDS[arrival.kind].most_bytes:
        raise Refused("too_large")
    if size != arrival.size:
        raise Refused("wrong_size")
    with tempfile.NamedTemporaryFile(prefix="vitrine-upload-") as file:
        if not place.fetch(arrival.token, file):
            raise Refused("vanished")
        file.flush()
        return CHECKS[arrival.kind](arrival, Path(file.name))


def _end(arrival: Arrival, state: str, *, reason: str = "", image_id: int | None = None) -> None:
    with transaction():
        upload = session.execute(select(Upload).where(Upload.id == arrival.id).with_for_update()).scalar_one_or_none()
        if upload is None or upload.state in ("ready", "refused"):
            return
        upload.image_id = image_id
        turn(upload, state, reason)
    logger.info("upload looked at", upload_id=arrival.id, state=state, reason=reason)


def _find_image(key: str) -> int | None:
    return session.execute(select(Image.id).where(Image.key == key)).scalar_one_or_none()


def _key_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()[:32]
