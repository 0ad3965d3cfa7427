"""Other bytes in the place of a picture: whatever shows it shows the new ones, and the old addresses keep working."""

import hashlib

from sqlalchemy import delete, select, text
from sqlalchemy.dialects.postgresql import insert

from store.core.clock import now
from store.core.db import session, transaction
from store.core.errors import Unavailable
from store.core.i18n import gettext as _
from store.core.queue import enqueue
from store.media import storage
from store.media.library import name_file
from store.media.models import FormerKey, Image, Upload
from store.media.usage import used

PURPOSE = "replacement"

_FACTS = ("width", "height", "colour", "placeholder", "widths", "formats")


def put_in_place(upload_id: int) -> None:
    """Put an upload's picture in the place of the one it was sent in for; doing so twice is harmless.

    Its words, tags and what shows it stay. Nothing happens when either of the two is gone.
    """
    with transaction():
        upload = session.get(Upload, upload_id, populate_existing=True)
        if upload is None or upload.purpose != PURPOSE or upload.image_id is None:
            return
        new_id, old_id = upload.image_id, upload.subject_id
        new, old = (session.get(Image, one, populate_existing=True) for one in (new_id, old_id))
        if new is None or old is None or new.key is None or new_id == old_id:
            return
        came_with_it = new.created_at >= upload.created_at and not _is_used(new_id)
        key = new.key if came_with_it else _key_of_both(new.key, old.id)
        if key == old.key:
            return
    if key != new.key:
        # The same file is a picture of its own elsewhere: this one gets files of its own, made from the same master.
        _copy_master(new.key, key)
    with transaction():
        pair = select(Image).where(Image.id.in_((new_id, old_id))).order_by(Image.id).with_for_update()
        found = {row.id: row for row in session.execute(pair.execution_options(populate_existing=True)).scalars()}
        if len(found) == 2:
            _exchange(found[old_id or 0], found[new_id], key, upload_id)


def _exchange(old: Image, new: Image, key: str, upload_id: int) -> None:
    facts = {name: getattr(new, name) for name in _FACTS}
    if key == new.key:
        if _is_used(new.id):
            # Somebody was faster and shows it by itself: the next attempt finds that and copies.
            raise Unavailable(_("This picture is being used at this moment."))
        session.delete(new)
        session.flush()
    if old.key is not None:
        kept = insert(FormerKey).values(key=old.key, image_id=old.id, widths=old.widths, replaced_at=now())
        session.execute(kept.on_conflict_do_nothing(index_elements=["key"]))
    session.execute(delete(FormerKey).where(FormerKey.key == key, FormerKey.image_id == old.id))
    for name, value in facts.items():
        setattr(old, name, value)
    old.key, old.status, old.error = key, "ready", None
    upload = session.get_one(Upload, upload_id, populate_existing=True)
    upload.image_id = old.id
    session.flush()
    name_file(old.id, upload.name)
    enqueue("media.make_renditions", dedupe=f"media.make_renditions:{old.id}:{upload_id}", image_id=old.id)


def _is_used(image_id: int) -> bool:
    found = session.execute(text(f"SELECT FROM images i WHERE i.id = :id AND {used()}"), {"id": image_id})
    return found.first() is not None


def _key_of_both(key: str, image_id: int) -> str:
    return hashlib.sha256(f"{key} for {image_id}".encode()).hexdigest()[:32]


def _copy_master(key: str, copy: str) -> None:
    keep = storage.current()
    master = keep.read(storage.name_of(key, "master"))
    if master is None:
        raise Unavailable(_("This picture's original is not there."), permanent=True)
    keep.write(storage.name_of(copy, "master"), master)
