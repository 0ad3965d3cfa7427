"""Pictures that nothing shows are deleted, with their files."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, select, text

from store.core import log
from store.core.db import session, transaction
from store.core.queue import enqueue
from store.media import storage
from store.media.models import FormerKey, Image
from store.media.sizes import WIDTHS
from store.media.usage import find_remembered, used

MOST_AT_ONCE = 1000

# Whoever has a page open may still load what it showed.
_GRACE = timedelta(hours=1)

logger = log.get_logger(__name__)


@dataclass(frozen=True)
class Deletable:
    """Which of some pictures can be deleted; `shown` are used somewhere, `remembered` stand in orders."""

    free: Sequence[int]
    shown: Sequence[int]
    remembered: Sequence[int]


def find_deletable(image_ids: Collection[int]) -> Deletable:
    """Tell apart those that nothing shows; pictures that are gone are none of them."""
    query = text(f"SELECT i.id, i.key, {used()} AS used FROM images i WHERE i.id = ANY(:ids) ORDER BY i.id")
    rows = session.execute(query, {"ids": list(image_ids)}).all()
    keys = {row.id: {row.key} - {None} for row in rows}
    for former in session.execute(select(FormerKey.image_id, FormerKey.key).where(FormerKey.image_id.in_(keys))):
        keys[former.image_id].add(former.key)
    remembered = find_remembered([key for several in keys.values() for key in several])
    shown = [row.id for row in rows if row.used]
    kept = [row.id for row in rows if not row.used and keys[row.id] & remembered]
    return Deletable([row.id for row in rows if row.id not in {*shown, *kept}], shown, kept)


def list_unused(*, until: int | None = None) -> list[int]:
    """Return pictures that nothing shows, the oldest first and no more than are deleted at once."""
    query = text(
        f"SELECT i.id FROM images i WHERE NOT {used()} AND (CAST(:until AS bigint) IS NULL OR i.id <= :until) "
        "ORDER BY i.id LIMIT :most"
    )
    return list(session.execute(query, {"until": until, "most": MOST_AT_ONCE}).scalars())


def delete_pictures(image_ids: Collection[int]) -> Sequence[int]:
    """Delete those pictures that nothing shows; return their ids. Their files follow by job, an hour later."""
    # Locked first: from here on nobody can begin to show one, and what is used is asked after that.
    locked = select(Image.id, Image.key, Image.widths).where(Image.id.in_(image_ids)).order_by(Image.id)
    rows = {row.id: row for row in session.execute(locked.with_for_update())}
    free = find_deletable(rows.keys()).free
    if not free:
        return ()
    files = {row.key: list(row.widths) for one in free if (row := rows[one]).key is not None}
    former = select(FormerKey.key, FormerKey.widths).where(FormerKey.image_id.in_(free))
    files |= {row.key: list(row.widths) for row in session.execute(former)}
    session.execute(delete(Image).where(Image.id.in_(free)))
    if files:
        enqueue("media.delete_files", delay=_GRACE, widths_by_key=files)
    return free


def delete_files(widths_by_key: dict[str, list[int]]) -> None:
    """Let go of the files of pictures that are gone; those of a picture that came back in the meantime stay."""
    keep = storage.current()
    for key, widths in widths_by_key.items():
        if _is_back(key):
            continue
        for width in sorted({*widths, *WIDTHS}):
            for extension in storage.CONTENT_TYPES:
                keep.delete(storage.name_of(key, width, extension))
        keep.delete(storage.name_of(key, "master"))
    logger.info("files of pictures deleted", pictures=len(widths_by_key))


def _is_back(key: str) -> bool:
    with transaction():
        former = select(FormerKey.key).where(FormerKey.key == key)
        found = session.execute(select(Image.key).where(Image.key == key).union(former)).first()
    return found is not None
