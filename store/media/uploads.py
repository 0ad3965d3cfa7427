"""Files on their way in: from the first click to a picture, or to the reason why there is none.

A file comes through the shop (`receive`), or the browser sends it to the store by itself (`open_upload`, then
`arrived`). A job looks at it, see `store.media.checking`. Nothing of it is shown before.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import IO

from sqlalchemy import select

from store.core import ids
from store.core.clock import now
from store.core.db import session, transaction
from store.core.errors import Invalid, NotFound
from store.core.events import emit
from store.core.i18n import gettext as _
from store.core.queue import enqueue
from store.media import incoming
from store.media.events import UploadReady
from store.media.models import Upload
from store.media.reasons import REASONS
from store.media.renditions import MAX_BYTES

# States from which another follows; what is ready or refused stays so.
NEXT = {
    "waiting": ("received", "refused"),
    "received": ("checking", "refused"),
    # Again, when whoever was at it died over it or the store went away.
    "checking": ("checking", "received", "ready", "refused"),
}
BUSY = ("waiting", "received", "checking")

# A ticket lasts an hour; by then its file has come or never will.
_GIVEN_UP_AFTER = timedelta(hours=6)
_FORGOTTEN_AFTER = timedelta(days=30)

_LONGEST_NAME = 120
_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


@dataclass(frozen=True)
class Kind:
    """What may be sent in: how many bytes at most, and which types a browser may call it."""

    most_bytes: int
    types: tuple[str, ...]


KINDS = {
    "picture": Kind(MAX_BYTES, ("image/jpeg", "image/png", "image/webp", "image/gif", "image/avif")),
    "archive": Kind(100 * 1024 * 1024, ("application/zip", "application/x-zip-compressed")),
}


def plain_name(name: str) -> str:
    """Return what a file is called without folders and without what the eye does not see; for showing only."""
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    seen = "".join(one for one in last if unicodedata.category(one) not in _INVISIBLE).strip(" .")
    return seen[-_LONGEST_NAME:] or _("unnamed")


def open_upload(
    name: str,
    *,
    size: int,
    content_type: str,
    actor: str,
    kind: str = "picture",
    purpose: str = "",
    subject_id: int | None = None,
    alt: str = "",
) -> Upload:
    """Note a file that a browser is about to send; raises `Invalid` when it will not be taken anyway."""
    limits = KINDS[kind]
    if size <= 0:
        raise Invalid(str(REASONS["empty"]), field="file", reason="empty")
    if size > limits.most_bytes:
        raise Invalid(str(REASONS["too_large"]), field="file", reason="too_large")
    upload = Upload(
        token=ids.token(),
        kind=kind,
        name=plain_name(name),
        # What a browser calls it is kept for the ticket; what it is, is judged by its bytes.
        content_type=content_type if content_type in limits.types else "application/octet-stream",
        size=size,
        alt=alt,
        purpose=purpose,
        subject_id=subject_id,
        state="waiting",
        actor=actor,
    )
    session.add(upload)
    session.flush()
    return upload


def receive(
    body: IO[bytes],
    name: str,
    *,
    size: int,
    content_type: str,
    actor: str,
    kind: str = "picture",
    purpose: str = "",
    subject_id: int | None = None,
    alt: str = "",
) -> Upload:
    """Take a file that came through the shop. Opens its own transactions, because the store is asked between them.

    Raises `Invalid`, or `Unavailable` when the store does not answer: then nothing is left of it.
    """
    with transaction():
        upload = open_upload(
            name,
            size=size,
            content_type=content_type,
            actor=actor,
            kind=kind,
            purpose=purpose,
            subject_id=subject_id,
            alt=alt,
        )
    try:
        incoming.current().take(upload.token, body, upload.content_type)
    except BaseException:
        with transaction():
            session.delete(upload)
        raise
    with transaction():
        return arrived(upload.token)


def note_refusal(name: str, reason: str, *, actor: str, purpose: str = "", subject_id: int | None = None) -> None:
    """Note a file that is refused before it was sent in, such as one of an archive. Opens its own transaction."""
    with transaction():
        upload = Upload(
            token=ids.token(),
            kind="picture",
            name=plain_name(name),
            content_type="application/octet-stream",
            size=0,
            purpose=purpose,
            subject_id=subject_id,
            state="waiting",
            actor=actor,
        )
        session.add(upload)
        turn(upload, "refused", reason)


def arrived(token: str) -> Upload:
    """Have a file looked at, now that its bytes are there; saying so twice is harmless."""
    upload = get_upload(token, lock=True)
    if upload.state == "waiting":
        turn(upload, "received")
        enqueue("media.check_upload", dedupe=f"media.check_upload:{upload.id}", upload_id=upload.id)
    return upload


def turn(upload: Upload, state: str, reason: str = "") -> None:
    """Bring an upload into its next state; raises `ValueError` for one that can't follow."""
    if state not in NEXT.get(upload.state, ()):
        raise ValueError(f"{upload.state} uploads don't become {state}")
    upload.state, upload.reason = state, reason
    if state == "ready":
        emit(UploadReady(upload.id))


def get_upload(token: str, *, lock: bool = False) -> Upload:
    """Return an upload by its token; raises `NotFound`."""
    asked = select(Upload).where(Upload.token == token).execution_options(populate_existing=True)
    upload = session.execute(asked.with_for_update() if lock else asked).scalar_one_or_none()
    if upload is None:
        raise NotFound(_("This upload is not here any more."))
    return upload


def list_uploads(purpose: str, subject_id: int | None = None, *, leave_out: Iterable[int] = ()) -> Sequence[Upload]:
    """Return the uploads for something that have arrived, oldest first.

    Those whose picture has taken its place there are left out by the picture's id.
    """
    placed = set(leave_out)
    rows = session.execute(
        select(Upload)
        .where(Upload.purpose == purpose, Upload.subject_id == subject_id, Upload.state != "waiting")
        .order_by(Upload.id)
    ).scalars()
    return [row for row in rows if row.image_id not in placed and (row.state != "ready" or _is_fresh(row))]


def dismiss(token: str) -> Upload:
    """Forget an upload that was refused, or that somebody does not want to wait for any longer."""
    upload = get_upload(token, lock=True)
    session.delete(upload)
    return upload


def sweep() -> None:
    """Refuse what never arrived and forget what has long been told; the store is asked outside of transactions."""
    with transaction():
        late = session.execute(
            select(Upload)
            .where(Upload.state == "waiting", Upload.created_at < now() - _GIVEN_UP_AFTER)
            .with_for_update(skip_locked=True)
            .limit(500)
        ).scalars()
        tokens = []
        for upload in late:
            turn(upload, "refused", "vanished")
            tokens.append(upload.token)
        old = session.execute(
            select(Upload)
            .where(Upload.created_at < now() - _FORGOTTEN_AFTER)
            .with_for_update(skip_locked=True)
            .limit(500)
        ).scalars()
        for upload in old:
            tokens.append(upload.token)
            session.delete(upload)
    for token in tokens:
        incoming.current().delete(token)


def _is_fresh(upload: Upload) -> bool:
    # Ready and not in its place yet: somebody is putting it there, or has taken it out again since.
    return upload.created_at > now() - timedelta(minutes=10)
